// SPDX-License-Identifier: Apache-2.0
#include "store/audit_chain.h"

#include <fmt/format.h>

namespace greffe {
namespace {

void addNumber(Sha256& hash, std::uint64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; ++i)
        bytes[i] = static_cast<unsigned char>(value >> (56 - 8 * i));
    hash.update(bytes, sizeof bytes);
}

void addText(Sha256& hash, std::string_view text) {
    addNumber(hash, text.size());
    hash.update(text);
}

Error damaged(std::int64_t seq, const char* what) {
    return makeError(Errc::Corrupt, fmt::format("audit: seq {}: {}", seq, what),
                     "the chain was changed outside Greffe: compare with a backup");
}

}  // namespace

Digest auditHash(const AuditRow& row) {
    Sha256 hash;
    hash.update("greffe audit 1\n");
    hash.update(row.previous.data(), row.previous.size());
    addNumber(hash, static_cast<std::uint64_t>(row.seq));
    addNumber(hash, static_cast<std::uint64_t>(row.atMs));
    addText(hash, row.actor);
    addText(hash, row.action);
    addText(hash, row.dossier);
    addText(hash, row.detailJson);
    return hash.digest();
}

Status AuditVerifier::check(const AuditRow& row) {
    if (row.seq != nextSeq_) return damaged(nextSeq_, "missing");
    if (row.previous != previous_) return damaged(row.seq, "does not hold the hash of the row before it");
    if (row.hash != auditHash(row)) return damaged(row.seq, "its content does not match its hash");
    if (head_ && row.seq == head_->seq && row.hash != head_->hash)
        return damaged(row.seq, "is not the row that was noted beside the journal");
    previous_ = row.hash;
    ++nextSeq_;
    return {};
}

Status AuditVerifier::finish() const {
    if (!head_ || nextSeq_ > head_->seq) return {};
    return damaged(nextSeq_, "missing, and all behind it: the chain was longer once");
}

}  // namespace greffe
