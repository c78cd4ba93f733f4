// SPDX-License-Identifier: Apache-2.0
// "sealer/1": puts a seal on a document. Pool: documents. Effect class: pure once its inputs are journaled.
//
// A seal crosses three pools: prepare (documents) → sign (keys; see digest_signer.h) [→ stamp (providers)] →
// embed (documents). The sealer never sees a key, the signer never sees a document: between them travel 32
// bytes. Same inputs and params give the same bytes: everything that varies (time, names, ids) is in the
// params.
#pragma once

#include <greffe/types.h>

namespace greffe {

// The bytes a prepared seal leaves out of its digest: [offset, offset + size) of the whole sealed file.
// For a PDF this is the hex string of /Contents with its angle brackets (ISO 32000-2, 12.8.1).
struct SealGap {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

// What comes back from the other pools, ready to be put into the gap.
struct SealMaterial {
    std::uint32_t structSize = sizeof(SealMaterial);
    std::uint32_t reserved = 0;
    Slice cms;             // DER SignedData over the digest (RFC 5652, detached)
    Slice timestampToken;  // DER TimeStampToken over the signature value (RFC 3161), or empty
};

class Sealer {
public:
    static constexpr const char* kId = "sealer/1";

    // Writes the tail to append to the document, with an empty gap, and says where the gap is. paramsJson
    // (frozen by the engine): {"signing_time_unix": s, "field_name": "…", "reserve_bytes": n, "level": "B-B",
    // …seal step options}. The host computes the digest of document‖tail without the gap; the plugin need not
    // hash 100 MiB.
    virtual void prepare(const DocumentView& document, Slice paramsJson, ByteSink& tail, SealGap& gap,
                         Outcome& outcome) noexcept = 0;

    // Writes the final tail: the same length, the gap filled. Checks its own work before it says done: the
    // CMS's message digest equals `digest`, its signature verifies with its certificate, the token's imprint
    // fits. Rejected(LimitExceeded) with the fact "needed_bytes" when the material does not fit the gap.
    virtual void embed(const DocumentView& document, Slice preparedTail, const SealGap& gap,
                       const unsigned char digest[32], const SealMaterial& material, ByteSink& tail,
                       Outcome& outcome) noexcept = 0;

protected:
    ~Sealer() = default;
};

}  // namespace greffe
