// SPDX-License-Identifier: Apache-2.0
#include "seal-pades/visible_mark.h"

#include "pdf/structure_check.h"
#include "support/pdf_builder.h"
#include "support/run_tool.h"
#include "support/seal_with_test_key.h"
#include "support/temporary_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <regex>

namespace greffe::seal_pades {
namespace {

pdf::Page a4(int rotation = 0) {
    pdf::Page page;
    page.visible = {0, 0, 595, 842};
    page.rotation = rotation;
    return page;
}

TEST(VisibleMark, TurnsWithThePage) {
    const Placement place{1, 60, 640, 180, 50};
    EXPECT_EQ(drawMark(a4(), place, {"x"})->rect, "[60 640 240 690]");
    const Placement low{1, 60, 100, 180, 50};
    EXPECT_EQ(drawMark(a4(90), low, {"x"})->rect, "[445 60 495 240]");
    EXPECT_EQ(drawMark(a4(180), low, {"x"})->rect, "[355 692 535 742]");
    EXPECT_EQ(drawMark(a4(270), low, {"x"})->rect, "[100 602 150 782]");
    EXPECT_NE(drawMark(a4(90), low, {"x"})->dictionary.find("/Matrix[0 1 -1 0 50 0]"), std::string::npos);
}

TEST(VisibleMark, RefusesWhatWouldNotBeSeen) {
    EXPECT_EQ(drawMark(a4(), {1, 500, 0, 180, 50}, {"x"}).refusal().reason, Reason::InvalidOptions);
    EXPECT_TRUE(drawMark(a4(90), {1, 600, 500, 180, 50}, {"x"})) << "a turned page is wider";
    EXPECT_FALSE(drawMark(a4(), {1, 600, 500, 180, 50}, {"x"}));
    EXPECT_FALSE(drawMark(a4(), {1, -5, 0, 180, 50}, {"x"}));
    EXPECT_FALSE(drawMark(a4(), {1, 0, 0, 20, 50}, {"much too long for twenty points"}));
    EXPECT_FALSE(drawMark(a4(), {1, 0, 0, 180, 50}, {"漢字"}));
}

TEST(VisibleMark, NumbersAreShort) {
    EXPECT_EQ(pdfNumber(12), "12");
    EXPECT_EQ(pdfNumber(0.25), "0.25");
    EXPECT_EQ(pdfNumber(-0.00001), "0");
    EXPECT_EQ(pdfNumber(1234567.89), "1234567.89");
}

// Where poppler shows the word, in points from the top left of the page as shown.
struct Shown {
    double left = 0, top = 0, right = 0, bottom = 0;
};

class MarkOnPage : public testing::TestWithParam<const char*> {};

// The renderer's word for it: the mark is inside its rectangle and upright, whatever the page's rotation and
// boxes.
TEST_P(MarkOnPage, IsWhereItWasAskedFor) {
    ASSERT_TRUE(hasTool("pdftotext"));
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(3, std::string("<</Type/Page/Parent 2 0 R/Resources<<>>") + GetParam() + ">>");
    const std::string file = builder.build();
    const TestSigner signer(TestSigner::Key::P256);
    const TestSeal seal = sealWithTestKey(
        file,
        R"({"signing_time_unix":1795300000,"name":"GREFFE","placement":{"page":1,"x":60,"y":100,"width":180,"height":50}})",
        signer);
    ASSERT_TRUE(seal.isDone) << seal.explanation;
    EXPECT_EQ(pdf::structureFaults(file, file + seal.tail), std::vector<std::string>());

    const TemporaryDirectory folder;
    const std::string path = folder.path() + "/marked.pdf";
    std::ofstream(path, std::ios::binary) << file << seal.tail;
    const std::string text = runTool({"pdftotext", "-cropbox", "-bbox", path, "-"}).output;
    std::smatch page, word;
    ASSERT_TRUE(std::regex_search(text, page, std::regex("<page width=\"([0-9.]+)\" height=\"([0-9.]+)\"")))
        << text;
    ASSERT_TRUE(std::regex_search(
        text, word,
        std::regex(
            "xMin=\"([-0-9.]+)\" yMin=\"([-0-9.]+)\" xMax=\"([-0-9.]+)\" yMax=\"([-0-9.]+)\">GREFFE<")))
        << text;
    // pdftotext turns the words with the page, but prints the size of the page before it is turned.
    const bool isTurned = std::regex_search(GetParam(), std::regex("Rotate (90|270)"));
    const double pageHeight = std::stod(page[isTurned ? 1 : 2]);
    const Shown shown{std::stod(word[1]), std::stod(word[2]), std::stod(word[3]), std::stod(word[4])};
    EXPECT_GE(shown.left, 60) << text;
    EXPECT_LE(shown.right, 240) << text;
    EXPECT_GE(pageHeight - shown.bottom, 100 - 1) << text;
    EXPECT_LE(pageHeight - shown.top, 150 + 1) << text;
    EXPECT_GT(shown.right - shown.left, 2 * (shown.bottom - shown.top)) << "not upright: " << text;
}

INSTANTIATE_TEST_SUITE_P(Pages, MarkOnPage,
                         testing::Values("/MediaBox[0 0 595 842]", "/MediaBox[0 0 595 842]/Rotate 90",
                                         "/MediaBox[0 0 595 842]/Rotate 180",
                                         "/MediaBox[0 0 595 842]/Rotate 270", "/MediaBox[-100 -50 495 792]",
                                         "/MediaBox[0 0 595 842]/CropBox[50 70 500 800]",
                                         "/MediaBox[0 0 595 842]/CropBox[50 70 500 800]/Rotate 90",
                                         "/MediaBox[0 0 595 842]/CropBox[50 70 500 800]/Rotate 270"),
                         [](const auto& page) {
                             std::string name = page.param;
                             std::replace_if(
                                 name.begin(), name.end(),
                                 [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                             return name;
                         });

}  // namespace
}  // namespace greffe::seal_pades
