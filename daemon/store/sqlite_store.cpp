// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.h"

#include "base/failpoint.h"
#include "store/audit_chain.h"
#include "store/journal_file.h"
#include "store/row_codec.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_transaction.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <exception>
#include <new>

namespace greffe {
namespace {

constexpr std::int64_t kTellEveryRows = 1'000;
constexpr const char* kFileName = "greffe.sqlite3";
// 16 MiB of WAL under load, then a checkpoint between two commits; earlier when it is quiet.
constexpr int kCheckpointFrames = 4096;
constexpr int kQuietCheckpointFrames = 64;

Result<std::optional<AuditHead>> firstLink(Result<sqlite::Cursor> cursor) {
    if (!cursor) return cursor.error();
    GREFFE_TRY_ASSIGN(const bool hasRow, cursor->next());
    if (!hasRow) return std::optional<AuditHead>();
    return std::optional<AuditHead>(AuditHead{cursor->integer(0), cursor->digest(1)});
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
    GREFFE_TRY_ASSIGN(auto database, openJournalFile(path, migrations));
    auto store = std::unique_ptr<SqliteStore>(new SqliteStore(std::move(database)));
    auto head = readAuditHead(auditHeadPath(path));
    if (head) store->auditHead_ = *head;
    store->isHeadInDoubt_ = !head;
    return store;
}

SqliteStore::~SqliteStore() {
    // Closing the last connection checkpoints too, but a reader may live longer than the store.
    if (broken_) return;
    static_cast<void>(checkpoint());
    noteAuditHead();
}

Result<std::vector<Status>> SqliteStore::commit(const std::vector<StoreWork>& works) {
    if (broken_) return *broken_;
    auto statuses = commitBatch(works);
    if (statuses) return statuses;
    if (database_->isInTransaction()) static_cast<void>(database_->execute("ROLLBACK"));
    // A write that found no room says so before anything is synced: what was there is still there.
    if (statuses.error().code == Errc::NoSpace && !database_->isInTransaction()) {
        database_->forgetFatalError();
        return statuses;
    }
    // Not as "no room": what cannot be rolled back either is nothing to wait with.
    broken_ = statuses.error();
    if (broken_->code == Errc::NoSpace) broken_->code = Errc::Io;
    return *broken_;
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
    } catch (const std::bad_alloc&) {
        throw;  // as SQLITE_NOMEM is: the batch's affair, not a refusal of this work
    } catch (const std::exception& thrown) {
        return makeError(Errc::Internal, fmt::format("a unit of work threw: {}", thrown.what()));
    }
}

Status SqliteStore::whenQuiet() {
    if (broken_) return *broken_;
    if (const auto now = std::chrono::steady_clock::now(); now >= nextHead_) {
        noteAuditHead();
        nextHead_ = now + kHeadEvery;
    }
    if (walFrames_ < kQuietCheckpointFrames) return {};
    Status done = checkpoint();
    if (!done) broken_ = done.error();
    return done;
}

Status SqliteStore::checkpoint() {
    // PASSIVE waits for nobody; what a reader still needs stays for the next time.
    const int code =
        sqlite3_wal_checkpoint_v2(database_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    walFrames_ = 0;
    // Without room for the table's pages the log keeps them, until the next time, too.
    if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL) return {};
    return database_->errorOf(code);
}

// A file that cannot be written leaves the one before: less is known then, nothing wrong is said.
void SqliteStore::noteAuditHead() {
    if (isHeadInDoubt_) return;
    static const std::string newest = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
    static const std::string one = "SELECT seq, hash FROM audit WHERE seq = ?";
    const auto current = firstLink(database_->query(newest));
    if (!current || (auditHead_ && *current == auditHead_)) return;
    if (auditHead_) {
        const auto noted = firstLink(database_->query(one, auditHead_->seq));
        isHeadInDoubt_ = noted && *noted != auditHead_;
        if (!noted || isHeadInDoubt_) return;
    }
    if (*current && writeAuditHead(auditHeadPath(database_->path()), **current)) auditHead_ = *current;
}

Result<std::unique_ptr<StoreReader>> SqliteStore::openReader() {
    GREFFE_TRY_ASSIGN(auto reader, SqliteReader::open(database_->path()));
    return std::unique_ptr<StoreReader>(std::move(reader));
}

Status SqliteStore::verifyAudit(const AuditWatch& watch) {
    // Before the rows: the chain only grows.
    GREFFE_TRY_ASSIGN(const auto head, readAuditHead(auditHeadPath(database_->path())));
    sqlite::Database::Options options;
    options.readOnly = true;
    GREFFE_TRY_ASSIGN(const auto database, sqlite::Database::open(database_->path(), options));
    GREFFE_TRY_ASSIGN(sqlite::Cursor cursor,
                      database->query(fmt::format("SELECT {} FROM audit ORDER BY seq", kAuditColumns)));
    GREFFE_TRY_ASSIGN(const std::int64_t total, database->number("SELECT coalesce(max(seq), 0) FROM audit"));
    AuditVerifier verifier(head);
    for (;;) {
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        if (!hasRow) return verifier.finish();
        const AuditRow row = readAudit(cursor);
        GREFFE_TRY(verifier.check(row));
        if (watch && row.seq % kTellEveryRows == 0) GREFFE_TRY(watch(row.seq, total));
    }
}

Status SqliteStore::backupTo(const std::string& path) {
    return copyJournalFile(database_->path(), path);
}

Result<std::unique_ptr<Store>> openSqliteStore(const std::string& directory) {
    GREFFE_TRY(makeDirectories(directory));
    GREFFE_TRY_ASSIGN(auto store, SqliteStore::open(directory + "/" + kFileName, schemaMigrations()));
    return std::unique_ptr<Store>(std::move(store));
}

}  // namespace greffe
