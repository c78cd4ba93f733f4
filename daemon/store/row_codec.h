// SPDX-License-Identifier: Apache-2.0
// Rows of the journal out of SQLite columns. For each row: the column list that a SELECT must name, and the
// function that reads it in that order.
#pragma once

#include "store/rows.h"
#include "store/sqlite.h"

#include <vector>

namespace greffe {

inline constexpr const char* kPlanColumns = "id, text, created_ms";
inline constexpr const char* kBlobColumns =
    "sha256, size_bytes, kind, segment, offset, base, tail, created_ms";
inline constexpr const char* kDocumentColumns =
    "id, dossier, slot, name, media_type, blob, size_bytes, derived_from, produced_by, created_ms, item";
inline constexpr const char* kDossierColumns =
    "id, space, type, pipeline, plan, state, data, parties, source_intake, source_directory, source_name, "
    "source_claim, source_companion, "
    "source_device, source_inode, source_size_bytes, source_mtime_ns, reason, explanation, delivery, "
    "is_delivered, "
    "priority, created_ms, updated_ms, ended_ms";
inline constexpr const char* kBranchColumns =
    "dossier, path, state, step, attempt, crashes, due_ms, wait_key";
inline constexpr const char* kEffectColumns =
    "dossier, step, item, attempt, branch, state, key, params, facts, reason, explanation, started_ms, "
    "ended_ms";
inline constexpr const char* kTaskColumns =
    "id, dossier, branch, step, ask, answers, answer, answered_by, comment, created_ms, expires_ms, "
    "answered_ms";
inline constexpr const char* kMessageColumns =
    "id, dossier, step, via, recipient, subject, state, answers, created_ms, updated_ms";
inline constexpr const char* kInboxColumns = "provider, event_id, body, dossier, received_ms";
inline constexpr const char* kAuditColumns = "seq, at_ms, actor, action, dossier, detail, previous, hash";

PlanRow readPlan(const sqlite::Cursor& cursor);
BlobRow readBlobRow(const sqlite::Cursor& cursor);
DocumentRow readDocument(const sqlite::Cursor& cursor);
DossierRow readDossier(const sqlite::Cursor& cursor);
BranchRow readBranch(const sqlite::Cursor& cursor);
EffectRow readEffect(const sqlite::Cursor& cursor);
TaskRow readTask(const sqlite::Cursor& cursor);
MessageRow readMessage(const sqlite::Cursor& cursor);
InboxRow readInbox(const sqlite::Cursor& cursor);
AuditRow readAudit(const sqlite::Cursor& cursor);

// The first row, or nothing.
template <class Row>
Result<std::optional<Row>> firstRow(Result<sqlite::Cursor> cursor, Row (*read)(const sqlite::Cursor&)) {
    if (!cursor) return cursor.error();
    GREFFE_TRY_ASSIGN(const bool hasRow, cursor->next());
    if (!hasRow) return std::optional<Row>();
    return std::optional<Row>(read(*cursor));
}

// Up to `limit` rows.
template <class Row>
Result<std::vector<Row>> someRows(Result<sqlite::Cursor> cursor, Row (*read)(const sqlite::Cursor&),
                                  std::size_t limit = static_cast<std::size_t>(-1)) {
    if (!cursor) return cursor.error();
    std::vector<Row> rows;
    while (rows.size() < limit) {
        GREFFE_TRY_ASSIGN(const bool hasRow, cursor->next());
        if (!hasRow) break;
        rows.push_back(read(*cursor));
    }
    return rows;
}

}  // namespace greffe
