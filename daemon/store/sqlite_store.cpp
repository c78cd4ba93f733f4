// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.h"

#include "base/failpoint.h"
#include "store/audit_chain.h"
#include "store/row_codec.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_transaction.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <exception>

namespace greffe {
namespace {

constexpr const char* kFileName = "greffe.sqlite3";
constexpr int kWriterCacheKib = 2048;
// 16 MiB of WAL under load, then a checkpoint between two commits; earlier when it is quiet.
constexpr int kCheckpointFrames = 4096;
constexpr int kQuietCheckpointFrames = 64;

// The file must exist before SQLite opens it, so that it has our mode and nobody else can read it for a
// moment. An existing one is not even opened: closing it would drop the locks that SQLite holds on it in this
// process.
Status createFile(const std::string& path) {
    const UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!fd && errno == EEXIST) return {};
    if (!fd) return systemError(fmt::format("cannot create {}", path), errno);
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(splitPath(path).directory));
    return syncDirectory(directory.get());
}

// Copies all pages in one step: one snapshot, held while others write. Page by page, each commit of theirs
// would start the copy again, and a busy journal would never be backed up.
Status copyPages(const std::string& from, const std::string& to) {
    sqlite::Database::Options reading, writing;
    reading.readOnly = true;
    GREFFE_TRY_ASSIGN(const auto source, sqlite::Database::open(from, reading));
    GREFFE_TRY_ASSIGN(const auto target, sqlite::Database::open(to, writing));
    sqlite3_backup* backup = sqlite3_backup_init(target->handle(), "main", source->handle(), "main");
    if (backup == nullptr) return target->errorOf(sqlite3_errcode(target->handle()));
    const int stepped = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (stepped != SQLITE_DONE) return target->errorOf(stepped);
    return {};
}

// Looks through a connection that cannot write: a journal that is refused stays as it is, to the byte. One
// exception: a process that died while it made the database leaves a rollback journal (in WAL mode there is
// none), and SQLite itself must undo that before anybody can read (found by the crash matrix: "attempt to
// write a readonly database").
Result<SchemaAge> inspectFile(const std::string& path, const std::vector<Migration>& migrations) {
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(splitPath(path).directory));
    if (!existsAt(directory.get(), splitPath(path).name)) return SchemaAge::Empty;
    sqlite::Database::Options options;
    options.readOnly = !existsAt(directory.get(), splitPath(path).name + "-journal");
    GREFFE_TRY_ASSIGN(const auto database, sqlite::Database::open(path, options));
    return inspectSchema(*database, migrations);
}

int rememberFrames(void* frames, sqlite3*, const char*, int count) {
    *static_cast<int*>(frames) = count;
    return SQLITE_OK;
}

}  // namespace

SqliteStore::SqliteStore(std::unique_ptr<sqlite::Database> database) : database_(std::move(database)) {
    // Replaces SQLite's own automatic checkpoint, whose errors nobody sees.
    sqlite3_wal_hook(database_->handle(), rememberFrames, &walFrames_);
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path,
                                                       const std::vector<Migration>& migrations) {
    GREFFE_TRY_ASSIGN(const SchemaAge age, inspectFile(path, migrations));
    GREFFE_TRY(createFile(path));
    sqlite::Database::Options options;
    options.mayCreate = true;
    options.cacheKib = kWriterCacheKib;
    GREFFE_TRY_ASSIGN(auto database, sqlite::Database::open(path, options));
    {
        GREFFE_TRY_ASSIGN(sqlite::Cursor cursor, database->query("PRAGMA journal_mode = WAL"));
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        if (!hasRow || cursor.text(0) != "wal")
            return makeError(Errc::Unsupported,
                             fmt::format("{}: this file system cannot do write-ahead logging", path),
                             "keep the journal on a local disk");
    }
    // FULL: with NORMAL a power cut lost 300 of 300 acknowledged commits. journal_size_limit: a WAL that grew
    // in a rush gives its space back.
    GREFFE_TRY(database->execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864"));
    if (age != SchemaAge::Current) GREFFE_TRY(migrateSchema(*database, migrations));
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(database)));
}

SqliteStore::~SqliteStore() {
    // Closing the last connection checkpoints too, but a reader may live longer than the store.
    if (!broken_) static_cast<void>(checkpoint());
}

Result<std::vector<Status>> SqliteStore::commit(const std::vector<StoreWork>& works) {
    if (broken_) return *broken_;
    auto statuses = commitBatch(works);
    if (!statuses) {
        broken_ = statuses.error();
        if (database_->isInTransaction()) static_cast<void>(database_->execute("ROLLBACK"));
    }
    return statuses;
}

Result<std::vector<Status>> SqliteStore::commitBatch(const std::vector<StoreWork>& works) {
    std::vector<Status> statuses;
    statuses.reserve(works.size());
    // IMMEDIATE: a transaction that reads first and writes later can be refused in the middle.
    GREFFE_TRY(database_->run("BEGIN IMMEDIATE"));
    for (const StoreWork& work : works) {
        GREFFE_TRY(database_->run("SAVEPOINT work"));
        statuses.push_back(runWork(work));
        // The work may have swallowed it: a full disk or a failed read is never one work's affair.
        if (database_->fatalError()) return *database_->fatalError();
        if (!statuses.back()) GREFFE_TRY(database_->run("ROLLBACK TO work"));
        GREFFE_TRY(database_->run("RELEASE work"));
    }
    GREFFE_FAILPOINT("journal.commit.before");
    GREFFE_TRY(database_->run("COMMIT"));
    GREFFE_FAILPOINT("journal.commit.after");
    if (walFrames_ >= kCheckpointFrames) GREFFE_TRY(checkpoint());
    return statuses;
}

Status SqliteStore::runWork(const StoreWork& work) {
    SqliteTransaction transaction(*database_);
    try {
        return work(transaction);
    } catch (const std::exception& thrown) {
        return makeError(Errc::Internal, fmt::format("a unit of work threw: {}", thrown.what()));
    }
}

Status SqliteStore::whenQuiet() {
    if (broken_) return *broken_;
    if (walFrames_ < kQuietCheckpointFrames) return {};
    Status done = checkpoint();
    if (!done) broken_ = done.error();
    return done;
}

Status SqliteStore::checkpoint() {
    // PASSIVE waits for nobody; what a reader still needs stays for the next time.
    const int code =
        sqlite3_wal_checkpoint_v2(database_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED) return database_->errorOf(code);
    walFrames_ = 0;
    return {};
}

Result<std::unique_ptr<StoreReader>> SqliteStore::openReader() {
    GREFFE_TRY_ASSIGN(auto reader, SqliteReader::open(database_->path()));
    return std::unique_ptr<StoreReader>(std::move(reader));
}

Status SqliteStore::verifyAudit() {
    sqlite::Database::Options options;
    options.readOnly = true;
    GREFFE_TRY_ASSIGN(const auto database, sqlite::Database::open(database_->path(), options));
    GREFFE_TRY_ASSIGN(sqlite::Cursor cursor,
                      database->query(fmt::format("SELECT {} FROM audit ORDER BY seq", kAuditColumns)));
    AuditVerifier verifier;
    for (;;) {
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        if (!hasRow) return {};
        GREFFE_TRY(verifier.check(readAudit(cursor)));
    }
}

Status SqliteStore::backupTo(const std::string& path) {
    const SplitPath place = splitPath(path);
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(place.directory));
    // Under another name until it is whole: half a backup must not look like one.
    const std::string part = place.name + ".part";
    GREFFE_TRY(removeFileAt(directory.get(), part));
    const std::string partPath = place.directory + "/" + part;
    GREFFE_TRY(createFile(partPath));
    Status done = copyPages(database_->path(), partPath);
    if (done) {
        GREFFE_TRY_ASSIGN(const UniqueFd whole, openRegularAt(directory.get(), part));
        done = syncFile(whole.get());
    }
    if (done) done = renameNew(directory.get(), part, directory.get(), place.name);
    if (!done) {
        static_cast<void>(removeFileAt(directory.get(), part));
        return done;
    }
    return syncDirectory(directory.get());
}

Result<std::unique_ptr<Store>> openSqliteStore(const std::string& directory) {
    GREFFE_TRY(makeDirectories(directory));
    GREFFE_TRY_ASSIGN(auto store, SqliteStore::open(directory + "/" + kFileName, schemaMigrations()));
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace greffe
