// SPDX-License-Identifier: Apache-2.0
// What the plugin makes of programs that end well, badly or not at all. The programs themselves are run by
// the conformance kit and by end_to_end_preview.
#include "document_preview.h"

#include <greffe/sdk/testing/test_host.h>
#include <greffe/sdk/testing/test_outcome.h>

#include <gmock/gmock.h>
#include <zlib.h>

namespace document_preview {
namespace {

using namespace greffe;
using namespace greffe::sdk::testing;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kPdf = "%PDF-1.7 and so on";

class DocumentPreviewTest : public testing::Test {
protected:
    DocumentPreviewTest() {
        host.runProgram = [this](const ProgramCall& call, ByteSink& output, ByteSink& errors) {
            std::string words(call.program.view());
            for (std::uint32_t i = 0; i < call.argumentCount; ++i)
                words += " " + std::string(call.arguments[i].view());
            ran.push_back(words);
            const bool isInfo = call.program.view() == "pdfinfo";
            output.write(isInfo ? info : drawn);
            errors.write(complaint);
            ProgramResult result = isInfo ? infoEnd : drawEnd;
            return result;
        };
        infoEnd.end = drawEnd.end = ProgramEnd::Exited;
    }

    void show(std::uint32_t first = 1, std::uint32_t most = 1, std::uint32_t side = 100,
              std::string_view bytes = kPdf) {
        TestInstance plugin(DocumentPreview::create, host);
        ASSERT_TRUE(plugin.start(options)) << host.problems.text();
        outcome = {};
        const DocumentView document = documentOf(bytes, "a.pdf", "application/pdf");
        PreviewRequest request;
        request.firstPage = first;
        request.mostPages = most;
        request.longestSide = side;
        plugin.capability<Preview>()->show(document, request, outcome);
        EXPECT_EQ(outcome.verdicts, 1);
    }

    TestHost host;
    TestOutcome outcome;
    std::string options = "{}";
    std::string info = "Title:          a\nPages:          3\nEncrypted:      no\n", drawn, complaint;
    ProgramResult infoEnd, drawEnd;
    std::vector<std::string> ran;
};

TEST_F(DocumentPreviewTest, CountsWithoutDrawing) {
    show(1, 0);
    EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    EXPECT_EQ(outcome.facts["pages"], "3");
    EXPECT_THAT(ran, ElementsAre("pdfinfo -enc UTF-8 input"));
}

TEST_F(DocumentPreviewTest, TheDocumentsOwnTitleIsNotItsNumberOfPages) {
    EXPECT_EQ(pagesIn("Title:   x\nPages:  900\nPages:          3\n"), 3U);
    EXPECT_EQ(pagesIn("Title: Pages: 900\n"), 0U);
    EXPECT_EQ(pagesIn("Pages:"), 0U);
    EXPECT_EQ(pagesIn("Pages:  99999999999999999999\n"), 0U);
}

TEST_F(DocumentPreviewTest, AsksForNoMoreThanThereIsAndThanItMay) {
    options = R"({"max_pages": 2, "max_side_pixels": 500})";
    show(1, 1'000'000, 4'000'000'000U);
    EXPECT_THAT(ran.back(), HasSubstr("-f 1 -l 2 -scale-to 500 input"));
    options = "{}";
    show(2, 4'000'000'000U, 0);
    EXPECT_THAT(ran.back(), HasSubstr("-f 2 -l 3 -scale-to 16 input"));
    show(4);
    EXPECT_EQ(outcome.reason, "page_count");
}

TEST_F(DocumentPreviewTest, WhatIsNoPictureIsRefused) {
    drawn = "<html><script>";
    show();
    EXPECT_EQ(outcome.verdict, Verdict::Rejected);
    EXPECT_EQ(outcome.reason, "malformed");
}

TEST_F(DocumentPreviewTest, EveryEndOfAProgramHasItsVerdict) {
    const auto reasonFor = [&](ProgramEnd end, int code, const std::string& said = {}) {
        infoEnd.end = end;
        infoEnd.code = code;
        complaint = said;
        show();
        return outcome.reason;
    };
    EXPECT_EQ(reasonFor(ProgramEnd::TimedOut, 0), "limit_exceeded");
    EXPECT_EQ(reasonFor(ProgramEnd::OutputLimit, 0), "limit_exceeded");
    EXPECT_EQ(reasonFor(ProgramEnd::Killed, 11), "malformed");
    EXPECT_THAT(outcome.explanation, HasSubstr("signal 11"));
    EXPECT_EQ(reasonFor(ProgramEnd::Exited, 1, "Syntax Error: \x1b[31mno trailer\nmore"), "malformed");
    EXPECT_THAT(outcome.explanation, HasSubstr("\xEF\xBF\xBD[31mno trailer"));
    EXPECT_EQ(reasonFor(ProgramEnd::Exited, 1, "Command Line Error: Incorrect password"), "password_needed");
    EXPECT_EQ(reasonFor(ProgramEnd::Cancelled, 0), "deadline_exceeded");
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_EQ(reasonFor(ProgramEnd::NotStarted, 0, "no room"), "storage_error");
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater) << "the machine's trouble is no word on the document";
}

TEST_F(DocumentPreviewTest, OtherKindsOfDocumentsRunNothing) {
    show(1, 1, 100, "PK\x03\x04 and so on");
    EXPECT_EQ(outcome.reason, "not_a_pdf");
    EXPECT_TRUE(ran.empty());
}

TEST_F(DocumentPreviewTest, DoesNotStartWithoutItsPrograms) {
    host.missingProgram = "pdftoppm";
    TestInstance plugin(DocumentPreview::create, host);
    EXPECT_FALSE(plugin.start("{}"));
    EXPECT_THAT(host.problems.text(), HasSubstr("install the package of pdftoppm"));
    TestHost bare;
    bare.withheld = {"programs/1"};
    TestInstance without(DocumentPreview::create, bare);
    EXPECT_FALSE(without.start("{}"));
    EXPECT_THAT(bare.problems.text(), HasSubstr("programs/1"));
}

}  // namespace
}  // namespace document_preview
