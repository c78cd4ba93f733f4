// SPDX-License-Identifier: Apache-2.0
// What a commit speaks of must be on the disk before it. Checked on the order of the daemon's own system
// calls, as strace shows them: a power cut on ext4 does not show every sync that is missing (a sync of
// anything makes older names durable there), another file system would.
//
// One document at a time, so that nothing else is under way when a commit is made.
#include "support/daemon_under_test.h"
#include "support/mounted.h"
#include "support/run_tool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>

namespace greffe {
namespace {

using ::testing::IsEmpty;

struct Call {
    std::string name, arguments;
};

// Calls that succeeded, in the order in which they ended; syncs in that in which they ended, too: what was
// written while one ran is not covered by it, but nothing is written meanwhile here.
std::vector<Call> callsIn(const std::string& trace) {
    std::vector<Call> calls;
    std::map<std::string, std::string> begun;  // by thread
    static const std::regex line_(R"(^(\d+) +(.*)$)");
    static const std::regex resumed(R"(^<\.\.\. \w+ resumed>(.*)$)");
    static const std::regex call(R"(^(\w+)\((.*)\) += (-?\d+).*$)");
    std::ifstream lines(trace);
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (!std::regex_match(line, match, line_)) continue;
        const std::string thread = match[1];
        std::string text = match[2];
        if (const auto cut = text.find(" <unfinished ...>"); cut != std::string::npos) {
            begun[thread] = text.substr(0, cut);
            continue;
        }
        std::smatch rest;
        if (std::regex_match(text, rest, resumed)) text = begun[thread] + rest[1].str();
        if (std::regex_match(text, match, call) && match[3].str()[0] != '-')
            calls.push_back({match[1], match[2]});
    }
    return calls;
}

// The paths of all descriptors in the arguments, in their order ("15</path>").
std::vector<std::string> pathsIn(const std::string& arguments) {
    std::vector<std::string> paths;
    static const std::regex descriptor(R"((?:\d+|AT_FDCWD)<([^>]*)>)");
    for (std::sregex_iterator match(arguments.begin(), arguments.end(), descriptor), end; match != end;
         ++match)
        paths.push_back((*match)[1]);
    return paths;
}

bool isBelow(const std::string& path, const std::string& folder) {
    return path.compare(0, folder.size(), folder) == 0;
}

class OrderChecked {
public:
    explicit OrderChecked(const std::string& root) : root_(root) {}

    void take(const Call& call) {
        const std::vector<std::string> paths = pathsIn(call.arguments);
        if (paths.empty()) return;
        if (call.name == "syncfs") {
            forget(data_, deviceOf(paths[0]));
            forget(names_, deviceOf(paths[0]));
        } else if (call.name == "fsync" || call.name == "fdatasync") {
            if (paths[0].find("/journal/greffe.sqlite3-wal") != std::string::npos) commit();
            data_.erase(paths[0]);
            names_.erase(paths[0]);
        } else if (call.name == "renameat2" || call.name == "renameat") {
            moved(paths.at(0), paths.at(1));
        } else if (call.name == "linkat") {
            if (isResult(paths.back()) || isBlob(paths.back())) names_.insert(paths.back());
        } else if (call.name == "mkdirat") {
            if (isBelow(paths[0], root_ + "/in/.greffe/claimed") || isBlob(paths[0])) names_.insert(paths[0]);
        } else if (call.name == "write" || call.name == "pwrite64" || call.name == "copy_file_range") {
            const std::string& written = call.name == "copy_file_range" ? paths.back() : paths.front();
            if (isBlob(written) || isResult(written)) data_.insert(written);
        }
    }

    std::vector<std::string> complaints;
    int commits = 0, claims = 0, deliveries = 0, blobs = 0;

private:
    bool isBlob(const std::string& path) const { return isBelow(path, root_ + "/spool/blobs"); }
    bool isResult(const std::string& path) const {
        return isBelow(path, root_ + "/in/out") || isBelow(path, root_ + "/in/done") ||
               isBelow(path, root_ + "/in/rejected");
    }
    // Of what may be gone by now: of the nearest folder that is still there.
    static dev_t deviceOf(std::string path) {
        struct stat facts {};
        while (stat(path.c_str(), &facts) != 0 && path.size() > 1)
            path.resize(std::max<std::size_t>(1, path.rfind('/')));
        return facts.st_dev;
    }
    static void forget(std::set<std::string>& paths, dev_t device) {
        for (auto path = paths.begin(); path != paths.end();)
            path = deviceOf(*path) == device ? paths.erase(path) : std::next(path);
    }
    void moved(const std::string& from, const std::string& to) {
        if (isBelow(to, root_ + "/in/.greffe/claimed/")) {
            ++claims;
            names_.insert({from, to});
        } else if (isResult(to)) {
            ++deliveries;
            names_.insert(to);
        }
    }
    void commit() {
        ++commits;
        for (const std::string& path : data_) {
            blobs += isBlob(path) ? 1 : 0;
            complaints.push_back(fmt::format("commit {}: the bytes in {} are not synced", commits, path));
        }
        for (const std::string& path : names_)
            complaints.push_back(fmt::format("commit {}: the names in {} are not synced", commits, path));
        data_.clear();
        names_.clear();
    }

    std::string root_;
    std::set<std::string> data_, names_;
};

// Runs one file's life under strace and judges it while everything is still where it was.
void checkOrder(DaemonUnderTest& daemon, int commits) {
    const std::string trace = daemon.root() + "/trace";
    ASSERT_TRUE(daemon.start(DaemonUnderTest::underStrace(
        {"-y", "-s", "16", "-o", trace, "-e",
         "trace=renameat2,renameat,linkat,mkdirat,fsync,fdatasync,syncfs,write,pwrite64,copy_file_range"})));
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    OrderChecked order(daemon.root());
    for (const Call& call : callsIn(trace))
        order.take(call);
    EXPECT_THAT(order.complaints, IsEmpty());
    EXPECT_GE(order.commits, commits);
    EXPECT_EQ(order.claims, 1);
    EXPECT_GE(order.deliveries, 1);
}

constexpr const char* kSteps = R"(validate { id = "check" }, seal { id = "seal", key = "office" })";

class SyncOrder : public testing::TestWithParam<std::size_t> {};

// Small documents go into a segment, large ones into files of their own.
TEST_P(SyncOrder, EverythingIsOnTheDiskBeforeTheCommitThatSpeaksOfIt) {
    GREFFE_NEEDS(hasTool("strace"), "needs strace");
    DaemonUnderTest daemon(kSteps);
    daemon.drop("one.pdf", tinyPdf(std::string(GetParam(), 'x')));
    checkOrder(daemon, 5);  // admission, two steps, the end, the delivery
}

TEST(SyncOrderOf, AFileThatIsRefused) {
    GREFFE_NEEDS(hasTool("strace"), "needs strace");
    DaemonUnderTest daemon(kSteps);
    daemon.drop("text.txt", "not a pdf");
    checkOrder(daemon, 3);
}

// Each of the two file systems that a delivery writes to is synced.
TEST(SyncOrderOf, ResultsOnAFileSystemOfTheirOwn) {
    GREFFE_NEEDS(hasTool("strace"), "needs strace");
    DaemonUnderTest daemon(kSteps);
    const std::string out = daemon.inFolder() + "/out";
    ASSERT_EQ(mkdir(out.c_str(), 0750), 0);
    GREFFE_NEEDS(mount("tmpfs", out.c_str(), "tmpfs", 0, "size=16m") == 0, "needs root to mount");
    daemon.drop("one.pdf", tinyPdf());
    checkOrder(daemon, 5);
    EXPECT_EQ(umount2(out.c_str(), MNT_DETACH), 0);
}

INSTANTIATE_TEST_SUITE_P(Crash, SyncOrder, testing::Values(10, 1'200'000),
                         [](const auto& tested) { return fmt::format("{}_bytes", tested.param); });

}  // namespace
}  // namespace greffe
