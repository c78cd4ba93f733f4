// SPDX-License-Identifier: Apache-2.0
// refuse: ends the dossier; somebody or something said no.
#include "dossier/steps/steps.h"

#include <optional>

namespace greffe {
namespace {

// Whether the step lies on the way of a task's answer; empty when it is not among these.
std::optional<bool> followsAnswer(const std::vector<StepPlan>& steps, const std::string& id,
                                  bool isAnswered) {
    for (const StepPlan& step : steps) {
        if (step.id == id) return isAnswered;
        for (const StepBranch& branch : step.branches) {
            // What nobody answered in time was not answered, though something before it was.
            const bool isAnswerBelow =
                branch.name != "on_expired" && (isAnswered || branch.name.rfind("on.", 0) == 0);
            if (const auto found = followsAnswer(branch.steps, id, isAnswerBelow)) return found;
        }
    }
    return std::nullopt;
}

// A person's no is told as one; a condition, or a deadline, is nobody's.
Reason refusalOf(StepContext& context) {
    const auto isPersons = followsAnswer(context.run().pipeline().steps, context.step().id, false);
    return isPersons.value_or(false) ? Reason::Refused : Reason::RefusedByPipeline;
}

class Refuse final : public StepAction {
public:
    std::string_view name() const override { return "refuse"; }
    EffectClass effectClass() const override { return EffectClass::Idempotent; }

    Task<StepEnd> run(StepContext& context) const override {
        StepEnd end = StepEnd::rejected(refusalOf(context), textOf(context.params(), "reason"));
        co_return end;
    }
};

}  // namespace

const StepAction& refuseStep() {
    static const Refuse step;
    return step;
}

}  // namespace greffe
