// SPDX-License-Identifier: Apache-2.0
// One dossier and what belongs to it. What the scheduler asks is in sqlite_reader_work.cpp.
#include "store/sqlite_reader.h"

#include "store/row_codec.h"

#include <fmt/format.h>

namespace greffe {
namespace {

using sqlite::Bytes;

// Five threads read at most: 1 MiB each keeps the engine's memory flat.
constexpr int kReaderCacheKib = 1024;

std::string select(std::string_view columns, std::string_view rest) {
    return fmt::format("SELECT {} FROM {}", columns, rest);
}

std::int64_t sqlLimit(std::size_t limit) {
    constexpr std::size_t kMost = std::size_t{1} << 40U;
    return static_cast<std::int64_t>(std::min(limit, kMost));
}

std::string readText(const sqlite::Cursor& cursor) {
    return cursor.text(0);
}

// The index that serves a filter in the order of ids: chosen here, not by the planner, which has no
// statistics.
const char* indexFor(const DossierFilter& filter) {
    if (!filter.intake.empty()) return filter.state ? "dossier_by_intake_state" : "dossier_by_intake";
    if (!filter.pipeline.empty()) return filter.state ? "dossier_by_pipeline_state" : "dossier_by_pipeline";
    return filter.state ? "dossier_by_state" : "sqlite_autoindex_dossier_1";
}

}  // namespace

Result<std::unique_ptr<SqliteReader>> SqliteReader::open(const std::string& path) {
    sqlite::Database::Options options;
    options.readOnly = true;
    options.cacheKib = kReaderCacheKib;
    GREFFE_TRY_ASSIGN(auto database, sqlite::Database::open(path, options));
    return std::unique_ptr<SqliteReader>(new SqliteReader(std::move(database)));
}

Result<std::optional<PlanRow>> SqliteReader::plan(const std::string& id) {
    static const std::string sql = select(kPlanColumns, "plan WHERE id = ?");
    return firstRow(database_->query(sql, id), readPlan);
}

Result<std::vector<PlanRow>> SqliteReader::newestPlans(std::size_t limit) {
    static const std::string sql = select(kPlanColumns, "plan ORDER BY created_ms DESC, id LIMIT ?");
    return someRows(database_->query(sql, sqlLimit(limit)), readPlan);
}

Result<std::optional<BlobRow>> SqliteReader::blob(const Digest& sha256) {
    static const std::string sql = select(kBlobColumns, "blob WHERE sha256 = ?");
    return firstRow(database_->query(sql, Bytes(sha256)), readBlobRow);
}

Result<std::optional<DossierRow>> SqliteReader::dossier(const std::string& id) {
    static const std::string sql = select(kDossierColumns, "dossier WHERE id = ?");
    return firstRow(database_->query(sql, id), readDossier);
}

Result<std::vector<DossierRow>> SqliteReader::dossiers(const DossierFilter& filter) {
    // Every text names all five parameters, so that one call serves all: an unused one is compared with
    // itself.
    std::string sql =
        fmt::format("SELECT {} FROM dossier INDEXED BY {} WHERE ?1 = ?1 AND ?2 = ?2 AND ?3 = ?3",
                    kDossierColumns, indexFor(filter));
    if (!filter.intake.empty()) sql += " AND source_intake = ?3 AND source_intake <> ''";
    if (!filter.pipeline.empty()) sql += " AND pipeline = ?2";
    if (filter.state) sql += " AND state = ?1";
    const bool hasCursor = !filter.afterId.empty();
    sql += !hasCursor ? " AND ?4 = ?4" : filter.newestFirst ? " AND id < ?4" : " AND id > ?4";
    sql += filter.newestFirst ? " ORDER BY id DESC LIMIT ?5" : " ORDER BY id LIMIT ?5";
    return someRows(
        database_->query(sql, static_cast<std::int32_t>(filter.state.value_or(DossierState::Ready)),
                         filter.pipeline, filter.intake, filter.afterId, sqlLimit(filter.limit)),
        readDossier);
}

Result<std::optional<DossierRow>> SqliteReader::dossierByClaim(const std::string& claim) {
    static const std::string sql = select(kDossierColumns, "dossier WHERE source_claim = ?");
    return firstRow(database_->query(sql, Bytes(claim)), readDossier);
}

Result<std::vector<std::string>> SqliteReader::dossiersWithContent(const Digest& sha256, std::size_t limit) {
    static const std::string sql = fmt::format(
        "SELECT DISTINCT document.dossier FROM document CROSS JOIN dossier ON dossier.id = document.dossier "
        "WHERE document.blob = ? AND document.produced_by = '' AND dossier.state NOT IN ({}, {}, {}, {}, {}) "
        "ORDER BY document.dossier LIMIT ?",
        static_cast<int>(DossierState::Rejected), static_cast<int>(DossierState::Refused),
        static_cast<int>(DossierState::Expired), static_cast<int>(DossierState::Cancelled),
        static_cast<int>(DossierState::Destroyed));
    return someRows(database_->query(sql, Bytes(sha256), sqlLimit(limit)), readText);
}

Result<std::vector<DocumentRow>> SqliteReader::documents(const std::string& dossier) {
    static const std::string sql = select(kDocumentColumns, "document WHERE dossier = ? ORDER BY id");
    return someRows(database_->query(sql, dossier), readDocument);
}

Result<std::vector<BranchRow>> SqliteReader::branches(const std::string& dossier) {
    static const std::string sql = select(kBranchColumns, "branch WHERE dossier = ? ORDER BY path");
    return someRows(database_->query(sql, dossier), readBranch);
}

Result<std::vector<EffectRow>> SqliteReader::effects(const std::string& dossier) {
    static const std::string sql = select(kEffectColumns, "effect WHERE dossier = ? ORDER BY rowid");
    return someRows(database_->query(sql, dossier), readEffect);
}

Result<std::vector<TaskRow>> SqliteReader::tasks(const std::string& dossier, bool openOnly) {
    std::string sql = select(kTaskColumns, "task");
    if (dossier.empty()) {
        sql += openOnly ? " WHERE answer = '' ORDER BY id" : " ORDER BY id";
        return someRows(database_->query(sql), readTask);
    }
    sql += openOnly ? " WHERE dossier = ? AND answer = '' ORDER BY id" : " WHERE dossier = ? ORDER BY id";
    return someRows(database_->query(sql, dossier), readTask);
}

Result<std::vector<MessageRow>> SqliteReader::messages(const std::string& dossier) {
    static const std::string sql = select(kMessageColumns, "message WHERE dossier = ? ORDER BY created_ms");
    return someRows(database_->query(sql, dossier), readMessage);
}

Result<std::vector<AuditRow>> SqliteReader::audit(const std::string& dossier, std::int64_t afterSeq,
                                                  std::size_t limit) {
    static const std::string all = select(kAuditColumns, "audit WHERE seq > ? ORDER BY seq LIMIT ?");
    static const std::string ofOne =
        select(kAuditColumns, "audit WHERE seq > ? AND dossier = ? AND dossier <> '' ORDER BY seq LIMIT ?");
    if (dossier.empty()) return someRows(database_->query(all, afterSeq, sqlLimit(limit)), readAudit);
    return someRows(database_->query(ofOne, afterSeq, dossier, sqlLimit(limit)), readAudit);
}

Result<std::vector<InboxRow>> SqliteReader::inbox(const std::string& dossier) {
    static const std::string sql =
        select(kInboxColumns, "inbox WHERE dossier = ? AND dossier <> '' ORDER BY number");
    return someRows(database_->query(sql, dossier), readInbox);
}

Result<std::optional<InboxRow>> SqliteReader::event(const std::string& provider, const std::string& eventId) {
    static const std::string sql = select(kInboxColumns, "inbox WHERE provider = ? AND event_id = ?");
    GREFFE_TRY_ASSIGN(std::vector<InboxRow> rows,
                      someRows(database_->query(sql, provider, eventId), readInbox));
    if (rows.empty()) return std::optional<InboxRow>();
    return std::optional(std::move(rows.front()));
}

Result<std::vector<InboxRow>> SqliteReader::unmatchedInbox(const std::string& provider, std::size_t limit) {
    static const std::string sql =
        select(kInboxColumns, "inbox WHERE provider = ? AND dossier = '' ORDER BY number LIMIT ?");
    return someRows(database_->query(sql, provider, sqlLimit(limit)), readInbox);
}

Result<bool> SqliteReader::isBlobUsed(const Digest& sha256) {
    // A blob's own row counts as need: its bytes may go only after the row went, else a later admission of
    // the same content would keep the old row ("the first row stays") and point at erased bytes.
    static const std::string sql =
        "SELECT EXISTS (SELECT 1 FROM blob WHERE sha256 = ?1) OR EXISTS (SELECT 1 FROM document WHERE blob = "
        "?1)";
    GREFFE_TRY_ASSIGN(const std::int64_t isUsed, database_->number(sql, Bytes(sha256)));
    return isUsed != 0;
}

Result<std::vector<BlobRow>> SqliteReader::blobsOfSegment(std::uint32_t segment) {
    static const std::string sql =
        select(kBlobColumns, "blob WHERE segment = ? AND kind = 1 ORDER BY offset");
    return someRows(database_->query(sql, segment), readBlobRow);
}

Result<std::vector<BlobRow>> SqliteReader::blobs(const Digest& after, std::size_t limit) {
    static const std::string sql = select(kBlobColumns, "blob WHERE sha256 > ? ORDER BY sha256 LIMIT ?");
    return someRows(database_->query(sql, Bytes(after), sqlLimit(limit)), readBlobRow);
}

}  // namespace greffe
