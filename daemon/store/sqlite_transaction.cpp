// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_transaction.h"

#include "store/audit_chain.h"
#include "store/row_codec.h"

#include <fmt/format.h>

namespace greffe {
namespace {

using sqlite::Bytes;

template <class Enum>
std::int32_t number(Enum value) {
    return static_cast<std::int32_t>(value);
}

// INSERT with as many parameters as `columns` names.
std::string insertSql(const char* table, std::string_view columns, std::string_view onConflict = {}) {
    std::string places = "?";
    for (const char c : columns) {
        if (c == ',') places += ", ?";
    }
    return fmt::format("INSERT INTO {} ({}) VALUES ({}) {}", table, columns, places, onConflict);
}

// "a already exists" instead of SQLite's words about columns.
Status named(Status status, std::string_view what, std::string_view id) {
    if (!status && status.error().code == Errc::Exists)
        status.error() = makeError(Errc::Exists, fmt::format("{} {} already exists", what, id));
    return status;
}

Error unknown(std::string_view what, std::string_view id) {
    return makeError(Errc::NotFound, fmt::format("{} {} is not in the journal", what, id));
}

}  // namespace

Status SqliteTransaction::insertPlan(const PlanRow& row) {
    static const std::string sql =
        insertSql("plan", kPlanColumns, "ON CONFLICT (id) DO UPDATE SET created_ms = excluded.created_ms");
    return database_.run(sql, row.id, row.text, row.createdMs);
}

Status SqliteTransaction::insertBlob(const BlobRow& row) {
    static const std::string kept = insertSql("blob", kBlobColumns, "ON CONFLICT (sha256) DO NOTHING");
    static const std::string healed =
        insertSql("blob", kBlobColumns,
                  "ON CONFLICT (sha256) DO UPDATE SET kind = excluded.kind, segment = excluded.segment, "
                  "offset = excluded.offset, base = excluded.base, tail = excluded.tail, "
                  "created_ms = excluded.created_ms WHERE size_bytes = excluded.size_bytes");
    std::optional<Bytes> base, tail;
    if (row.kind == BlobKind::Extended) {
        base.emplace(row.base);
        tail.emplace(row.tail);
    }
    return database_.run(row.replacesDamaged ? healed : kept, Bytes(row.sha256), row.sizeBytes,
                         number(row.kind), row.segment, row.offset, base, tail, row.createdMs);
}

Status SqliteTransaction::insertDocument(const DocumentRow& row) {
    static const std::string sql = insertSql("document", kDocumentColumns);
    return named(
        database_.run(sql, row.id, row.dossier, row.slot, Bytes(row.name), row.mediaType, Bytes(row.blob),
                      row.sizeBytes, row.derivedFrom, row.producedBy, row.createdMs, row.item),
        "document", row.id);
}

Status SqliteTransaction::insertDossier(const DossierRow& row) {
    static const std::string sql = insertSql("dossier", kDossierColumns);
    const SourceRow& source = row.source;
    std::optional<Bytes> claim;
    if (!source.claim.empty()) claim.emplace(source.claim);
    return named(
        database_.run(sql, row.id, row.space, row.type, row.pipeline, row.plan, number(row.state),
                      row.dataJson, row.partiesJson, source.intake, Bytes(source.directory),
                      Bytes(source.name), claim, Bytes(source.companion), source.device, source.inode,
                      source.sizeBytes, source.mtimeNs, row.reason, row.explanation, row.deliveryJson,
                      row.isDelivered, row.priority, row.createdMs, row.updatedMs, row.endedMs),
        "a dossier with this id or claim", source.claim.empty() ? row.id : source.claim);
}

Status SqliteTransaction::updateDossier(const DossierRow& row) {
    // Two statements, because SQLite rewrites the entry of every index whose column stands in SET, changed or
    // not: the second names the columns that almost never change and then finds no row to touch.
    static const std::string often =
        "UPDATE dossier SET state = ?2, data = ?3, parties = ?4, reason = ?5, explanation = ?6, delivery = "
        "?7, "
        "is_delivered = ?8, updated_ms = ?9, ended_ms = ?10 WHERE id = ?1";
    GREFFE_TRY(database_.run(often, row.id, number(row.state), row.dataJson, row.partiesJson, row.reason,
                             row.explanation, row.deliveryJson, row.isDelivered, row.updatedMs, row.endedMs));
    if (database_.changes() == 0) return unknown("dossier", row.id);
    static const std::string seldom =
        "UPDATE dossier SET space = ?2, type = ?3, pipeline = ?4, plan = ?5, source_intake = ?6, "
        "source_directory = ?7, source_name = ?8, source_companion = ?9, source_device = ?10, source_inode = "
        "?11, "
        "source_size_bytes = ?12, source_mtime_ns = ?13, priority = ?14 WHERE id = ?1 AND (space, type, "
        "pipeline, "
        "plan, source_intake, source_directory, source_name, source_companion, source_device, source_inode, "
        "source_size_bytes, source_mtime_ns, priority) IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
        "?12, "
        "?13, ?14)";
    const SourceRow& source = row.source;
    return database_.run(seldom, row.id, row.space, row.type, row.pipeline, row.plan, source.intake,
                         Bytes(source.directory), Bytes(source.name), Bytes(source.companion), source.device,
                         source.inode, source.sizeBytes, source.mtimeNs, row.priority);
}

Status SqliteTransaction::putBranch(const BranchRow& row) {
    // Nothing would ever wake it.
    if (row.state == DossierState::RetryWait && row.dueMs <= 0)
        return makeError(
            Errc::Invalid,
            fmt::format("branch \"{}\" of dossier {} waits to retry without a time", row.path, row.dossier));
    static const std::string sql = fmt::format(
        "INSERT INTO branch ({}, priority, pipeline) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, priority, "
        "pipeline "
        "FROM dossier WHERE id = ?1 ON CONFLICT (dossier, path) DO UPDATE SET state = excluded.state, "
        "step = excluded.step, attempt = excluded.attempt, crashes = excluded.crashes, due_ms = "
        "excluded.due_ms, "
        "wait_key = excluded.wait_key",
        kBranchColumns);
    GREFFE_TRY(database_.run(sql, row.dossier, row.path, number(row.state), row.step, row.attempt,
                             row.crashes, row.dueMs, row.waitKey));
    if (database_.changes() == 0) return unknown("dossier", row.dossier);
    return {};
}

Status SqliteTransaction::deleteBranch(const std::string& dossier, const std::string& path) {
    static const std::string sql = "DELETE FROM branch WHERE dossier = ? AND path = ?";
    return database_.run(sql, dossier, path);
}

Status SqliteTransaction::shiftRetries(std::int64_t byMs) {
    static const std::string sql =
        "UPDATE branch SET due_ms = max(1, due_ms + ?) WHERE state = 3 AND due_ms > 0";
    return database_.run(sql, byMs);
}

Status SqliteTransaction::putEffect(const EffectRow& row) {
    static const std::string sql = insertSql(
        "effect", kEffectColumns,
        "ON CONFLICT (dossier, branch, step, item, attempt) DO UPDATE SET state = excluded.state, key = "
        "excluded.key, "
        "params = excluded.params, facts = excluded.facts, reason = excluded.reason, "
        "explanation = excluded.explanation, started_ms = excluded.started_ms, ended_ms = excluded.ended_ms");
    return database_.run(sql, row.dossier, row.step, row.item, row.attempt, row.branch, number(row.state),
                         row.key, row.paramsJson, row.factsJson, row.reason, row.explanation, row.startedMs,
                         row.endedMs);
}

Status SqliteTransaction::putTask(const TaskRow& row) {
    static const std::string sql = insertSql(
        "task", kTaskColumns,
        "ON CONFLICT (id) DO UPDATE SET dossier = excluded.dossier, branch = excluded.branch, step = "
        "excluded.step, "
        "ask = excluded.ask, answers = excluded.answers, answer = excluded.answer, "
        "answered_by = excluded.answered_by, comment = excluded.comment, created_ms = excluded.created_ms, "
        "expires_ms = excluded.expires_ms, answered_ms = excluded.answered_ms");
    return database_.run(sql, row.id, row.dossier, row.branch, row.step, row.ask, row.answersJson, row.answer,
                         row.answeredBy, row.comment, row.createdMs, row.expiresMs, row.answeredMs);
}

Status SqliteTransaction::putMessage(const MessageRow& row) {
    static const std::string sql = insertSql(
        "message", kMessageColumns,
        "ON CONFLICT (id) DO UPDATE SET dossier = excluded.dossier, step = excluded.step, via = "
        "excluded.via, "
        "recipient = excluded.recipient, subject = excluded.subject, state = excluded.state, "
        "answers = excluded.answers, created_ms = excluded.created_ms, updated_ms = excluded.updated_ms");
    return database_.run(sql, row.id, row.dossier, row.step, row.via, row.recipient, row.subject, row.state,
                         row.answersJson, row.createdMs, row.updatedMs);
}

Status SqliteTransaction::insertInbox(const InboxRow& row) {
    static const std::string sql = insertSql("inbox", kInboxColumns);
    return named(database_.run(sql, row.provider, row.eventId, Bytes(row.body), row.dossier, row.receivedMs),
                 "an event with this id", row.eventId);
}

Status SqliteTransaction::matchInbox(const std::string& provider, const std::string& eventId,
                                     const std::string& dossier) {
    static const std::string sql = "UPDATE inbox SET dossier = ?3 WHERE provider = ?1 AND event_id = ?2";
    GREFFE_TRY(database_.run(sql, provider, eventId, dossier));
    if (database_.changes() == 0) return unknown("event", eventId);
    return {};
}

Status SqliteTransaction::setMark(const std::string& name, const std::string& detailJson) {
    static const std::string sql =
        insertSql("mark", "name, detail", "ON CONFLICT (name) DO UPDATE SET detail = excluded.detail");
    return database_.run(sql, name, detailJson);
}

Status SqliteTransaction::removeMark(const std::string& name) {
    static const std::string sql = "DELETE FROM mark WHERE name = ?";
    return database_.run(sql, name);
}

Status SqliteTransaction::appendAudit(AuditRow& row) {
    {
        // Read from the table each time: a work that is undone takes its links back with it.
        static const std::string head = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
        GREFFE_TRY_ASSIGN(sqlite::Cursor cursor, database_.query(head));
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor.next());
        row.seq = hasRow ? cursor.integer(0) + 1 : 1;
        row.previous = hasRow ? cursor.digest(1) : Digest{};
    }
    row.hash = auditHash(row);
    static const std::string sql = insertSql("audit", kAuditColumns);
    return database_.run(sql, row.seq, row.atMs, row.actor, row.action, row.dossier, row.detailJson,
                         Bytes(row.previous), Bytes(row.hash));
}

Result<std::optional<DossierRow>> SqliteTransaction::dossier(const std::string& id) {
    static const std::string sql = fmt::format("SELECT {} FROM dossier WHERE id = ?", kDossierColumns);
    return firstRow(database_.query(sql, id), readDossier);
}

Result<std::optional<BranchRow>> SqliteTransaction::branch(const std::string& dossier,
                                                           const std::string& path) {
    static const std::string sql =
        fmt::format("SELECT {} FROM branch WHERE dossier = ? AND path = ?", kBranchColumns);
    return firstRow(database_.query(sql, dossier, path), readBranch);
}

}  // namespace greffe
