// SPDX-License-Identifier: Apache-2.0
// What the scheduler asks: the right rows in the right order.
#include "store/sqlite_store.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

class WorkQueriesTest : public testing::Test {
protected:
    WorkQueriesTest() {
        store_ = openSqliteStore(folder_.path()).value();
        reader_ = store_->openReader().value();
    }

    void commit(const StoreWork& work) {
        const Status done = commitOne(*store_, work);
        ASSERT_TRUE(done) << done.error().text();
    }

    void dossier(std::uint64_t number, std::int32_t priority = 0, DossierState state = DossierState::Ready) {
        commit([&](StoreTransaction& transaction) {
            DossierRow row = testDossier(testId(number));
            row.priority = priority;
            row.state = state;
            row.createdMs = static_cast<std::int64_t>(1000 + number);
            return transaction.insertDossier(row);
        });
    }

    void branch(std::uint64_t number, const std::string& path, DossierState state, std::int64_t dueMs = 0,
                const std::string& waitKey = {}) {
        commit([&](StoreTransaction& transaction) {
            BranchRow row = testBranch(testId(number), state);
            row.path = path;
            row.dueMs = dueMs;
            row.waitKey = waitKey;
            return transaction.putBranch(row);
        });
    }

    // "3 3/each[1] 1": numbers and paths of the branches, in order.
    static std::string names(const Result<std::vector<BranchRow>>& rows) {
        if (!rows) return rows.error().text();
        std::string text;
        for (const BranchRow& row : *rows) {
            if (!text.empty()) text += " ";
            text += std::to_string(std::stoull(row.dossier.substr(3)));
            if (!row.path.empty()) text += "/" + row.path;
        }
        return text;
    }
    static std::string names(const Result<std::vector<DossierRow>>& rows) {
        if (!rows) return rows.error().text();
        std::string text;
        for (const DossierRow& row : *rows) {
            if (!text.empty()) text += " ";
            text += std::to_string(std::stoull(row.id.substr(3)));
        }
        return text;
    }

    TemporaryDirectory folder_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
};

TEST_F(WorkQueriesTest, RunnableIsByPriorityThenAge) {
    for (const std::uint64_t number : {1, 2, 3, 4, 5, 6})
        dossier(number, number == 4 || number == 5 ? 9 : 0);
    branch(2, "", DossierState::Ready);
    branch(1, "", DossierState::RetryWait, 50);
    branch(3, "b", DossierState::Ready);
    branch(3, "a", DossierState::Ready);
    branch(4, "", DossierState::Waiting, 99);
    branch(5, "", DossierState::Ready);
    branch(6, "", DossierState::Done);
    EXPECT_EQ(names(reader_->runnable(100, {}, 100)), "4 5 1 2 3/a 3/b");
    EXPECT_EQ(names(reader_->runnable(100, {}, 3)), "4 5 1");
    EXPECT_EQ(names(reader_->runnable(100, {testId(4), testId(3)}, 100)), "5 1 2");
    EXPECT_EQ(names(reader_->runnable(60, {}, 100)), "5 1 2 3/a 3/b") << "99 is not due at 60";
    EXPECT_EQ(names(reader_->runnable(50, {}, 100)), "5 1 2 3/a 3/b") << "due is due";
    EXPECT_EQ(names(reader_->runnable(49, {}, 100)), "5 2 3/a 3/b");
    EXPECT_EQ(names(reader_->runnable(100, {}, 0)), "");
}

TEST_F(WorkQueriesTest, AWaitWithoutATimeIsNotRunnable) {
    dossier(1);
    branch(1, "", DossierState::Waiting, 0, "event:p:1");
    EXPECT_EQ(names(reader_->runnable(std::int64_t{1} << 60, {}, 10)), "");
    EXPECT_EQ(*reader_->nextDueMs(0), 0);
}

TEST_F(WorkQueriesTest, NegativePrioritiesAreFoundToo) {
    dossier(1, -5);
    dossier(2, INT32_MIN);
    dossier(3, INT32_MAX);
    for (const std::uint64_t number : {1, 2, 3})
        branch(number, "", DossierState::RetryWait, 10);
    EXPECT_EQ(names(reader_->runnable(10, {}, 10)), "3 1 2");
    EXPECT_EQ(*reader_->nextDueMs(0), 10);
}

TEST_F(WorkQueriesTest, TheEarliestTimeOfAllPriorities) {
    EXPECT_EQ(*reader_->nextDueMs(0), 0);
    dossier(1, 5);
    dossier(2, -1);
    dossier(3, 0);
    branch(1, "", DossierState::RetryWait, 300);
    EXPECT_EQ(*reader_->nextDueMs(0), 300);
    branch(2, "", DossierState::Waiting, 200);
    branch(3, "", DossierState::Ready, 100);
    EXPECT_EQ(*reader_->nextDueMs(0), 200) << "only retries and waits have a time";
}

TEST_F(WorkQueriesTest, AChangedPriorityMovesTheBranches) {
    dossier(1);
    dossier(2);
    branch(1, "", DossierState::Ready);
    branch(2, "", DossierState::Ready);
    commit([](StoreTransaction& transaction) -> Status {
        auto row = transaction.dossier(testId(2));
        (*row)->priority = 3;
        return transaction.updateDossier(**row);
    });
    EXPECT_EQ(names(reader_->runnable(0, {}, 10)), "2 1");
}

TEST_F(WorkQueriesTest, InterruptedAndWaiting) {
    for (const std::uint64_t number : {1, 2, 3, 4})
        dossier(number);
    branch(3, "", DossierState::Running);
    branch(1, "", DossierState::Running);
    branch(2, "", DossierState::Waiting, 0, "event:esign:7");
    branch(4, "", DossierState::Ready, 0, "event:esign:7");
    EXPECT_EQ(names(reader_->interrupted(10)), "1 3");
    EXPECT_EQ(names(reader_->interrupted(1)), "1");
    EXPECT_EQ(names(reader_->waitingFor("event:esign:7")), "2")
        << "a branch that runs again waits for nothing";
    EXPECT_EQ(names(reader_->waitingFor("event:esign:8")), "");
    EXPECT_EQ(names(reader_->waitingFor("")), "");
    const auto row = reader_->interrupted(1)->front();
    EXPECT_EQ(row.state, DossierState::Running);
    EXPECT_EQ(row.step, "check");
}

TEST_F(WorkQueriesTest, EveryFieldOfABranchComesBack) {
    dossier(1);
    BranchRow row = testBranch(testId(1), DossierState::Waiting);
    row.path = "each[2]";
    row.step = "sign";
    row.attempt = 3;
    row.crashes = 1;
    row.dueMs = 77;
    row.waitKey = "task:x";
    commit([&](StoreTransaction& transaction) { return transaction.putBranch(row); });
    const auto back = reader_->branches(testId(1))->front();
    EXPECT_EQ(back.path, row.path);
    EXPECT_EQ(back.state, row.state);
    EXPECT_EQ(back.step, row.step);
    EXPECT_EQ(back.attempt, row.attempt);
    EXPECT_EQ(back.crashes, row.crashes);
    EXPECT_EQ(back.dueMs, row.dueMs);
    EXPECT_EQ(back.waitKey, row.waitKey);
}

TEST_F(WorkQueriesTest, UndeliveredAndUnsettled) {
    const auto set = [&](std::uint64_t number, DossierState state, bool isDelivered) {
        commit([&](StoreTransaction& transaction) -> Status {
            auto row = transaction.dossier(testId(number));
            (*row)->state = state;
            (*row)->isDelivered = isDelivered;
            return transaction.updateDossier(**row);
        });
    };
    for (const std::uint64_t number : {1, 2, 3, 4, 5})
        dossier(number);
    commit([](StoreTransaction& transaction) {
        DossierRow row = testDossier(testId(6));
        row.source = {};  // by the API: no source to settle
        row.state = DossierState::Done;
        return transaction.insertDossier(row);
    });
    set(2, DossierState::Done, false);
    set(3, DossierState::Done, true);
    set(4, DossierState::Quarantined, false);
    set(5, DossierState::Ready, true);  // a late document woke it
    EXPECT_EQ(names(reader_->undelivered("", 10)), "2 4 6");
    EXPECT_EQ(names(reader_->undelivered("", 1)), "2");
    EXPECT_EQ(names(reader_->undelivered(testId(2), 1)), "4") << "the next page";
    EXPECT_EQ(names(reader_->undelivered(testId(6), 10)), "");
    EXPECT_EQ(names(reader_->unsettled("leases", "", 10)), "1 2 4 5");
    EXPECT_EQ(names(reader_->unsettled("leases", testId(2), 1)), "4");
    EXPECT_EQ(names(reader_->unsettled("another", "", 10)), "");
}

TEST_F(WorkQueriesTest, DossiersByFilterAndCursor) {
    for (std::uint64_t number = 1; number <= 12; ++number) {
        commit([&](StoreTransaction& transaction) {
            DossierRow row = testDossier(testId(number));
            row.state = number % 2 == 0 ? DossierState::Held : DossierState::Ready;
            row.pipeline = number % 3 == 0 ? "invoice" : "lease";
            row.source.intake = number % 4 == 0 ? "scans" : "leases";
            return transaction.insertDossier(row);
        });
    }
    DossierFilter filter;
    EXPECT_EQ(names(reader_->dossiers(filter)), "1 2 3 4 5 6 7 8 9 10 11 12");
    filter.state = DossierState::Held;
    EXPECT_EQ(names(reader_->dossiers(filter)), "2 4 6 8 10 12");
    filter.pipeline = "invoice";
    EXPECT_EQ(names(reader_->dossiers(filter)), "6 12");
    filter.intake = "scans";
    EXPECT_EQ(names(reader_->dossiers(filter)), "12");
    filter.state.reset();
    EXPECT_EQ(names(reader_->dossiers(filter)), "12");
    filter.pipeline.clear();
    EXPECT_EQ(names(reader_->dossiers(filter)), "4 8 12");
    filter.intake.clear();
    filter.pipeline = "invoice";
    EXPECT_EQ(names(reader_->dossiers(filter)), "3 6 9 12");
    filter.limit = 2;
    filter.afterId = testId(3);
    EXPECT_EQ(names(reader_->dossiers(filter)), "6 9");
    filter.newestFirst = true;
    filter.afterId = testId(9);
    EXPECT_EQ(names(reader_->dossiers(filter)), "6 3");
    filter.afterId.clear();
    EXPECT_EQ(names(reader_->dossiers(filter)), "12 9");
}

TEST_F(WorkQueriesTest, CountsFollowEveryChange) {
    dossier(1);
    dossier(2);
    dossier(3, 0, DossierState::Done);
    branch(1, "", DossierState::Ready);
    branch(2, "", DossierState::Waiting);
    branch(3, "", DossierState::Done);
    std::int64_t ofAll = 0;
    const auto cells = reader_->countByPipeline().value();
    for (const PipelineCount& cell : cells) {
        EXPECT_EQ(cell.pipeline, "lease");
        ofAll += cell.count;
    }
    std::int64_t byState = 0;
    const auto states = reader_->countByState().value();
    for (const auto& [state, count] : states)
        byState += count;
    EXPECT_EQ(ofAll, byState);
    EXPECT_EQ(*reader_->countByState(),
              (std::map<DossierState, std::int64_t>{{DossierState::Ready, 2}, {DossierState::Done, 1}}));
    auto shape = reader_->shape();
    ASSERT_EQ(shape->size(), 2U) << "finished branches have no place in the shape";
    EXPECT_EQ((*shape)[0].pipeline, "lease");
    EXPECT_EQ((*shape)[0].step, "check");
    EXPECT_EQ((*shape)[0].state, DossierState::Ready);
    EXPECT_EQ((*shape)[0].count, 1);
    EXPECT_EQ((*shape)[0].oldestMs, 1001);

    branch(2, "", DossierState::Ready);  // over to another cell
    branch(1, "", DossierState::Done);   // out
    branch(3, "", DossierState::Ready);  // back in, late document
    branch(3, "x", DossierState::Ready);
    commit([](StoreTransaction& transaction) -> Status {
        GREFFE_TRY(transaction.deleteBranch(testId(3), "x"));
        auto row = transaction.dossier(testId(2));
        (*row)->pipeline = "other";
        (*row)->state = DossierState::Held;
        return transaction.updateDossier(**row);
    });
    EXPECT_EQ(*reader_->countByState(),
              (std::map<DossierState, std::int64_t>{
                  {DossierState::Ready, 1}, {DossierState::Held, 1}, {DossierState::Done, 1}}));
    shape = reader_->shape();
    ASSERT_EQ(shape->size(), 2U);
    EXPECT_EQ((*shape)[0].pipeline, "lease");
    EXPECT_EQ((*shape)[0].count, 1);
    EXPECT_EQ((*shape)[0].oldestMs, 1003);
    EXPECT_EQ((*shape)[1].pipeline, "other");
    EXPECT_EQ((*shape)[1].count, 1);
    EXPECT_EQ((*shape)[1].oldestMs, 1002);
}

TEST_F(WorkQueriesTest, ManyOverdueGiveTheLongestOverdueOfThePriorityFirst) {
    for (std::uint64_t number = 1; number <= 30; ++number) {
        dossier(number, number > 25 ? 1 : 0);
        branch(number, "", DossierState::Waiting, static_cast<std::int64_t>(1000 - number));
    }
    EXPECT_EQ(names(reader_->runnable(2000, {}, 7)), "26 27 28 29 30 24 25");
}

}  // namespace
}  // namespace greffe
