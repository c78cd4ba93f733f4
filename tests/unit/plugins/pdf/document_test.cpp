// SPDX-License-Identifier: Apache-2.0
#include "pdf/document.h"

#include "pdf/page_tree.h"
#include "support/pdf_builder.h"

#include <gtest/gtest.h>

namespace greffe::pdf {
namespace {

std::unique_ptr<Document> opened(const std::string& file) {
    auto document = Document::open(file);
    EXPECT_TRUE(document) << document.refusal().text;
    return document ? std::move(document).value() : nullptr;
}

Reason refusalOf(const std::string& file, const Limits& limits = {}) {
    const auto document = Document::open(file, limits);
    return document ? Reason::None : document.refusal().reason;
}

PdfBuilder compressedPage(PdfBuilder::Xref kind) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.xref(kind).compress({1, 2, 3}, 9);
    return builder;
}

TEST(Document, ObjectsComeFromTheFileOrFromObjectStreams) {
    for (const auto kind : {PdfBuilder::Xref::Stream, PdfBuilder::Xref::Hybrid}) {
        const std::string file = compressedPage(kind).build();
        const auto document = opened(file);
        ASSERT_NE(document, nullptr);
        EXPECT_TRUE(document->catalog().isInObjectStream);
        const auto page = findPage(*document, 1);
        ASSERT_TRUE(page) << page.refusal().text;
        EXPECT_EQ(page->object->id.number, 3U);
        const auto content = document->object({4, 0});
        EXPECT_EQ(**document->stream(**content), "0 0 1 rg 100 100 200 200 re f");
    }
}

TEST(Document, MissingObjectsAreNull) {
    const std::string file = PdfBuilder::onePage().build();
    const auto document = opened(file);
    EXPECT_EQ(*document->object({77, 0}), nullptr);
    EXPECT_EQ(*document->object({3, 5}), nullptr) << "another generation is another object";
}

TEST(Document, AnEntryThatLeadsElsewhereIsDamage) {
    std::string file = PdfBuilder::onePage().build();
    const std::size_t at = file.find("1 0 obj");
    file.replace(at, 1, "7");
    EXPECT_EQ(refusalOf(file), Reason::Malformed);
}

TEST(Document, NoCatalogIsDamage) {
    EXPECT_EQ(refusalOf(PdfBuilder::onePage().trailer("/Root 99 0 R").build()), Reason::Malformed);
    EXPECT_EQ(refusalOf(PdfBuilder::onePage().trailer("/Info 1 0 R").build()), Reason::Malformed);
    EXPECT_EQ(refusalOf(PdfBuilder::onePage().set(1, "17").build()), Reason::Malformed);
}

TEST(Document, CirclesOfReferencesEnd) {
    const std::string file = PdfBuilder::onePage().set(5, "6 0 R").set(6, "5 0 R").build();
    const auto document = opened(file);
    const auto tree = Tree::parse("5 0 R", 0, {});
    EXPECT_EQ(document->resolve(tree->root()).refusal().reason, Reason::Malformed);
    EXPECT_FALSE(document->holder(tree->root()));
}

TEST(Document, AStreamWhoseLengthIsInItselfEnds) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.xref(PdfBuilder::Xref::Stream).set(5, "30").compress({5}, 9);
    std::string file = builder.build();
    const std::size_t at = file.find("/Length", file.find("/ObjStm"));
    const std::size_t end = file.find(">>", at);
    file.replace(at, end - at, ("/Length 5 0 R" + std::string(20, ' ')).substr(0, end - at));
    const auto document = opened(file);
    ASSERT_NE(document, nullptr);
    EXPECT_EQ(document->object({5, 0}).refusal().reason, Reason::Malformed);
}

TEST(Document, ObjectStreamsAreCapped) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.xref(PdfBuilder::Xref::Stream).set(5, "(" + std::string(100'000, 'x') + ")").compress({1, 5}, 9);
    Limits limits;
    limits.maxDecodedBytes = 10'000;
    EXPECT_EQ(refusalOf(builder.build(), limits), Reason::LimitExceeded);
    EXPECT_EQ(refusalOf(builder.build()), Reason::None);
}

TEST(PageTree, CountsLeavesAndNotCounts) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(2, "<</Type/Pages/Kids[5 0 R 3 0 R]/Count 2000000000>>");
    builder.set(5, "<</Type/Pages/Kids[6 0 R]/Count 1/MediaBox[0 0 100 50]/Rotate -90>>")
        .set(6, "<</Type/Page/Parent 5 0 R>>");
    const std::string file = builder.build();
    const auto document = opened(file);
    const auto first = findPage(*document, 1);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->object->id.number, 6U);
    EXPECT_EQ(first->rotation, 270);
    EXPECT_EQ(first->visible.width(), 100);
    EXPECT_EQ(findPage(*document, 2)->object->id.number, 3U);
    EXPECT_EQ(findPage(*document, kLastPage)->object->id.number, 3U);
    EXPECT_EQ(findPage(*document, 3).refusal().reason, Reason::InvalidOptions);
}

TEST(PageTree, APageMayStandThereTwice) {
    PdfBuilder builder = PdfBuilder::onePage();
    const std::string file = builder.set(2, "<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>").build();
    EXPECT_EQ(findPage(*opened(file), 2)->object->id.number, 3U);
}

TEST(PageTree, TheCropBoxIsCutToTheMediaBox) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(3, "<</Type/Page/MediaBox[0 0 200 200]/CropBox[50 150 400 -10]/UserUnit 2>>");
    const std::string file = builder.build();
    const auto page = findPage(*opened(file), 1);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->visible.left, 50);
    EXPECT_EQ(page->visible.right, 200);
    EXPECT_EQ(page->visible.bottom, 0);
    EXPECT_EQ(page->userUnit, 2);
}

TEST(PageTree, LoopsDepthAndEmptinessEndInRefusals) {
    const auto refusal = [](PdfBuilder builder) {
        const std::string file = builder.build();
        return findPage(*opened(file), 1).refusal().reason;
    };
    EXPECT_EQ(refusal(PdfBuilder::onePage().set(2, "<</Type/Pages/Kids[2 0 R]/Count 1>>")),
              Reason::Malformed);
    EXPECT_EQ(refusal(PdfBuilder::onePage().set(2, "<</Type/Pages/Kids[]/Count 0>>")), Reason::NoPages);
    EXPECT_EQ(refusal(PdfBuilder::onePage().set(1, "<</Type/Catalog>>")), Reason::NoPages);
    PdfBuilder deep = PdfBuilder::onePage();
    deep.set(2, "<</Type/Pages/Kids[100 0 R]>>");
    for (std::uint32_t i = 100; i < 400; ++i)
        deep.set(i, "<</Type/Pages/Kids[" + std::to_string(i + 1) + " 0 R]>>");
    EXPECT_EQ(refusal(deep), Reason::LimitExceeded);
}

}  // namespace
}  // namespace greffe::pdf
