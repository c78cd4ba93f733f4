// SPDX-License-Identifier: Apache-2.0
// The archive step through the real daemon: one container a dossier, whatever is killed, and one that
// verifies without the daemon.
#include "base/json.h"
#include "base/sha256.h"
#include "end_to_end/journal_view.h"
#include "support/daemon_under_test.h"
#include "support/run_tool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kSteps = R"(
    validate { id = "check" },
    seal { id = "seal", key = "office" },
    archive { id = "keep", archive = "vault", retention_years = 3 })";

std::string house(const char* options = "") {
    return fmt::format(R"(archives = {{ archive {{ name = "vault", path = "@ROOT@/kept"{} }} }},)", options);
}

std::vector<std::string> containersOf(const DaemonUnderTest& daemon) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(daemon.root() + "/kept"))
        if (entry.is_regular_file() && entry.path().filename() != ".greffe-archive")
            found.push_back(entry.path().string());
    return found;
}

Json jsonFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return Json::parse(file, nullptr, false);
}

std::string bytesOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string pdfIn(const DaemonUnderTest& daemon, const std::string& place) {
    std::ifstream file(daemon.inFolder() + "/" + place, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Archive, KeepsOneContainerThatVerifiesAndThatTheReceiptNames) {
    for (const char* options : {"", R"(, format = "tar.zst")"}) {
        DaemonUnderTest daemon(kSteps, "stable_seconds = 0", house(options));
        daemon.drop("bail.pdf", tinyPdf());
        ASSERT_TRUE(daemon.start());
        ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
        const std::vector<std::string> kept = containersOf(daemon);
        ASSERT_THAT(kept, SizeIs(1));
        // The office's word for it, which a container that comes back is compared with.
        std::string shown;
        EXPECT_EQ(
            daemon.command({"dossier", "show", fs::path(kept[0]).filename().string().substr(0, 26)}, &shown),
            0);
        EXPECT_THAT(shown, HasSubstr("sha256 " + toHex(sha256(bytesOf(kept[0])))));
        ASSERT_EQ(daemon.stop(), 0) << daemon.log();
        EXPECT_EQ(daemon.brokenPromise({"bail.pdf"}, {}), "");

        const Json receipt = jsonFile(daemon.inFolder() + "/done/bail.pdf.receipt.json");
        EXPECT_EQ(daemon.root() + "/kept/" + textOf(receipt["kept"][0], "name"), kept[0]);
        const std::string until = textOf(receipt["kept"][0], "until");
        const std::time_t now = std::time(nullptr);
        std::tm utc{};
        gmtime_r(&now, &utc);
        EXPECT_EQ(until.substr(0, 4), std::to_string(utc.tm_year + 1900 + 3));

        std::string output;
        EXPECT_EQ(daemon.command({"verify", "--json", kept[0]}, &output), 0) << output;
        const Json said = Json::parse(output.substr(output.find('{')), nullptr, false);
        EXPECT_EQ(textOf(said, "verdict"), "good") << output;
        EXPECT_EQ(textOf(said["facts"], "retention_until"), until);
        EXPECT_TRUE(boolOf(said["facts"]["journal"], "chained"));
        ASSERT_THAT(said["facts"]["seals"], SizeIs(1)) << output;
        EXPECT_EQ(textOf(said["facts"]["seals"][0], "signer"), "Greffe test seal");
        EXPECT_TRUE(boolOf(said["facts"]["seals"][0], "holds"));
    }
}

TEST(Archive, HoldsWhatWasReceivedAndWhatCameOfIt) {
    ASSERT_TRUE(hasTool("unzip")) << "scripts/setup --test installs it";
    DaemonUnderTest daemon(kSteps, "stable_seconds = 0", house());
    daemon.drop("bail.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    const std::string folder = daemon.root() + "/unpacked";
    ASSERT_EQ(runTool({"unzip", "-q", containersOf(daemon).at(0), "-d", folder}).exitCode, 0);
    const ToolResult sums = runTool({"sh", "-c", "cd " + folder + " && sha256sum -c SHA256SUMS"});
    EXPECT_EQ(sums.exitCode, 0) << sums.output;
    EXPECT_EQ(runTool({"cmp", folder + "/originals/bail.pdf", daemon.inFolder() + "/done/bail.pdf"}).exitCode,
              0);
    EXPECT_EQ(runTool({"cmp", folder + "/results/bail.pdf", daemon.inFolder() + "/out/bail.pdf"}).exitCode,
              0);
    EXPECT_NE(pdfIn(daemon, "out/bail.pdf"), pdfIn(daemon, "done/bail.pdf"));
}

TEST(Archive, WaitsForAFolderThatIsNotThere) {
    DaemonUnderTest daemon(std::string(kSteps).replace(std::string(kSteps).rfind('}'), 1,
                                                       ", retry = { attempts = 60, first_delay_seconds = 1, "
                                                       "max_delay_seconds = 1 } }"),
                           "stable_seconds = 0", house());
    fs::remove(daemon.root() + "/kept");
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    EXPECT_FALSE(daemon.waitUntilSettled(1, std::chrono::seconds(3)));
    EXPECT_THAT(daemon.log(), HasSubstr("reason=storage_error"));
    fs::create_directory(daemon.root() + "/kept");
    ASSERT_TRUE(daemon.waitUntilSettled(1, std::chrono::seconds(60))) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(containersOf(daemon), SizeIs(1));
}

// After a start without the mount: an empty directory lies where the archive was.
TEST(Archive, WaitsForTheFolderThatItKeptInBefore) {
    DaemonUnderTest daemon(std::string(kSteps).replace(std::string(kSteps).rfind('}'), 1,
                                                       ", retry = { attempts = 60, first_delay_seconds = 1, "
                                                       "max_delay_seconds = 1 } }"),
                           "stable_seconds = 0", house());
    daemon.drop("a.pdf", tinyPdf("a"));
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    fs::rename(daemon.root() + "/kept", daemon.root() + "/unmounted");
    fs::create_directory(daemon.root() + "/kept");
    daemon.drop("b.pdf", tinyPdf("b"));
    ASSERT_TRUE(daemon.start());
    const std::string refusal = "is not the archive that dossiers were kept in";
    for (int i = 0; i < 300 && daemon.log().find(refusal) == std::string::npos; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_THAT(daemon.log(), HasSubstr(refusal));
    EXPECT_TRUE(fs::is_empty(daemon.root() + "/kept"));
    fs::remove(daemon.root() + "/kept");
    fs::rename(daemon.root() + "/unmounted", daemon.root() + "/kept");
    ASSERT_TRUE(daemon.waitUntilSettled(2, std::chrono::seconds(60))) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(containersOf(daemon), SizeIs(2));
}

// Every failpoint that the step's files pass: one container, whole, and nothing beside it.
TEST(Archive, KilledAnywhereLeavesOneContainer) {
    int kills = 0;
    for (const char* point : {"delivery.place", "file.copy", "file.link", "journal.commit.before",
                              "journal.commit.after", "filesystem.sync"}) {
        for (int n = 1;; ++n) {
            DaemonUnderTest daemon(kSteps, "stable_seconds = 0", house());
            daemon.drop("a.pdf", tinyPdf());
            DaemonUnderTest::How how;
            how.environment["GREFFE_FAILPOINTS_SET"] = fmt::format("{}=abort@{}", point, n);
            ASSERT_TRUE(daemon.start(how));
            const bool isSettled = daemon.waitUntilSettled(1, std::chrono::seconds(60));
            if (daemon.isRunning()) {
                ASSERT_TRUE(isSettled) << daemon.log();
                daemon.killAllHard();
                daemon.waitForEnd(std::chrono::seconds(10));
                EXPECT_GT(n, 1) << point << " is not passed";
                break;
            }
            ++kills;
            const std::string what = fmt::format("{} number {}\n", point, n);
            ASSERT_TRUE(daemon.start());
            ASSERT_TRUE(daemon.waitUntilSettled(1, std::chrono::seconds(60))) << what << daemon.log();
            ASSERT_EQ(daemon.stop(), 0) << what << daemon.log();
            ASSERT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "") << what << daemon.log();
            const std::vector<std::string> kept = containersOf(daemon);
            ASSERT_THAT(kept, SizeIs(1)) << what;
            std::string output;
            ASSERT_EQ(daemon.command({"verify", kept[0]}, &output), 0) << what << output;
            const Json receipt = jsonFile(daemon.inFolder() + "/done/a.pdf.receipt.json");
            ASSERT_THAT(kept[0], EndsWith(textOf(receipt["kept"][0], "name"))) << what;
        }
    }
    EXPECT_GT(kills, 10) << "the daemon was built without failpoints";
}

}  // namespace
}  // namespace greffe
