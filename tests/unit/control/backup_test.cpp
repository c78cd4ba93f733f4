// SPDX-License-Identifier: Apache-2.0
#include "control/backup.h"

#include "support/mounted.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::uint64_t kLarge = 2U << 20U;  // a file of its own; smaller ones go into a segment

class Backup : public ::testing::Test {
protected:
    Backup() {
        store_ = openSqliteStore(spoolPath() + "/journal").value();
        spool_ = BlobSpool::open(spoolPath() + "/blobs", {}).value();
    }
    std::string spoolPath() const { return folder_.path() + "/spool"; }
    std::string backupPath() const { return folder_.path() + "/backup"; }
    std::string targetPath() const { return folder_.path() + "/restored"; }

    // A dossier with one document of these bytes.
    void add(std::uint64_t number, const std::string& bytes) {
        const BlobRow blob = spool_->addBytes(bytes).value();
        ASSERT_TRUE(spool_->flush());
        ASSERT_TRUE(commitOne(*store_, [&](StoreTransaction& tx) -> Status {
            GREFFE_TRY(tx.insertBlob(blob));
            GREFFE_TRY(tx.insertDossier(testDossier(testId(number))));
            GREFFE_TRY(tx.insertDocument(testDocument(testId(1'000 + number), testId(number), blob.sha256)));
            AuditRow audit = testAudit(testId(number));
            return tx.appendAudit(audit);
        }));
    }
    Result<BackupFacts> make(const BackupWatch& watch = [](const BackupProgress&) { return Status(); }) {
        return makeBackup(*store_, *spool_, spoolPath() + "/blobs", backupPath(), 1'800'000'000'000, watch);
    }
    Result<BackupFacts> restore(const std::string& target) {
        return restoreBackup(backupPath(), target, [](const BackupProgress&) { return Status(); });
    }

    TemporaryDirectory folder_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<BlobSpool> spool_;
};

TEST_F(Backup, ComesBackWithEveryDossierAndEveryByte) {
    add(1, "small");
    add(2, std::string(kLarge, 'x'));
    const auto made = make();
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_EQ(made->dossiers, 2);
    EXPECT_EQ(made->documents, 2);
    add(3, "after the backup");
    const auto restored = restore(targetPath());
    ASSERT_TRUE(restored) << restored.error().text();
    EXPECT_EQ(restored->dossiers, 2);

    const auto store = openSqliteStore(targetPath() + "/journal").value();
    const auto reader = store->openReader().value();
    EXPECT_FALSE(reader->dossier(testId(3)).value()) << "it came later";
    const auto spool = BlobSpool::open(targetPath() + "/blobs", {}).value();
    const std::map<std::uint64_t, std::string> wanted = {{1, "small"}, {2, std::string(kLarge, 'x')}};
    for (const auto& [number, bytes] : wanted) {
        const auto documents = reader->documents(testId(number)).value();
        ASSERT_EQ(documents.size(), 1U);
        const auto blob = reader->blob(documents[0].blob).value();
        ASSERT_TRUE(blob);
        EXPECT_EQ(spool->readBlob(*blob, kLarge).value(), bytes);
    }
    EXPECT_TRUE(store->verifyAudit());
}

TEST_F(Backup, IsOfOneMomentWhileOthersWrite) {
    for (std::uint64_t number = 1; number <= 20; ++number)
        add(number, fmt::format("document {}", number));
    std::uint64_t next = 100;
    // Whenever it reports, somebody admits another document.
    const auto made = make([&](const BackupProgress&) {
        add(next, fmt::format("late {}", next));
        ++next;
        return Status();
    });
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_GT(next, 100U);
    const auto restored = restore(targetPath());
    ASSERT_TRUE(restored) << restored.error().text();
    EXPECT_EQ(restored->dossiers, made->dossiers);
}

TEST_F(Backup, GoesOnlyIntoAnEmptyPlaceAndComesBackOnlyToOne) {
    add(1, "small");
    fs::create_directories(backupPath());
    std::ofstream(backupPath() + "/file") << "somebody's";
    EXPECT_EQ(make().error().code, Errc::Exists);
    fs::remove(backupPath() + "/file");
    ASSERT_TRUE(make());
    EXPECT_EQ(make().error().code, Errc::Exists) << "a backup is never written over another";
    EXPECT_EQ(restore(spoolPath()).error().code, Errc::Exists) << "nor a restore over a spool";
    EXPECT_TRUE(store_->verifyAudit());
}

TEST_F(Backup, ThatWasStoppedIsNotRestored) {
    add(1, std::string(kLarge, 'x'));
    const auto made = make([](const BackupProgress& progress) {
        return progress.phase == "documents" ? Status(makeError(Errc::Closed, "the client is gone"))
                                             : Status();
    });
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::Closed);
    const auto restored = restore(targetPath());
    ASSERT_FALSE(restored);
    EXPECT_THAT(restored.error().text(), HasSubstr("no complete backup"));
    EXPECT_FALSE(fs::exists(targetPath() + "/journal"));
}

TEST_F(Backup, ADamagedDocumentIsFoundBeforeAnybodyStartsOnIt) {
    add(1, std::string(kLarge, 'x'));
    ASSERT_TRUE(make());
    for (const auto& entry : fs::recursive_directory_iterator(backupPath() + "/blobs/blobs")) {
        if (!entry.is_regular_file()) continue;
        const std::string damaged = std::string(kLarge - 1, 'x') + "y";
        fs::remove(entry.path());
        std::ofstream(entry.path()) << damaged;
        break;
    }
    const auto restored = restore(targetPath());
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Errc::Corrupt);
    EXPECT_FALSE(fs::exists(targetPath() + "/journal"))
        << "nothing under the name that a daemon would start on";
    EXPECT_FALSE(restored.error().advice.empty());
    EXPECT_FALSE(fs::exists(targetPath() + ".restoring")) << "the next attempt finds room and no obstacle";
}

TEST_F(Backup, SharesNoBlockWithTheSpool) {
    add(1, std::string(kLarge, 'x'));
    ASSERT_TRUE(make());
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(backupPath() + "/blobs/blobs")) {
        if (!entry.is_regular_file()) continue;
        ++files;
        EXPECT_EQ(fs::hard_link_count(entry.path()), 1U);
        EXPECT_EQ(fs::file_size(entry.path()), kLarge);
    }
    EXPECT_EQ(files, 1U);
}

// Mapped, it was the end of the process: SIGBUS behind the file's end.
TEST_F(Backup, AJournalThatIsShorterThanItWasIsAnError) {
    add(1, "small");
    ASSERT_TRUE(make());
    fs::resize_file(backupPath() + "/journal/greffe.sqlite3", 4096);
    const auto restored = restore(targetPath());
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Errc::Corrupt);
    EXPECT_FALSE(fs::exists(targetPath() + ".restoring"));
}

std::map<std::string, fs::file_time_type> timesBelow(const std::string& directory) {
    std::map<std::string, fs::file_time_type> times;
    for (const auto& entry : fs::recursive_directory_iterator(directory))
        times[entry.path().string()] = entry.last_write_time();
    return times;
}

TEST_F(Backup, IsReadAndNothingElseWhenItIsRestored) {
    add(1, "small");
    add(2, std::string(kLarge, 'x'));
    ASSERT_TRUE(make());
    const auto before = timesBelow(backupPath());
    // Somebody else looks at it at the same time.
    const UniqueFd other = openDirectory(backupPath() + "/blobs").value();
    ASSERT_EQ(flock(other.get(), LOCK_EX | LOCK_NB), 0);
    const auto restored = restore(targetPath());
    ASSERT_TRUE(restored) << restored.error().text();
    EXPECT_EQ(timesBelow(backupPath()), before);
}

TEST_F(Backup, ComesBackFromAMediumThatCannotBeWritten) {
    GREFFE_NEEDS(geteuid() == 0, "mounting needs root");
    add(1, "small");
    add(2, std::string(kLarge, 'x'));
    ASSERT_TRUE(make());
    Mounted medium;
    ASSERT_TRUE(medium.mountReadOnly(backupPath())) << std::strerror(errno);
    EXPECT_NE(std::ofstream(medium.path() + "/x").is_open(), true);
    const auto restored =
        restoreBackup(medium.path(), targetPath(), [](const BackupProgress&) { return Status(); });
    ASSERT_TRUE(restored) << restored.error().text();
    EXPECT_EQ(restored->documents, 2);
}

TEST_F(Backup, AChangedJournalIsFound) {
    add(1, "small");
    ASSERT_TRUE(make());
    std::fstream(backupPath() + "/journal/greffe.sqlite3", std::ios::in | std::ios::out).seekp(100).put('x');
    const auto restored = restore(targetPath());
    ASSERT_FALSE(restored);
    EXPECT_THAT(restored.error().text(), HasSubstr("not the one that was backed up"));
}

TEST_F(Backup, TellsHowFarItIs) {
    add(1, std::string(kLarge, 'x'));
    std::uint64_t last = 0, total = 0;
    ASSERT_TRUE(make([&](const BackupProgress& progress) {
        EXPECT_GE(progress.totalBytes, progress.doneBytes);
        if (progress.phase == "documents") {
            EXPECT_GE(progress.doneBytes, last);
            last = progress.doneBytes;
            total = progress.totalBytes;
        }
        return Status();
    }));
    EXPECT_GE(last, kLarge);
    EXPECT_EQ(last, total);
}

}  // namespace
}  // namespace greffe
