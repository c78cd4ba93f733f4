// SPDX-License-Identifier: Apache-2.0
#include "pdf/increment.h"

#include "pdf/splice.h"
#include "support/pdf_builder.h"

#include <gtest/gtest.h>

namespace greffe::pdf {
namespace {

TEST(Splice, InsertsAndReplacesWithoutTouchingTheRest) {
    const std::string file = PdfBuilder::onePage().build();
    const auto document = Document::open(file);
    const Object& page = **(*document)->object({3, 0});
    Splice splice(page);
    ASSERT_TRUE(splice.set(page.root(), "Annots", "[9 0 R]"));
    ASSERT_TRUE(splice.set(page.root(), "Contents", "[4 0 R 8 0 R]"));
    splice.append(page.root().find("MediaBox"), "1");
    EXPECT_EQ(*splice.apply(nullptr),
              "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.275590551181 841.88976378 1]/Resources<<>>"
              "/Contents  [4 0 R 8 0 R]/Annots [9 0 R]>>");
}

TEST(Splice, ADoubledKeyIsRefused) {
    const std::string file = PdfBuilder::onePage().set(3, "<</Type/Page/Annots[]/Annots[]>>").build();
    const auto document = Document::open(file);
    const Object& page = **(*document)->object({3, 0});
    Splice splice(page);
    EXPECT_EQ(splice.set(page.root(), "Annots", "[1 0 R]").refusal().reason, Reason::Malformed);
}

class IncrementOf : public testing::TestWithParam<PdfBuilder::Xref> {};

TEST_P(IncrementOf, ContinuesTheFile) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.xref(GetParam())
        .before("junk before\n")
        .withoutFinalNewline()
        .trailer("/Root 1 0 R/ID[<00><11>]/Info null");
    const std::string file = builder.build();
    const auto document = Document::open(file);
    ASSERT_TRUE(document) << document.refusal().text;
    IncrementPlan plan = continuePlan(**document);
    const Reference added = plan.newId();
    plan.objects.push_back({added, "<</New true>>"});
    plan.objects.push_back({{3, 0}, "<</Type/Page/Changed true>>"});
    const Increment increment = writeIncrement(plan);
    EXPECT_EQ(writeIncrement(plan).tail, increment.tail) << "the same plan must give the same bytes";
    const std::string whole = file + increment.tail;
    EXPECT_EQ(whole.substr(increment.bytesOffsets[0], 5), "<</Ne");

    const auto again = Document::open(whole);
    ASSERT_TRUE(again) << again.refusal().text;
    const auto& sections = (*again)->xref().sections();
    ASSERT_EQ(sections.size(), 2U);
    EXPECT_EQ(sections[1].offset, (*document)->xref().sections()[0].offset);
    EXPECT_EQ(sections[0].kind == SectionKind::Stream, GetParam() == PdfBuilder::Xref::Stream);
    EXPECT_TRUE((**(*again)->object(added)).root().find("New").boolean());
    EXPECT_TRUE((**(*again)->object({3, 0})).root().find("Changed").boolean());
    EXPECT_EQ((*again)->xref().trailer("ID").bytes(), "[<00><11>]");
    EXPECT_EQ((*again)->xref().sections()[0].trailer->root().find("Info").bytes(), "null");
    EXPECT_GT((*again)->xref().nextNumber(), added.number);
}

INSTANTIATE_TEST_SUITE_P(Kinds, IncrementOf,
                         testing::Values(PdfBuilder::Xref::Table, PdfBuilder::Xref::Stream,
                                         PdfBuilder::Xref::Hybrid),
                         testing::PrintToStringParamName());

TEST(Increment, OffsetsAbove4GiBGetWideFields) {
    IncrementPlan plan;
    plan.fileBytes = 5ULL << 30U;
    plan.asStream = true;
    plan.previousXref = 17;
    plan.nextNumber = 8;
    plan.objects.push_back({{3, 0}, "<<>>"});
    EXPECT_NE(writeIncrement(plan).tail.find("/W[1 8 2]"), std::string::npos);
}

}  // namespace
}  // namespace greffe::pdf
