// SPDX-License-Identifier: Apache-2.0
// What a full disk does: nothing half, nothing acknowledged that is not there, and work goes on when there is
// room again.
#include "support/admission.h"
#include "support/mounted.h"
#include "support/workload_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace greffe::admission {
namespace {

TEST(FullDisk, ASmallBlobLeavesNothingHalfAndWorkGoesOn) {
    Mounted disk;
    GREFFE_NEEDS(disk.mountTmpfs("size=1m"), "cannot mount a tmpfs: run as root");
    std::map<Digest, BlobRow> rows;
    auto opened = BlobSpool::open(disk.path(), {});
    ASSERT_TRUE(opened) << opened.error().text();
    auto spool = std::move(opened).value();
    int refused = 0;
    for (int i = 0; i < 400 && refused < 5; ++i) {
        const auto row = spool->addBytes("number " + std::to_string(i) + std::string(9000, 'x'));
        if (row) {
            rows.emplace(row->sha256, *row);
        } else {
            EXPECT_EQ(row.error().code, Errc::NoSpace) << row.error().text();
            ++refused;
        }
    }
    ASSERT_EQ(refused, 5) << "the disk never became full";
    ASSERT_TRUE(spool->flush());
    // A shorter one still fits where the half record was.
    const auto shorter = spool->addBytes("short");
    ASSERT_TRUE(shorter) << shorter.error().text();
    rows.emplace(shorter->sha256, *shorter);
    ASSERT_TRUE(disk.remountTmpfs("size=4m"));
    for (int i = 1000; i < 1010; ++i) {
        const auto row = spool->addBytes("number " + std::to_string(i) + std::string(9000, 'x'));
        ASSERT_TRUE(row) << row.error().text();
        rows.emplace(row->sha256, *row);
    }
    ASSERT_TRUE(spool->flush());
    spool.reset();
    spool = BlobSpool::open(disk.path(), {}).value();
    for (const auto& [digest, row] : rows)
        EXPECT_TRUE(spool->readBlob(row, 1U << 20U));
    ASSERT_TRUE(spool->verifyAll(
        [&](const Digest& digest) -> Result<bool> { return rows.count(digest) != 0; },
        [](const std::string& place, const std::string& what) { ADD_FAILURE() << place << what; }));
    // The chain is whole: the next blob goes into the same segment.
    EXPECT_EQ(spool->addBytes("next")->segment, shorter->segment);
}

TEST(FullDisk, ALargeBlobIsRefusedBeforeItIsCopiedAndLeavesNothing) {
    Mounted disk;
    GREFFE_NEEDS(disk.mountTmpfs("size=4m"), "cannot mount a tmpfs: run as root");
    auto spool = BlobSpool::open(disk.path(), {}).value();
    const auto source = memoryFile("source");
    ASSERT_TRUE(writeAll(source->get(), std::string(8U << 20U, 'l')));
    for (int i = 0; i < 3; ++i) {
        const auto row = spool->addFromFile(source->get(), 1U << 30U);
        ASSERT_FALSE(row);
        EXPECT_EQ(row.error().code, Errc::NoSpace) << row.error().text();
    }
    // Three failures left no room used: a blob that fits is taken.
    const auto fitting = spool->addBytes(std::string(3U << 20U, 'f'));
    ASSERT_TRUE(fitting) << fitting.error().text();
    EXPECT_TRUE(spool->flush());
    EXPECT_TRUE(spool->openBlob(*fitting, true));
}

TEST(FullDisk, NoInodesLeft) {
    Mounted disk;
    GREFFE_NEEDS(disk.mountTmpfs("size=4m,nr_inodes=12"), "cannot mount a tmpfs: run as root");
    BlobSpool::Options options;
    options.smallLimitBytes = 100;
    auto spool = BlobSpool::open(disk.path(), options).value();
    std::vector<BlobRow> rows;
    int refused = 0;
    for (int i = 0; i < 10; ++i) {
        const auto row = spool->addBytes(std::to_string(i) + std::string(200, 'x'));
        if (row) rows.push_back(*row);
        if (!row) ++refused;
    }
    EXPECT_GT(refused, 0);
    ASSERT_TRUE(spool->flush());
    for (const BlobRow& row : rows)
        EXPECT_TRUE(spool->openBlob(row, true));
}

// Lines said until nothing more was for two seconds.
std::size_t listenUntilItWaits(WorkloadProcess& process) {
    for (std::size_t before = static_cast<std::size_t>(-1); before != process.linesHeard();) {
        before = process.linesHeard();
        process.listenFor(std::chrono::seconds(2));
    }
    return process.linesHeard();
}

TEST(FullDisk, TheJournalWaitsForRoomAndTheSameProcessGoesOn) {
    constexpr std::size_t kAll = 5'000;
    Mounted disk;
    GREFFE_NEEDS(disk.mountTmpfs("size=2m"), "cannot mount a tmpfs: run as root");
    TemporaryDirectory spool;
    WorkloadProcess process(disk.path() + "/journal", spool.path(), 0, kAll);
    const std::size_t before = listenUntilItWaits(process);
    EXPECT_GT(before, 10U);
    EXPECT_LT(before, kAll) << "the disk never became full";
    ASSERT_TRUE(disk.remountTmpfs("size=64m"));
    const WorkloadEnd end = process.finish();
    EXPECT_EQ(end.exitCode, 0) << end.output;
    EXPECT_EQ(end.acknowledged.size(), kAll);
    check(disk.path() + "/journal", spool.path(), end.acknowledged);
}

// Killed while it waits, as one whose disk stays full will be: what was acknowledged is there, and the next
// one goes on.
TEST(FullDisk, KilledWhileTheJournalWaitsNothingAcknowledgedIsLost) {
    Mounted disk;
    GREFFE_NEEDS(disk.mountTmpfs("size=2m"), "cannot mount a tmpfs: run as root");
    TemporaryDirectory spool;
    WorkloadProcess process(disk.path() + "/journal", spool.path(), 0, 5'000);
    EXPECT_LT(listenUntilItWaits(process), 5'000U) << "the disk never became full";
    process.kill();
    const WorkloadEnd end = process.finish();
    EXPECT_EQ(end.exitCode, -1);
    EXPECT_GT(end.acknowledged.size(), 10U);
    ASSERT_TRUE(disk.remountTmpfs("size=64m"));
    auto all = check(disk.path() + "/journal", spool.path(), end.acknowledged);
    WorkloadProcess next(disk.path() + "/journal", spool.path(), 10'000, 200);
    const WorkloadEnd healthy = next.finish();
    EXPECT_EQ(healthy.acknowledged.size(), 200U) << healthy.output;
    all.insert(healthy.acknowledged.begin(), healthy.acknowledged.end());
    check(disk.path() + "/journal", spool.path(), all);
}

TEST(FullDisk, TheSpoolRefusesAndTheRestIsAdmitted) {
    Mounted disk;
    GREFFE_NEEDS(disk.mountTmpfs("size=1m"), "cannot mount a tmpfs: run as root");
    TemporaryDirectory journal;
    WorkloadProcess process(journal.path(), disk.path() + "/spool", 0, 1000);
    const WorkloadEnd end = process.finish();
    EXPECT_EQ(end.exitCode, 0) << "a full spool is no reason to end: admission stops";
    EXPECT_GT(end.refused.size(), 0U);
    EXPECT_GT(end.acknowledged.size(), 10U);
    ASSERT_TRUE(disk.remountTmpfs("size=16m"));
    check(journal.path(), disk.path() + "/spool", end.acknowledged);
}

}  // namespace
}  // namespace greffe::admission
