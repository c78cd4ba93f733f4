// SPDX-License-Identifier: Apache-2.0
// SQLite behind four words: Database, Cursor, run, query. Only daemon/store includes it.
//
// One Database is one connection and belongs to one thread at a time. Statements are compiled once and kept;
// a Cursor borrows one and gives it back when it dies, so no Cursor may outlive its Database.
#pragma once

#include "base/invariant.h"
#include "base/result.h"
#include "base/sha256.h"

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace greffe::sqlite {

// Binds as a BLOB. Text binds as TEXT with its length, so that a NUL inside survives.
struct Bytes {
    std::string_view view;
    explicit Bytes(std::string_view bytes) : view(bytes) {}
    explicit Bytes(const Digest& digest)
        : view(reinterpret_cast<const char*>(digest.data()), digest.size()) {}
};

class Database;

// The rows of one execution, read forward.
class Cursor {
public:
    Cursor(Cursor&& other) noexcept;
    Cursor& operator=(Cursor&&) = delete;
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    ~Cursor();

    // False after the last row.
    Result<bool> next();

    // Columns of the current row, from 0. NULL reads as 0 or "".
    std::int64_t integer(int column) const;
    std::string text(int column) const;  // TEXT and BLOB
    bool isNull(int column) const;
    // All zero when the column is not 32 bytes long.
    Digest digest(int column) const;

private:
    friend class Database;
    Cursor(Database& database, std::vector<sqlite3_stmt*>& home, sqlite3_stmt* statement)
        : database_(&database), home_(&home), statement_(statement) {}

    Database* database_;
    std::vector<sqlite3_stmt*>* home_;
    sqlite3_stmt* statement_;
};

class Database {
public:
    struct Options {
        bool readOnly = false;
        bool mayCreate = false;
        int cacheKib = 1024;  // the connection's page cache: memory stays flat however large the file
        int busyTimeoutMs = 5000;
    };

    static Result<std::unique_ptr<Database>> open(const std::string& path, const Options& options);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // Several statements without parameters.
    Status execute(const std::string& script);

    // One statement that answers no rows. Errc::Exists for a broken UNIQUE or PRIMARY KEY.
    template <class... Values>
    Status run(const std::string& sql, const Values&... values) {
        GREFFE_TRY_ASSIGN(Cursor cursor, checkOut(sql));
        GREFFE_INVARIANT(sqlite3_bind_parameter_count(cursor.statement_) == sizeof...(values));
        [[maybe_unused]] int index = 0;
        (bind(cursor.statement_, ++index, values, SQLITE_STATIC), ...);
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        static_cast<void>(hasRow);
        return {};
    }

    // Values are copied: they need not live as long as the Cursor.
    template <class... Values>
    Result<Cursor> query(const std::string& sql, const Values&... values) {
        GREFFE_TRY_ASSIGN(Cursor cursor, checkOut(sql));
        GREFFE_INVARIANT(sqlite3_bind_parameter_count(cursor.statement_) == sizeof...(values));
        [[maybe_unused]] int index = 0;
        (bind(cursor.statement_, ++index, values, SQLITE_TRANSIENT), ...);
        return cursor;
    }

    // The first column of the first row; 0 when there is none.
    template <class... Values>
    Result<std::int64_t> number(const std::string& sql, const Values&... values) {
        GREFFE_TRY_ASSIGN(Cursor cursor, query(sql, values...));
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        return hasRow ? cursor.integer(0) : std::int64_t{0};
    }

    // Rows that the last run() changed.
    std::int64_t changes() const { return sqlite3_changes64(handle_); }
    bool isInTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }
    // The first error after which nobody can vouch for the open transaction: disk full, I/O error, damaged
    // file, no memory. Kept even when the caller of run() or query() went on.
    const std::optional<Error>& fatalError() const { return fatal_; }
    // After a ROLLBACK, when the error leaves no doubt about what is on the disk.
    void forgetFatalError() { fatal_.reset(); }

    const std::string& path() const { return path_; }
    sqlite3* handle() const { return handle_; }

    Error errorOf(int code);

private:
    explicit Database(std::string path) : path_(std::move(path)) {}

    Result<Cursor> checkOut(const std::string& sql);

    using Lifetime = sqlite3_destructor_type;
    static void bind(sqlite3_stmt* statement, int index, std::int64_t value, Lifetime);
    static void bind(sqlite3_stmt* statement, int index, std::int32_t value, Lifetime);
    static void bind(sqlite3_stmt* statement, int index, std::uint32_t value, Lifetime);
    static void bind(sqlite3_stmt* statement, int index, std::uint64_t value, Lifetime);
    static void bind(sqlite3_stmt* statement, int index, bool value, Lifetime);
    static void bind(sqlite3_stmt* statement, int index, std::string_view text, Lifetime);
    static void bind(sqlite3_stmt* statement, int index, const std::string& text, Lifetime);
    static void bind(sqlite3_stmt* statement, int index, Bytes bytes, Lifetime);
    static void bind(sqlite3_stmt* statement, int index, const std::optional<Bytes>& bytes, Lifetime);

    std::string path_;
    sqlite3* handle_ = nullptr;
    // Compiled statements that nobody uses now, by their text.
    std::unordered_map<std::string, std::vector<sqlite3_stmt*>> idle_;
    std::optional<Error> fatal_;

    friend class Cursor;
};

}  // namespace greffe::sqlite
