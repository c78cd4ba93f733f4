// SPDX-License-Identifier: Apache-2.0
// What happens to drop folders under a running daemon: removed, copied, on a disk that fails.
#include "end_to_end/journal_view.h"
#include "end_to_end/operator_at_work.h"
#include "support/mounted.h"
#include "support/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

bool becomesTrue(const std::function<bool()>& is, milliseconds limit = milliseconds(20'000)) {
    for (milliseconds waited{0}; waited < limit; waited += milliseconds(20)) {
        if (is()) return true;
        std::this_thread::sleep_for(milliseconds(20));
    }
    return false;
}

TEST(FolderTrouble, AFolderThatIsRemovedAndMadeAgainIsWatchedAgain) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    fs::remove_all(daemon.inFolder());
    const auto trouble = [&] {
        const Json status = anne.json({"status"});
        return textOf(memberOf(memberOf(status, "intakes"), "drop"), "trouble");
    };
    EXPECT_TRUE(becomesTrue([&] { return trouble().find("No such file") != std::string::npos; }))
        << daemon.log();
    std::this_thread::sleep_for(milliseconds(2'200));  // two looks more
    const std::string log = daemon.log();
    const std::string line = "intake failed";
    EXPECT_NE(log.find(line), std::string::npos);
    EXPECT_EQ(log.find(line), log.rfind(line)) << "told once";
    fs::create_directories(daemon.inFolder());
    EXPECT_TRUE(becomesTrue([&] { return trouble().empty(); })) << daemon.log();
    EXPECT_THAT(daemon.log(), HasSubstr("intake recovered"));
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    // Not only at the rescan: the new folder is watched.
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

TEST(FolderTrouble, EveryIntakeIsShownFromTheStart) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    EXPECT_TRUE(memberOf(memberOf(anne.json({"status"}), "intakes"), "drop").is_object()) << anne.said;
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    EXPECT_TRUE(memberOf(memberOf(anne.json({"status"}), "intakes"), "drop").is_object()) << anne.said;
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST(FolderTrouble, APlaceThatIsALinkIsCalledOne) {
    DaemonUnderTest daemon;
    fs::create_directories(daemon.root() + "/elsewhere");
    fs::create_directory_symlink(daemon.root() + "/elsewhere", daemon.inFolder() + "/out");
    EXPECT_FALSE(startAndWait(daemon));
    EXPECT_THAT(daemon.log(), AllOf(HasSubstr(daemon.inFolder() + "/out is a link"),
                                    HasSubstr("make it a directory"), Not(HasSubstr("Not a directory"))));
}

TEST(FolderTrouble, EmptyingTheFolderDoesNotEndItsService) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    for (const char* place : {"in-progress", "done", "out", "rejected", "quarantine"})
        fs::remove_all(daemon.inFolder() + "/" + place);
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

// Created, written, closed: hints that may be read in one go.
// Everything is there, and nothing can be taken: that is trouble, with the folder's name.
TEST(FolderTrouble, AFolderThatNothingCanBeTakenFromSaysSo) {
    Mounted folder;
    GREFFE_NEEDS(folder.mountTmpfs("size=64m"), "needs root to mount a file system of its own");
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })", "stable_seconds = 2");
    replaceIn(daemon.root() + "/config/greffe.lua", daemon.inFolder(), folder.path());
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    const auto trouble = [&] {
        return textOf(memberOf(memberOf(anne.json({"status"}), "intakes"), "drop"), "trouble");
    };
    std::ofstream(folder.path() + "/lease.pdf") << tinyPdf("lease");
    ASSERT_EQ(std::system(("mount -o remount,ro " + folder.path()).c_str()), 0);
    EXPECT_TRUE(becomesTrue([&] { return trouble().find(folder.path()) != std::string::npos; }))
        << trouble() << daemon.log();
    EXPECT_THAT(daemon.log(), AllOf(HasSubstr("lease.pdf"), HasSubstr("Read-only file system")));
    ASSERT_EQ(std::system(("mount -o remount,rw " + folder.path()).c_str()), 0);
    EXPECT_TRUE(becomesTrue([&] { return fs::exists(folder.path() + "/done/lease.pdf"); })) << daemon.log();
    EXPECT_TRUE(becomesTrue([&] { return trouble().empty(); })) << trouble();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

// Left where it lies, but never without a word.
TEST(FolderTrouble, WhatIsNeverTakenIsTold) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })", "stable_seconds = 0, recursive = true");
    std::string deep = daemon.inFolder();
    for (int i = 0; i < 34; ++i)
        deep += "/d";
    fs::create_directories(deep);
    std::ofstream(deep + "/lease.pdf") << tinyPdf("lease");
    std::ofstream(daemon.inFolder() + "/half.pdf.part") << "half";
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    const auto leftLying = [&]() -> Json {
        return memberOf(memberOf(memberOf(anne.json({"status"}), "intakes"), "drop"), "left_lying");
    };
    EXPECT_TRUE(becomesTrue([&] { return numberOf(leftLying(), "count") == 2; })) << leftLying().dump();
    EXPECT_THAT(leftLying().dump(), AllOf(HasSubstr("deeper than 32"), HasSubstr("half.pdf.part"),
                                          HasSubstr("still being written")));
    EXPECT_THAT(daemon.log(), HasSubstr("deeper than 32"));
    EXPECT_EQ(anne.run({"status"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("half.pdf.part"));
    fs::remove_all(daemon.inFolder() + "/d");
    fs::remove(daemon.inFolder() + "/half.pdf.part");
    EXPECT_TRUE(becomesTrue([&] { return numberOf(leftLying(), "count", -1) == 0; })) << leftLying().dump();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST(FolderTrouble, ADroppedFolderThatIsNeverCompleteIsTold) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })",
                           "stable_seconds = 0, folders_as_dossiers = true");
    fs::create_directories(daemon.inFolder() + "/order");
    std::ofstream(daemon.inFolder() + "/order/lease.pdf") << tinyPdf("lease");
    std::ofstream(daemon.inFolder() + "/order/plan.pdf.tmp") << "half";
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    EXPECT_TRUE(becomesTrue([&] {
        const Json status = anne.json({"status"});
        return memberOf(memberOf(memberOf(status, "intakes"), "drop"), "left_lying")
                   .dump()
                   .find("plan.pdf.tmp") != std::string::npos;
    })) << anne.said;
    fs::rename(daemon.inFolder() + "/order/plan.pdf.tmp", daemon.root() + "/gone");
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST(FolderTrouble, AFileWrittenInPlaceIsTakenWithoutWaitingForTheRescan) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })", "stable_seconds = 0");
    replaceIn(daemon.root() + "/config/greffe.lua", "rescan_seconds = 1", "rescan_seconds = 600");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    for (int i = 0; i < 20; ++i)
        std::ofstream(daemon.inFolder() + fmt::format("/{}.pdf", i)) << tinyPdf(std::to_string(i));
    ASSERT_TRUE(daemon.waitUntilSettled(20, std::chrono::seconds(15))) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(FolderTrouble, AnAdmissionThatTheJournalRefusedIsTriedAgain) {
    DaemonUnderTest daemon;
    DaemonUnderTest::How how;
    how.environment["GREFFE_FAILPOINTS_SET"] = "intake.commit=error@1";
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start(how));
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

TEST(FolderTrouble, TwoResultsOfOneNameAreTwoFiles) {
    DaemonUnderTest daemon(
        R"(each { id = "all", over = "documents", as = "paper", steps = { seal { id = "seal", key = "office", document = "paper" } } })",
        "stable_seconds = 0, folders_as_dossiers = true, manifest = \"optional\"", {},
        R"(documents = { slot "identity" { per = "tenant" } }, parties = { role "tenant" { many = true, optional = true } })");
    fs::create_directories(daemon.root() + "/case/a");
    fs::create_directories(daemon.root() + "/case/b");
    std::ofstream(daemon.root() + "/case/a/lease.pdf") << tinyPdf("first");
    std::ofstream(daemon.root() + "/case/b/lease.pdf") << tinyPdf("second");
    std::ofstream(daemon.root() + "/case/manifest.json")
        << R"({"documents": {"identity": ["a/lease.pdf", "b/lease.pdf"]}})";
    ASSERT_TRUE(daemon.start());
    fs::rename(daemon.root() + "/case", daemon.inFolder() + "/case");
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    const Json receipt = Json::parse(daemon.contentOf("done", "case.receipt.json"), nullptr, false);
    ASSERT_EQ(memberOf(receipt, "results").size(), 2U) << daemon.log() << receipt.dump();
    const std::vector<std::string> out = daemon.names("out");
    ASSERT_EQ(out.size(), 2U);
    for (const Json& result : receipt["results"])
        EXPECT_EQ(toHex(sha256(daemon.contentOf("out", textOf(result, "name")))), textOf(result, "sha256"));
}

TEST(FolderTrouble, AFolderWhoseDiskFailsHoldsUpNoOther) {
    Mounted bad;
    GREFFE_NEEDS(bad.mountTmpfs("size=64m"), "needs root to mount a file system of its own");
    struct stat facts {};
    ASSERT_EQ(stat(bad.path().c_str(), &facts), 0);
    DaemonUnderTest daemon;
    replaceIn(daemon.root() + "/config/greffe.lua", "intakes = {",
              fmt::format("intakes = {{ folder {{ name = \"bad\", path = \"{}\", pipeline = \"main\", "
                          "stable_seconds = 0 }},",
                          bad.path()));
    DaemonUnderTest::How how;
    how.environment["GREFFE_FAILPOINTS_SET"] = fmt::format("sync.{}=error@1", facts.st_dev);
    std::ofstream(bad.path() + "/b.pdf") << tinyPdf("bad");
    ASSERT_TRUE(startAndWait(daemon, how)) << daemon.log();
    Operator anne(daemon);
    EXPECT_TRUE(becomesTrue([&] { return daemon.log().find("delivery failed") != std::string::npos; }))
        << daemon.log();
    const Json status = anne.json({"status"});
    ASSERT_EQ(memberOf(status, "undeliverable").size(), 1U) << status.dump();
    EXPECT_EQ(textOf(status["undeliverable"][0], "folder"), bad.path());
    daemon.drop("a.pdf", tinyPdf("good"));
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    const auto isDelivered = [&] {
        const std::vector<DossierRow> all = JournalView(daemon.root()).dossiers();
        return all.size() == 2 &&
               std::all_of(all.begin(), all.end(), [](const DossierRow& row) { return row.isDelivered; });
    };
    EXPECT_TRUE(becomesTrue(isDelivered, milliseconds(30'000))) << "tried again\n" << daemon.log();
    EXPECT_TRUE(fs::exists(bad.path() + "/out/b.pdf"));
    EXPECT_TRUE(memberOf(anne.json({"status"}), "undeliverable").empty());
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

// One archive's disk is not the house's: its dossiers try again, the others go on, the daemon stays up.
TEST(FolderTrouble, AnArchiveWhoseDiskFailsHoldsUpItsOwnAttemptOnly) {
    Mounted bad;
    GREFFE_NEEDS(bad.mountTmpfs("size=64m"), "needs root to mount a file system of its own");
    struct stat facts {};
    ASSERT_EQ(stat(bad.path().c_str(), &facts), 0);
    DaemonUnderTest daemon(
        R"(archive { id = "keep", retry = { attempts = 8, first_delay_seconds = 1, max_delay_seconds = 1 },
             when = function(d) return d.documents.document.name == "kept.pdf" end },
           seal { id = "seal", key = "office" })",
        "stable_seconds = 0",
        fmt::format(
            R"(archives = {{ archive {{ name = "vault", plugin = "archive-folder", path = "{}" }} }},)",
            bad.path()));
    DaemonUnderTest::How how;
    how.environment["GREFFE_FAILPOINTS_SET"] = fmt::format("sync.{}=error@1", facts.st_dev);
    ASSERT_TRUE(startAndWait(daemon, how)) << daemon.log();
    daemon.drop("kept.pdf", tinyPdf("kept"));
    EXPECT_TRUE(becomesTrue([&] {
        return daemon.log().find("does not hold what is written") != std::string::npos;
    })) << daemon.log();
    daemon.drop("other.pdf", tinyPdf("other"));
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_TRUE(daemon.isRunning());
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_THAT(daemon.log(), Not(HasSubstr("journal broken")));
    EXPECT_EQ(daemon.brokenPromise({"kept.pdf", "other.pdf"}, {}), "");
    std::size_t kept = 0;
    for (const auto& entry : fs::recursive_directory_iterator(bad.path()))
        kept += entry.is_regular_file() && entry.path().filename() != ".greffe-archive" ? 1 : 0;
    EXPECT_EQ(kept, 1U);
}

TEST(FolderTrouble, ACopiedFolderKeepsItsSources) {
    DaemonUnderTest daemon(
        R"(wait { id = "until", for_event = "bank", expires_days = 3 }, seal { id = "seal", key = "office" })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    daemon.drop("a.pdf", tinyPdf("a"));
    const std::string id = anne.waitFor("waiting");
    ASSERT_TRUE(becomesTrue([&] { return !daemon.names("in-progress").empty(); }));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    // New inodes, new times: what `cp -r` makes of it.
    fs::copy(daemon.inFolder(), daemon.root() + "/copy", fs::copy_options::recursive);
    fs::remove_all(daemon.inFolder());
    fs::rename(daemon.root() + "/copy", daemon.inFolder());
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    EXPECT_EQ(anne.run({"event", "send", "bank", "go", "--about", id, "--reason", "seen"}), 0) << anne.said;
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

}  // namespace
}  // namespace greffe
