// SPDX-License-Identifier: Apache-2.0
// A reload applies all that stands in the configuration about intakes, or says that it did not.
#include "end_to_end/journal_view.h"
#include "end_to_end/operator_at_work.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kAskThenSeal =
    R"(task { id = "look", ask = "clerk", answers = { "validate", "refuse" } }, seal { id = "seal", key = "office" })";

class Reload : public ::testing::Test {
protected:
    void begin(const std::string& steps = R"(seal { id = "seal", key = "office" })",
               const std::string& folderOptions = "stable_seconds = 0") {
        daemon_ = std::make_unique<DaemonUnderTest>(steps, folderOptions);
        anne_ = std::make_unique<Operator>(*daemon_);
        ASSERT_TRUE(startAndWait(*daemon_)) << daemon_->log();
    }
    std::string path(const std::string& below) const { return daemon_->root() + "/" + below; }
    void change(const std::string& from, const std::string& to) {
        replaceIn(path("config/greffe.lua"), from, to);
    }
    void expectReload() { EXPECT_EQ(anne_->run({"reload"}), 0) << anne_->said << daemon_->log(); }
    bool comes(const std::string& below, milliseconds limit = milliseconds(15'000)) const {
        for (milliseconds waited{0}; waited < limit; waited += milliseconds(20)) {
            if (fs::exists(path(below))) return true;
            std::this_thread::sleep_for(milliseconds(20));
        }
        return false;
    }
    void put(const std::string& below, const std::string& bytes) const {
        std::ofstream(path(below + ".part"), std::ios::binary) << bytes;
        fs::rename(path(below + ".part"), path(below));
    }
    std::vector<std::string> intakes() {
        std::vector<std::string> names;
        const Json status = anne_->json({"status"});
        for (const auto& [name, intake] : memberOf(status, "intakes").items())
            names.push_back(name);
        return names;
    }
    // A dossier waits for its task, and its intake is not configured any more. Returns the dossier's id.
    std::string beginAndTakeTheIntakeAway() {
        begin(kAskThenSeal);
        daemon_->drop("lease.pdf", tinyPdf("lease"));
        const std::string id = anne_->waitFor("waiting");
        fs::create_directories(path("in2"));
        change(R"(name = "drop")", R"(name = "other")");
        change("/in\"", "/in2\"");
        expectReload();
        return id;
    }
    void answerTheTask() {
        const Json tasks = anne_->json({"task", "list"});
        ASSERT_EQ(tasks["tasks"].size(), 1U) << anne_->said;
        EXPECT_EQ(
            anne_->run({"task", "answer", textOf(tasks["tasks"][0], "id"), "validate", "--reason", "fine"}),
            0)
            << anne_->said;
    }

    std::unique_ptr<DaemonUnderTest> daemon_;
    std::unique_ptr<Operator> anne_;
};

TEST_F(Reload, ANewIntakeIsOpenedAndARemovedOneTakesNothingMore) {
    begin();
    fs::create_directories(path("in2"));
    change(R"(name = "drop")", R"(name = "other")");
    change("/in\"", "/in2\"");
    expectReload();
    put("in2/new.pdf", tinyPdf("new"));
    EXPECT_TRUE(comes("in2/done/new.pdf")) << daemon_->log();
    EXPECT_TRUE(fs::exists(path("in2/out/new.pdf")));
    daemon_->drop("late.pdf", tinyPdf("late"));
    std::this_thread::sleep_for(milliseconds(2'500));  // two rescans
    EXPECT_TRUE(fs::exists(path("in/late.pdf"))) << "nobody watches it any more";
    EXPECT_THAT(intakes(), testing::ElementsAre("other"));
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
}

// Both limits of what is taken are those of now: until today a reload said so, and the start's were in force.
TEST_F(Reload, TheLimitsOfWhatIsTakenAreThoseOfNow) {
    begin(kAskThenSeal);
    const auto isPausedFor = [&](const std::string& reason) {
        for (int i = 0; i < 500; ++i, std::this_thread::sleep_for(milliseconds(20)))
            if (textOf(memberOf(memberOf(anne_->json({"status"}), "intakes"), "drop"), "paused_for") ==
                reason)
                return true;
        return false;
    };
    change("front_port = 0", "front_port = 0, min_free_mebibytes = 1048576");
    expectReload();
    daemon_->drop("first.pdf", tinyPdf("first"));
    EXPECT_TRUE(isPausedFor("disk_low")) << daemon_->log();
    EXPECT_EQ(anne_->run({"status"}), 0);
    EXPECT_THAT(anne_->said,
                AllOf(HasSubstr("intake drop takes nothing"), HasSubstr("min_free_mebibytes is 1048576")));
    EXPECT_THAT(daemon_->log(), HasSubstr("make room there"));
    put("import.pdf", tinyPdf("import"));
    EXPECT_EQ(anne_->run({"dossier", "import", path("import.pdf"), "--pipeline", "main"}), 3)
        << "an import is one, too";
    EXPECT_THAT(anne_->said, HasSubstr("min_free_mebibytes"));

    change("min_free_mebibytes = 1048576", "min_free_mebibytes = 1, max_dossiers_in_progress = 1");
    expectReload();
    const std::string id = anne_->waitFor("waiting");
    EXPECT_NE(id, "") << daemon_->log();
    daemon_->drop("second.pdf", tinyPdf("second"));
    EXPECT_TRUE(isPausedFor("backlog_full")) << daemon_->log();
    EXPECT_TRUE(fs::exists(path("in/second.pdf")));

    change("max_dossiers_in_progress = 1", "max_dossiers_in_progress = 100");
    expectReload();
    EXPECT_NE(anne_->waitFor("waiting", 2), "") << daemon_->log();
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
}

// Before anything was dropped: who looks whether a folder is watched looks just then.
TEST_F(Reload, StatusShowsEveryIntakeFromTheStart) {
    begin();
    for (int i = 0; i < 250 && intakes().empty(); ++i)
        std::this_thread::sleep_for(milliseconds(20));
    EXPECT_THAT(intakes(), testing::ElementsAre("drop"));
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
}

TEST_F(Reload, AnIntakeThatMovesIsClosedAndOpenedElsewhere) {
    begin();
    fs::create_directories(path("in2"));
    change("/in\"", "/in2\"");
    expectReload();
    put("in2/new.pdf", tinyPdf("new"));
    EXPECT_TRUE(comes("in2/done/new.pdf")) << daemon_->log();
    daemon_->drop("late.pdf", tinyPdf("late"));
    std::this_thread::sleep_for(milliseconds(1'500));
    EXPECT_TRUE(fs::exists(path("in/late.pdf")));
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
}

TEST_F(Reload, ARenamedIntakeGoesOnWithItsFolder) {
    begin();
    change(R"(name = "drop")", R"(name = "other")");
    expectReload();
    daemon_->drop("new.pdf", tinyPdf("new"));
    ASSERT_TRUE(daemon_->waitUntilSettled(1)) << daemon_->log();
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
    EXPECT_EQ(daemon_->brokenPromise({"new.pdf"}, {}), "");
}

TEST_F(Reload, AFolderThatCannotBeOpenedLeavesEverythingAsItWas) {
    begin();
    const std::string before = textOf(anne_->json({"status"}), "plan");
    change("/in\"", "/missing\"");
    EXPECT_NE(anne_->run({"reload"}), 0);
    EXPECT_THAT(anne_->said,
                AllOf(HasSubstr("intake \"drop\""), HasSubstr("/missing"), HasSubstr("make the folder")));
    EXPECT_THAT(daemon_->log(), HasSubstr("reload refused"));
    EXPECT_EQ(textOf(anne_->json({"status"}), "plan"), before);
    daemon_->drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon_->waitUntilSettled(1)) << daemon_->log();
    fs::create_directories(path("missing"));
    expectReload();
    put("missing/b.pdf", tinyPdf("b"));
    EXPECT_TRUE(comes("missing/done/b.pdf")) << daemon_->log();
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
}

TEST_F(Reload, AllSettingsOfAKeptIntakeAreApplied) {
    begin(R"(seal { id = "seal", key = "office" })",
          R"(stable_seconds = 900, manifest = "required", manifest_wait_seconds = 900)");
    daemon_->drop("waits.pdf", tinyPdf());
    std::this_thread::sleep_for(milliseconds(1'500));
    ASSERT_TRUE(fs::exists(path("in/waits.pdf")));
    change("stable_seconds = 900", "stable_seconds = 0");
    expectReload();
    EXPECT_TRUE(comes("in/in-progress/waits.pdf.receipt.json")) << "it is whole, and waits for its manifest";
    change("manifest_wait_seconds = 900", "manifest_wait_seconds = 1");
    change(R"(language = "en")", R"(language = "fr")");
    expectReload();
    ASSERT_TRUE(daemon_->waitUntilSettled(1)) << daemon_->log();
    EXPECT_THAT(daemon_->contentOf("rejected", "waits.pdf.reason.txt"),
                HasSubstr("Le fichier « waits.pdf »"));
    change(R"(manifest = "required", manifest_wait_seconds = 1)", R"(manifest = "none")");
    expectReload();
    daemon_->drop("alone.pdf", tinyPdf("alone"));
    ASSERT_TRUE(daemon_->waitUntilSettled(2)) << daemon_->log();
    EXPECT_THAT(daemon_->names("done"), Contains("alone.pdf"));
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
}

TEST_F(Reload, WhatAnIntakeTookBeforeItWasRemovedIsDeliveredWhereItCameFrom) {
    beginAndTakeTheIntakeAway();
    // A daemon that never knew the intake, either.
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
    ASSERT_TRUE(startAndWait(*daemon_)) << daemon_->log();
    answerTheTask();
    EXPECT_TRUE(comes("in/done/lease.pdf")) << daemon_->log();
    EXPECT_TRUE(fs::exists(path("in/out/lease.pdf")));
    EXPECT_TRUE(fs::exists(path("in/done/lease.pdf.receipt.json")));
    EXPECT_THAT(daemon_->names("in-progress"), IsEmpty());
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
}

TEST_F(Reload, AFolderThatIsGoneKeepsItsDossiersOwedUntilItIsThereAgain) {
    const std::string id = beginAndTakeTheIntakeAway();
    fs::rename(path("in"), path("elsewhere"));  // as when its share is not mounted
    answerTheTask();
    anne_->waitFor("done");
    for (int i = 0; i < 500 && anne_->said.find("not delivered") == std::string::npos; ++i) {
        EXPECT_EQ(anne_->run({"dossier", "show", id}), 0);
        std::this_thread::sleep_for(milliseconds(20));
    }
    EXPECT_THAT(daemon_->log(), HasSubstr("delivery failed"));
    EXPECT_THAT(anne_->said, AllOf(HasSubstr("not delivered"), HasSubstr("mount it")));
    EXPECT_EQ(anne_->run({"status"}), 0);
    EXPECT_THAT(anne_->said, AllOf(HasSubstr("nothing can be brought to"), HasSubstr("/in ")));
    fs::rename(path("elsewhere"), path("in"));
    EXPECT_TRUE(comes("in/done/lease.pdf", milliseconds(30'000))) << daemon_->log();
    EXPECT_TRUE(fs::exists(path("in/out/lease.pdf")));
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
    EXPECT_TRUE(JournalView(daemon_->root()).dossiers().front().isDelivered);
}

// A key is renewed, and its files lie elsewhere: dossiers that wait since before are sealed by it as well.
TEST_F(Reload, AWaitingDossierIsSealedByTheKeyAsItIsConfiguredNow) {
    begin(kAskThenSeal);
    daemon_->drop("lease.pdf", tinyPdf("lease"));
    anne_->waitFor("waiting");
    fs::rename(path("key.pem"), path("renewed-key.pem"));
    fs::rename(path("cert.pem"), path("renewed-cert.pem"));
    change("/key.pem", "/renewed-key.pem");
    change("/cert.pem", "/renewed-cert.pem");
    expectReload();
    answerTheTask();
    ASSERT_TRUE(daemon_->waitUntilSettled(1)) << daemon_->log();
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
    EXPECT_EQ(daemon_->brokenPromise({"lease.pdf"}, {}), "") << daemon_->log();
}

// The archive moved to another disk while a dossier waited.
TEST_F(Reload, AWaitingDossierIsKeptInTheArchiveAsItIsConfiguredNow) {
    daemon_ = std::make_unique<DaemonUnderTest>(
        std::string(kAskThenSeal) + R"(, archive { id = "keep", archive = "office" })", "stable_seconds = 0",
        R"(archives = { archive { name = "office", plugin = "archive-folder", path = "@ROOT@/kept" } },)");
    anne_ = std::make_unique<Operator>(*daemon_);
    ASSERT_TRUE(startAndWait(*daemon_)) << daemon_->log();
    daemon_->drop("lease.pdf", tinyPdf("lease"));
    anne_->waitFor("waiting");
    fs::create_directories(path("moved"));
    change("/kept\"", "/moved\"");
    expectReload();
    answerTheTask();
    ASSERT_TRUE(daemon_->waitUntilSettled(1)) << daemon_->log();
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
    EXPECT_FALSE(fs::is_empty(path("moved"))) << daemon_->log();
    EXPECT_TRUE(fs::is_empty(path("kept")));
}

// Whoever takes an instance away still owes it to the dossiers that were admitted with it.
TEST_F(Reload, AnInstanceThatIsGoneStillServesTheDossiersOfItsTime) {
    begin(kAskThenSeal);
    daemon_->drop("lease.pdf", tinyPdf("lease"));
    anne_->waitFor("waiting");
    change(R"(key { name = "office")", R"(key { name = "other")");
    replaceIn(path("config/pipelines/main.lua"), R"(key = "office")", R"(key = "other")");
    expectReload();
    answerTheTask();
    ASSERT_TRUE(daemon_->waitUntilSettled(1)) << daemon_->log();
    EXPECT_EQ(daemon_->stop(), 0) << daemon_->log();
    EXPECT_EQ(daemon_->brokenPromise({"lease.pdf"}, {}), "") << daemon_->log();
}

}  // namespace
}  // namespace greffe
