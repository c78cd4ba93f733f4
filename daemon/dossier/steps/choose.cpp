// SPDX-License-Identifier: Apache-2.0
// choose: a function names the way; the branch walks that line and comes back behind the step.
#include "dossier/pipeline_walk.h"
#include "dossier/steps/steps.h"

#include <fmt/format.h>

namespace greffe {
namespace {

class Choose final : public StepAction {
public:
    std::string_view name() const override { return "choose"; }
    EffectClass effectClass() const override { return EffectClass::Pure; }

    Task<StepEnd> run(StepContext& context) const override {
        const std::string chosen = textOf(context.params(), "by");
        StepEnd end;
        end.way = "cases." + chosen;
        if (findWay(context.step(), end.way) == nullptr) end.way = "otherwise";
        if (findWay(context.step(), end.way) == nullptr)
            co_return StepEnd::rejected(
                Reason::ConfigurationError,
                fmt::format(
                    "the function says \"{}\", for which there is no case, and there is no \"otherwise\"",
                    chosen));
        end.facts = {{"case", chosen}, {"way", end.way}};
        co_return end;
    }
};

}  // namespace

const StepAction& chooseStep() {
    static const Choose step;
    return step;
}

}  // namespace greffe
