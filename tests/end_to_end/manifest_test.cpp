// SPDX-License-Identifier: Apache-2.0
// What an office sees of documents that come with a manifest.
#include "base/json.h"
#include "store/store.h"
#include "support/daemon_under_test.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kSeal = R"(seal { id = "seal", key = "office" })";
constexpr const char* kParties = R"(parties = { role "tenant" { many = true, optional = true } })";
constexpr const char* kGood =
    R"({"type":"D","parties":[{"role":"tenant","name":"Zoé","email":"zoe@example.org"}],"data":{"rent":800}})";

DaemonUnderTest withManifests(const std::string& options) {
    return DaemonUnderTest(kSeal, "stable_seconds = 0, " + options, {}, kParties);
}

std::string textIn(const DaemonUnderTest& daemon, const std::string& path) {
    auto text = readFile(daemon.inFolder() + "/" + path, 1U << 20U);
    return text ? *text : text.error().text();
}

Json receiptIn(const DaemonUnderTest& daemon, const std::string& path) {
    return Json::parse(textIn(daemon, path + ".receipt.json"), nullptr, false);
}

bool waitFor(const std::function<bool()>& isTrue, std::chrono::milliseconds limit = seconds(20)) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!isTrue()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

// The only dossier of the journal, after the daemon stopped.
DossierRow onlyDossier(const DaemonUnderTest& daemon) {
    auto store = openSqliteStore(daemon.root() + "/spool/journal");
    auto rows = (*(*store)->openReader())->dossiers({});
    EXPECT_EQ(rows->size(), 1U);
    return rows->empty() ? DossierRow() : rows->front();
}

TEST(ManifestIntake, TypePartiesAndDataComeFromTheSideCar) {
    DaemonUnderTest daemon = withManifests(R"(manifest = "required")");
    daemon.drop("lease.json", kGood);
    daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("done"), ElementsAre("lease.json", "lease.pdf", "lease.pdf.receipt.json"));
    EXPECT_THAT(daemon.names("out"), ElementsAre("lease.pdf"));
    const Json receipt = receiptIn(daemon, "done/lease.pdf");
    EXPECT_EQ(receipt["type"], "D");
    EXPECT_EQ(receipt["parties"][0]["email"], "zoe@example.org");
    EXPECT_EQ(receipt["data"]["rent"], 800);
    EXPECT_EQ(receipt["manifest"]["name"], "lease.json");
    EXPECT_EQ(receipt["manifest"]["sha256"], toHex(sha256(kGood)));
    const DossierRow dossier = onlyDossier(daemon);
    EXPECT_EQ(dossier.type, "D");
    EXPECT_EQ(dossier.dataJson, R"({"rent":800})");
}

TEST(ManifestIntake, ADocumentThatCameFirstWaitsAndSaysSo) {
    DaemonUnderTest daemon = withManifests(R"(manifest = "required")");
    ASSERT_TRUE(daemon.start());
    daemon.drop("late.pdf", tinyPdf());
    ASSERT_TRUE(waitFor([&] { return receiptIn(daemon, "in-progress/late.pdf").is_object(); }))
        << daemon.log();
    const Json waiting = receiptIn(daemon, "in-progress/late.pdf");
    EXPECT_EQ(waiting["state"], "waiting_for_manifest");
    EXPECT_EQ(waiting["waits_for"], "late.json");
    EXPECT_THAT(daemon.names(""), Contains("late.pdf")) << "not ours yet";
    daemon.drop("late.json", kGood);
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("done"), ElementsAre("late.json", "late.pdf", "late.pdf.receipt.json"));
    EXPECT_THAT(daemon.names("in-progress"), IsEmpty());
}

TEST(ManifestIntake, AWaitingReceiptGoesWithItsDocument) {
    DaemonUnderTest daemon = withManifests(R"(manifest = "required")");
    ASSERT_TRUE(daemon.start());
    daemon.drop("a.pdf", tinyPdf("a"));
    daemon.drop("b.pdf", tinyPdf("b"));
    const auto told = [&] { return daemon.names("in-progress").size() == 2; };
    ASSERT_TRUE(waitFor(told)) << daemon.log();
    std::filesystem::remove(daemon.inFolder() + "/a.pdf");
    ASSERT_TRUE(waitFor([&] { return daemon.names("in-progress").size() == 1; }))
        << "taken away while it waited";
    daemon.killAllHard();
    daemon.waitForEnd(seconds(10));
    std::filesystem::remove(daemon.inFolder() + "/b.pdf");
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(waitFor([&] { return daemon.names("in-progress").empty(); }))
        << "taken away while nobody looked";
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(ManifestIntake, WhatComesAloneIsRejectedWhenItsTimeIsOver) {
    DaemonUnderTest daemon = withManifests(R"(manifest = "required", manifest_wait_seconds = 1)");
    daemon.drop("alone.pdf", tinyPdf());
    daemon.drop("orphan.json", kGood);
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({}, {"alone.pdf", "orphan.json"}), "") << daemon.log();
    EXPECT_THAT(textIn(daemon, "rejected/alone.pdf.reason.txt"),
                HasSubstr("its manifest alone.json did not come within 1 seconds"));
    EXPECT_THAT(textIn(daemon, "rejected/orphan.json.reason.txt"), HasSubstr("a manifest alone"));
    EXPECT_EQ(receiptIn(daemon, "rejected/alone.pdf")["received"]["sha256"], toHex(sha256(tinyPdf())));
}

TEST(ManifestIntake, AWrongManifestIsRejectedWithItsLine) {
    DaemonUnderTest daemon = withManifests(R"(manifest = "required")");
    daemon.drop("x.json", "{\n  \"parties\": [{\"role\": \"tenent\"}]\n}");
    daemon.drop("x.pdf", tinyPdf());
    daemon.drop("y.json", "{\n  \"data\": {\n}");
    daemon.drop("y.pdf", tinyPdf("y"));
    daemon.drop("z.json", "");
    daemon.drop("z.pdf", tinyPdf("z"));
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(6)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("rejected"),
                ElementsAre("x.json", "x.pdf", "x.pdf.reason.txt", "x.pdf.receipt.json", "y.json", "y.pdf",
                            "y.pdf.reason.txt", "y.pdf.receipt.json", "z.json", "z.pdf", "z.pdf.reason.txt",
                            "z.pdf.receipt.json"));
    EXPECT_THAT(textIn(daemon, "rejected/x.pdf.reason.txt"),
                HasSubstr("line 2 column 16: parties[0]: unknown role \"tenent\"; expected \"tenant\""));
    EXPECT_THAT(textIn(daemon, "rejected/y.pdf.reason.txt"), HasSubstr("line 3"));
    EXPECT_THAT(textIn(daemon, "rejected/z.pdf.reason.txt"), HasSubstr("z.json: the file is empty"));
    EXPECT_EQ(receiptIn(daemon, "rejected/x.pdf")["reason"], "manifest_invalid");
}

TEST(ManifestIntake, WhereItIsOptionalADocumentGoesAlone) {
    DaemonUnderTest daemon = withManifests(R"(manifest = "optional")");
    daemon.drop("with.json", kGood);
    daemon.drop("with.pdf", tinyPdf("with"));
    daemon.drop("alone.pdf", tinyPdf("alone"));
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(3)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("out"), ElementsAre("alone.pdf", "with.pdf"));
    EXPECT_EQ(receiptIn(daemon, "done/with.pdf")["data"]["rent"], 800);
    EXPECT_FALSE(receiptIn(daemon, "done/alone.pdf").contains("data"));
}

TEST(ManifestIntake, APartyThatThePipelineNeedsCannotBeLeftOut) {
    DaemonUnderTest daemon(kSeal, R"(stable_seconds = 0, manifest = "optional")", {},
                           R"(parties = { role "tenant" {} })");
    daemon.drop("alone.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({}, {"alone.pdf"}), "");
    EXPECT_THAT(textIn(daemon, "rejected/alone.pdf.reason.txt"),
                HasSubstr("there is no manifest, and no party has the role \"tenant\""));
}

TEST(ManifestIntake, HalvesThatAreWrittenSlowlyAreTakenWhole) {
    DaemonUnderTest daemon(kSeal, R"(stable_seconds = 1, manifest = "optional")", {}, kParties);
    ASSERT_TRUE(daemon.start());
    const std::string pdf = tinyPdf();
    const std::string manifest = kGood;
    {
        // The document is whole long before its manifest, which is there from the start.
        std::ofstream slow(daemon.inFolder() + "/slow.json", std::ios::binary);
        slow << manifest.substr(0, 5) << std::flush;
        daemon.drop("slow.pdf", pdf);
        for (std::size_t at = 5; at < manifest.size(); at += 20) {
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
            slow << manifest.substr(at, 20) << std::flush;
        }
    }
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(receiptIn(daemon, "done/slow.pdf")["manifest"]["sha256"], toHex(sha256(kGood))) << daemon.log();
}

TEST(ManifestIntake, LinksAndPipesInTheManifestsPlaceBlockNothing) {
    DaemonUnderTest daemon = withManifests(R"(manifest = "required")");
    ASSERT_EQ(symlink("/etc/hostname", (daemon.inFolder() + "/link.json").c_str()), 0);
    daemon.drop("link.pdf", tinyPdf("link"));
    ASSERT_EQ(mkfifo((daemon.inFolder() + "/pipe.json").c_str(), 0600), 0);
    daemon.drop("pipe.pdf", tinyPdf("pipe"));
    daemon.drop("good.json", kGood);
    daemon.drop("good.pdf", tinyPdf("good"));
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(6)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("out"), ElementsAre("good.pdf"));
    EXPECT_THAT(textIn(daemon, "rejected/link.pdf.reason.txt"), HasSubstr("link.json: a symbolic link"));
    EXPECT_THAT(textIn(daemon, "rejected/pipe.pdf.reason.txt"), HasSubstr("pipe.json: a pipe"));
}

// A pair is claimed by two renames. Killed before any one of the first renames, nothing is torn apart.
TEST(ManifestIntake, APairSurvivesAKillBetweenItsTwoRenames) {
    int kills = 0;
    for (int n = 1; n <= 6; ++n) {
        DaemonUnderTest daemon = withManifests(R"(manifest = "required", manifest_wait_seconds = 5)");
        daemon.drop("pair.json", kGood);
        daemon.drop("pair.pdf", tinyPdf());
        ASSERT_TRUE(daemon.start(DaemonUnderTest::killedBefore("renameat2", n)));
        static_cast<void>(daemon.waitUntilSettled(2, seconds(30)));
        if (!daemon.isRunning()) ++kills;
        daemon.killAllHard();
        daemon.waitForEnd(seconds(10));
        ASSERT_TRUE(daemon.start());
        ASSERT_TRUE(daemon.waitUntilSettled(2)) << n << "\n" << daemon.log();
        ASSERT_EQ(daemon.stop(), 0);
        EXPECT_THAT(daemon.names("done"), ElementsAre("pair.json", "pair.pdf", "pair.pdf.receipt.json")) << n;
        EXPECT_THAT(daemon.names("rejected"), IsEmpty()) << n;
        EXPECT_EQ(onlyDossier(daemon).dataJson, R"({"rent":800})");
    }
    EXPECT_GE(kills, 4) << "claim and move of both halves";
}

}  // namespace
}  // namespace greffe
