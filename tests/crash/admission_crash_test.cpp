// SPDX-License-Identifier: Apache-2.0
// A process that admits documents dies at every named place between two durable steps, or is told there that
// the disk failed. Whatever it acknowledged must be there afterwards, and the next process must go on from
// what it finds.
#include "support/admission.h"
#include "support/temporary_directory.h"
#include "support/workload_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>

namespace greffe::admission {
namespace {

constexpr std::uint64_t kDocuments = 60;

class AdmissionCrash : public testing::Test {
protected:
    std::string journal() const { return folder_->path() + "/journal"; }
    std::string spool() const { return folder_->path() + "/spool"; }
    void freshFolder() { folder_ = std::make_unique<TemporaryDirectory>(); }

    // Checks what is there, then lets a healthy process admit the rest and checks again.
    void checkAndGoOn(const WorkloadEnd& crashed) {
        const auto present = check(journal(), spool(), crashed.acknowledged);
        WorkloadProcess next(journal(), spool(), 1000, kDocuments, {}, true);
        const WorkloadEnd healthy = next.finish();
        EXPECT_EQ(healthy.exitCode, 0) << healthy.output;
        EXPECT_EQ(healthy.acknowledged.size(), kDocuments) << healthy.output;
        auto all = healthy.acknowledged;
        all.insert(present.begin(), present.end());
        check(journal(), spool(), all);
    }

    std::unique_ptr<TemporaryDirectory> folder_ = std::make_unique<TemporaryDirectory>();
};

class AtPoint : public AdmissionCrash, public testing::WithParamInterface<const char*> {};

TEST_P(AtPoint, KilledThere) {
    int died = 0;
    for (const int hit : {1, 2, 3, 5, 8, 13, 30, 70}) {
        freshFolder();
        WorkloadProcess process(journal(), spool(), 0, kDocuments,
                                std::string(GetParam()) + "=abort@" + std::to_string(hit), true);
        const WorkloadEnd end = process.finish();
        if (end.exitCode == 0) break;  // fewer hits than that
        ASSERT_EQ(end.exitCode, -1) << end.output;
        ++died;
        checkAndGoOn(end);
        if (HasFailure()) FAIL() << GetParam() << " hit " << hit;
    }
    EXPECT_GE(died, 1) << "the workload never reaches " << GetParam();
}

TEST_P(AtPoint, ToldThatTheDiskFailedThere) {
    for (const int hit : {1, 2, 3, 8, 30}) {
        freshFolder();
        WorkloadProcess process(journal(), spool(), 0, kDocuments,
                                std::string(GetParam()) + "=error@" + std::to_string(hit));
        const WorkloadEnd end = process.finish();
        ASSERT_NE(end.exitCode, -1) << "crashed instead of reporting: " << end.output;
        for (const std::uint64_t number : end.refused)
            EXPECT_EQ(end.acknowledged.count(number), 0U);
        checkAndGoOn(end);
        if (HasFailure()) FAIL() << GetParam() << " hit " << hit;
    }
}

INSTANTIATE_TEST_SUITE_P(EveryDurablePoint, AtPoint,
                         testing::Values("journal.create", "journal.batch", "journal.commit.before",
                                         "journal.commit.after", "spool.segment.append", "spool.segment.sync",
                                         "spool.file.link", "spool.rotate", "spool.directory.sync",
                                         "spool.sweep", "file.write", "file.sync", "file.link",
                                         "directory.sync"),
                         [](const auto& point) {
                             std::string name = point.param;
                             std::replace(name.begin(), name.end(), '.', '_');
                             return name;
                         });

// A sync that fails once ends the journal: nothing of that batch or after it is acknowledged.
TEST_F(AdmissionCrash, ASyncErrorIsTheEnd) {
    for (const char* point :
         {"spool.segment.sync", "spool.directory.sync", "journal.commit.before", "journal.commit.after"}) {
        freshFolder();
        WorkloadProcess process(journal(), spool(), 0, kDocuments, std::string(point) + "=error@2");
        const WorkloadEnd end = process.finish();
        EXPECT_EQ(end.exitCode, 3) << point;
        EXPECT_LT(end.acknowledged.size(), kDocuments) << point;
        check(journal(), spool(), end.acknowledged);
    }
}

// ext4 makes new names durable together with any file that is synced, so a power cut there never shows a
// missing directory sync; other file systems are not so kind. The order of the steps of one admission is
// checked instead.
TEST_F(AdmissionCrash, EverySyncComesBetweenItsWriteAndTheCommit) {
    const auto stepsOf = [&](std::uint64_t number) {
        freshFolder();
        const std::string log = folder_->path() + "/log";
        // A first life makes journal and folders; the second one's steps count.
        EXPECT_EQ(WorkloadProcess(journal(), spool(), 99'999, 0).finish().exitCode, 0);
        EXPECT_EQ(WorkloadProcess(journal(), spool(), number, 1, {}, false, log).finish().exitCode, 0);
        std::vector<std::string> steps;
        std::istringstream lines(*readFile(log, 1U << 20U));
        for (std::string line; std::getline(lines, line);)
            steps.push_back(line);
        const auto first = std::find_if(steps.begin(), steps.end(), [](const std::string& step) {
            return step == "spool.segment.append" || step == "file.write";
        });
        steps.erase(steps.begin(), first);
        // What comes behind the commit (the head of the audit chain) may be lost.
        const auto last = std::find(steps.begin(), steps.end(), "journal.commit.after");
        if (last != steps.end()) steps.erase(last + 1, steps.end());
        return steps;
    };
    ASSERT_LE(contentOf(0).size(), 4096U);
    EXPECT_EQ(stepsOf(0), (std::vector<std::string>{"spool.segment.append", "spool.rotate", "file.write",
                                                    "file.write", "journal.batch", "spool.segment.sync",
                                                    "file.sync", "spool.directory.sync", "directory.sync",
                                                    "journal.commit.before", "journal.commit.after"}));
    ASSERT_GT(contentOf(3).size(), 4096U);
    EXPECT_EQ(stepsOf(3), (std::vector<std::string>{
                              "file.write", "file.write", "file.sync", "spool.file.link", "file.link",
                              "journal.batch", "spool.directory.sync", "directory.sync",
                              "spool.directory.sync", "directory.sync", "spool.directory.sync",
                              "directory.sync", "journal.commit.before", "journal.commit.after"}));
}

// The very first start is killed again and again, each time in a fresh folder and a little later: the next
// start must find nothing, or a whole journal, never one that cannot be opened.
TEST_F(AdmissionCrash, TheFirstStartIsKilledAtAnyMoment) {
    const char* wanted = std::getenv("GREFFE_KILL_CYCLES");
    const int cycles = wanted != nullptr ? std::atoi(wanted) : 60;
    for (int cycle = 0; cycle < cycles; ++cycle) {
        freshFolder();
        WorkloadProcess process(journal(), spool(), 0, 1);
        process.listenFor(std::chrono::microseconds(cycle % 60 * 700), 1);
        process.kill();
        const WorkloadEnd end = process.finish();
        check(journal(), spool(), end.acknowledged);
        if (HasFailure()) FAIL() << "in cycle " << cycle;
    }
}

// The same world, killed at random moments again and again; the documents of all lives add up.
TEST_F(AdmissionCrash, KilledAtRandomAgainAndAgain) {
    const char* wanted = std::getenv("GREFFE_KILL_CYCLES");
    const int cycles = wanted != nullptr ? std::atoi(wanted) : 40;
    std::mt19937 random(20251122);
    std::set<std::uint64_t> acknowledged;
    std::uint64_t first = 0;
    // Kills come from the first moment to some time after the first word, however slow this build and machine
    // are.
    std::chrono::milliseconds window(10'000);
    for (int cycle = 0; cycle < cycles; ++cycle) {
        const auto start = std::chrono::steady_clock::now();
        WorkloadProcess process(journal(), spool(), first, 100'000);
        if (cycle == 0) {
            process.listenFor(window, 1);
            const auto took = std::chrono::steady_clock::now() - start;
            window = 2 * std::chrono::duration_cast<std::chrono::milliseconds>(took) +
                     std::chrono::milliseconds(20);
        } else {
            process.listenFor(
                std::chrono::milliseconds(random() % static_cast<unsigned long>(window.count())),
                random() % 3 == 0 ? 1 : static_cast<std::size_t>(-1));
        }
        process.kill();
        const WorkloadEnd end = process.finish();
        ASSERT_EQ(end.exitCode, -1) << end.output;
        acknowledged.insert(end.acknowledged.begin(), end.acknowledged.end());
        first += 100'000;
    }
    const auto present = check(journal(), spool(), acknowledged);
    EXPECT_GT(acknowledged.size(), 0U);
    RecordProperty("acknowledged", static_cast<int>(acknowledged.size()));
    RecordProperty("present", static_cast<int>(present.size()));
}

}  // namespace
}  // namespace greffe::admission
