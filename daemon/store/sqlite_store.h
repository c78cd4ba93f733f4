// SPDX-License-Identifier: Apache-2.0
// The journal in one SQLite file: WAL, synchronous=FULL, one writing connection.
//
// commit() and whenQuiet() belong to one thread (the journal's). Everything else may be called from any
// thread: it opens a connection of its own.
#pragma once

#include "store/audit_head.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/store.h"

#include <chrono>
#include <optional>

namespace greffe {

class SqliteStore final : public Store {
public:
    // `path` is the file; `migrations` lets a test bring its own history.
    static Result<std::unique_ptr<SqliteStore>> open(const std::string& path,
                                                     const std::vector<Migration>& migrations);
    ~SqliteStore() override;

    Result<std::vector<Status>> commit(const std::vector<StoreWork>& works) override;
    Result<std::unique_ptr<StoreReader>> openReader() override;
    Status whenQuiet() override;
    using Store::verifyAudit;
    Status verifyAudit(const AuditWatch& watch) override;
    Status backupTo(const std::string& path) override;

    // The writing connection, for tests.
    sqlite::Database& database() { return *database_; }

private:
    explicit SqliteStore(std::unique_ptr<sqlite::Database> database);

    Result<std::vector<Status>> commitBatch(const std::vector<StoreWork>& works);
    Status runWork(const StoreWork& work);
    Status checkpoint();
    // Writes the chain's newest link to its file. Never over one that the chain does not hold any more: that
    // is the trace of somebody who shortened it.
    void noteAuditHead();

    std::unique_ptr<sqlite::Database> database_;
    // Its two syncs are nobody's wait, but the disk's.
    static constexpr std::chrono::seconds kHeadEvery{10};
    std::optional<AuditHead> auditHead_;  // as in the file
    std::chrono::steady_clock::time_point nextHead_;
    bool isHeadInDoubt_ = false;
    int walFrames_ = 0;            // in the WAL after the last commit
    std::optional<Error> broken_;  // after it, nothing is committed any more
};

}  // namespace greffe
