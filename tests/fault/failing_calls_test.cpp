// SPDX-License-Identifier: Apache-2.0
// D3: a system call of the daemon or of a worker fails, once or from then on, at every place where a
// document's life makes it. Whatever the daemon does then (try again, hold, end), a start on a healthy
// machine must find nothing lost and nothing done twice.
//
// The places are counted by running under strace, not listed by hand; the short form takes
// a few of them at random; GREFFE_FAULT_STRIDE=n goes on through all of them in steps of about n.
#include "support/daemon_under_test.h"
#include "support/mounted.h"
#include "support/run_tool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <thread>

namespace greffe {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr const char* kSteps =
    R"(validate { id = "check" }, seal { id = "seal", key = "office" }, archive { id = "keep", archive = "vault" })";
constexpr const char* kHouse =
    R"(archives = { archive { name = "vault", plugin = "archive-folder", path = "@ROOT@/kept" } },)";

struct Fault {
    const char* call;
    const char* error;
    // A process that can open nothing any more cannot tell a plugin that is gone from one that it may not
    // see, and quarantines; an operator's release mends that. And a call that is interrupted for ever is
    // tried for ever. So these fail once only.
    bool isOnceOnly = false;
};

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

class Office {
public:
    Office() : daemon(kSteps, "stable_seconds = 0", kHouse) {
        std::filesystem::create_directory(daemon.root() + "/kept");
        daemon.drop("one.pdf", tinyPdf("one"));
        daemon.drop("two.pdf", tinyPdf("two"));
        daemon.drop("text.txt", "not a pdf");
    }
    // On a healthy machine again.
    void expectNothingLost(const std::string& what) {
        ASSERT_TRUE(daemon.start()) << what;
        ASSERT_TRUE(daemon.waitUntilSettled(3)) << what << "\n" << daemon.log();
        ASSERT_EQ(daemon.stop(), 0) << what << "\n" << daemon.log();
        ASSERT_EQ(daemon.brokenPromise({"one.pdf", "two.pdf"}, {"text.txt"}), "") << what << "\n"
                                                                                  << daemon.log();
        std::size_t kept = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon.root() + "/kept"))
            kept += entry.is_regular_file() && entry.path().filename() != ".greffe-archive" ? 1 : 0;
        ASSERT_EQ(kept, 2U) << what << "\n" << daemon.log();
    }

    DaemonUnderTest daemon;
};

// How often an injected error was met.
int runWithFault(DaemonUnderTest& daemon, const Fault& fault, const std::string& when) {
    const std::string trace = daemon.root() + "/trace";
    EXPECT_TRUE(daemon.start(DaemonUnderTest::underStrace(
        {"-o", trace, "-e", fmt::format("trace={}", fault.call), "-e",
         fmt::format("inject={}:error={}:when={}", fault.call, fault.error, when)})));
    daemon.waitUntilSettled(3, std::chrono::seconds(6));
    if (daemon.isRunning()) daemon.killAllHard();
    daemon.waitForEnd(std::chrono::seconds(10));
    const std::string said = read(trace);
    int met = 0;
    for (std::size_t at = said.find("(INJECTED)"); at != std::string::npos;
         at = said.find("(INJECTED)", at + 1))
        ++met;
    return met;
}

class FailingCall : public ::testing::TestWithParam<Fault> {};

TEST_P(FailingCall, LosesNothing) {
    GREFFE_NEEDS(hasTool("strace"), "needs strace");
    const Fault fault = GetParam();
    const char* wanted = std::getenv("GREFFE_FAULT_STRIDE");
    const int stride = wanted != nullptr ? std::max(1, std::atoi(wanted)) : 23;
    const int enough = wanted != nullptr ? std::numeric_limits<int>::max() : 6;
    std::random_device random;
    int places = 0;
    for (int n = 1; places < enough;
         n += 1 + static_cast<int>(random() % static_cast<unsigned>(2 * stride))) {
        for (const char* how : {"", "+"}) {
            if (fault.isOnceOnly && *how != '\0') continue;
            const std::string what =
                fmt::format("{} fails with {} at call {}{}", fault.call, fault.error, n, how);
            Office office;
            const int met = runWithFault(office.daemon, fault, fmt::format("{}{}", n, how));
            if (met == 0) {
                EXPECT_GT(places, 0) << "a call that is never made proves nothing: " << fault.call;
                return;
            }
            ++places;
            office.expectNothingLost(what);
            if (HasFatalFailure()) return;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FailingCall,
    ::testing::Values(Fault{"fsync", "EIO"}, Fault{"fdatasync", "EIO"}, Fault{"syncfs", "EIO"},
                      Fault{"pwrite64", "ENOSPC"}, Fault{"renameat2", "EIO"}, Fault{"linkat", "EIO"},
                      Fault{"openat", "EMFILE", true}, Fault{"ftruncate,fallocate", "ENOSPC"},
                      Fault{"mkdirat,mkdir", "ENOSPC"}, Fault{"unlinkat,unlink", "EROFS"},
                      Fault{"fsetxattr", "ENOSPC"}, Fault{"copy_file_range", "EIO"}, Fault{"pread64", "EIO"},
                      Fault{"write", "ENOSPC"}, Fault{"write", "EINTR", true}, Fault{"fsync", "EINTR", true},
                      Fault{"sendmsg,recvmsg", "EINTR", true}, Fault{"openat", "EINTR", true}),
    [](const ::testing::TestParamInfo<Fault>& tested) {
        const std::string call = tested.param.call;
        return call.substr(0, call.find(',')) + "_" + tested.param.error;
    });

// A claim whose sync failed is put back; a file that waits for its marker must find it again.
TEST(FailingClaim, LeavesAMarkedFileReady) {
    for (int n = 1; n <= 16; ++n) {
        DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })",
                               R"(stable_seconds = 0, ready_marker = ".ok")");
        daemon.drop("marked.pdf", tinyPdf("marked"));
        daemon.drop("marked.pdf.ok", "");
        DaemonUnderTest::How how;
        how.environment["GREFFE_FAILPOINTS_SET"] = fmt::format("directory.sync=error@{}", n);
        ASSERT_TRUE(daemon.start(how));
        // The one that could not begin, or whose journal failed, is started again.
        if (!daemon.waitUntilSettled(1, std::chrono::seconds(8))) {
            if (!daemon.isRunning()) {
                ASSERT_TRUE(daemon.start());
            }
            ASSERT_TRUE(daemon.waitUntilSettled(1)) << n << daemon.log();
        }
        EXPECT_EQ(daemon.names("out"), std::vector<std::string>{"marked.pdf"}) << n << daemon.log();
        if (daemon.isRunning()) daemon.stop();
    }
}

// Fewer descriptors than work wants: waits, says so, or ends; and takes up again with enough of them.
TEST(Scarce, FileDescriptors) {
    GREFFE_NEEDS(hasTool("prlimit"), "needs prlimit (util-linux)");
    for (const char* limit : {"24", "32", "48", "64"}) {
        Office office;
        DaemonUnderTest::How how;
        how.wrapper = {"prlimit", fmt::format("--nofile={}", limit)};
        ASSERT_TRUE(office.daemon.start(how));
        office.daemon.waitUntilSettled(3, std::chrono::seconds(5));
        if (office.daemon.isRunning()) office.daemon.killAllHard();
        office.daemon.waitForEnd(std::chrono::seconds(10));
        office.expectNothingLost(fmt::format("{} descriptors", limit));
        if (HasFatalFailure()) return;
    }
}

// A disk that turns read-only under the running daemon, as ext4 does on its first error.
TEST(Scarce, AReadOnlySpool) {
    Mounted disk;
    GREFFE_NEEDS(disk.mountTmpfs("size=6g"), "needs root to mount");
    setenv("TMPDIR", disk.path().c_str(), 1);
    auto office = std::make_unique<Office>();
    unsetenv("TMPDIR");
    ASSERT_TRUE(office->daemon.start());
    for (int i = 0; i < 100 && office->daemon.log().find("daemon started") == std::string::npos; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ASSERT_EQ(std::system(("mount -o remount,ro '" + disk.path() + "' 2>/dev/null; true").c_str()), 0);
    std::this_thread::sleep_for(std::chrono::seconds(2));
    office->daemon.killAllHard();
    office->daemon.waitForEnd(std::chrono::seconds(10));
    // Nothing writable at all: it says where and why, and ends with the code of the machine's trouble.
    if (std::system(("mount -o remount,ro '" + disk.path() + "' 2>/dev/null").c_str()) == 0) {
        const std::string config = office->daemon.root() + "/config";
        const ToolResult refused =
            runTool({std::string(GREFFE_BINARY_DIR) + "/bin/greffe", "run", "--config", config}, 30);
        EXPECT_EQ(refused.exitCode, 3) << refused.output;
        EXPECT_THAT(refused.output, HasSubstr("Read-only file system"));
    }
    ASSERT_EQ(std::system(("mount -o remount,rw '" + disk.path() + "'").c_str()), 0);
    office->expectNothingLost("a spool that was read-only for a while");
    office.reset();
}

}  // namespace
}  // namespace greffe
