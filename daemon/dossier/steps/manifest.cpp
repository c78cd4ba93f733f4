// SPDX-License-Identifier: Apache-2.0
// @manifest: the step that an intake with manifests puts before the pipeline. It reads the side-car in a
// worker and fills type, parties and data of the dossier.
#include "dossier/steps/manifest_reading.h"
#include "dossier/steps/steps.h"
#include "intake/admission.h"

#include <algorithm>

namespace greffe {

std::string expectedManifest(const PipelinePlan& pipeline, bool isSideCar) {
    Json expected = {{"roles", Json::array()}, {"slots", Json::array()}, {"is_side_car", isSideCar}};
    for (const RolePlan& role : pipeline.parties)
        expected["roles"].push_back({{"name", role.name},
                                     {"many", role.isMany},
                                     {"optional", role.isOptional || role.from != "manifest"}});
    for (const SlotPlan& slot : pipeline.documents)
        expected["slots"].push_back(slot.name);
    if (pipeline.documents.empty()) expected["slots"].push_back(kDocumentSlot);
    return dumpJson(expected);
}

std::vector<SlotRule> slotRules(const PipelinePlan& pipeline) {
    std::vector<SlotRule> rules;
    for (const SlotPlan& slot : pipeline.documents)
        rules.push_back({slot.name, slot.isMandatory, !slot.per.empty(), slot.accepts});
    return rules;
}

void applyManifest(DossierRow& dossier, const Json& facts) {
    dossier.type = textOf(facts, "type", dossier.type);
    if (facts.contains("parties")) {
        // The manifest's language is that of everybody in it who has none of their own.
        Json parties = facts["parties"];
        const std::string language = textOf(facts, "language");
        for (Json& party : parties)
            if (!language.empty() && textOf(party, "language").empty()) party["language"] = language;
        dossier.partiesJson = dumpJson(parties);
    }
    if (facts.contains("data")) dossier.dataJson = dumpJson(facts["data"]);
}

namespace {

class Manifest final : public StepAction {
public:
    std::string_view name() const override { return kManifestStep; }
    EffectClass effectClass() const override { return EffectClass::Pure; }
    bool isExamination() const override { return true; }

    Task<StepEnd> run(StepContext& context) const override {
        DossierRun& run = context.run();
        const DocumentRow* manifest = run.newest(kManifestSlot);
        if (manifest == nullptr && run.pipeline().rolesOfManifest().empty())
            co_return StepEnd{};  // optional, and not there
        std::vector<CallInput> inputs;
        if (manifest != nullptr) {
            auto input = co_await context.open(*manifest);
            if (!input) co_return StepEnd::storage(input.error(), context.effect().attempt);
            inputs.push_back(*input);
        }
        const CallRequest request =
            callRequest("manifest.read", "", expectedManifest(run.pipeline(), true), std::move(inputs));
        const CallOutcome outcome = co_await context.call(PoolKind::Documents, request, true);
        StepEnd end = StepEnd::from(outcome);
        if (end.verdict == Verdict::Done) applyManifest(run.dossier, end.facts);
        co_return end;
    }
};

}  // namespace

const StepAction& manifestStep() {
    static const Manifest step;
    return step;
}

}  // namespace greffe
