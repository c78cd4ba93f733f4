// SPDX-License-Identifier: Apache-2.0
// greffe verify on what the daemon itself kept, of every kind of pipeline: an honest container is good.
#include "support/daemon_under_test.h"
#include "support/running_simulators.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kKeep = R"(archive { id = "keep", archive = "vault" })";

std::string vault(const std::string& options = {}) {
    return fmt::format(R"(archives = {{ archive {{ name = "vault", path = "@ROOT@/kept"{} }} }},)", options);
}

std::vector<std::string> keptBy(const DaemonUnderTest& daemon) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(daemon.root() + "/kept"))
        if (entry.is_regular_file() && entry.path().filename() != ".greffe-archive")
            found.push_back(entry.path().string());
    return found;
}

void expectGood(DaemonUnderTest& daemon, std::size_t containers) {
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    const std::vector<std::string> kept = keptBy(daemon);
    EXPECT_EQ(kept.size(), containers) << daemon.log();
    for (const std::string& container : kept) {
        std::string said;
        EXPECT_EQ(daemon.command({"verify", container}, &said), 0) << said;
        EXPECT_THAT(said, HasSubstr("\ngood\n"));
    }
}

void expectGood(const std::string& steps, std::size_t containers = 1, const std::string& options = {},
                const std::string& name = "bail.pdf") {
    DaemonUnderTest daemon(steps, "stable_seconds = 0", vault(options));
    daemon.drop(name, tinyPdf());
    ASSERT_TRUE(daemon.start());
    expectGood(daemon, containers);
}

std::string then(const std::string& steps) {
    return steps + ", " + kKeep;
}

TEST(VerifyHonest, NothingButKept) {
    expectGood(kKeep);
}

TEST(VerifyHonest, ProofsOnly) {
    expectGood(R"(seal { id = "seal", key = "office" },
                  archive { id = "keep", archive = "vault", policy = "proof_only" })");
}

TEST(VerifyHonest, TarAndNamesThatAreNoText) {
    expectGood(then(R"(seal { id = "seal", key = "office" })"), 1, R"(, format = "tar.zst")",
               "bail r\xc3\xa9gl\xe9.pdf");
    expectGood(then(R"(seal { id = "seal", key = "office" })"), 1, "", "a \"b\" \xff.pdf");
}

TEST(VerifyHonest, KeptForOneYear) {
    expectGood(R"(seal { id = "seal", key = "office" },
                  archive { id = "keep", archive = "vault", retention_years = 1 })");
}

TEST(VerifyHonest, SealedTwiceAndWithAMark) {
    expectGood(then(R"(seal { id = "seal", key = "office" },
                       seal { id = "seal-2", key = "office", mark = { page = "last", x = 120, y = 20 } })"));
}

TEST(VerifyHonest, ASealThatIsSkippedAndOneThatFails) {
    expectGood(then(R"(seal { id = "first", key = "office", certify = 1 },
                       seal { id = "second", key = "office", on_error = "continue" },
                       seal { id = "never", key = "office", when = function(d) return false end })"));
}

TEST(VerifyHonest, ASealedDocumentThatIsPackedAndAnArchiveThatIsOpened) {
    expectGood(then(R"(seal { id = "seal", key = "office" },
        transform { id = "pack", plugin = "document-archive", into = "bundle",
                    options = { into = "zip", folder = "dossier" } })"));
    expectGood(then(R"(
        transform { id = "pack", plugin = "document-archive", into = "bundle",
                    options = { into = "zip", folder = "dossier" } },
        transform { id = "open", plugin = "document-archive", documents = { "bundle" }, into = "part", many = true,
                    options = { into = "members" } },
        seal { id = "seal", document = "part-1", key = "office" })"));
}

TEST(VerifyHonest, SealedAndKeptForEach) {
    expectGood(then(R"(each { id = "all", over = "documents", as = "one", steps = {
                         seal { id = "seal", key = "office", document = "one" } } })"));
    expectGood(R"(seal { id = "seal", key = "office" },
                  each { id = "all", over = function(d) return { 1, 2, 3 } end, steps = {
                    archive { id = "keep", archive = "vault" } } })",
               3);
}

TEST(VerifyHonest, KeptWhileOthersWork) {
    expectGood(R"(parallel { id = "both", branches = {
                    kept = { archive { id = "keep", archive = "vault" } },
                    sealed = { seal { id = "seal", key = "office" } },
                    checked = { validate { id = "check" } } } },
                  archive { id = "again", archive = "vault" })",
               2);
}

TEST(VerifyHonest, KeptAtALaterAttempt) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" },
        archive { id = "keep", archive = "vault",
                  retry = { attempts = 60, first_delay_seconds = 1, max_delay_seconds = 1 } })",
                           "stable_seconds = 0", vault());
    fs::remove(daemon.root() + "/kept");
    daemon.drop("bail.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    EXPECT_FALSE(daemon.waitUntilSettled(1, std::chrono::seconds(2)));
    fs::create_directory(daemon.root() + "/kept");
    expectGood(daemon, 1);
}

TEST(VerifyHonest, WithAManifestAndParts) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office", document = "lease" },
        archive { id = "keep", archive = "vault" })",
                           "stable_seconds = 0, folders_as_dossiers = true, manifest = \"optional\"", vault(),
                           R"(documents = { slot "lease" {}, slot "identity" { per = "tenant" } },
                              parties = { role "tenant" { many = true, optional = true } })");
    const fs::path folder = daemon.root() + "/case";
    fs::create_directories(folder);
    std::ofstream(folder / "lease.pdf", std::ios::binary) << tinyPdf();
    std::ofstream(folder / "identity-1.png", std::ios::binary) << "\x89PNG\r\n\x1a\n1";
    fs::rename(folder, daemon.inFolder() + "/case");
    ASSERT_TRUE(daemon.start());
    expectGood(daemon, 1);
}

TEST(VerifyHonest, StampedAndDegraded) {
    const RunningSimulators world(R"({"tsa": {}})");
    const auto keep = [&](const std::string& url, const std::string& more) {
        DaemonUnderTest daemon(
            fmt::format(
                R"(seal {{ id = "seal", key = "office", level = "B-T", authorities = {{ "a" }} {} }}, {})",
                more, kKeep),
            "stable_seconds = 0",
            vault() + fmt::format(R"(timestamp_authorities = {{ timestamp_authority {{ name = "a", url = "{}",
                trust_anchors = "{}", timeout_seconds = 2, allow_http = true, allow_private_address = true }} }},)",
                                  url, world.textOf("tsa", "root_file")));
        daemon.drop("bail.pdf", tinyPdf());
        EXPECT_TRUE(daemon.start());
        expectGood(daemon, 1);
    };
    keep(world.textOf("tsa", "url"), "");
    keep("http://127.0.0.1:1/", R"(, on_no_timestamp = "degrade")");
}

}  // namespace
}  // namespace greffe
