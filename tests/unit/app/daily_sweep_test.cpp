// SPDX-License-Identifier: Apache-2.0
// What a sweep takes from a real spool with a real journal, and what it leaves alone.
#include "app/daily_sweep.h"

#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace greffe {
namespace {

using std::chrono::hours;

class DailySweepTest : public ::testing::Test {
protected:
    DailySweepTest() {
        store_ = openSqliteStore(folder_.path() + "/journal").value();
        BlobSpool::Options options;
        options.smallLimitBytes = 4096;
        options.findRow = [this](const Digest& digest) {
            const std::scoped_lock lock(mutex_);
            return reader_->blob(digest);
        };
        reader_ = store_->openReader().value();
        spool_ = BlobSpool::open(folder_.path() + "/blobs", options).value();
        const auto whenCommitted = [this](std::function<void()> then) {
            if (!isJournalStalled_) return then();
            stalled_ = std::move(then);
        };
        sweep_ = std::make_unique<DailySweep>(
            DailySweep::Services{reactor_, *store_, *spool_, clock_, whenCommitted, [this](const auto& done) {
                                     EXPECT_TRUE(done) << done.error().text();
                                     if (done) counts_ = *done;
                                     reactor_.stop();
                                 }});
    }

    BlobRow addOnly(const std::string& bytes) {
        const BlobRow row = spool_->addBytes(bytes).value();
        EXPECT_TRUE(spool_->flush());
        return row;
    }
    void commit(const BlobRow& row, std::uint64_t number) {
        EXPECT_TRUE(commitOne(*store_, [&](StoreTransaction& tx) -> Status {
            GREFFE_TRY(tx.insertBlob(row));
            GREFFE_TRY(tx.insertDossier(testDossier(testId(number))));
            return tx.insertDocument(testDocument(testId(100 + number), testId(number), row.sha256));
        }));
    }
    BlobSpool::SweepCounts sweepNow() {
        sweep_->start();
        reactor_.run();
        return counts_;
    }
    bool isThere(const BlobRow& row) { return spool_->openBlob(row, true).ok(); }

    TemporaryDirectory folder_;
    std::mutex mutex_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
    std::unique_ptr<BlobSpool> spool_;
    ManualClock clock_{systemClock().wall()};
    Reactor reactor_;
    BlobSpool::SweepCounts counts_;
    bool isJournalStalled_ = false;
    std::function<void()> stalled_;  // the sweep that waits behind the journal
    std::unique_ptr<DailySweep> sweep_;
};

TEST_F(DailySweepTest, TakesWhatNoRowNamesOnceItIsOld) {
    const BlobRow kept = addOnly("of a dossier"), keptFile = addOnly(std::string(10'000, 'd'));
    commit(kept, 1);
    commit(keptFile, 2);
    const BlobRow orphan = addOnly("of nobody"), orphanFile = addOnly(std::string(10'000, 'n'));
    EXPECT_EQ(sweepNow().records, 0U) << "not a day old";
    EXPECT_TRUE(isThere(orphan));
    clock_.advance(hours(49));
    const BlobSpool::SweepCounts counts = sweepNow();
    EXPECT_EQ(counts.records, 1U);
    EXPECT_EQ(counts.files, 1U);
    EXPECT_EQ(counts.bytes, 9U + 10'000U);
    EXPECT_FALSE(isThere(orphan));
    EXPECT_FALSE(isThere(orphanFile));
    EXPECT_TRUE(isThere(kept));
    EXPECT_TRUE(isThere(keptFile));
    EXPECT_EQ(sweepNow().records, 0U);
}

// The clock of a machine is set right while documents come in: they are not old for that.
TEST_F(DailySweepTest, AClockThatIsPutForwardMakesNothingOld) {
    const BlobRow arriving = addOnly("its row is on its way"),
                  arrivingFile = addOnly(std::string(10'000, 'w'));
    clock_.jumpWall(hours(24 * 365));
    EXPECT_EQ(sweepNow().records, 0U);
    EXPECT_TRUE(isThere(arriving));
    EXPECT_TRUE(isThere(arrivingFile));
}

// A journal on a full disk may keep rows waiting for days: their bytes are as old then, and no reader sees
// the rows.
TEST_F(DailySweepTest, WhatWaitsInAStalledJournalIsNotTakenHoweverOldItIs) {
    const BlobRow waiting = addOnly("its row waits for room");
    isJournalStalled_ = true;
    clock_.advance(hours(49));
    sweep_->start();
    ASSERT_TRUE(stalled_) << "it began beside the journal";
    commit(waiting, 1);  // there is room again
    stalled_();
    reactor_.run();
    EXPECT_EQ(counts_.records, 0U);
    EXPECT_TRUE(isThere(waiting));
}

TEST_F(DailySweepTest, WhatIsAdmittedMeanwhileStays) {
    // Old rubbish of the same contents: what comes in meets what is being taken away.
    for (int i = 0; i < 200; ++i)
        addOnly("content " + std::to_string(i) + std::string(i % 10 == 0 ? 10'000 : 10, 'x'));
    // A day and no more: what comes from here on is young.
    clock_.advance(hours(24) + (systemClock().wall() - clock_.wall()));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::vector<BlobRow> admitted;
    std::thread admitting([&] {
        for (int i = 0; i < 200; ++i) {
            admitted.push_back(
                addOnly("content " + std::to_string(i) + std::string(i % 10 == 0 ? 10'000 : 10, 'x')));
            commit(admitted.back(), static_cast<std::uint64_t>(i));
        }
    });
    EXPECT_GT(sweepNow().records, 0U);
    admitting.join();
    for (const BlobRow& row : admitted)
        EXPECT_TRUE(isThere(row)) << toHex(row.sha256);
    sweepNow();
    for (const BlobRow& row : admitted)
        EXPECT_TRUE(isThere(row)) << toHex(row.sha256);
}

}  // namespace
}  // namespace greffe
