// SPDX-License-Identifier: Apache-2.0
// What a seal with a time-stamp has so far, as the journal keeps it while the step runs.
//
// A token costs money and stamps one signature value: after a crash, or when only the disk failed behind it,
// signature and token are used again instead of asking for another. They fit as long as the prepared document
// has the same digest, which the frozen signing time and this reserve see to.
#pragma once

#include "base/json_fwd.h"
#include "dossier/dossier_run.h"

#include <cstdint>
#include <optional>
#include <string>

namespace greffe {

struct SealProgress {
    std::string digest;  // of the prepared document, 32 bytes
    std::int64_t reserveBytes = 0;
    std::string certificate;  // of the key that signed, its SHA-256 as the key's facts say it
    std::string cms;
    std::string imprint;    // SHA-256 of the signature value: what is stamped
    std::string nonce;      // of the request that was sent last
    std::string authority;  // whom it was sent to
    std::string token;      // empty: no answer yet
    Json stampFacts;        // what the authority's plugin said about the token

    Json toJson() const;
    static std::optional<SealProgress> fromJson(const Json& json);

    // Of the effect that runs now (found again after a crash), or of an earlier attempt that had its token.
    static std::optional<SealProgress> find(const DossierRun& run, const EffectRow& effect);
};

// The name under which effects carry it among their facts.
inline constexpr const char* kSealProgress = "seal_progress";

// The latest attempt of this step on this branch that ended without a seal but with a token, or null: the
// next attempt must say the same. Without a branch: of any.
const EffectRow* attemptWithToken(const DossierRun& run, const std::string& step,
                                  const std::string* branch = nullptr);

}  // namespace greffe
