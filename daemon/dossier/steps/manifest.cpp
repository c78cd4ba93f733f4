// SPDX-License-Identifier: Apache-2.0
// @manifest: the step that an intake with manifests puts before the pipeline. It reads the side-car in a
// worker and fills type, parties and data of the dossier.
#include "dossier/steps/steps.h"
#include "intake/admission.h"

namespace greffe {
namespace {

class Manifest final : public StepAction {
public:
    std::string_view name() const override { return "@manifest"; }
    EffectClass effectClass() const override { return EffectClass::Pure; }
    bool isExamination() const override { return true; }

    Task<StepEnd> run(StepContext& context) const override {
        DossierRun& run = context.run();
        const DocumentRow* manifest = run.newest(kManifestSlot);
        if (manifest == nullptr) co_return StepEnd{};  // optional, and not there
        auto input = co_await context.open(*manifest);
        if (!input) co_return StepEnd::retry(Reason::StorageError, input.error().text());
        const CallRequest request = callRequest("manifest.read", "", "{}", {*input});
        const CallOutcome outcome = co_await context.call(PoolKind::Documents, request, true);
        StepEnd end = StepEnd::from(outcome);
        if (end.verdict == Verdict::Done) {
            run.dossier.type = textOf(end.facts, "type", run.dossier.type);
            if (end.facts.contains("parties")) run.dossier.partiesJson = dumpJson(end.facts["parties"]);
            if (end.facts.contains("data")) run.dossier.dataJson = dumpJson(end.facts["data"]);
        }
        co_return end;
    }
};

}  // namespace

const StepAction& manifestStep() {
    static const Manifest step;
    return step;
}

}  // namespace greffe
