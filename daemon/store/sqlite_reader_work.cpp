// SPDX-License-Identifier: Apache-2.0
// What is to do, and how much of it: the scheduler's questions, each as cheap with a million dossiers as with
// ten.
#include "store/row_codec.h"
#include "store/sqlite_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace greffe {
namespace {

struct Candidate {
    BranchRow row;
    std::int64_t priority = 0;
};

// Rows of "branch columns…, priority" that are not to be skipped, up to `limit`.
Status collect(Result<sqlite::Cursor> cursor, const std::unordered_set<std::string_view>& skip,
               std::size_t limit, std::vector<Candidate>& into) {
    if (!cursor) return cursor.error();
    while (limit > 0) {
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor->next());
        if (!hasRow) break;
        Candidate candidate{readBranch(*cursor), cursor->integer(8)};
        if (skip.count(candidate.row.dossier) != 0) continue;
        into.push_back(std::move(candidate));
        --limit;
    }
    return {};
}

// One moment for several statements. Ends with the scope.
class Snapshot {
public:
    explicit Snapshot(sqlite::Database& database) : database_(database), status_(database.execute("BEGIN")) {}
    ~Snapshot() { static_cast<void>(database_.execute("ROLLBACK")); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    const Status& status() const { return status_; }

private:
    sqlite::Database& database_;
    Status status_;
};

// What is in `branch_due`.
constexpr const char* kIsDue = "state IN (3, 4) AND due_ms > 0";

}  // namespace

Result<std::vector<BranchRow>> SqliteReader::runnable(std::int64_t nowMs,
                                                      const std::vector<std::string>& skip,
                                                      std::size_t limit) {
    static const std::string ready = fmt::format(
        "SELECT {}, priority FROM branch INDEXED BY branch_ready WHERE state = 1 ORDER BY priority DESC, "
        "dossier, path",
        kBranchColumns);
    static const std::string nextPriority = fmt::format(
        "SELECT priority FROM branch INDEXED BY branch_due WHERE {} AND priority < ? ORDER BY priority DESC "
        "LIMIT 1",
        kIsDue);
    static const std::string due = fmt::format(
        "SELECT {}, priority FROM branch INDEXED BY branch_due WHERE {} AND priority = ? AND due_ms <= ? "
        "ORDER BY due_ms",
        kBranchColumns, kIsDue);

    const Snapshot snapshot(*database_);
    GREFFE_TRY(Status(snapshot.status()));
    const std::unordered_set<std::string_view> skipped(skip.begin(), skip.end());
    std::vector<Candidate> found;
    GREFFE_TRY(collect(database_->query(ready), skipped, limit, found));

    // After a long stop hundreds of thousands may be overdue at once: each priority gives its longest overdue
    // ones, and lower priorities are not looked at once there are enough.
    std::size_t missing = limit;
    for (std::int64_t below = std::int64_t{1} << 32; missing > 0;) {
        std::int64_t priority = 0;
        {
            GREFFE_TRY_ASSIGN(sqlite::Cursor cursor, database_->query(nextPriority, below));
            GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
            if (!hasRow) break;
            priority = cursor.integer(0);
        }
        const std::size_t before = found.size();
        GREFFE_TRY(collect(database_->query(due, priority, nowMs), skipped, missing, found));
        missing -= found.size() - before;
        below = priority;
    }

    std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
        if (a.priority != b.priority) return a.priority > b.priority;
        if (a.row.dossier != b.row.dossier) return a.row.dossier < b.row.dossier;
        return a.row.path < b.row.path;
    });
    std::vector<BranchRow> rows;
    rows.reserve(std::min(limit, found.size()));
    for (Candidate& candidate : found) {
        if (rows.size() == limit) break;
        rows.push_back(std::move(candidate.row));
    }
    return rows;
}

Result<std::vector<BranchRow>> SqliteReader::interrupted(std::size_t limit) {
    static const std::string sql =
        fmt::format("SELECT {} FROM branch INDEXED BY branch_running WHERE state = 2 ORDER BY dossier, path",
                    kBranchColumns);
    return someRows(database_->query(sql), readBranch, limit);
}

Result<std::int64_t> SqliteReader::nextDueMs(std::int64_t afterMs) {
    static const std::string nextPriority = fmt::format(
        "SELECT priority FROM branch INDEXED BY branch_due WHERE {} AND priority > ? ORDER BY priority LIMIT "
        "1",
        kIsDue);
    static const std::string nextDue = fmt::format(
        "SELECT due_ms FROM branch INDEXED BY branch_due WHERE {} AND priority = ? AND due_ms > ? "
        "ORDER BY due_ms LIMIT 1",
        kIsDue);
    const Snapshot snapshot(*database_);
    GREFFE_TRY(Status(snapshot.status()));
    std::int64_t earliest = 0;
    for (std::int64_t above = -(std::int64_t{1} << 32);;) {
        {
            GREFFE_TRY_ASSIGN(sqlite::Cursor cursor, database_->query(nextPriority, above));
            GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
            if (!hasRow) return earliest;
            above = cursor.integer(0);
        }
        GREFFE_TRY_ASSIGN(sqlite::Cursor cursor, database_->query(nextDue, above, afterMs));
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        if (hasRow && (earliest == 0 || cursor.integer(0) < earliest)) earliest = cursor.integer(0);
    }
}

Result<std::vector<BranchRow>> SqliteReader::waitingFor(const std::string& waitKey) {
    static const std::string sql = fmt::format(
        "SELECT {} FROM branch INDEXED BY branch_waiting WHERE wait_key = ? AND state = 4 AND wait_key <> '' "
        "ORDER BY dossier, path",
        kBranchColumns);
    return someRows(database_->query(sql, waitKey), readBranch);
}

Result<std::vector<BranchRow>> SqliteReader::waitingForKnownEvents() {
    static const std::string sql = fmt::format(
        "SELECT {} FROM branch INDEXED BY branch_waiting WHERE state = 4 AND wait_key <> '' AND wait_key IN "
        "(SELECT 'event:' || provider || ':' || dossier FROM inbox WHERE dossier <> '') ORDER BY dossier, "
        "path",
        kBranchColumns);
    return someRows(database_->query(sql), readBranch);
}

Result<std::vector<DossierRow>> SqliteReader::undelivered(const std::string& afterId, std::size_t limit) {
    static const std::string sql = fmt::format(
        "SELECT {} FROM dossier INDEXED BY dossier_undelivered WHERE state >= 7 AND is_delivered = 0 AND "
        "id > ? ORDER BY id",
        kDossierColumns);
    return someRows(database_->query(sql, afterId), readDossier, limit);
}

Result<std::vector<DossierRow>> SqliteReader::unsettled(const std::string& intake, const std::string& afterId,
                                                        std::size_t limit) {
    static const std::string sql = fmt::format(
        "SELECT {} FROM dossier INDEXED BY dossier_unsettled WHERE source_intake = ? AND source_intake <> '' "
        "AND (state < 7 OR is_delivered = 0) AND id > ? ORDER BY id",
        kDossierColumns);
    return someRows(database_->query(sql, intake, afterId), readDossier, limit);
}

Result<std::optional<std::string>> SqliteReader::mark(const std::string& name) {
    static const std::string sql = "SELECT detail FROM mark WHERE name = ?";
    GREFFE_TRY_ASSIGN(sqlite::Cursor cursor, database_->query(sql, name));
    GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
    return hasRow ? std::optional(cursor.text(0)) : std::nullopt;
}

Result<std::map<DossierState, std::int64_t>> SqliteReader::countByState() {
    static const std::string sql = "SELECT state, sum(count) FROM dossier_count GROUP BY state";
    GREFFE_TRY_ASSIGN(sqlite::Cursor cursor, database_->query(sql));
    std::map<DossierState, std::int64_t> counts;
    for (;;) {
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        if (!hasRow) return counts;
        if (cursor.integer(1) > 0) counts[static_cast<DossierState>(cursor.integer(0))] = cursor.integer(1);
    }
}

Result<std::vector<PipelineCount>> SqliteReader::countByPipeline() {
    static const std::string sql =
        "SELECT pipeline, state, count FROM dossier_count WHERE count > 0 ORDER BY state, pipeline";
    GREFFE_TRY_ASSIGN(sqlite::Cursor cursor, database_->query(sql));
    std::vector<PipelineCount> counts;
    for (;;) {
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        if (!hasRow) return counts;
        counts.push_back({cursor.text(0), static_cast<DossierState>(cursor.integer(1)), cursor.integer(2)});
    }
}

Result<std::vector<ShapeCell>> SqliteReader::shape() {
    // The oldest of a cell is the first of its stretch of branch_live, because dossier ids sort by age.
    static const std::string sql =
        "SELECT c.pipeline, c.step, c.state, c.count, (SELECT d.created_ms FROM dossier d WHERE d.id = "
        "(SELECT b.dossier FROM branch b INDEXED BY branch_live WHERE b.pipeline = c.pipeline AND b.step = "
        "c.step "
        "AND b.state = c.state AND NOT (b.state >= 7) ORDER BY b.dossier LIMIT 1)) "
        "FROM branch_count c WHERE c.count > 0 ORDER BY c.pipeline, c.step, c.state";
    GREFFE_TRY_ASSIGN(sqlite::Cursor cursor, database_->query(sql));
    std::vector<ShapeCell> cells;
    for (;;) {
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        if (!hasRow) return cells;
        cells.push_back({cursor.text(0), cursor.text(1), static_cast<DossierState>(cursor.integer(2)),
                         cursor.integer(3), cursor.integer(4)});
    }
}

}  // namespace greffe
