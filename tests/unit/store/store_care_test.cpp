// SPDX-License-Identifier: Apache-2.0
// The journal as a file: its size, its mode, its backup, and who may look at it.
#include "store/sqlite_store.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

class StoreCareTest : public testing::Test {
protected:
    StoreCareTest() { reopen(); }

    void reopen() {
        reader_.reset();
        store_.reset();
        auto store = openSqliteStore(folder_.path());
        ASSERT_TRUE(store) << store.error().text();
        store_ = std::move(*store);
        auto reader = store_->openReader();
        ASSERT_TRUE(reader) << reader.error().text();
        reader_ = std::move(*reader);
    }

    Status commit(const StoreWork& work) { return commitOne(*store_, work); }

    void admit(const DossierRow& row) {
        const Status done =
            commit([&](StoreTransaction& transaction) { return transaction.insertDossier(row); });
        ASSERT_TRUE(done) << done.error().text();
    }

    TemporaryDirectory folder_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
};

TEST_F(StoreCareTest, TheWalIsWrittenBackWhenItIsQuiet) {
    for (std::uint64_t number = 0; number < 200; ++number)
        admit(testDossier(testId(number)));
    auto database = openDirectory(folder_.path());
    const auto before = factsAt(database->get(), "greffe.sqlite3")->sizeBytes;
    ASSERT_TRUE(store_->whenQuiet());
    EXPECT_GT(factsAt(database->get(), "greffe.sqlite3")->sizeBytes, before);
    reader_.reset();
    store_.reset();
    EXPECT_FALSE(existsAt(database->get(), "greffe.sqlite3-wal")) << "a clean close leaves one file";
}

TEST_F(StoreCareTest, TheWalDoesNotGrowWithoutEndUnderLoad) {
    const std::string big(3000, 'x');
    for (std::uint64_t number = 0; number < 400; ++number) {
        std::vector<StoreWork> works;
        for (std::uint64_t i = 0; i < 50; ++i) {
            works.push_back([&, number, i](StoreTransaction& transaction) {
                DossierRow row = testDossier(testId(number * 50 + i));
                row.dataJson = big;
                return transaction.insertDossier(row);
            });
        }
        ASSERT_TRUE(store_->commit(works));
    }
    auto database = openDirectory(folder_.path());
    EXPECT_LT(factsAt(database->get(), "greffe.sqlite3-wal")->sizeBytes, 40U << 20U);
}

TEST_F(StoreCareTest, ABackupIsWholeWhileOthersWrite) {
    for (std::uint64_t number = 0; number < 50; ++number)
        admit(testDossier(testId(number)));
    TemporaryDirectory elsewhere;
    const std::string path = elsewhere.path() + "/greffe.sqlite3";
    ASSERT_TRUE(store_->backupTo(path));
    admit(testDossier(testId(99)));
    EXPECT_EQ(store_->backupTo(path).error().code, Errc::Exists) << "a backup is never overwritten";
    auto copy = openSqliteStore(elsewhere.path());
    ASSERT_TRUE(copy) << copy.error().text();
    auto reader = (*copy)->openReader();
    EXPECT_EQ((*reader)->countByState()->at(DossierState::Ready), 50);
    EXPECT_FALSE(*(*reader)->dossier(testId(99)));
}

TEST_F(StoreCareTest, AReaderCannotWriteAndSeesOnlyWhatIsCommitted) {
    auto& database = dynamic_cast<SqliteStore&>(*store_).database();
    ASSERT_TRUE(database.run("BEGIN IMMEDIATE"));
    ASSERT_TRUE(database.run("INSERT INTO plan VALUES ('p', 't', 1)"));
    EXPECT_FALSE(*reader_->plan("p"));
    ASSERT_TRUE(database.run("COMMIT"));
    EXPECT_TRUE(*reader_->plan("p"));
}

TEST_F(StoreCareTest, TheJournalIsNobodyElsesToRead) {
    auto directory = openDirectory(folder_.path());
    EXPECT_EQ(factsAt(directory->get(), "greffe.sqlite3")->mode & 0777U, 0640U);
}

}  // namespace
}  // namespace greffe
