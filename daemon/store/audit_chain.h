// SPDX-License-Identifier: Apache-2.0
// The audit chain: each row's hash covers the row and the hash before it, so that nothing in the middle can
// be changed, taken out, put in or moved without every later hash being wrong.
//
// What is hashed, in this order (README.md repeats it for those who verify without us):
//   "greffe audit 1\n", the previous row's hash (32 bytes, zero for seq 1), seq and atMs as 8 bytes big
//   endian, then actor, action, dossier and detailJson, each as its length in 8 bytes big endian followed by
//   its bytes.
#pragma once

#include "base/result.h"
#include "store/audit_head.h"
#include "store/rows.h"

#include <optional>

namespace greffe {

// The hash that `row` must carry, from its other fields.
Digest auditHash(const AuditRow& row);

// Fed with the rows in order of seq; stops at the first that does not fit.
class AuditVerifier {
public:
    // head: a link that was noted elsewhere, which the chain must hold.
    explicit AuditVerifier(std::optional<AuditHead> head = std::nullopt) : head_(head) {}

    // Errc::Corrupt names the seq and what is wrong with it.
    Status check(const AuditRow& row);
    // After the last row: whether some were taken off the end.
    Status finish() const;

private:
    std::optional<AuditHead> head_;
    std::int64_t nextSeq_ = 1;
    Digest previous_{};
};

}  // namespace greffe
