// SPDX-License-Identifier: Apache-2.0
// The whole way of a seal in one call, for tests: prepare, digest, sign, time-stamp, embed.
#pragma once

#include "seal-pades/pades_sealer.h"
#include "support/heard_outcome.h"
#include "support/test_signer.h"

#include <greffe/sdk/instance.h>

#include <string>
#include <string_view>

namespace greffe {

struct TestSeal {
    bool isDone = false;
    std::string reason, explanation;  // of the refusal
    std::string tail;                 // the sealed file is document + tail
    SealGap gap;
    std::map<std::string, std::string> facts;
};

inline std::string digestWithoutGap(std::string_view document, std::string_view tail, const SealGap& gap) {
    const std::string_view before = tail.substr(0, gap.offset - document.size());
    const std::string_view behind = tail.substr(gap.offset - document.size() + gap.size);
    return sha256Of(std::string(document) + std::string(before), behind);
}

inline DocumentView viewOf(std::string_view document) {
    DocumentView view;
    view.bytes = document;
    view.mediaType = "application/pdf";
    return view;
}

// A level that begins with "B-T" gets a time-stamp token.
inline TestSeal sealWithTestKey(std::string_view document, std::string_view paramsJson,
                                const TestSigner& signer, bool withTimestamp = false) {
    TestSeal seal;
    seal_pades::PadesSealer sealer;
    const DocumentView view = viewOf(document);
    sdk::StringSink prepared;
    HeardOutcome preparing;
    sealer.prepare(view, paramsJson, prepared, seal.gap, preparing);
    seal.facts = preparing.facts;
    seal.reason = preparing.reason;
    seal.explanation = preparing.explanation;
    if (!preparing.isDone()) return seal;

    const std::string digest = digestWithoutGap(document, prepared.text(), seal.gap);
    const std::string cms = signer.sign(digest);
    const std::string token =
        withTimestamp ? signer.timestamp(sha256Of(TestSigner::signatureValue(cms))) : std::string();
    SealMaterial material;
    material.cms = cms;
    material.timestampToken = token;
    sdk::StringSink embedded;
    HeardOutcome embedding;
    sealer.embed(view, prepared.text(), seal.gap, reinterpret_cast<const unsigned char*>(digest.data()),
                 material, embedded, embedding);
    seal.isDone = embedding.isDone();
    seal.reason = embedding.reason;
    seal.explanation = embedding.explanation;
    for (const auto& [name, json] : embedding.facts)
        seal.facts[name] = json;
    seal.tail = embedded.text();
    return seal;
}

}  // namespace greffe
