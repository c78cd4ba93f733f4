// SPDX-License-Identifier: Apache-2.0
#include "dossier/receipt_notes.h"

#include <map>

namespace greffe {

std::vector<SealNote> sealNotesOf(const DossierRun& run) {
    std::vector<SealNote> notes;
    for (const EffectRow& effect : run.effects) {
        const StepPlan* step =
            effect.state == EffectState::Done ? run.pipeline().findStep(effect.step) : nullptr;
        if (step == nullptr || step->kind != "seal") continue;
        const Json facts = storedJson(effect.factsJson);
        if (!facts.is_object() || !facts.contains("level")) continue;  // on_error = "continue" went past it
        SealNote note;
        note.step = effect.step;
        note.level = textOf(facts, "level");
        note.isDegraded = boolOf(facts, "degraded");
        const Json& stamp = memberOf(facts, "timestamp");
        note.authority = textOf(stamp, "authority");
        note.stampedUnix = numberOf(stamp, "gen_time_unix");
        notes.push_back(std::move(note));
    }
    return notes;
}

std::vector<SignatureNote> signatureNotesOf(const DossierRun& run) {
    std::vector<SignatureNote> notes;
    for (const EffectRow& effect : run.effects) {
        const StepPlan* step = run.pipeline().findStep(effect.step);
        if (step == nullptr || step->kind != "sign" || effect.state == EffectState::Intent) continue;
        const Json facts = storedJson(effect.factsJson);
        if (textOf(facts, "remote_id").empty() || !facts.contains("status")) continue;
        SignatureNote note{
            effect.step, textOf(facts, "provider"), textOf(facts, "remote_id"), textOf(facts, "status"), {}};
        for (const Json& signer : memberOf(facts, "signers"))
            note.signers.push_back(
                {textOf(signer, "id"), textOf(signer, "status"), numberOf(signer, "signed_unix")});
        notes.push_back(std::move(note));
    }
    return notes;
}

std::vector<KeptNote> keptNotesOf(const DossierRun& run) {
    std::vector<KeptNote> notes;
    for (const EffectRow& effect : run.effects) {
        const StepPlan* step =
            effect.state == EffectState::Done ? run.pipeline().findStep(effect.step) : nullptr;
        if (step == nullptr || step->kind != "archive") continue;
        const Json facts = storedJson(effect.factsJson);
        if (std::string name = textOf(facts, "locator"); !name.empty())
            notes.push_back({textOf(facts, "archive"), std::move(name), textOf(facts, "retention_until")});
    }
    return notes;
}

std::vector<OutcomeNote> outcomeNotesOf(const DossierRun& run) {
    // What a later attempt did is known.
    std::map<std::pair<std::string, std::string>, const EffectRow*> last;
    for (const EffectRow& effect : run.effects) {
        const EffectRow*& known = last[{effect.branch, effect.step}];
        if (known == nullptr || effect.attempt >= known->attempt) known = &effect;
    }
    std::vector<OutcomeNote> notes;
    for (const auto& [place, effect] : last) {
        if (effect->reason != reasonCode(Reason::OutcomeUnknown)) continue;
        const char* outcome = effect->state == EffectState::Done     ? "happened"
                              : effect->state == EffectState::Failed ? "did_not_happen"
                                                                     : "unknown";
        notes.push_back({effect->step, effect->branch, outcome, effect->explanation});
    }
    return notes;
}

}  // namespace greffe
