// SPDX-License-Identifier: Apache-2.0
// The signatures a document already carries, each with its standing: is it intact, what does it cover, what
// came after it, and does it therefore hold?
//
// A signature holds when its bytes verify, its byte range is exactly one revision around its own hex string,
// its time-stamp (if any) is its own, and everything appended later is known and permitted. What is not known
// does not hold. Whose certificate it is, and whether that is trusted, is not asked here.
#pragma once

#include "object_graph.h"
#include "patience.h"
#include "pdf/document.h"
#include "revision_changes.h"

#include <greffe/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace greffe::document_pdf {

enum class Coverage {
    Wrong,      // not a revision, or not all of it
    Revision,   // a whole earlier revision
    WholeFile,  // up to the last byte
};

enum class TimestampState { Holds, Broken, NotVerifiable };

struct TimestampStanding {
    TimestampState state = TimestampState::Broken;
    std::string time;       // "2026-11-22T09:30:00Z"; empty when it cannot be read
    std::string authority;  // common name, safe to display
    std::string why;        // when it does not hold
};

struct SignatureStanding {
    std::string fieldName;         // safe to display
    std::string subFilter;         // safe to display
    bool isTimestamp = false;      // a document time-stamp
    bool isCertification = false;  // named by the catalog's /Perms
    std::string signer;            // common name, safe to display
    std::string certificate;       // SHA-256 of the signer's, hexadecimal; empty when the CMS has none
    std::string claimedTime;       // /M as "2026-11-22T10:30:00+01:00"; empty when there is none
    std::optional<TimestampStanding> timestamp;
    std::string digest;  // "SHA-256"
    bool isWeakDigest = false;
    bool isIntact = false;
    Coverage coverage = Coverage::Wrong;
    std::uint64_t coveredBytes = 0;
    std::optional<std::int64_t> permission;  // P of DocMDP or of the field's lock
    ChangeKind changes = ChangeKind::None;   // worst kind of what came after it
    std::uint32_t marksAfter = 0;            // visible marks of later signatures
    bool isPermissionRespected = true;       // DocMDP
    bool isLockRespected = true;             // FieldMDP
    bool holds = false;
    std::string why;  // why it does not hold; empty when it does
};

struct SignatureReport {
    std::vector<SignatureStanding> signatures;  // in the order of the field tree
    std::uint32_t emptyFields = 0;
    std::optional<std::int64_t> certification;
    // Signatures in the file's bytes that the newest revision does not reach any more.
    std::uint32_t lostSignatures = 0;
};

// `graph` is the census's; an empty one (the census failed) leaves later changes unknown, so that only
// signatures over the whole file can hold. DeadlineExceeded when the host said stop.
pdf::Expected<SignatureReport> reportSignatures(pdf::Document& document, const ObjectGraph& graph,
                                                Patience& patience);

}  // namespace greffe::document_pdf
