// SPDX-License-Identifier: Apache-2.0
#include "store/journal_file.h"

#include "base/failpoint.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace greffe {
namespace {

using sqlite::Database;

constexpr int kWriterCacheKib = 2048;

// Files that SQLite keeps beside its own.
constexpr const char* kSuffixes[] = {"", "-journal", "-wal", "-shm"};

// The file must exist before SQLite opens it, so that it has our mode and nobody else can read it for a
// moment.
Status createFile(const std::string& path) {
    const UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!fd) return systemError(fmt::format("cannot create {}", path), errno);
    return {};
}

// Makes a file under another name, gives it the final one when it is whole, and leaves nothing behind when it
// fails.
Status makeWhole(const std::string& path, const char* suffix,
                 const std::function<Status(const std::string&)>& fill) {
    const SplitPath place = splitPath(path);
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(place.directory));
    const std::string part = place.name + suffix;
    const auto removeAll = [&]() -> Status {
        for (const char* one : kSuffixes)
            GREFFE_TRY(removeFileAt(directory.get(), part + one));
        return {};
    };
    GREFFE_TRY(removeAll());  // of an attempt that died
    const std::string partPath = place.directory + "/" + part;
    GREFFE_TRY(createFile(partPath));
    Status done = fill(partPath);
    // Closing writes the log back into the file, and says nothing when it cannot (a disk that is full at that
    // moment): renamed without its log the file would be malformed at every start.
    if (const auto log = factsAt(directory.get(), part + "-wal"); done && log && log->sizeBytes > 0)
        done =
            makeError(Errc::NoSpace, fmt::format("{}: its log could not be written back into it", partPath),
                      "look at the room and the health of that disk, then start again");
    if (done) {
        GREFFE_TRY_ASSIGN(const UniqueFd whole, openRegularAt(directory.get(), part));
        done = syncFile(whole.get());
    }
    if (done) done = renameNew(directory.get(), part, directory.get(), place.name);
    if (!done) {
        static_cast<void>(removeAll());
        return done;
    }
    return syncDirectory(directory.get());
}

Result<std::unique_ptr<Database>> openForWriting(const std::string& path) {
    Database::Options options;
    options.cacheKib = kWriterCacheKib;
    GREFFE_TRY_ASSIGN(auto database, Database::open(path, options));
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
    return database;
}

// A new journal appears under its name with its tables and in WAL mode. Created in place, a process that died
// while SQLite switched the mode left a rollback journal behind, which a connection that may only look cannot
// undo: the next start failed, and every one after it.
Status createJournal(const std::string& path, const std::vector<Migration>& migrations) {
    return makeWhole(path, ".new", [&](const std::string& newPath) -> Status {
        GREFFE_TRY_ASSIGN(const auto database, openForWriting(newPath));
        GREFFE_FAILPOINT("journal.create");
        return migrateSchema(*database, migrations);  // closing writes the WAL back: one file is left
    });
}

// Copies all pages in one step: one snapshot, held while others write. Page by page, each commit of theirs
// would start the copy again, and a busy journal would never be backed up.
Status copyPages(const std::string& from, const std::string& to) {
    Database::Options reading;
    reading.readOnly = true;
    GREFFE_TRY_ASSIGN(const auto source, Database::open(from, reading));
    GREFFE_TRY_ASSIGN(const auto target, Database::open(to, {}));
    sqlite3_backup* backup = sqlite3_backup_init(target->handle(), "main", source->handle(), "main");
    if (backup == nullptr) return target->errorOf(sqlite3_errcode(target->handle()));
    const int stepped = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (stepped != SQLITE_DONE) return target->errorOf(stepped);
    return {};
}

// Looks through a connection that cannot write: a journal that is refused stays as it is, to the byte.
Result<SchemaAge> inspectFile(const std::string& path, const std::vector<Migration>& migrations) {
    Database::Options options;
    options.readOnly = true;
    GREFFE_TRY_ASSIGN(const auto database, Database::open(path, options));
    return inspectSchema(*database, migrations);
}

}  // namespace

Result<std::unique_ptr<Database>> openJournalFile(const std::string& path,
                                                  const std::vector<Migration>& migrations) {
    const SplitPath place = splitPath(path);
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(place.directory));
    if (!existsAt(directory.get(), place.name)) {
        // SQLite would replay that log into the new file.
        if (const auto log = factsAt(directory.get(), place.name + "-wal"); log && log->sizeBytes > 0)
            return makeError(Errc::Corrupt,
                             fmt::format("{}: the file is missing, but its log {}-wal is there", path, path),
                             "restore both from a backup, or move the log away to start anew");
        GREFFE_TRY(createJournal(path, migrations));
    }
    GREFFE_TRY_ASSIGN(const SchemaAge age, inspectFile(path, migrations));
    GREFFE_TRY_ASSIGN(auto database, openForWriting(path));
    if (age != SchemaAge::Current) GREFFE_TRY(migrateSchema(*database, migrations));
    return database;
}

Status copyJournalFile(const std::string& from, const std::string& to) {
    const SplitPath place = splitPath(to);
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(place.directory));
    if (existsAt(directory.get(), place.name))
        return makeError(Errc::Exists, fmt::format("{} already exists", to));
    return makeWhole(to, ".part", [&](const std::string& part) { return copyPages(from, part); });
}

}  // namespace greffe
