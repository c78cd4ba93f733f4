// SPDX-License-Identifier: Apache-2.0
#include "simulate/report_page.h"

#include "base/sha256.h"
#include "simulate/report_frame.h"

#include <gmock/gmock.h>

#include <fstream>

namespace greffe {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ReportPage : public testing::Test {
protected:
    ReportPage() {
        report.startedMs = 1'772'524'800'000;
        report.endedMs = report.startedMs;
        DossierStory story;
        story.id = "01A";
        story.name = "lease.pdf";
        story.pipeline = "lease";
        story.state = "done";
        story.waits = "lease.pdf: done: nothing is left to do.";
        DocumentRow received;
        received.id = "01D";
        received.slot = "document";
        received.name = "lease.pdf";
        received.sizeBytes = 12'345;
        DocumentRow sealed = received;
        sealed.id = "01E";
        sealed.derivedFrom = "01D";
        sealed.producedBy = "seal";
        story.documents = {received, sealed};
        report.dossiers = {story};
    }

    DossierStory& story() { return report.dossiers.front(); }
    std::string page(const char* language = "en") const {
        const auto made = reportPage(report, language, pictures);
        EXPECT_TRUE(made) << made.error().text();
        return made ? *made : std::string();
    }

    SimulationReport report;
    std::map<std::string, DocumentPages> pictures;
};

TEST_F(ReportPage, TheStyleSheetIsTheOneThatThePolicyAllows) {
    const std::string told = page();
    EXPECT_THAT(told, HasSubstr("<style>" + std::string(kReportStyle) + "</style>"));
    const std::string hash = told.substr(told.find("sha256-") + 7, 44);
    EXPECT_EQ(hash.back(), '=') << hash;
    EXPECT_THAT(told, HasSubstr("default-src 'none'"));
    EXPECT_THAT(std::string(kReportStyle), AllOf(Not(HasSubstr("url(")), Not(HasSubstr("@import"))));
}

TEST_F(ReportPage, PicturesStandUnderTheirDocument) {
    DocumentPages pages;
    pages.count = 30;
    pages.pictures = {{1, 10, 20, "first"}, {2, 10, 20, "second"}};
    pictures["01E"] = pages;
    pictures["01D"].whyNone = Reason::PasswordNeeded;
    const std::string told = page();
    EXPECT_THAT(told, HasSubstr("alt=\"lease.pdf, page 2 of 30\" width=\"10\" height=\"20\" "
                                "src=\"data:image/png;base64,c2Vjb25k\""));
    EXPECT_THAT(told, AllOf(HasSubstr("The pages behind these are not shown."), HasSubstr("No picture")));
    EXPECT_THAT(told, HasSubstr("made by step seal from <bdi>lease.pdf</bdi> · 12 kB · 30 pages"));
    EXPECT_LT(told.find("No picture"), told.find("<img")) << "each says it of itself";
}

TEST_F(ReportPage, EveryTextIsEscaped) {
    const std::string evil = "<i>\"'&\x1b\n";
    TimelineEntry entry;
    entry.atMs = report.startedMs;
    entry.branch = entry.step = entry.kind = entry.result = entry.explanation = evil;
    Outgoing message{evil, evil, evil, evil, true, {evil}, Verdict::Uncertain};
    Question question{evil, evil, {evil}, report.startedMs};
    entry.notes = {{"decided", "name = <i>", "<i>.lua:1", {}, {}},
                   {"would send", evil, "", message, {}},
                   {"asks", evil, "", {}, question},
                   {"made", "<i>", "", {}, {}}};
    story().entries = {entry};
    story().name = story().pipeline = story().state = story().waits = "<i>";
    story().standstills = {{evil, "<i>", evil, "", 0}, {"", "<i>", "", evil, report.startedMs}};
    story().documents[0].name = story().documents[0].slot = story().documents[0].producedBy = evil;
    report.unused = {evil};
    pictures["01D"].explanation = evil;
    for (const char* language : {"en", "fr"}) {
        const std::string told = page(language);
        EXPECT_THAT(told, AllOf(Not(HasSubstr("<i>")), Not(HasSubstr("\x1b")), HasSubstr("&lt;i&gt;")));
    }
}

TEST_F(ReportPage, AMessageKeepsItsLines) {
    TimelineEntry entry;
    Outgoing message{"mail", "a@example.test", "Hello", "Dear Anne,\r\n\r\n  yours\n\x1b[31m", false,
                     {},     Verdict::Done};
    entry.notes = {{"would send", "…", "", message, {}}};
    story().entries = {entry};
    EXPECT_THAT(page(), HasSubstr(">Dear Anne,\n\n  yours\n\\x1b[31m</div>"));
}

TEST_F(ReportPage, BothLanguagesSayEverything) {
    story().standstills = {{"", "verify", "officer", "", report.startedMs}, {"", "paid", "", "payment", 0}};
    EXPECT_THAT(page("en"),
                AllOf(HasSubstr("step verify waits for an answer of officer, until 2026-03-03 08:00 (UTC)"),
                      HasSubstr("step paid waits for the event payment, without a time limit")));
    const std::string french = page("fr");
    EXPECT_THAT(
        french,
        AllOf(HasSubstr("l’étape verify attend la réponse de officer, jusqu’au 2026-03-03 08:00 (UTC)"),
              HasSubstr("terminé"), HasSubstr("produit par l’étape")));
    for (const char* english : {"What happened", "Documents of", "received", "Pipeline"})
        EXPECT_THAT(french, Not(HasSubstr(std::string(">") + english)));
    EXPECT_THAT(page("en"), Not(HasSubstr("{{"))) << "a tag of the frame was left";
}

}  // namespace
}  // namespace greffe
