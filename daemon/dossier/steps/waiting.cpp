// SPDX-License-Identifier: Apache-2.0
#include "dossier/steps/waiting.h"

#include "dossier/pipeline_walk.h"

namespace greffe {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr const char* kOnExpired = "on_expired";
constexpr const char* kExpires = "expires_unix_ms";

}  // namespace

void freezeExpiry(Json& options, std::int64_t nowMs) {
    if (const std::int64_t days = numberOf(options, "expires_days"); days > 0)
        options[kExpires] = nowMs + days * kDayMs;
}

std::int64_t expiryOf(const Json& params) {
    return numberOf(params, kExpires);
}

StepEnd expiredEnd(const StepPlan& step, const std::string& explanation) {
    if (findWay(step, kOnExpired) == nullptr) return StepEnd::rejected(Reason::Expired, explanation);
    StepEnd end;
    end.way = kOnExpired;
    end.facts = {{"expired", true}};
    return end;
}

}  // namespace greffe
