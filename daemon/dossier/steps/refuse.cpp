// SPDX-License-Identifier: Apache-2.0
// refuse: ends the dossier; somebody or something said no.
#include "dossier/steps/steps.h"

namespace greffe {
namespace {

class Refuse final : public StepAction {
public:
    std::string_view name() const override { return "refuse"; }
    EffectClass effectClass() const override { return EffectClass::Idempotent; }

    Task<StepEnd> run(StepContext& context) const override {
        StepEnd end = StepEnd::rejected(Reason::Refused, textOf(context.params(), "reason"));
        co_return end;
    }
};

}  // namespace

const StepAction& refuseStep() {
    static const Refuse step;
    return step;
}

}  // namespace greffe
