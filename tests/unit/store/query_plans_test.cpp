// SPDX-License-Identifier: Apache-2.0
// No question costs more with many dossiers than with few: every statement of the reader is answered by an
// index, and needs the same number of SQLite's own steps at a hundred times the rows.
#include "store/sqlite_reader.h"
#include "store/sqlite_store.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <gtest/gtest.h>

#include <set>

namespace greffe {
namespace {

#ifdef GREFFE_SANITIZED
constexpr int kMany = 20'000;
#else
constexpr int kMany = 200'000;
#endif
constexpr int kFew = kMany / 100;
constexpr std::int64_t kNowMs = 2'000'000;

// Dossiers in every state, half of them done; each with a branch, a received document with one of ten
// contents in common, a blob, an effect, an audit row.
void fill(sqlite::Database& database, int from, int to) {
    const std::string rows = fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n WHERE i < {}), "
        "d(i, id, state) AS (SELECT i, printf('01J%023d', i), iif(i % 2 = 0, 7, 1 + i % 13) FROM n) ",
        from, to - 1);
    const Status done = database.execute(
        "BEGIN;" + rows +
        "INSERT INTO dossier SELECT id, 'default', 'D', printf('pipeline%d', i % 3), 'plan', state, '{}', "
        "'[]', "
        "printf('intake%d', i % 4), x'', x'61', CAST('claim/' || id AS BLOB), x'', 1, i, 10, 1, '', '', "
        "'{}', "
        "i % 10 <> 0, i % 5, i, i, 0 FROM d;" +
        rows +
        "INSERT INTO branch SELECT id, '', state, iif(state < 7, printf('step%d', i % 4), ''), 0, 0, "
        "iif(state IN (3, 4), i * 100, 0), iif(state = 4, 'event:' || id, ''), i % 5, "
        "printf('pipeline%d', i % 3) "
        "FROM d;" +
        rows +
        "INSERT INTO document SELECT id, id, 'document', x'61', 'application/pdf', "
        "CAST(printf('%032d', iif(i % 1000 = 0, i % 10, i)) AS BLOB), 10, '', '', i, '' FROM d;" +
        rows +
        "INSERT INTO blob SELECT CAST(printf('%032d', i) AS BLOB), 10, 1, i / 1000, i, NULL, NULL, i FROM "
        "d;" +
        rows + "INSERT INTO effect SELECT id, '', 'check', '', 0, 2, '', '{}', '{}', '', '', 1, 2 FROM d;" +
        rows +
        "INSERT INTO audit SELECT i + 1, i, 'engine', 'x', id, '{}', zeroblob(32), zeroblob(32) FROM d; "
        "COMMIT");
    ASSERT_TRUE(done) << done.error().text();
}

class QueryPlansTest : public testing::Test {
protected:
    QueryPlansTest() : path_(folder_.path() + "/greffe.sqlite3") {
        store_ = SqliteStore::open(path_, schemaMigrations()).value();
        reader_ = SqliteReader::open(path_).value();
        store_->database().execute("PRAGMA synchronous = OFF").ok();
    }

    struct Question {
        std::string name;
        std::function<bool()> ask;
    };

    template <class T>
    static bool answered(const Result<T>& result) {
        EXPECT_TRUE(result) << result.error().text();
        return result.ok();
    }

    std::vector<Question> questions() {
        SqliteReader& reader = *reader_;
        Digest content;
        std::memset(content.data(), '0', content.size());
        std::vector<Question> all = {
            {"plan", [&] { return answered(reader.plan("x")); }},
            {"blob", [&, content] { return answered(reader.blob(content)); }},
            {"dossier", [&] { return answered(reader.dossier(testId(7))); }},
            {"dossierByClaim", [&] { return answered(reader.dossierByClaim("claim/" + testId(7))); }},
            {"dossiersWithContent",
             [&, content] { return answered(reader.dossiersWithContent(content, 2)); }},
            {"documents", [&] { return answered(reader.documents(testId(7))); }},
            {"branches", [&] { return answered(reader.branches(testId(7))); }},
            {"effects", [&] { return answered(reader.effects(testId(7))); }},
            {"tasks open", [&] { return answered(reader.tasks("", true)); }},
            {"tasks", [&] { return answered(reader.tasks(testId(7), false)); }},
            {"messages", [&] { return answered(reader.messages(testId(7))); }},
            {"audit", [&] { return answered(reader.audit("", 50, 20)); }},
            {"audit of one", [&] { return answered(reader.audit(testId(7), 0, 20)); }},
            {"inbox", [&] { return answered(reader.inbox(testId(7))); }},
            {"unmatchedInbox", [&] { return answered(reader.unmatchedInbox("p", 20)); }},
            {"runnable", [&] { return answered(reader.runnable(kNowMs, {}, 20)); }},
            {"interrupted", [&] { return answered(reader.interrupted(20)); }},
            {"nextDueMs", [&] { return answered(reader.nextDueMs(0)); }},
            {"waitingFor", [&] { return answered(reader.waitingFor("event:" + testId(3))); }},
            {"undelivered", [&] { return answered(reader.undelivered(testId(3), 20)); }},
            {"unsettled", [&] { return answered(reader.unsettled("intake1", testId(9), 20)); }},
            {"countByPipeline", [&] { return answered(reader.countByPipeline()); }},
            {"countByState", [&] { return answered(reader.countByState()); }},
            {"shape", [&] { return answered(reader.shape()); }},
            {"isBlobUsed", [&, content] { return answered(reader.isBlobUsed(content)); }},
            {"blobs", [&, content] { return answered(reader.blobs(content, 20)); }},
        };
        for (int parts = 0; parts < 32; ++parts) {
            DossierFilter filter;
            filter.limit = 20;
            if ((parts & 1) != 0) filter.state = DossierState::Held;
            if ((parts & 2) != 0) filter.pipeline = "pipeline1";
            if ((parts & 4) != 0) filter.intake = "intake1";
            if ((parts & 8) != 0) filter.afterId = testId(500);
            filter.newestFirst = (parts & 16) != 0;
            all.push_back({fmt::format("dossiers {}", parts),
                           [&, filter] { return answered(reader.dossiers(filter)); }});
        }
        return all;
    }

    // Steps that the reader's statements took since the last call.
    std::int64_t takeSteps() {
        std::int64_t steps = 0;
        sqlite3* handle = reader_->database().handle();
        for (sqlite3_stmt* s = sqlite3_next_stmt(handle, nullptr); s != nullptr;
             s = sqlite3_next_stmt(handle, s))
            steps += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1);
        return steps;
    }

    std::map<std::string, std::int64_t> stepsOfAll() {
        std::map<std::string, std::int64_t> steps;
        for (const Question& question : questions()) {
            takeSteps();
            EXPECT_TRUE(question.ask()) << question.name;
            steps[question.name] = takeSteps();
        }
        return steps;
    }

    TemporaryDirectory folder_;
    std::string path_;
    std::unique_ptr<SqliteStore> store_;
    std::unique_ptr<SqliteReader> reader_;
};

TEST_F(QueryPlansTest, NoQuestionReadsABigTable) {
    // Indexes that hold only what is to do, read in their order until the limit; tables of a few rows.
    const std::set<std::string> allowed = {
        "SCAN branch USING INDEX branch_ready",
        "SCAN branch USING INDEX branch_running",
        "SCAN dossier USING INDEX dossier_undelivered",
        "SCAN dossier USING INDEX sqlite_autoindex_dossier_1",  // dossiers without a filter, up to the limit
        "SCAN task USING INDEX task_open",
        "SCAN dossier_count",
        "SCAN c",  // branch_count
        "SCAN CONSTANT ROW",
    };
    for (const Question& question : questions())
        ASSERT_TRUE(question.ask()) << question.name;
    std::set<std::string> texts;
    sqlite3* handle = reader_->database().handle();
    for (sqlite3_stmt* s = sqlite3_next_stmt(handle, nullptr); s != nullptr; s = sqlite3_next_stmt(handle, s))
        texts.insert(sqlite3_sql(s));
    std::size_t plans = 0;
    for (const std::string& text : texts) {
        if (text.rfind("SELECT", 0) != 0) continue;
        sqlite3_stmt* plan = nullptr;
        ASSERT_EQ(sqlite3_prepare_v2(handle, ("EXPLAIN QUERY PLAN " + text).c_str(), -1, &plan, nullptr),
                  SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const std::string detail = reinterpret_cast<const char*>(sqlite3_column_text(plan, 3));
            ++plans;
            EXPECT_TRUE(detail.rfind("SCAN", 0) != 0 || allowed.count(detail) != 0) << detail << "\n" << text;
            const bool isOfOneDossier = text.find("FROM effect WHERE dossier = ?") != std::string::npos;
            EXPECT_TRUE(isOfOneDossier || detail.find("TEMP B-TREE") == std::string::npos) << detail << "\n"
                                                                                           << text;
        }
        sqlite3_finalize(plan);
    }
    EXPECT_GE(plans, 50U);
}

TEST_F(QueryPlansTest, AHundredTimesTheRowsCostTheSameSteps) {
    fill(store_->database(), 0, kFew);
    const auto few = stepsOfAll();
    fill(store_->database(), kFew, kMany);
    const auto many = stepsOfAll();
    for (const auto& [name, steps] : many) {
        // A page of twenty rows costs up to 900 steps, and the few may not have filled it; reading one column
        // of all rows would cost two steps a row.
        EXPECT_LE(steps, few.at(name) * 2 + 2000) << name << ": " << few.at(name) << " steps before";
        EXPECT_LE(steps, kMany / 2) << name;
    }
}

}  // namespace
}  // namespace greffe
