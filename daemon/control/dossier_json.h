// SPDX-License-Identifier: Apache-2.0
// Rows as the control socket shows them: names are bytes (putBytes), times Unix milliseconds, digests
// hexadecimal. Texts of providers and plugins are as they are; whoever prints them uses displayText.
#pragma once

#include "base/json.h"
#include "store/store.h"

namespace greffe {

Json dossierJson(const DossierRow& row);
Json branchJson(const BranchRow& row);
Json effectJson(const EffectRow& row);
Json documentJson(const DocumentRow& row);
Json taskJson(const TaskRow& row);
Json messageJson(const MessageRow& row);
Json auditJson(const AuditRow& row);

// "retry_wait" → its state; empty for a word that is none.
std::optional<DossierState> stateNamed(std::string_view name);

}  // namespace greffe
