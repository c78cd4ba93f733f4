// SPDX-License-Identifier: Apache-2.0
// The capability as a host sees it: probe, verdicts, the shape of facts, and the shared object itself.
#include "support/loaded_plugin.h"
#include "support/pdf_builder.h"
#include "validated.h"

#include <gtest/gtest.h>

#include <set>

namespace greffe::document_pdf {
namespace {

TEST(Probe, IsSureOfAHeaderAndDoubtfulOfJunkBeforeIt) {
    PdfHandler handler;
    EXPECT_EQ(handler.probe("%PDF-1.7\n"), 100U);
    const std::string web = "<html>" + std::string(500, ' ') + "%PDF-1.4";
    EXPECT_GT(handler.probe(web), 0U);
    EXPECT_LT(handler.probe(web), 100U);
    EXPECT_EQ(handler.probe(std::string(1024, ' ') + "%PDF-1.4"), 0U);
    EXPECT_EQ(handler.probe("PK\x03\x04"), 0U);
    EXPECT_EQ(handler.probe(Slice()), 0U);
}

TEST(Inspect, GivesEveryFactOfTheReadme) {
    const Validated said = inspected(PdfBuilder::onePage().build());
    EXPECT_TRUE(said.isDone);
    EXPECT_EQ(said.verdicts, 1);
    std::set<std::string> names;
    for (const auto& item : said.facts.items())
        names.insert(item.key());
    EXPECT_EQ(names, (std::set<std::string>{"pages",
                                            "page_sizes",
                                            "pdf_version",
                                            "encrypted",
                                            "linearized",
                                            "producer",
                                            "revisions",
                                            "objects",
                                            "has_active_content",
                                            "active_content",
                                            "embedded_files",
                                            "fonts_not_embedded",
                                            "hidden_layers",
                                            "bytes_before_header",
                                            "bytes_behind_end",
                                            "signatures",
                                            "empty_signature_fields",
                                            "lost_signatures",
                                            "certification_level",
                                            "findings"}));
    EXPECT_EQ(said.facts["page_sizes"][0],
              (nlohmann::json{{"width_mm", 210.0}, {"height_mm", 297.0}, {"pages", 1}, {"first_page", 1}}));
    EXPECT_EQ(said.facts["pdf_version"], "1.7");
    EXPECT_EQ(said.facts["revisions"], 1);
    EXPECT_EQ(said.facts["objects"], 4);
    EXPECT_TRUE(said.facts["certification_level"].is_null());
    EXPECT_TRUE(said.findings().empty());
}

TEST(Inspect, CountsObjectsThatTheDocumentReaches) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(5, "<</Producer(x)>>").set(6, "(nobody refers to it)").trailer("/Root 1 0 R/Info 5 0 R");
    EXPECT_EQ(inspected(builder.build()).facts["objects"], 5);
    // What stands for no object: a number that was never given, and 0, the head of the free ones.
    builder.set(1, "<</Type/Catalog/Pages 2 0 R/Extra[0 0 R 0 65535 R 99 0 R]>>");
    EXPECT_EQ(inspected(builder.build()).facts["objects"], 5);
    builder.trailer("/Root 1 0 R/Info<</Producer(x)>>");
    EXPECT_EQ(inspected(builder.build()).facts["objects"], 4) << "written into the trailer";
}

TEST(Inspect, CountsRevisionsAndTakesTheNewerVersion) {
    const std::string base = PdfBuilder::onePage().build();
    const std::string newer = PdfBuilder().set(1, "<</Type/Catalog/Version/2.0/Pages 2 0 R>>").update(base);
    const Validated said = inspected(newer);
    EXPECT_EQ(said.facts["revisions"], 2);
    EXPECT_EQ(said.facts["pdf_version"], "2.0");
}

TEST(Inspect, DoesNotJudgeWhatIsOnlyUnwanted) {
    const std::string file =
        PdfBuilder::onePage().set(1, "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/Launch>>>>").build();
    EXPECT_TRUE(inspected(file).isDone);
    EXPECT_EQ(validated(file).reason, "active_content");
}

TEST(Validate, GivesAllFindingsGravestFirst) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(1, "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/Launch>>>>");
    builder.set(2, "<</Type/Pages/Kids[3 0 R]/Count 5>>");
    const Validated said = validated(builder.build(), R"({"page_size":"A5","min_pages":2})");
    std::vector<std::string> codes;
    for (const auto& finding : said.findings())
        codes.push_back(finding["code"]);
    EXPECT_EQ(codes, (std::vector<std::string>{"malformed", "active_content", "page_count", "page_size"}));
    EXPECT_EQ(said.reason, "malformed");
    EXPECT_EQ(said.findings()[0]["text"], said.explanation);
    EXPECT_EQ(said.facts["pages"], 1) << "facts are there although it was rejected";
}

TEST(Validate, WhatCannotBeOpenedHasOneFinding) {
    for (const auto& [file, code] : std::vector<std::pair<std::string, std::string>>{
             {"", "empty_file"}, {"hello", "not_a_pdf"}, {"%PDF-1.7\n", "malformed"}}) {
        const Validated said = validated(file);
        EXPECT_EQ(said.reason, code);
        EXPECT_EQ(said.findings().size(), 1U);
        EXPECT_EQ(said.verdicts, 1);
    }
}

TEST(Validate, WrongOptionsAreTheConfigurationsFault) {
    const Validated said = validated(PdfBuilder::onePage().build(), R"({"page_size":"A99"})");
    EXPECT_EQ(said.reason, "invalid_options");
}

TEST(Validate, TooLargeAFileIsALimit) {
    PdfHandler handler;
    pdf::Limits limits;
    limits.maxFileBytes = 100;
    handler.setLimits(limits);
    HeardOutcome outcome;
    const std::string file = PdfBuilder::onePage().build();
    handler.validate(viewOfFile(file), "{}", outcome);
    EXPECT_EQ(outcome.reason, "limit_exceeded");
}

// Says stop when it is asked for the `patience`-th time.
class ImpatientHost final : public CancelService {
public:
    explicit ImpatientHost(int patience) : patience_(patience) {}
    bool isCancelled() noexcept override { return --patience_ <= 0; }
    void progressed(std::uint64_t done, std::uint64_t total) noexcept override {
        isSane = isSane && done <= total;
    }
    bool isSane = true;

private:
    int patience_;
};

TEST(Validate, StopsWhenTheHostSaysSo) {
    PdfBuilder builder = PdfBuilder::onePage();
    for (std::uint32_t number = 10; number < 6000; ++number)
        builder.set(number, "[]");
    const std::string file = builder.build();
    PdfHandler handler;
    ImpatientHost host(3);
    handler.setCancelService(&host);
    HeardOutcome outcome;
    handler.validate(viewOfFile(file), "{}", outcome);
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_EQ(outcome.reason, "deadline_exceeded");
    EXPECT_EQ(outcome.verdicts, 1);
    EXPECT_TRUE(host.isSane);
    ImpatientHost calm(1'000'000);
    handler.setCancelService(&calm);
    HeardOutcome whole;
    handler.validate(viewOfFile(file), "{}", whole);
    EXPECT_EQ(whole.verdict, Verdict::Done);
}

TEST(Plugin, LoadsAndAnswers) {
    const PluginDescriptor& descriptor = loadedPlugin("document-pdf");
    EXPECT_STREQ(descriptor.id, "document-pdf");
    EXPECT_STREQ(descriptor.sandbox, "documents");
    FakeHost host;
    Instance* instance = descriptor.create(host);
    ASSERT_NE(instance, nullptr);
    HeardProblems problems;
    EXPECT_TRUE(instance->configure(R"({"max_file_mebibytes":1})", problems));
    EXPECT_FALSE(instance->configure(R"({"max_file_mebibytes":0})", problems));
    EXPECT_FALSE(instance->configure("[]", problems));
    EXPECT_EQ(problems.errors.size(), 2U);
    EXPECT_EQ(instance->query("sealer/1"), nullptr);
    auto* handler = instance->capability<DocumentHandler>();
    ASSERT_NE(handler, nullptr);
    HeardOutcome outcome;
    const std::string file = PdfBuilder::onePage().build();
    handler->inspect(viewOfFile(file), outcome);
    EXPECT_EQ(outcome.verdict, Verdict::Done);
    HeardOutcome tooLarge;
    const std::string large(2U << 20U, ' ');
    handler->inspect(viewOfFile(large), tooLarge);
    EXPECT_EQ(tooLarge.reason, "limit_exceeded");
    instance->cleanup();
    instance->release();
}

}  // namespace
}  // namespace greffe::document_pdf
