// SPDX-License-Identifier: Apache-2.0
// Whose a folder is: one daemon's, one intake's, never the archive's or a backup's as well; and whose the
// files are that an intake had claimed before it was gone.
#include "end_to_end/journal_view.h"
#include "end_to_end/operator_at_work.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr auto kLong = std::chrono::seconds(30);

std::string secondIntake(const std::string& path) {
    return fmt::format(R"(intakes = {{ folder {{ name = "second", path = "{}", pipeline = "main" }},)", path);
}

// A restore that is tried on a copy of the spool, with the configuration of the house.
TEST(FolderOwnership, TwoDaemonsNeverTakeFromOneFolder) {
    DaemonUnderTest one, other;
    replaceIn(other.root() + "/config/greffe.lua", other.inFolder(), one.inFolder());
    ASSERT_TRUE(startAndWait(one)) << one.log();
    ASSERT_TRUE(other.start());
    EXPECT_EQ(other.waitForEnd(kLong), 3) << other.log();
    EXPECT_THAT(other.log(), AllOf(HasSubstr("another greffe takes files from it (process"),
                                   HasSubstr("intake \\\"drop\\\"")));
    // Nor after a reload, where the folder is opened anew.
    ASSERT_EQ(Operator(one).run({"reload"}), 0);
    ASSERT_TRUE(other.start());
    EXPECT_EQ(other.waitForEnd(kLong), 3) << other.log();
    EXPECT_EQ(one.stop(), 0) << one.log();
    ASSERT_TRUE(startAndWait(other)) << other.log();
    EXPECT_EQ(other.stop(), 0) << other.log();
}

TEST(FolderOwnership, OneFolderUnderTwoNamesIsNotTwoIntakes) {
    DaemonUnderTest daemon;
    fs::create_directory_symlink(daemon.inFolder(), daemon.root() + "/also-in");
    replaceIn(daemon.root() + "/config/greffe.lua", "intakes = {", secondIntake(daemon.root() + "/also-in"));
    ASSERT_TRUE(daemon.start());
    EXPECT_EQ(daemon.waitForEnd(kLong), 3) << daemon.log();
    EXPECT_THAT(daemon.log(), AllOf(HasSubstr("intake \\\"second\\\""), HasSubstr("intake \\\"drop\\\""),
                                    HasSubstr("are one folder")));
}

TEST(FolderOwnership, CheckLiveSaysSoBeforeAStartDoes) {
    DaemonUnderTest daemon;
    fs::create_directory_symlink(daemon.inFolder(), daemon.root() + "/also-in");
    replaceIn(daemon.root() + "/config/greffe.lua", "intakes = {", secondIntake(daemon.root() + "/also-in"));
    Operator anne(daemon);
    EXPECT_EQ(anne.run({"check", "--config", daemon.root() + "/config", "--live"}), 3) << anne.said;
    EXPECT_THAT(anne.said, HasSubstr("are one folder"));
}

TEST(FolderOwnership, AnArchiveBehindALinkInADropFolderIsRefused) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" }, archive { id = "keep" })",
                           "stable_seconds = 0, recursive = true",
                           R"(archives = { archive { name = "vault", path = "@ROOT@/vault" } },)");
    fs::create_directories(daemon.inFolder() + "/kept");
    fs::create_directory_symlink(daemon.inFolder() + "/kept", daemon.root() + "/vault");
    ASSERT_TRUE(daemon.start());
    EXPECT_EQ(daemon.waitForEnd(kLong), 3) << daemon.log();
    EXPECT_THAT(daemon.log(), AllOf(HasSubstr("archive \\\"vault\\\""), HasSubstr("lies inside")));
}

// Otherwise the backup is taken for dropped files and pulled apart, or is part of itself.
TEST(FolderOwnership, ABackupIsNotPutWhereFilesAreTakenFrom) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    fs::create_directory_symlink(daemon.inFolder(), daemon.root() + "/elsewhere");
    Operator anne(daemon);
    for (const std::string where : {"/in/backup", "/elsewhere/backup", "/spool/backup"}) {
        EXPECT_EQ(anne.run({"backup", daemon.root() + where}), 1) << where << anne.said;
        EXPECT_THAT(anne.said, HasSubstr("lies inside")) << where;
        EXPECT_FALSE(fs::exists(daemon.root() + where));
    }
    EXPECT_EQ(anne.run({"backup", daemon.root() + "/backup"}), 0) << anne.said;
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

// Killed between the claim and its commit, and started again without the intake.
TEST(FolderOwnership, WhatAnIntakeHadClaimedIsTakenThoughItIsGone) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    const std::string batch = daemon.inFolder() + "/.greffe/claimed/01M83P7V3A8KEDBN6AGND4ZEN4.f";
    fs::create_directories(batch);
    std::ofstream(batch + "/lease.pdf") << tinyPdf("lease");
    fs::create_directories(daemon.root() + "/in2");
    replaceIn(daemon.root() + "/config/greffe.lua", daemon.inFolder() + "\"", daemon.root() + "/in2\"");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    anne.waitFor("done");
    for (int i = 0; i < 500 && !fs::exists(daemon.inFolder() + "/done/lease.pdf"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise({"lease.pdf"}, {}), "") << daemon.log();
    EXPECT_FALSE(fs::exists(batch));
}

}  // namespace
}  // namespace greffe
