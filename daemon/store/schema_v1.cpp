// SPDX-License-Identifier: Apache-2.0
// Version 1 of the journal, as SQL. Never edited once released: a change is a new migration.
//
// Conventions: times are Unix milliseconds and 0 is "none"; bytes that need not be UTF-8 and digests are
// BLOBs; states are the numbers of DossierState, 1 to 6 live and from 7 on final. Every list that a running
// engine asks for has an index that answers it in its own order, so that no question costs more at a million
// dossiers than at a thousand.
#include "store/schema.h"

namespace greffe {

const char* const kSchemaV1 = R"sql(
-- What dossiers were admitted under: a few rows of long text.
CREATE TABLE plan (
    id TEXT PRIMARY KEY,                -- hex SHA-256 of text
    text TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

-- Where the bytes with this digest are. A row here is what makes bytes in the spool exist.
CREATE TABLE blob (
    sha256 BLOB PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    kind INTEGER NOT NULL,              -- BlobKind
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    base BLOB,                          -- Extended only
    tail BLOB,                          -- Extended only
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_by_segment ON blob (segment, offset) WHERE kind = 1;

-- One case on its way through one pipeline. source_* says where a dropped file is.
CREATE TABLE dossier (
    id TEXT PRIMARY KEY,                -- ulid: sorts by age
    space TEXT NOT NULL,
    type TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    plan TEXT NOT NULL,
    state INTEGER NOT NULL,
    data TEXT NOT NULL,                 -- JSON
    parties TEXT NOT NULL,              -- JSON
    source_intake TEXT NOT NULL,        -- '': not from a folder
    source_directory BLOB NOT NULL,
    source_name BLOB NOT NULL,
    source_claim BLOB,                  -- NULL: none. Unique: stops double admission
    source_companion BLOB NOT NULL,     -- the side-car manifest that was claimed with it, or nothing
    source_device INTEGER NOT NULL,
    source_inode INTEGER NOT NULL,
    source_size_bytes INTEGER NOT NULL,
    source_mtime_ns INTEGER NOT NULL,
    reason TEXT NOT NULL,
    explanation TEXT NOT NULL,
    delivery TEXT NOT NULL,             -- JSON
    is_delivered INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX dossier_by_claim ON dossier (source_claim) WHERE source_claim IS NOT NULL;
CREATE INDEX dossier_by_state ON dossier (state, id);
CREATE INDEX dossier_by_pipeline ON dossier (pipeline, id);
CREATE INDEX dossier_by_pipeline_state ON dossier (pipeline, state, id);
CREATE INDEX dossier_by_intake ON dossier (source_intake, id) WHERE source_intake <> '';
CREATE INDEX dossier_by_intake_state ON dossier (source_intake, state, id) WHERE source_intake <> '';
CREATE INDEX dossier_undelivered ON dossier (id) WHERE state >= 7 AND is_delivered = 0;
CREATE INDEX dossier_unsettled ON dossier (source_intake, id)
    WHERE source_intake <> '' AND (state < 7 OR is_delivered = 0);

-- How many dossiers are in which state: counting a million rows takes a second, reading this a few microseconds.
CREATE TABLE dossier_count (
    state INTEGER NOT NULL,
    pipeline TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (state, pipeline)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER dossier_counted_in AFTER INSERT ON dossier BEGIN
    INSERT INTO dossier_count VALUES (new.state, new.pipeline, 1)
        ON CONFLICT (state, pipeline) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER dossier_counted_over AFTER UPDATE OF state, pipeline ON dossier
WHEN old.state <> new.state OR old.pipeline <> new.pipeline BEGIN
    UPDATE dossier_count SET count = count - 1 WHERE state = old.state AND pipeline = old.pipeline;
    INSERT INTO dossier_count VALUES (new.state, new.pipeline, 1)
        ON CONFLICT (state, pipeline) DO UPDATE SET count = count + 1;
END;

-- A line of progress inside a dossier. priority and pipeline are the dossier's, copied so that one index can order the
-- work and another can count it.
CREATE TABLE branch (
    dossier TEXT NOT NULL,
    path TEXT NOT NULL,                 -- '': the main one
    state INTEGER NOT NULL,
    step TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    wait_key TEXT NOT NULL,
    fence INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    pipeline TEXT NOT NULL,
    PRIMARY KEY (dossier, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX branch_ready ON branch (priority DESC, dossier, path) WHERE state = 1;
CREATE INDEX branch_running ON branch (dossier, path) WHERE state = 2;
CREATE INDEX branch_due ON branch (priority, due_ms) WHERE state IN (3, 4) AND due_ms > 0;
CREATE INDEX branch_waiting ON branch (wait_key) WHERE state = 4 AND wait_key <> '';
-- NOT (...): as "state < 7" the same term of a query would be taken as a range, and the oldest would be found by sorting.
CREATE INDEX branch_live ON branch (pipeline, step, state, dossier) WHERE NOT (state >= 7);
CREATE TRIGGER branch_follows_dossier AFTER UPDATE OF priority, pipeline ON dossier
WHEN old.priority <> new.priority OR old.pipeline <> new.pipeline BEGIN
    UPDATE branch SET priority = new.priority, pipeline = new.pipeline WHERE dossier = new.id;
END;

-- How many live branches stand where: the rows of `greffe shape`.
CREATE TABLE branch_count (
    pipeline TEXT NOT NULL,
    step TEXT NOT NULL,
    state INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (pipeline, step, state)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER branch_counted_in AFTER INSERT ON branch WHEN new.state < 7 BEGIN
    INSERT INTO branch_count VALUES (new.pipeline, new.step, new.state, 1)
        ON CONFLICT (pipeline, step, state) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER branch_counted_out AFTER DELETE ON branch WHEN old.state < 7 BEGIN
    UPDATE branch_count SET count = count - 1
        WHERE pipeline = old.pipeline AND step = old.step AND state = old.state;
END;
CREATE TRIGGER branch_counted_over AFTER UPDATE OF pipeline, step, state ON branch
WHEN old.state <> new.state OR old.step <> new.step OR old.pipeline <> new.pipeline BEGIN
    UPDATE branch_count SET count = count - 1
        WHERE pipeline = old.pipeline AND step = old.step AND state = old.state;
    INSERT INTO branch_count SELECT new.pipeline, new.step, new.state, 1 WHERE new.state < 7
        ON CONFLICT (pipeline, step, state) DO UPDATE SET count = count + 1;
END;

-- A document of a dossier: received (produced_by '') or made by a step.
CREATE TABLE document (
    id TEXT PRIMARY KEY,                -- ulid
    dossier TEXT NOT NULL,
    slot TEXT NOT NULL,
    name BLOB NOT NULL,
    media_type TEXT NOT NULL,
    blob BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    derived_from TEXT NOT NULL,
    produced_by TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX document_by_dossier ON document (dossier, id);
CREATE INDEX document_by_content ON document (blob, produced_by, dossier);

-- One execution of a step: the intent is committed before a provider is called, the outcome after.
CREATE TABLE effect (
    dossier TEXT NOT NULL,
    branch TEXT NOT NULL,
    step TEXT NOT NULL,
    item TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state INTEGER NOT NULL,             -- EffectState
    key TEXT NOT NULL,
    params TEXT NOT NULL,               -- JSON, frozen
    facts TEXT NOT NULL,                -- JSON
    reason TEXT NOT NULL,
    explanation TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    PRIMARY KEY (dossier, branch, step, item, attempt)
) STRICT;

-- A question to a person or role; answer '' while it is open.
CREATE TABLE task (
    id TEXT PRIMARY KEY,                -- ulid
    dossier TEXT NOT NULL,
    branch TEXT NOT NULL,
    step TEXT NOT NULL,
    ask TEXT NOT NULL,
    answers TEXT NOT NULL,              -- JSON
    answer TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    comment TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    answered_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX task_by_dossier ON task (dossier, id);
CREATE INDEX task_open ON task (id) WHERE answer = '';

-- Something sent to a person or system.
CREATE TABLE message (
    id TEXT PRIMARY KEY,
    dossier TEXT NOT NULL,
    step TEXT NOT NULL,
    via TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    answers TEXT NOT NULL,              -- JSON
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_dossier ON message (dossier, created_ms);

-- What a provider told us, kept before anybody acts on it.
CREATE TABLE inbox (
    number INTEGER PRIMARY KEY,         -- order of arrival
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    body BLOB NOT NULL,
    dossier TEXT NOT NULL,              -- '' while unmatched
    received_ms INTEGER NOT NULL,
    UNIQUE (provider, event_id)
) STRICT;
CREATE INDEX inbox_of_dossier ON inbox (dossier, number) WHERE dossier <> '';
CREATE INDEX inbox_unmatched ON inbox (provider, number) WHERE dossier = '';

-- Who did what, each row holding the hash of the one before.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    dossier TEXT NOT NULL,
    detail TEXT NOT NULL,               -- JSON
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_by_dossier ON audit (dossier, seq) WHERE dossier <> '';
CREATE TRIGGER audit_is_never_edited BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit chain is append-only');
END;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit chain is append-only');
END;
)sql";

}  // namespace greffe
