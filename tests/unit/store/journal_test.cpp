// SPDX-License-Identifier: Apache-2.0
#include "store/journal.h"

#include "store/sqlite_transaction.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace greffe {
namespace {

// Writes down what the journal did, and fails on demand. Works get the transaction of an empty database.
class ScriptedStore final : public Store {
public:
    Result<std::vector<Status>> commit(const std::vector<StoreWork>& works) override {
        {
            std::unique_lock lock(mutex_);
            log_.push_back("commit");
            batches_.push_back(works.size());
            opened_.wait(lock, [&] { return isOpen_; });
            if (failure_) return *failure_;
        }
        std::vector<Status> statuses;
        for (const StoreWork& work : works)
            statuses.push_back(work(transaction_));
        return statuses;
    }
    Status whenQuiet() override {
        note("quiet");
        const std::scoped_lock lock(mutex_);
        if (quietFailure_) return *quietFailure_;
        return {};
    }
    Result<std::unique_ptr<StoreReader>> openReader() override {
        return makeError(Errc::Unsupported, "no readers");
    }
    Status verifyAudit(const AuditWatch&) override { return {}; }
    Status backupTo(const std::string&) override { return {}; }

    void note(const std::string& what) {
        const std::scoped_lock lock(mutex_);
        log_.push_back(what);
    }
    std::vector<std::string> log() {
        const std::scoped_lock lock(mutex_);
        return log_;
    }
    std::vector<std::size_t> batches() {
        const std::scoped_lock lock(mutex_);
        return batches_;
    }
    void heal() {
        const std::scoped_lock lock(mutex_);
        failure_.reset();
    }
    void fail(const Error& error) {
        const std::scoped_lock lock(mutex_);
        failure_ = error;
    }
    void failWhenQuiet(const Error& error) {
        const std::scoped_lock lock(mutex_);
        quietFailure_ = error;
    }
    // A closed store lets a commit wait, so that works gather behind it.
    void close() {
        const std::scoped_lock lock(mutex_);
        isOpen_ = false;
    }
    void open() {
        const std::scoped_lock lock(mutex_);
        isOpen_ = true;
        opened_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool isOpen_ = true;
    std::vector<std::string> log_;
    std::vector<std::size_t> batches_;
    std::optional<Error> failure_, quietFailure_;
    std::unique_ptr<sqlite::Database> empty_ = sqlite::Database::open(":memory:", {}).value();
    SqliteTransaction transaction_{*empty_};
};

Status nothing(StoreTransaction&) {
    return {};
}

class JournalTest : public testing::Test {
protected:
    Journal::Options options() {
        Journal::Options options;
        options.beforeCommit = [this]() -> Status {
            store_.note("flush");
            if (flushFails_) return makeError(Errc::Io, "flush failed");
            return {};
        };
        options.onBroken = [this](const Error& error) { store_.note("broken: " + error.message); };
        return options;
    }

    ScriptedStore store_;
    std::atomic<bool> flushFails_{false};
};

TEST_F(JournalTest, BytesAreFlushedBeforeEveryCommit) {
    Journal journal(store_, options());
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(journal.run(nothing));
    const auto log = store_.log();
    ASSERT_EQ(log.size(), 10U);
    for (std::size_t i = 0; i < log.size(); i += 2) {
        EXPECT_EQ(log[i], "flush");
        EXPECT_EQ(log[i + 1], "commit");
    }
}

TEST_F(JournalTest, WhoWaitsTogetherIsCommittedTogether) {
    std::atomic<int> answered{0};
    {
        Journal journal(store_, options());
        store_.close();
        journal.submit(nothing, [&](const Status&) { ++answered; });
        while (store_.batches().empty())
            std::this_thread::yield();
        for (int i = 0; i < 20; ++i)
            journal.submit(nothing, [&](const Status&) { ++answered; });
        EXPECT_EQ(answered, 0) << "answered before the commit";
        store_.open();
    }
    EXPECT_EQ(answered, 21) << "the destructor commits what was submitted";
    EXPECT_EQ(store_.batches(), (std::vector<std::size_t>{1, 20}));
}

TEST_F(JournalTest, ABatchHasALimit) {
    auto limited = options();
    limited.maxBatch = 4;
    {
        Journal journal(store_, limited);
        store_.close();
        for (int i = 0; i < 11; ++i)
            journal.submit(nothing, nullptr);
        store_.open();
    }
    std::size_t sum = 0;
    for (const std::size_t batch : store_.batches()) {
        EXPECT_LE(batch, 4U);
        sum += batch;
    }
    EXPECT_EQ(sum, 11U);
}

TEST_F(JournalTest, EveryWorkGetsItsOwnStatus) {
    Journal journal(store_, options());
    EXPECT_TRUE(journal.run(nothing));
    const Status refused =
        journal.run([](StoreTransaction&) -> Status { return makeError(Errc::Exists, "twice"); });
    EXPECT_EQ(refused.error().code, Errc::Exists);
    EXPECT_TRUE(journal.run(nothing)) << "one work's error is not the journal's";
}

TEST_F(JournalTest, AFailedCommitIsTheLast) {
    Journal journal(store_, options());
    ASSERT_TRUE(journal.run(nothing));
    store_.fail(makeError(Errc::Io, "disk gone"));
    EXPECT_EQ(journal.run(nothing).error().message, "disk gone");
    const auto log = store_.log();
    EXPECT_EQ(log.back(), "broken: disk gone");
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(journal.run(nothing));
    EXPECT_EQ(store_.log(), log) << "something was tried after the failure";
}

TEST_F(JournalTest, AFailedFlushIsTheLast) {
    Journal journal(store_, options());
    flushFails_ = true;
    EXPECT_EQ(journal.run(nothing).error().message, "flush failed");
    flushFails_ = false;
    EXPECT_FALSE(journal.run(nothing)) << "a sync that failed once was asked again";
    EXPECT_EQ(store_.log(), (std::vector<std::string>{"flush", "broken: flush failed"}));
}

TEST_F(JournalTest, NobodyIsAnsweredGoodWhenTheBatchFails) {
    std::atomic<int> good{0}, bad{0};
    {
        Journal journal(store_, options());
        store_.close();
        store_.fail(makeError(Errc::NoSpace, "full"));
        for (int i = 0; i < 8; ++i)
            journal.submit(nothing, [&](const Status& status) { ++(status ? good : bad); });
        store_.open();
    }
    EXPECT_EQ(good, 0);
    EXPECT_EQ(bad, 8);
}

TEST_F(JournalTest, ABatchThatFindsNoRoomIsCommittedOnceThereIsSome) {
    auto stalling = options();
    std::atomic<int> begun{0}, over{0};
    stalling.onStalled = [&](const Error* noRoom) { ++(noRoom != nullptr ? begun : over); };
    Journal journal(store_, stalling);
    store_.fail(makeError(Errc::NoSpace, "full"));
    std::atomic<int> good{0}, bad{0};
    for (int i = 0; i < 8; ++i)
        journal.submit(nothing, [&](const Status& status) { ++(status ? good : bad); });
    while (!journal.isStalled())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(good + bad, 0) << "nobody is answered before it is known";
    store_.heal();
    ASSERT_TRUE(journal.run(nothing));
    EXPECT_EQ(good, 8);
    EXPECT_EQ(begun, 1);
    EXPECT_EQ(over, 1);
    EXPECT_FALSE(journal.isStalled());
}

// A start has somebody to tell, a stop nobody to wait for.
TEST_F(JournalTest, WhoDoesNotWaitForRoomIsAnsweredAndTheJournalIsNotBroken) {
    Journal journal(store_, options());
    journal.waitForRoom(false);
    store_.fail(makeError(Errc::NoSpace, "full"));
    const Status refused = journal.run(nothing);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::NoSpace);
    store_.heal();
    EXPECT_TRUE(journal.run(nothing));
}

TEST_F(JournalTest, AStopEndsAWaitThatHasBegun) {
    Journal journal(store_, options());
    store_.fail(makeError(Errc::NoSpace, "full"));
    std::atomic<int> good{0}, bad{0};
    journal.submit(nothing, [&](const Status& status) { ++(status ? good : bad); });
    while (!journal.isStalled())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    journal.submit(nothing, [&](const Status& status) { ++(status ? good : bad); });
    journal.waitForRoom(false);
    while (good + bad < 2)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(bad, 2);
    const auto log = store_.log();
    EXPECT_TRUE(std::none_of(log.begin(), log.end(),
                             [](const std::string& line) { return line.rfind("broken", 0) == 0; }));
}

TEST_F(JournalTest, QuietComesOnceAfterWork) {
    Journal journal(store_, options());
    ASSERT_TRUE(journal.run(nothing));
    ASSERT_TRUE(journal.run(nothing));
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
    const auto log = store_.log();
    EXPECT_EQ(std::count(log.begin(), log.end(), "quiet"), 1);
    EXPECT_EQ(log.back(), "quiet");
}

TEST_F(JournalTest, HousekeepingThatFailsBreaksTheJournalToo) {
    Journal journal(store_, options());
    store_.failWhenQuiet(makeError(Errc::Io, "checkpoint failed"));
    ASSERT_TRUE(journal.run(nothing));
    while (store_.log().back() != "broken: checkpoint failed")
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(journal.run(nothing).error().message, "checkpoint failed");
}

TEST_F(JournalTest, AFullQueueMakesTheSubmitterWait) {
    auto small = options();
    small.queueCapacity = 2;
    small.maxBatch = 1;
    Journal journal(store_, small);
    store_.close();
    std::atomic<int> submitted{0};
    std::thread producer([&] {
        for (int i = 0; i < 6; ++i) {
            journal.submit(nothing, nullptr);
            ++submitted;
        }
    });
    while (submitted < 3)
        std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(submitted, 3) << "one under commit, two in the queue";
    store_.open();
    producer.join();
}

TEST_F(JournalTest, ReportsHowLongCommitsTake) {
    std::atomic<std::size_t> works{0};
    std::atomic<std::int64_t> micros{-1};
    auto measured = options();
    measured.onCommitted = [&](std::size_t count, std::int64_t took) {
        works += count;
        micros = took;
    };
    {
        Journal journal(store_, measured);
        ASSERT_TRUE(journal.run(nothing));
    }
    EXPECT_EQ(works, 1U);
    EXPECT_GE(micros, 0);
}

TEST(JournalOnSqlite, FourSubmittersAThousandWorksEach) {
    TemporaryDirectory folder;
    auto store = openSqliteStore(folder.path());
    ASSERT_TRUE(store) << store.error().text();
    std::atomic<int> good{0};
    {
        Journal journal(**store, {});
        std::vector<std::thread> threads;
        for (std::uint64_t t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (std::uint64_t i = 0; i < 1000; ++i) {
                    journal.submit(
                        [t, i](StoreTransaction& transaction) -> Status {
                            GREFFE_TRY(transaction.insertDossier(testDossier(testId(t * 1000 + i))));
                            GREFFE_TRY(transaction.putBranch(testBranch(testId(t * 1000 + i))));
                            AuditRow audit = testAudit(testId(t * 1000 + i));
                            return transaction.appendAudit(audit);
                        },
                        [&](const Status& status) { good += status ? 1 : 0; });
                }
            });
        }
        // Readers look on while it is written.
        auto reader = (*store)->openReader();
        for (int i = 0; i < 50; ++i) {
            const auto rows = (*reader)->runnable(0, {}, 10);
            ASSERT_TRUE(rows) << rows.error().text();
        }
        for (std::thread& thread : threads)
            thread.join();
    }
    EXPECT_EQ(good, 4000);
    auto reader = (*store)->openReader();
    EXPECT_EQ((*reader)->countByState()->at(DossierState::Ready), 4000);
    EXPECT_TRUE((*store)->verifyAudit());
    EXPECT_EQ((*reader)->audit("", 3999, 10)->size(), 1U);
}

}  // namespace
}  // namespace greffe
