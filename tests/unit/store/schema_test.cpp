// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include "store/sqlite_store.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

using sqlite::Database;

// A history of its own: version 2 splits a column of version 1.
const std::vector<Migration> kOld = {
    {1, "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT"}};
const std::vector<Migration> kNew = {kOld[0],
                                     {2,
                                      "ALTER TABLE person ADD COLUMN family TEXT NOT NULL DEFAULT '';"
                                      "UPDATE person SET family = substr(name, instr(name, ' ') + 1), name = "
                                      "substr(name, 1, instr(name, ' ') - 1)"}};
const std::vector<Migration> kBad = {
    kOld[0], {2, "ALTER TABLE person ADD COLUMN family TEXT; INSERT INTO nowhere VALUES (1)"}};

class SchemaTest : public testing::Test {
protected:
    std::unique_ptr<Database> raw() {
        Database::Options options;
        options.mayCreate = true;
        auto database = Database::open(path_, options);
        EXPECT_TRUE(database) << database.error().text();
        return std::move(database).value();
    }

    void makeOld() {
        ASSERT_TRUE(SqliteStore::open(path_, kOld));
        ASSERT_TRUE(raw()->run("INSERT INTO person VALUES (1, 'Anne Martin')"));
    }

    std::map<std::string, std::string> allBytes() {
        std::map<std::string, std::string> bytes;
        const auto directory = openDirectory(folder_.path());
        static_cast<void>(listDirectory(directory->get(), [&](const std::string& name) {
            bytes[name] = *readFile(folder_.path() + "/" + name, 1U << 30U);
            return true;
        }));
        return bytes;
    }

    TemporaryDirectory folder_;
    std::string path_ = folder_.path() + "/greffe.sqlite3";
};

TEST_F(SchemaTest, AnOlderJournalIsMigratedWithItsRows) {
    makeOld();
    ASSERT_TRUE(SqliteStore::open(path_, kNew));
    const auto database = raw();
    EXPECT_EQ(*database->number("PRAGMA user_version"), 2);
    EXPECT_EQ(*database->number("SELECT count(*) FROM person WHERE name = 'Anne' AND family = 'Martin'"), 1);
    ASSERT_TRUE(SqliteStore::open(path_, kNew)) << "migrated twice";
    EXPECT_EQ(*database->number("SELECT count(*) FROM person WHERE name = 'Anne' AND family = 'Martin'"), 1);
}

TEST_F(SchemaTest, AMigrationThatFailsChangesNothing) {
    makeOld();
    const auto failed = SqliteStore::open(path_, kBad);
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("schema 2"), std::string::npos) << failed.error().text();
    const auto database = raw();
    EXPECT_EQ(*database->number("PRAGMA user_version"), 1);
    EXPECT_EQ(*database->number("SELECT count(*) FROM person WHERE name = 'Anne Martin'"), 1);
    EXPECT_FALSE(database->number("SELECT family FROM person"));
}

TEST_F(SchemaTest, ANewerJournalIsRefusedAndNotTouched) {
    ASSERT_TRUE(SqliteStore::open(path_, kNew));
    const auto before = allBytes();
    const auto refused = SqliteStore::open(path_, kOld);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Unsupported);
    EXPECT_NE(refused.error().message.find("newer"), std::string::npos);
    auto after = allBytes();
    after.erase("greffe.sqlite3-shm");  // a look at a WAL database makes these two; they carry nothing
    EXPECT_EQ(after["greffe.sqlite3-wal"], "");
    after.erase("greffe.sqlite3-wal");
    EXPECT_EQ(after, before);
}

TEST_F(SchemaTest, ANewerJournalThatCrashedIsNotTouchedEither) {
    ASSERT_TRUE(SqliteStore::open(path_, kNew));
    {
        // A writer that dies leaves its last commits in the WAL: copy the files while it is alive.
        const auto writer = raw();
        ASSERT_TRUE(
            writer->execute("PRAGMA wal_autocheckpoint = 0; INSERT INTO person VALUES (7, 'x', 'y')"));
        for (const char* suffix : {"", "-wal"}) {
            const auto directory = openDirectory(folder_.path());
            ASSERT_TRUE(replaceFile(directory->get(), std::string("copy.sqlite3") + suffix,
                                    *readFile(path_ + suffix, 1U << 30U)));
        }
    }
    path_ = folder_.path() + "/copy.sqlite3";
    const std::string file = *readFile(path_, 1U << 30U), wal = *readFile(path_ + "-wal", 1U << 30U);
    ASSERT_FALSE(wal.empty());
    EXPECT_EQ(SqliteStore::open(path_, kOld).error().code, Errc::Unsupported);
    EXPECT_EQ(*readFile(path_, 1U << 30U), file);
    EXPECT_EQ(*readFile(path_ + "-wal", 1U << 30U), wal);
}

TEST_F(SchemaTest, AnotherProgramsFileIsRefusedAndNotTouched) {
    ASSERT_TRUE(raw()->execute("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)"));
    const auto before = allBytes();
    EXPECT_EQ(SqliteStore::open(path_, kNew).error().code, Errc::Unsupported);
    EXPECT_EQ(allBytes(), before);
    ASSERT_TRUE(raw()->execute("PRAGMA application_id = 42; PRAGMA user_version = 1"));
    EXPECT_EQ(SqliteStore::open(path_, kNew).error().code, Errc::Unsupported);
}

TEST_F(SchemaTest, WhatIsNoDatabaseIsRefusedAndNotTouched) {
    const auto directory = openDirectory(folder_.path());
    ASSERT_TRUE(replaceFile(directory->get(), "greffe.sqlite3", std::string(8192, 'x')));
    EXPECT_EQ(SqliteStore::open(path_, kNew).error().code, Errc::Corrupt);
    EXPECT_EQ(*readFile(path_, 1U << 20U), std::string(8192, 'x'));
}

TEST_F(SchemaTest, AnEmptyFileFromACrashAtTheVeryFirstStartIsFilled) {
    const auto directory = openDirectory(folder_.path());
    ASSERT_TRUE(replaceFile(directory->get(), "greffe.sqlite3", ""));
    EXPECT_TRUE(SqliteStore::open(path_, schemaMigrations()));
    EXPECT_EQ(*raw()->number("PRAGMA application_id"), kApplicationId);
}

TEST_F(SchemaTest, WhatADeadFirstStartLeftIsReplaced) {
    const auto directory = openDirectory(folder_.path());
    for (const char* name : {"greffe.sqlite3.new", "greffe.sqlite3.new-wal", "greffe.sqlite3.new-journal"})
        ASSERT_TRUE(replaceFile(directory->get(), name, std::string(5000, 'x')));
    ASSERT_TRUE(SqliteStore::open(path_, schemaMigrations()));
    EXPECT_FALSE(existsAt(directory->get(), "greffe.sqlite3.new"));
    EXPECT_FALSE(existsAt(directory->get(), "greffe.sqlite3.new-wal"));
    EXPECT_FALSE(existsAt(directory->get(), "greffe.sqlite3.new-journal"));
}

TEST_F(SchemaTest, ALogWithoutItsFileIsNotReplayedIntoANewOne) {
    const auto directory = openDirectory(folder_.path());
    ASSERT_TRUE(replaceFile(directory->get(), "greffe.sqlite3-wal", std::string(5000, 'x')));
    EXPECT_EQ(SqliteStore::open(path_, schemaMigrations()).error().code, Errc::Corrupt);
    EXPECT_FALSE(existsAt(directory->get(), "greffe.sqlite3"));
    EXPECT_EQ(readFile(path_ + "-wal", 1U << 20U)->size(), 5000U);
}

TEST_F(SchemaTest, TheJournalIsDurableByItsSettings) {
    auto store = SqliteStore::open(path_, schemaMigrations());
    ASSERT_TRUE(store);
    Database& database = (*store)->database();
    EXPECT_EQ(*database.number("PRAGMA synchronous"), 2);
    auto cursor = database.query("PRAGMA journal_mode");
    ASSERT_TRUE(*cursor->next());
    EXPECT_EQ(cursor->text(0), "wal");
    EXPECT_EQ(*database.number("PRAGMA foreign_keys"), 0);
    EXPECT_EQ(*database.number(
                  "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%STRICT%' "
                  "AND name NOT LIKE 'sqlite_%'"),
              0);
}

TEST_F(SchemaTest, TheNumbersOfStatesInSqlAreThoseOfTheCode) {
    EXPECT_EQ(static_cast<int>(DossierState::Ready), 1);
    EXPECT_EQ(static_cast<int>(DossierState::Running), 2);
    EXPECT_EQ(static_cast<int>(DossierState::RetryWait), 3);
    EXPECT_EQ(static_cast<int>(DossierState::Waiting), 4);
    for (int state = 1; state <= 13; ++state) {
        EXPECT_EQ(isFinal(static_cast<DossierState>(state)), state >= 7);
        EXPECT_NE(stateName(static_cast<DossierState>(state)), "unknown");
    }
    EXPECT_EQ(stateName(static_cast<DossierState>(14)), "unknown")
        << "a new state needs a look at the indexes";
    EXPECT_EQ(stateName(DossierState::RetryWait), "retry_wait");
    EXPECT_EQ(effectStateName(EffectState::Uncertain), "uncertain");
}

// A journal of the second version opens with its branches.
TEST_F(SchemaTest, BranchesOfTheSecondVersionAreKept) {
    const std::vector<Migration> before(schemaMigrations().begin(), schemaMigrations().begin() + 2);
    ASSERT_TRUE(SqliteStore::open(path_, before));
    ASSERT_TRUE(
        raw()->execute("INSERT INTO branch (dossier, path, state, step, attempt, crashes, due_ms, wait_key, "
                       "fence, priority, "
                       "pipeline) VALUES ('D', '', 3, 'seal', 2, 1, 77, '', 5, 5, 'lease')"));
    auto store = SqliteStore::open(path_, schemaMigrations());
    ASSERT_TRUE(store) << store.error().text();
    const auto rows = (*store)->openReader().value()->branches("D").value();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].step, "seal");
    EXPECT_EQ(rows[0].dueMs, 77);
    EXPECT_EQ(*raw()->number("SELECT count(*) FROM pragma_table_info('branch') WHERE name = 'fence'"), 0);
}

// Nobody knows for which item a document of an older journal was made: it is everybody's, as it was then.
TEST_F(SchemaTest, DocumentsOfTheThirdVersionAreOfNoItem) {
    const std::vector<Migration> before(schemaMigrations().begin(), schemaMigrations().begin() + 3);
    ASSERT_TRUE(SqliteStore::open(path_, before));
    ASSERT_TRUE(
        raw()->execute("INSERT INTO document VALUES ('A', 'D', 'letter', x'61', 'application/pdf', "
                       "zeroblob(32), 10, '', 'make', 77)"));
    auto store = SqliteStore::open(path_, schemaMigrations());
    ASSERT_TRUE(store) << store.error().text();
    const auto rows = (*store)->openReader().value()->documents("D").value();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].producedBy, "make");
    EXPECT_EQ(rows[0].createdMs, 77);
    EXPECT_EQ(rows[0].item, "");
}

}  // namespace
}  // namespace greffe
