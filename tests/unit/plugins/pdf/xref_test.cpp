// SPDX-License-Identifier: Apache-2.0
#include "pdf/xref.h"

#include "support/pdf_builder.h"

#include <gtest/gtest.h>

namespace greffe::pdf {
namespace {

struct Read {
    bool isRead = false;
    XrefChain chain;
    Refusal refusal;
};

Read readChain(const std::string& file, const Limits& limits = {}) {
    Read result;
    const auto frame = preScan(file, limits);
    if (!frame) return {false, {}, frame.refusal()};
    auto chain = XrefChain::read(file, *frame, limits);
    if (!chain) return {false, {}, chain.refusal()};
    result.isRead = true;
    result.chain = std::move(chain).value();
    return result;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.rfind(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
}

TEST(PreScan, SaysWhyAFileIsNotTaken) {
    EXPECT_EQ(preScan("", {}).refusal().reason, Reason::EmptyFile);
    EXPECT_EQ(preScan("hello", {}).refusal().reason, Reason::NotAPdf);
    EXPECT_EQ(preScan("%PDF-1.7\n1 0 obj", {}).refusal().reason, Reason::Malformed);
    const std::string file = PdfBuilder::onePage().build();
    EXPECT_TRUE(preScan(file, {}));
    Limits small;
    small.maxFileBytes = 100;
    EXPECT_EQ(preScan(file, small).refusal().reason, Reason::LimitExceeded);
}

TEST(PreScan, RefusesObjectsBehindTheEnd) {
    const std::string file = PdfBuilder::onePage().build();
    EXPECT_EQ(preScan(file + "9 0 obj\n<</Evil true>>\nendobj\n", {}).refusal().reason, Reason::Malformed);
    EXPECT_TRUE(preScan(file + std::string(500, '\0'), {}));
    EXPECT_TRUE(preScan(file + "\r\n\r\n", {}));
}

TEST(PreScan, ReadsTheVersion) {
    EXPECT_EQ(preScan(PdfBuilder::onePage().build(), {})->versionMinor, 7);
}

TEST(Xref, EveryKindGivesTheSameObjects) {
    for (const auto kind : {PdfBuilder::Xref::Table, PdfBuilder::Xref::Stream, PdfBuilder::Xref::Hybrid}) {
        const std::string file = PdfBuilder::onePage().xref(kind).build();  // the trailer points into it
        const Read read = readChain(file);
        ASSERT_TRUE(read.isRead) << read.refusal.text;
        for (std::uint32_t number = 1; number <= 4; ++number) {
            ASSERT_NE(read.chain.find(number), nullptr);
            EXPECT_EQ(read.chain.find(number)->kind, EntryKind::InFile);
        }
        EXPECT_EQ(read.chain.find(0)->kind, EntryKind::Free);
        EXPECT_EQ(read.chain.find(99), nullptr);
        EXPECT_EQ(read.chain.trailer("Root").reference(), (Reference{1, 0}));
    }
}

TEST(Xref, WideFieldsAreRead) {
    for (const std::vector<unsigned>& widths :
         {std::vector<unsigned>{1, 8, 2}, {1, 4, 6}, {8, 8, 8}, {1, 2, 0}, {1, 3, 1}}) {
        const Read read =
            readChain(PdfBuilder::onePage().xref(PdfBuilder::Xref::Stream).streamWidths(widths).build());
        ASSERT_TRUE(read.isRead) << read.refusal.text;
        EXPECT_GT(read.chain.find(3)->place, 0U);
    }
    const Read tooWide =
        readChain(PdfBuilder::onePage().xref(PdfBuilder::Xref::Stream).streamWidths({1, 9, 2}).build());
    EXPECT_EQ(tooWide.refusal.reason, Reason::Malformed);
}

TEST(Xref, OffsetsCountFromTheHeaderOrFromTheStart) {
    const Read fromHeader = readChain(PdfBuilder::onePage().before("\xEF\xBB\xBFjunk\n").build());
    ASSERT_TRUE(fromHeader.isRead) << fromHeader.refusal.text;
    EXPECT_EQ(fromHeader.chain.base(), 8U);
    const Read fromStart =
        readChain(PdfBuilder::onePage().before("\xEF\xBB\xBFjunk\n").absoluteOffsets().build());
    ASSERT_TRUE(fromStart.isRead) << fromStart.refusal.text;
    EXPECT_EQ(fromStart.chain.base(), 0U);
}

TEST(Xref, EndsOfLineOfEveryKind) {
    for (const char* eol : {"\n", "\r\n", "\r"}) {
        const Read read = readChain(PdfBuilder::onePage().endOfLine(eol).build());
        ASSERT_TRUE(read.isRead) << read.refusal.text;
        EXPECT_EQ(read.chain.find(4)->kind, EntryKind::InFile);
    }
}

TEST(Xref, OddWhiteSpaceAndCommentsInTables) {
    std::string file = PdfBuilder::onePage().build();
    file = replaced(file, "00000 n \n4 1\n", "0 n % fine\n\n   4  1\r\n");
    const Read read = readChain(file);
    ASSERT_TRUE(read.isRead) << read.refusal.text;
    EXPECT_EQ(read.chain.find(4)->kind, EntryKind::InFile);
}

TEST(Xref, KeepsEveryRevision) {
    const std::string first = PdfBuilder::onePage().build();
    PdfBuilder change;
    change.set(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>");
    const Read read = readChain(change.update(first));
    ASSERT_TRUE(read.isRead) << read.refusal.text;
    ASSERT_EQ(read.chain.sections().size(), 2U);
    EXPECT_EQ(read.chain.sections()[0].entries.size(), 1U);
    EXPECT_GE(read.chain.find(3)->place, first.size());
    EXPECT_LT(read.chain.find(1)->place, first.size());
}

// The trap that the first prototype fell into: a hybrid's table calls objects free that its stream knows, and
// an older revision's catalog must not come back because of the order in which they are read.
TEST(Xref, HybridEntriesFollowTheirOrder) {
    PdfBuilder original = PdfBuilder::onePage();
    original.xref(PdfBuilder::Xref::Hybrid).set(10, "<</Old true>>").compress({10}, 11);
    const std::string first = original.build();
    Read read = readChain(first);
    ASSERT_TRUE(read.isRead) << read.refusal.text;
    EXPECT_EQ(read.chain.sections().front().kind, SectionKind::Hybrid);
    EXPECT_EQ(read.chain.find(10)->kind, EntryKind::InObjectStream) << "the table's free entry won";

    PdfBuilder update;
    update.xref(PdfBuilder::Xref::Hybrid).set(10, "<</New true>>").set(1, "<</Type/Catalog/Pages 2 0 R>>");
    read = readChain(update.update(first));
    ASSERT_TRUE(read.isRead) << read.refusal.text;
    EXPECT_EQ(read.chain.find(10)->kind, EntryKind::InFile) << "an older section won";
}

TEST(Xref, HostileChainsAreRefused) {
    const std::string file = PdfBuilder::onePage().build();
    const std::string start =
        file.substr(file.rfind("startxref\n") + 10, file.rfind("\n%%EOF") - file.rfind("startxref\n") - 10);
    EXPECT_EQ(readChain(replaced(file, "/Root", "/Prev " + start + "/Root")).refusal.reason,
              Reason::Malformed)
        << "a circle";
    EXPECT_EQ(readChain(replaced(file, "/Root", "/Prev 99999999/Root")).refusal.reason, Reason::Malformed);
    EXPECT_EQ(readChain(replaced(file, "/Root", "/Prev 3/Root")).refusal.reason, Reason::Malformed);
    EXPECT_EQ(readChain(replaced(file, "/Root", "/Prev -1/Root")).refusal.reason, Reason::Malformed);
    EXPECT_EQ(readChain(replaced(file, "/Root", "/Prev 5.5/Root")).refusal.reason, Reason::Malformed);
    EXPECT_TRUE(readChain(replaced(file, "/Root", "/Prev 0/Root")).isRead);
    EXPECT_EQ(readChain(replaced(file, "/Size 5", "/Size 2147483647")).refusal.reason, Reason::LimitExceeded);
    EXPECT_EQ(readChain(replaced(file, "4 1\n", "4 99999999\n")).refusal.reason, Reason::Malformed);
    EXPECT_EQ(readChain(replaced(file, "4 1\n", "9999999 1\n")).refusal.reason, Reason::LimitExceeded);
    EXPECT_EQ(readChain(replaced(file, "startxref\n" + start, "startxref\n5")).refusal.reason,
              Reason::Malformed);
}

TEST(Xref, RevisionsAndEntriesAreCapped) {
    std::string file = PdfBuilder::onePage().build();
    PdfBuilder change;
    change.set(1, "<</Type/Catalog/Pages 2 0 R>>");
    for (int i = 0; i < 20; ++i)
        file = change.update(file);
    Limits limits;
    limits.maxRevisions = 20;
    EXPECT_EQ(readChain(file, limits).refusal.reason, Reason::LimitExceeded);
    limits.maxRevisions = 21;
    EXPECT_TRUE(readChain(file, limits).isRead);
    limits.maxXrefEntries = 10;
    EXPECT_EQ(readChain(file, limits).refusal.reason, Reason::LimitExceeded);
}

}  // namespace
}  // namespace greffe::pdf
