// SPDX-License-Identifier: Apache-2.0
// What the journal holds, row by row. Plain data: no row knows how it is stored.
//
// Times are Unix milliseconds, 0 means "none". JSON columns are text; bytes that need not be UTF-8 are
// marked.
#pragma once

#include "base/sha256.h"

#include <cstdint>
#include <string>

namespace greffe {

inline constexpr std::size_t kMaxExplanationBytes = 2'000;  // of a dossier or an effect

// The state of a branch, and, computed from its branches, of a dossier (design: one table in
// dossier/dossier_state.h).
enum class DossierState : std::uint8_t {
    Ready = 1,      // something can run now
    Running = 2,    // an effect is under way (a branch found so after a crash goes through recovery)
    RetryWait = 3,  // tries again at dueMs
    Waiting = 4,    // for an event, a poll, a timer, a person, documents
    Uncertain = 5,  // the outcome of an effect is unknown: a person decides
    Held = 6,       // attempts used up, plugin missing, crashes: an operator decides
    Done = 7,
    Rejected = 8,
    Refused = 9,
    Expired = 10,
    Cancelled = 11,
    Destroyed = 12,
    Quarantined = 13,  // technical trouble at the intake
};
std::string_view stateName(DossierState state);  // "retry_wait"
bool isFinal(DossierState state);

struct PlanRow {
    std::string id;    // hex SHA-256 of text
    std::string text;  // the compiled plan, canonical JSON
    std::int64_t createdMs = 0;
};

enum class BlobKind : std::uint8_t {
    Segment = 1,  // a record of a segment file
    File = 2,     // a file of its own
    Extended =
        3,  // another blob followed by a tail, both blobs themselves: a sealed document costs its increment
};

struct BlobRow {
    Digest sha256{};
    std::uint64_t sizeBytes = 0;
    BlobKind kind = BlobKind::Segment;
    std::uint32_t segment = 0;  // Segment: which one
    std::uint64_t offset = 0;   // Segment: of the record's bytes (behind its header)
    Digest base{};              // Extended
    Digest tail{};              // Extended
    std::int64_t createdMs = 0;
    // Not a column: the copy that the row of this digest names is damaged, and this one is whole. insertBlob
    // then replaces that row instead of keeping it.
    bool replacesDamaged = false;
};

// A document of a dossier: what was received, and what steps made of it.
struct DocumentRow {
    std::string id;  // ulid
    std::string dossier;
    std::string slot;  // slot or artifact name: "document", "sealed"
    std::string name;  // bytes: file name as received or derived
    std::string mediaType;
    Digest blob{};
    std::uint64_t sizeBytes = 0;
    std::string derivedFrom;  // document id, or empty
    std::string producedBy;   // step id, or empty for what came in
    std::int64_t createdMs = 0;
    std::string item = {};  // of an `each`: for which it was made (itemOf, dossier/pipeline_walk.h), or empty
};

// Where a dropped file is, so that its place can be found again after any crash. Empty intake: not from a
// folder.
struct SourceRow {
    std::string intake;     // name in the plan
    std::string directory;  // bytes: below the intake's root, "" for the root itself
    std::string name;       // bytes: as dropped
    std::string claim;      // "<batch ulid>/<directory>/<name>": unique, stops double admission
    std::string companion;  // bytes: name of the side-car manifest that was claimed with it, or empty
    std::uint64_t device = 0, inode = 0, sizeBytes = 0;
    std::int64_t mtimeNs = 0;
};

struct DossierRow {
    std::string id;  // ulid
    std::string space = "default";
    std::string type;
    std::string pipeline;
    std::string plan;  // PlanRow::id
    DossierState state = DossierState::Ready;
    std::string dataJson = "{}";  // from the manifest or the API
    std::string partiesJson = "[]";
    SourceRow source;
    std::string reason;       // code of greffe/reason.h, when held or ended otherwise than done
    std::string explanation;  // the sentence beside it
    std::string deliveryJson =
        "{}";                  // names planned for out/, receipt, kept dossier; fixed before they are written
    bool isDelivered = false;  // projections are on disk
    std::int32_t priority = 0;
    std::int64_t createdMs = 0, updatedMs = 0, endedMs = 0;
};

// One line of progress. Path "" is the main branch; "notify[2]" and the like are opened by each and parallel.
struct BranchRow {
    std::string dossier;
    std::string path;
    DossierState state = DossierState::Ready;
    std::string step;          // id of the current step; empty once final
    std::int32_t attempt = 0;  // of the current step
    std::int32_t crashes = 0;  // worker crashes on the current step
    std::int64_t dueMs = 0;    // RetryWait, Waiting: when to look again
    std::string waitKey;       // Waiting: "event:<provider>:<id>", "task:<id>", …
};

enum class EffectState : std::uint8_t { Intent = 1, Done = 2, Failed = 3, Uncertain = 4 };
std::string_view effectStateName(EffectState state);

// One execution of a step.
struct EffectRow {
    std::string dossier;
    std::string step;
    std::string item;  // each: which item; otherwise empty
    std::int32_t attempt = 0;
    std::string branch;
    EffectState state = EffectState::Intent;
    std::string key;         // idempotency key: hex SHA-256 of dossier, step, item
    std::string paramsJson;  // frozen before the effect
    std::string factsJson = "{}";
    std::string reason;
    std::string explanation;
    std::int64_t startedMs = 0, endedMs = 0;
};

// The answer in a task that nobody needs to answer any more: expired, or its dossier has ended.
inline constexpr const char* kTaskClosed = "@closed";

struct TaskRow {
    std::string id;  // ulid
    std::string dossier, branch, step;
    std::string ask;          // role or person
    std::string answersJson;  // ["validate","refuse"]
    std::string answer;       // empty while open
    std::string answeredBy, comment;
    std::int64_t createdMs = 0, expiresMs = 0, answeredMs = 0;
};

// Something sent to a person or system, with the answers it got.
struct MessageRow {
    std::string
        id;  // its Message-ID or idempotency key: derived from the effect's key, the same on every try
    std::string dossier, step;
    std::string via;  // notifier instance
    std::string recipient, subject;
    std::string state;  // "sending", "sent", "waiting" (tried again), "refused", "possible_duplicate",
                        // "uncertain", "confirmed" or "denied" by an operator
    std::string answersJson = "[]";
    std::int64_t createdMs = 0, updatedMs = 0;
};

// A webhook or poll result, kept before anybody acts on it.
struct InboxRow {
    std::string provider;
    std::string eventId;  // from the payload, never from a transport header
    std::string body;
    std::string dossier;  // empty while unmatched
    std::int64_t receivedMs = 0;
};

struct AuditRow {
    std::int64_t seq = 0;  // set by the store, without gaps
    std::int64_t atMs = 0;
    std::string actor;   // "engine", "operator:anne", "intake:invoices"
    std::string action;  // "dossier admitted"
    std::string dossier;
    std::string detailJson = "{}";
    Digest previous{};  // set by the store
    Digest hash{};      // set by the store: SHA-256 over previous and every field above
};

}  // namespace greffe
