// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace greffe::sqlite {
namespace {

Errc classOf(int code) {
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY: return Errc::Exists;
        default: break;
    }
    switch (code & 0xff) {
        case SQLITE_FULL: return Errc::NoSpace;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN: return Errc::Io;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::Corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Errc::Busy;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH: return Errc::Denied;
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG:
        case SQLITE_RANGE: return Errc::Invalid;
        default: return Errc::Internal;
    }
}

bool isFatal(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_NOMEM:
        case SQLITE_READONLY: return true;
        default: return false;
    }
}

const char* adviceOf(Errc code) {
    switch (code) {
        case Errc::NoSpace: return "free space on this file system";
        case Errc::Io: return "look at the kernel's log: the disk may be failing";
        case Errc::Corrupt: return "stop, keep the file, restore from a backup";
        case Errc::Busy: return "another process writes this file";
        default: return "";
    }
}

// A null pointer would bind NULL where the caller meant an empty value.
const char* dataOf(std::string_view view) {
    return view.data() == nullptr ? "" : view.data();
}

}  // namespace

Cursor::Cursor(Cursor&& other) noexcept
    : database_(other.database_), home_(other.home_), statement_(std::exchange(other.statement_, nullptr)) {}

Cursor::~Cursor() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    home_->push_back(statement_);
}

Result<bool> Cursor::next() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return database_->errorOf(code);
}

std::int64_t Cursor::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Cursor::text(int column) const {
    // The order matters: column_bytes is valid after column_blob decided the representation.
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (bytes == nullptr || size <= 0) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

bool Cursor::isNull(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Digest Cursor::digest(int column) const {
    Digest digest{};
    const void* bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (bytes != nullptr && size == static_cast<int>(digest.size()))
        std::memcpy(digest.data(), bytes, digest.size());
    return digest;
}

namespace {

// The library counts the memory that it holds, under one lock for all connections of the process: readers and
// the writer met there at every allocation. Nobody asks for that count.
void configureLibrary() {
    static const int kConfigured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(kConfigured);
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const Options& options) {
    configureLibrary();
    std::unique_ptr<Database> database(new Database(path));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= options.readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (options.mayCreate && !options.readOnly) flags |= SQLITE_OPEN_CREATE;
    const int code = sqlite3_open_v2(path.c_str(), &database->handle_, flags, nullptr);
    if (code != SQLITE_OK) return database->errorOf(code);
    sqlite3_busy_timeout(database->handle_, options.busyTimeoutMs);
    // A statement is planned once. Without this one with a partial index is planned again whenever another
    // value is bound: a twentieth of the engine's time.
    sqlite3_db_config(database->handle_, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
    // temp_store: a sort must never spill somebody's data into /tmp. trusted_schema: a doctored file runs no
    // functions.
    GREFFE_TRY(database->execute(
        fmt::format("PRAGMA cache_size = -{}; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF; "
                    "PRAGMA trusted_schema = OFF; PRAGMA query_only = {};",
                    options.cacheKib, options.readOnly ? "ON" : "OFF")));
    return database;
}

Database::~Database() {
    for (auto& [sql, statements] : idle_) {
        for (sqlite3_stmt* statement : statements)
            sqlite3_finalize(statement);
    }
    sqlite3_close(handle_);
}

Status Database::execute(const std::string& script) {
    const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return errorOf(code);
    return {};
}

Result<Cursor> Database::checkOut(const std::string& sql) {
    std::vector<sqlite3_stmt*>& home = idle_[sql];
    if (!home.empty()) {
        sqlite3_stmt* statement = home.back();
        home.pop_back();
        return Cursor(*this, home, statement);
    }
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return errorOf(code);
    return Cursor(*this, home, statement);
}

Error Database::errorOf(int code) {
    const char* text = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    const int systemErrno = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
    std::string message = fmt::format("{}: {}", path_, text);
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN)
        message += fmt::format(" [sqlite {}, errno {}]", code, systemErrno);
    // SQLite takes only ENOSPC for a full disk; a full quota is one.
    const bool isQuota = code == SQLITE_IOERR_WRITE && systemErrno == EDQUOT;
    const Errc errc = isQuota ? Errc::NoSpace : classOf(code);
    Error error = makeError(errc, std::move(message), adviceOf(errc));
    if (isFatal(code) && !fatal_) fatal_ = error;
    return error;
}

void Database::bind(sqlite3_stmt* statement, int index, std::int64_t value, Lifetime) {
    sqlite3_bind_int64(statement, index, value);
}
void Database::bind(sqlite3_stmt* statement, int index, std::int32_t value, Lifetime) {
    sqlite3_bind_int64(statement, index, value);
}
void Database::bind(sqlite3_stmt* statement, int index, std::uint32_t value, Lifetime) {
    sqlite3_bind_int64(statement, index, value);
}
// Inodes use all 64 bits: kept as the same bits, signed.
void Database::bind(sqlite3_stmt* statement, int index, std::uint64_t value, Lifetime) {
    sqlite3_bind_int64(statement, index, static_cast<std::int64_t>(value));
}
void Database::bind(sqlite3_stmt* statement, int index, bool value, Lifetime) {
    sqlite3_bind_int64(statement, index, value ? 1 : 0);
}
void Database::bind(sqlite3_stmt* statement, int index, std::string_view text, Lifetime lifetime) {
    sqlite3_bind_text64(statement, index, dataOf(text), text.size(), lifetime, SQLITE_UTF8);
}
void Database::bind(sqlite3_stmt* statement, int index, const std::string& text, Lifetime lifetime) {
    bind(statement, index, std::string_view(text), lifetime);
}
void Database::bind(sqlite3_stmt* statement, int index, Bytes bytes, Lifetime lifetime) {
    sqlite3_bind_blob64(statement, index, dataOf(bytes.view), bytes.view.size(), lifetime);
}
void Database::bind(sqlite3_stmt* statement, int index, const std::optional<Bytes>& bytes,
                    Lifetime lifetime) {
    if (bytes)
        bind(statement, index, *bytes, lifetime);
    else
        sqlite3_bind_null(statement, index);
}

}  // namespace greffe::sqlite
