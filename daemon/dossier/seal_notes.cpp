// SPDX-License-Identifier: Apache-2.0
#include "dossier/seal_notes.h"

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

}  // namespace greffe
