// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/pdf_marks.h"

#include "support/pdf_builder.h"
#include "support/run_tool.h"
#include "support/temporary_directory.h"

#include <gmock/gmock.h>

#include <fstream>

namespace greffe::simulators {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

PdfBuilder pagesOf(int count) {
    PdfBuilder builder = PdfBuilder::onePage();
    std::string kids;
    for (int i = 0; i < count; ++i) {
        kids += std::to_string(10 + i) + " 0 R ";
        builder.set(static_cast<std::uint32_t>(10 + i),
                    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents 4 0 R>>");
    }
    return builder.set(2, "<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(count) + ">>");
}

void expectWellFormed(const std::string& pdf) {
    const TemporaryDirectory directory;
    std::ofstream(directory.path() + "/a.pdf", std::ios::binary) << pdf;
    const ToolResult judged = runTool({"qpdf", "--check", directory.path() + "/a.pdf"});
    EXPECT_EQ(judged.exitCode, 0) << judged.output;
}

TEST(PdfMarks, CountsPages) {
    for (const int count : {1, 2, 3, 7, 8, 9, 33})
        EXPECT_EQ(examinePdf(pagesOf(count).build())->pages, count);
    EXPECT_FALSE(examinePdf("").ok());
    EXPECT_FALSE(examinePdf("PK\3\4").ok());
}

class EveryXref : public ::testing::TestWithParam<PdfBuilder::Xref> {};

TEST_P(EveryXref, TwoPeopleSignTheSameFile) {
    PdfBuilder builder = pagesOf(3);
    const std::string pdf = builder.xref(GetParam()).build();
    const auto first = addMarks(pdf, {{1, 70, 580, 120, 50}, {3, 70, 580, 85, 37}}, "Anne Le Goff");
    ASSERT_TRUE(first.ok()) << first.error().text();
    const auto second = addMarks(*first, {{3, 300, 580, 85, 37}}, "Émile (père) \xC5\x81");
    ASSERT_TRUE(second.ok()) << second.error().text();
    EXPECT_THAT(*second, StartsWith(*first));
    EXPECT_THAT(*first, StartsWith(pdf));
    EXPECT_THAT(second->substr(first->size()), HasSubstr("(\xC9mile \\(p\xE8re\\) ?)"));
    expectWellFormed(*second);
}

INSTANTIATE_TEST_SUITE_P(PdfMarks, EveryXref,
                         ::testing::Values(PdfBuilder::Xref::Table, PdfBuilder::Xref::Stream,
                                           PdfBuilder::Xref::Hybrid),
                         [](const auto& test) {
                             return std::string(test.param == PdfBuilder::Xref::Table    ? "Table"
                                                : test.param == PdfBuilder::Xref::Stream ? "Stream"
                                                                                         : "Hybrid");
                         });

TEST(PdfMarks, AnnotationsMayBeAnywhere) {
    for (const char* annotations : {"", "/Annots[]", "/Annots[5 0 R]", "/Annots 6 0 R"}) {
        PdfBuilder builder = PdfBuilder::onePage();
        builder.set(3, std::string("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>") +
                           annotations + ">>");
        builder.set(5, "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(x)>>");
        builder.set(6, "[5 0 R]");
        const auto marked = addMarks(builder.build(), {{9, 70, 580, 85, 37}}, "Anne");
        ASSERT_TRUE(marked.ok()) << annotations << marked.error().text();
        expectWellFormed(*marked);
    }
}

}  // namespace
}  // namespace greffe::simulators
