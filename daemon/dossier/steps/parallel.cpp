// SPDX-License-Identifier: Apache-2.0
// parallel and each: open branches of their own, and go on when all of them have ended.
//
// The list that `each` goes over is frozen when it begins: what is added to the dossier afterwards changes
// neither the number nor the meaning of its items.
#include "dossier/pipeline_walk.h"
#include "dossier/steps/steps.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr std::size_t kMostItems = 1'000;
constexpr const char* kOpened = "opened";  // in the facts: how many

StepEnd opening(std::vector<StepEnd::OpenedBranch> branches) {
    StepEnd end = StepEnd::waiting("branches", 0, {{kOpened, branches.size()}});
    end.opened = std::move(branches);
    return end;
}

class Parallel final : public StepAction {
public:
    std::string_view name() const override { return "parallel"; }
    EffectClass effectClass() const override { return EffectClass::Pure; }

    Task<StepEnd> run(StepContext& context) const override {
        StepEnd end;
        if (context.remembered().contains(kOpened)) {
            end.facts = context.remembered();
            co_return end;
        }
        std::vector<StepEnd::OpenedBranch> branches;
        for (const StepBranch& way : context.step().branches) {
            if (way.steps.empty()) continue;
            const std::string name = way.name.substr(way.name.find('.') + 1);  // "branches.<name>"
            branches.push_back({wayPath(context.branch(), context.step().id, name), way.steps.front().id});
        }
        if (branches.empty()) co_return end;
        end = opening(std::move(branches));
        co_return end;
    }
};

Json documentItems(const DossierRun& run) {
    Json items = Json::array();
    for (const DocumentRow& document : run.documents)
        if (document.producedBy.empty() && document.slot.rfind('@', 0) != 0)
            items.push_back(
                {{"id", document.id}, {"slot", document.slot}, {"media_type", document.mediaType}});
    return items;
}

class Each final : public StepAction {
public:
    std::string_view name() const override { return "each"; }
    EffectClass effectClass() const override { return EffectClass::Pure; }

    Json freeze(const DossierRun& run, const StepPlan&, Json options, std::int64_t) const override {
        const Json over = memberOf(options, "over");
        if (over == Json("documents")) {
            options["items"] = documentItems(run);
        } else if (over == Json("parties")) {
            options["items"] = storedJson(run.dossier.partiesJson);
        } else {
            options["items"] = over.is_array() ? over : Json::array();
        }
        return options;
    }

    Task<StepEnd> run(StepContext& context) const override {
        StepEnd end;
        if (context.remembered().contains(kOpened)) {
            end.facts = {{"items", numberOf(context.remembered(), kOpened)}};
            co_return end;
        }
        const Json& items = memberOf(context.params(), "items");
        if (items.size() > kMostItems)
            co_return StepEnd::rejected(
                Reason::LimitExceeded,
                fmt::format("{} items; a step goes over {} at most", items.size(), kMostItems));
        const StepBranch* line = findWay(context.step(), "steps");
        if (items.empty() || line == nullptr || line->steps.empty()) {
            end.facts = {{"items", 0}};
            co_return end;
        }
        std::vector<StepEnd::OpenedBranch> branches;
        for (std::size_t number = 1; number <= items.size(); ++number)
            branches.push_back(
                {itemPath(context.branch(), context.step().id, number), line->steps.front().id});
        end = opening(std::move(branches));
        co_return end;
    }
};

}  // namespace

const StepAction& parallelStep() {
    static const Parallel step;
    return step;
}

const StepAction& eachStep() {
    static const Each step;
    return step;
}

}  // namespace greffe
