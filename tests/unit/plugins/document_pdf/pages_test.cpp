// SPDX-License-Identifier: Apache-2.0
// Page sizes and numbers, and the page tree they are read from.
#include "support/pdf_builder.h"
#include "validated.h"

#include <gtest/gtest.h>

namespace greffe::document_pdf {
namespace {

using nlohmann::json;

constexpr const char* kA4 = "/MediaBox[0 0 595 842]";

// A document with these pages; `treeEntries` are inherited.
std::string pages(const std::vector<std::string>& entries, const std::string& treeEntries = "") {
    PdfBuilder builder;
    builder.set(1, "<</Type/Catalog/Pages 2 0 R>>");
    std::string kids;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        kids += std::to_string(i + 3) + " 0 R ";
        builder.set(static_cast<std::uint32_t>(i + 3), "<</Type/Page/Parent 2 0 R" + entries[i] + ">>");
    }
    builder.set(
        2, "<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(entries.size()) + treeEntries + ">>");
    return builder.build();
}

TEST(PageSize, A4FitsUprightAndLying) {
    EXPECT_TRUE(validated(pages({kA4, "/MediaBox[0 0 842 595]"}), R"({"page_size":"A4"})").isDone);
}

TEST(PageSize, FindingNamesPagesAndSizes) {
    const std::string low = "/MediaBox[0 0 595.28 765.35]", wide = "/MediaBox[0 0 1000 842]";
    const Validated said = validated(pages({kA4, low, kA4, wide, low, low, low}), R"({"page_size":"A4"})");
    EXPECT_EQ(said.reason, "page_size");
    EXPECT_EQ(said.explanation, "pages 2, 5-7 are 210 × 270 mm, page 4 is 353 × 297 mm; A4 is 210 × 297 mm");
    EXPECT_EQ(said.findings()[0]["pages"], json({2, 4, 5, 6, 7}));
}

TEST(PageSize, OrientationCountsWhenItIsAskedFor) {
    const std::string upright = pages({kA4}), lying = pages({"/MediaBox[0 0 842 595]"});
    const char* portrait = R"({"page_size":"A4","orientation":"portrait"})";
    const char* landscape = R"({"page_size":"A4","orientation":"landscape"})";
    EXPECT_TRUE(validated(upright, portrait).isDone);
    EXPECT_EQ(validated(upright, landscape).explanation,
              "page 1 is 210 × 297 mm; A4 landscape is 297 × 210 mm");
    EXPECT_TRUE(validated(lying, landscape).isDone);
    EXPECT_FALSE(validated(lying, portrait).isDone);
}

TEST(PageSize, RotationTurnsThePage) {
    const char* portrait = R"({"page_size":"A4","orientation":"portrait"})";
    EXPECT_FALSE(validated(pages({std::string(kA4) + "/Rotate 90"}), portrait).isDone);
    EXPECT_FALSE(validated(pages({std::string(kA4) + "/Rotate -90"}), portrait).isDone);
    EXPECT_TRUE(validated(pages({std::string(kA4) + "/Rotate 180"}), portrait).isDone);
    EXPECT_TRUE(validated(pages({std::string("/MediaBox[0 0 842 595]/Rotate 450")}), portrait).isDone);
}

TEST(PageSize, CropBoxIsWhatIsSeen) {
    const char* a5 = R"({"page_size":"A5"})";
    EXPECT_TRUE(validated(pages({std::string(kA4) + "/CropBox[0 0 420 595]"}), a5).isDone);
    // A crop box outside the media box shows nothing more; readers cut it.
    EXPECT_TRUE(validated(pages({"/MediaBox[0 0 420 595]/CropBox[-50 -50 900 900]"}), a5).isDone);
    EXPECT_TRUE(validated(pages({"/MediaBox[420 595 0 0]"}), a5).isDone) << "corners in any order";
}

TEST(PageSize, InheritsBoxesAndRotation) {
    const std::string file = pages({"", "/MediaBox[0 0 100 100]"}, "/MediaBox[0 0 842 595]/Rotate 90");
    const Validated said = validated(file, R"({"page_size":"A4","orientation":"portrait"})");
    EXPECT_EQ(said.findings()[0]["pages"], json({2}));
}

TEST(PageSize, UserUnitScales) {
    EXPECT_TRUE(validated(pages({"/MediaBox[0 0 297.5 421]/UserUnit 2"}), R"({"page_size":"A4"})").isDone);
}

TEST(PageSize, ToleranceIsInclusive) {
    // 600.945 points are 212 mm.
    const std::string file = pages({"/MediaBox[0 0 600.945 842]"});
    EXPECT_TRUE(validated(file, R"({"page_size":"A4"})").isDone);
    EXPECT_FALSE(validated(file, R"({"page_size":"A4","page_size_tolerance_millimetres":1.9})").isDone);
    EXPECT_FALSE(validated(pages({"/MediaBox[0 0 603 842]"}), R"({"page_size":"A4"})").isDone);
}

TEST(PageSize, ManySizesAreSummedUp) {
    std::vector<std::string> entries;
    for (int i = 0; i < 9; ++i)
        entries.push_back("/MediaBox[0 0 " + std::to_string(100 + 20 * i) + " 100]");
    const Validated said = validated(pages(entries), R"({"page_size":"A4"})");
    EXPECT_NE(said.explanation.find("and pages of 4 more sizes"), std::string::npos) << said.explanation;
    EXPECT_EQ(said.facts["page_sizes"].size(), 9U);
}

TEST(PageCount, LimitsAreInclusive) {
    const std::string file = pages({kA4, kA4, kA4});
    EXPECT_EQ(validated(file).facts["pages"], 3);
    EXPECT_TRUE(validated(file, R"({"min_pages":3,"max_pages":3})").isDone);
    EXPECT_EQ(validated(file, R"({"min_pages":4})").explanation,
              "the document has 3 pages, at least 4 are wanted");
    EXPECT_EQ(validated(file, R"({"max_pages":2})").reason, "page_count");
}

TEST(PageCount, AnEmptyDocumentHasNoPages) {
    const Validated said = validated(pages({}));
    EXPECT_EQ(said.reason, "no_pages");
    EXPECT_FALSE(validated(pages({}), R"({"min_pages":0})").isDone);
}

TEST(PageTree, CountIsComparedNotBelieved) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(2, "<</Type/Pages/Kids[3 0 R]/Count 2000000000>>");
    const Validated said = inspected(builder.build());
    EXPECT_EQ(said.reason, "malformed");
    EXPECT_EQ(said.facts["pages"], 1);
}

TEST(PageTree, CirclesAndGapsAreDamage) {
    PdfBuilder circle = PdfBuilder::onePage();
    circle.set(2, "<</Type/Pages/Kids[5 0 R]/Count 1>>").set(5, "<</Type/Pages/Kids[2 0 R]/Count 1>>");
    EXPECT_EQ(inspected(circle.build()).reason, "malformed");
    PdfBuilder twice = PdfBuilder::onePage();
    twice.set(2, "<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>");
    EXPECT_EQ(inspected(twice.build()).reason, "malformed");
    PdfBuilder gap = PdfBuilder::onePage();
    gap.set(2, "<</Type/Pages/Kids[3 0 R 77 0 R]/Count 1>>");
    EXPECT_EQ(inspected(gap.build()).reason, "malformed");
}

TEST(PageTree, TooManyLevelsAreALimit) {
    PdfBuilder builder = PdfBuilder::onePage();
    for (std::uint32_t i = 10; i < 90; ++i)
        builder.set(i, "<</Type/Pages/Kids[" + std::to_string(i + 1) + " 0 R]/Count 1>>");
    builder.set(2, "<</Type/Pages/Kids[10 0 R]/Count 1>>").set(90, "<</Type/Page/MediaBox[0 0 9 9]>>");
    EXPECT_EQ(inspected(builder.build()).reason, "limit_exceeded");
}

}  // namespace
}  // namespace greffe::document_pdf
