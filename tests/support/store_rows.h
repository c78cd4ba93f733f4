// SPDX-License-Identifier: Apache-2.0
// Rows for tests of the journal: complete, plausible, different from each other in every field that matters.
#pragma once

#include "store/store.h"

#include <fmt/format.h>

#include <string>

namespace greffe {

// Sorts like a ulid: 26 letters, growing with `number`.
inline std::string testId(std::uint64_t number) {
    return fmt::format("01J{:023}", number);
}

inline DossierRow testDossier(const std::string& id) {
    DossierRow row;
    row.id = id;
    row.type = "D";
    row.pipeline = "lease";
    row.plan = std::string(64, 'a');
    row.source.intake = "leases";
    row.source.directory = "north";
    row.source.name = "lease.pdf";
    row.source.claim = "claim/" + id;
    row.source.sizeBytes = 1234;
    row.source.mtimeNs = 1'700'000'000'000'000'001;
    row.createdMs = 1'700'000'000'000;
    row.updatedMs = row.createdMs;
    return row;
}

inline BranchRow testBranch(const std::string& dossier, DossierState state = DossierState::Ready) {
    BranchRow row;
    row.dossier = dossier;
    row.state = state;
    row.step = isFinal(state) ? "" : "check";
    return row;
}

inline DocumentRow testDocument(const std::string& id, const std::string& dossier, const Digest& blob) {
    DocumentRow row;
    row.id = id;
    row.dossier = dossier;
    row.slot = "document";
    row.name = "lease.pdf";
    row.mediaType = "application/pdf";
    row.blob = blob;
    row.sizeBytes = 1234;
    row.createdMs = 1'700'000'000'000;
    return row;
}

inline AuditRow testAudit(const std::string& dossier, const std::string& action = "dossier admitted") {
    AuditRow row;
    row.atMs = 1'700'000'000'000;
    row.actor = "engine";
    row.action = action;
    row.dossier = dossier;
    row.detailJson = R"({"intake":"leases"})";
    return row;
}

// Commits one work; its own error or the batch's.
inline Status commitOne(Store& store, const StoreWork& work) {
    auto statuses = store.commit({work});
    if (!statuses) return statuses.error();
    return std::move(statuses->front());
}

}  // namespace greffe
