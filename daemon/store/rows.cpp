// SPDX-License-Identifier: Apache-2.0
#include "store/rows.h"

namespace greffe {

std::string_view stateName(DossierState state) {
    switch (state) {
        case DossierState::Ready: return "ready";
        case DossierState::Running: return "running";
        case DossierState::RetryWait: return "retry_wait";
        case DossierState::Waiting: return "waiting";
        case DossierState::Uncertain: return "uncertain";
        case DossierState::Held: return "held";
        case DossierState::Done: return "done";
        case DossierState::Rejected: return "rejected";
        case DossierState::Refused: return "refused";
        case DossierState::Expired: return "expired";
        case DossierState::Cancelled: return "cancelled";
        case DossierState::Destroyed: return "destroyed";
        case DossierState::Quarantined: return "quarantined";
    }
    return "unknown";
}

bool isFinal(DossierState state) {
    return state >= DossierState::Done;
}

std::string_view effectStateName(EffectState state) {
    switch (state) {
        case EffectState::Intent: return "intent";
        case EffectState::Done: return "done";
        case EffectState::Failed: return "failed";
        case EffectState::Uncertain: return "uncertain";
    }
    return "unknown";
}

}  // namespace greffe
