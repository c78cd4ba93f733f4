// SPDX-License-Identifier: Apache-2.0
// The newest link of the audit chain that is known to be on the disk, in a small file beside the journal. The
// chain cannot tell by itself when rows are taken off its end; the file can, and whoever copies its one line
// elsewhere (a log server, paper) can even when somebody changed both.
//
// The line: seq, a space, the row's hash in hex.
#pragma once

#include "base/result.h"
#include "base/sha256.h"

#include <cstdint>
#include <optional>
#include <string>

namespace greffe {

struct AuditHead {
    std::int64_t seq = 0;
    Digest hash{};
    friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

// "audit.head" in the folder of `journalPath`.
std::string auditHeadPath(const std::string& journalPath);

// Nothing when there is no such file yet, or no line in it.
Result<std::optional<AuditHead>> readAuditHead(const std::string& path);
Status writeAuditHead(const std::string& path, const AuditHead& head);

}  // namespace greffe
