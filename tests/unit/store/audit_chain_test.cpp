// SPDX-License-Identifier: Apache-2.0
#include "store/audit_chain.h"

#include "store/sqlite_store.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <gmock/gmock.h>

#include <fstream>

namespace greffe {
namespace {

constexpr int kRows = 40;

class AuditChainTest : public testing::Test {
protected:
    AuditChainTest() {
        auto store = SqliteStore::open(folder_.path() + "/greffe.sqlite3", schemaMigrations());
        EXPECT_TRUE(store) << store.error().text();
        store_ = std::move(store).value();
        for (int i = 0; i < kRows; ++i) {
            EXPECT_TRUE(commitOne(*store_, [&](StoreTransaction& transaction) {
                AuditRow row = testAudit(i % 3 == 0 ? "" : testId(static_cast<std::uint64_t>(i % 3)));
                row.atMs += i;
                return transaction.appendAudit(row);
            }));
        }
    }

    // As somebody would who owns the file: the triggers go first.
    void tamper(const std::string& sql) {
        const Status done = store_->database().execute(
            "DROP TRIGGER IF EXISTS audit_is_never_edited; DROP TRIGGER IF EXISTS "
            "audit_is_never_shortened; " +
            sql);
        ASSERT_TRUE(done) << done.error().text();
    }

    void reopen() {
        store_.reset();
        store_ = SqliteStore::open(folder_.path() + "/greffe.sqlite3", schemaMigrations()).value();
    }

    // The message of verifyAudit, "" when the chain is whole.
    std::string verdict() {
        const Status checked = store_->verifyAudit();
        if (checked) return "";
        EXPECT_EQ(checked.error().code, Errc::Corrupt);
        return checked.error().message;
    }

    TemporaryDirectory folder_;
    std::unique_ptr<SqliteStore> store_;
};

TEST_F(AuditChainTest, AnUntouchedChainIsWhole) {
    EXPECT_EQ(verdict(), "");
    const auto reader = store_->openReader();
    EXPECT_EQ((*reader)->audit("", 0, 1000)->size(), static_cast<std::size_t>(kRows));
    EXPECT_EQ((*reader)->audit("", 37, 2)->front().seq, 38);
    EXPECT_EQ((*reader)->audit(testId(1), 0, 1000)->size(), 13U);
    EXPECT_EQ((*reader)->audit(testId(1), 2, 1000)->front().seq, 5);
}

TEST_F(AuditChainTest, TheHashIsTheDocumentedOne) {
    // Computed with Python's hashlib and struct from the text in audit_chain.h.
    AuditRow row;
    row.seq = 1;
    row.atMs = 1700000000000;
    row.actor = "engine";
    row.action = "dossier admitted";
    row.dossier = "D";
    row.detailJson = "{}";
    EXPECT_EQ(toHex(auditHash(row)), "db1f1b37953f759d124f4025a7bdc2a51a68329128aac335c508746227173550");
}

class AuditEditTest : public AuditChainTest, public testing::WithParamInterface<const char*> {};

TEST_P(AuditEditTest, IsFoundAtItsRow) {
    tamper(std::string("UPDATE audit SET ") + GetParam() + " WHERE seq = 17");
    EXPECT_EQ(verdict().rfind("audit: seq 17: ", 0), 0U) << verdict();
}

INSTANTIATE_TEST_SUITE_P(EveryColumn, AuditEditTest,
                         testing::Values("at_ms = at_ms + 1", "actor = 'operator:eve'", "action = 'x'",
                                         "dossier = 'x'", "detail = '{}'", "previous = zeroblob(32)",
                                         "hash = zeroblob(32)", "hash = x'00'"),
                         [](const auto& edit) {
                             const std::string text = edit.param;
                             return text.substr(0, text.find(' ')) + "_" + std::to_string(edit.index);
                         });

TEST_F(AuditChainTest, ARowMovedIntoAnothersFieldsIsFound) {
    // The same bytes, cut elsewhere: lengths are part of what is hashed.
    tamper(
        "UPDATE audit SET actor = actor || substr(action, 1, 1), action = substr(action, 2) WHERE seq = 5");
    EXPECT_EQ(verdict().rfind("audit: seq 5: ", 0), 0U) << verdict();
}

TEST_F(AuditChainTest, AnEditWithARecomputedHashIsFoundAtTheNextRow) {
    AuditRow row = (*store_->openReader())->audit("", 16, 1)->front();
    row.action = "nothing happened";
    row.hash = auditHash(row);
    tamper("SELECT 1");
    ASSERT_TRUE(store_->database().run("UPDATE audit SET action = ?, hash = ? WHERE seq = 17", row.action,
                                       sqlite::Bytes(row.hash)));
    EXPECT_EQ(verdict().rfind("audit: seq 18: ", 0), 0U) << verdict();
}

TEST_F(AuditChainTest, AGapIsFound) {
    tamper("DELETE FROM audit WHERE seq = 20");
    EXPECT_EQ(verdict(), "audit: seq 20: missing");
}

TEST_F(AuditChainTest, AMissingBeginningIsFound) {
    tamper("DELETE FROM audit WHERE seq <= 3");
    EXPECT_EQ(verdict(), "audit: seq 1: missing");
}

TEST_F(AuditChainTest, AGapThatWasClosedIsFound) {
    tamper("DELETE FROM audit WHERE seq = 20; UPDATE audit SET seq = seq - 1 WHERE seq > 20");
    EXPECT_EQ(verdict().rfind("audit: seq 20: ", 0), 0U) << verdict();
}

TEST_F(AuditChainTest, ReorderedRowsAreFound) {
    tamper(
        "UPDATE audit SET seq = -1 WHERE seq = 8; UPDATE audit SET seq = 8 WHERE seq = 9; "
        "UPDATE audit SET seq = 9 WHERE seq = -1");
    EXPECT_EQ(verdict().rfind("audit: seq 8: ", 0), 0U) << verdict();
}

TEST_F(AuditChainTest, RowsTakenOffTheEndAreMissed) {
    ASSERT_TRUE(store_->whenQuiet());  // the journal's housekeeping notes the head
    tamper("DELETE FROM audit WHERE seq > 35");
    EXPECT_EQ(verdict().rfind("audit: seq 36: missing", 0), 0U) << verdict();
}

// The daemon goes on after the theft: what it writes then must not cover the traces.
TEST_F(AuditChainTest, RowsTakenOffTheEndAreMissedWhenOthersFollowed) {
    ASSERT_TRUE(store_->whenQuiet());
    for (const bool isReopened : {false, true}) {
        tamper("DELETE FROM audit WHERE seq > 35");
        for (int i = 0; i < 10; ++i)
            EXPECT_TRUE(commitOne(*store_, [&](StoreTransaction& transaction) {
                AuditRow row = testAudit(testId(7), "something else");
                return transaction.appendAudit(row);
            }));
        ASSERT_TRUE(store_->whenQuiet());
        if (isReopened) reopen();
        EXPECT_EQ(verdict().rfind("audit: seq 40: is not the row that was noted", 0), 0U) << verdict();
    }
}

TEST_F(AuditChainTest, AChainThatWasRecomputedToItsEndIsFound) {
    ASSERT_TRUE(store_->whenQuiet());
    tamper("DELETE FROM audit WHERE seq > 39");
    EXPECT_TRUE(commitOne(*store_, [&](StoreTransaction& transaction) {
        AuditRow row = testAudit(testId(1), "nothing happened");
        return transaction.appendAudit(row);
    }));
    EXPECT_EQ(verdict().rfind("audit: seq 40: ", 0), 0U) << verdict();
}

TEST_F(AuditChainTest, TheHeadFollowsTheChainAndClosingNotesIt) {
    const std::string file = auditHeadPath(folder_.path() + "/greffe.sqlite3");
    EXPECT_EQ(readAuditHead(file).value(), std::nullopt);
    reopen();
    ASSERT_TRUE(readAuditHead(file).value());
    EXPECT_EQ(readAuditHead(file).value()->seq, kRows);
    EXPECT_EQ(verdict(), "");
    std::ofstream(file) << "40 of them";
    EXPECT_THAT(verdict(), ::testing::HasSubstr("audit.head"));
    reopen();
    EXPECT_NE(verdict(), "") << "a file that was spoilt is not written over";
}

TEST_F(AuditChainTest, SaysHowFarItIsAndCanBeEnded) {
    EXPECT_TRUE(commitOne(*store_, [&](StoreTransaction& transaction) -> Status {
        for (int i = kRows; i < 2'500; ++i) {
            AuditRow row = testAudit("");
            GREFFE_TRY(transaction.appendAudit(row));
        }
        return {};
    }));
    std::vector<std::int64_t> told;
    EXPECT_TRUE(store_->verifyAudit([&](std::int64_t done, std::int64_t total) -> Status {
        EXPECT_EQ(total, 2'500);
        told.push_back(done);
        return {};
    }));
    EXPECT_THAT(told, ::testing::ElementsAre(1'000, 2'000));
    const Status ended = store_->verifyAudit(
        [](std::int64_t, std::int64_t) -> Status { return makeError(Errc::Closed, "nobody waits"); });
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, Errc::Closed);
}

TEST_F(AuditChainTest, TheTableItselfRefusesEditsAndDeletes) {
    EXPECT_FALSE(store_->database().execute("UPDATE audit SET actor = 'x' WHERE seq = 1"));
    EXPECT_FALSE(store_->database().execute("DELETE FROM audit"));
    EXPECT_EQ(verdict(), "");
}

}  // namespace
}  // namespace greffe
