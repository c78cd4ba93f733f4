// SPDX-License-Identifier: Apache-2.0
#include "specs/spec_names.h"

#include "config/suggestion.h"
#include "dossier/step_action.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

std::string textIn(const Node& node) {
    return node.value->is_string() ? node.value->get<std::string>() : std::string();
}

}  // namespace

SpecNames::SpecNames(const Plan& plan, const std::set<std::string>& pipelines, OptionCheck& check)
    : plan_(plan), check_(check) {
    for (const std::string& name : pipelines) {
        const PipelinePlan* const pipeline = plan_.findPipeline(name);
        if (pipeline == nullptr) {
            areKnown_ = false;
            continue;
        }
        pipelines_ += fmt::format("{}\"{}\"", pipelines_.empty() ? "pipeline " : " or ", name);
        for (const SlotPlan& slot : pipeline->documents)
            documents_.insert(slot.name);
        addSteps(pipeline->steps);
    }
    areKnown_ = areKnown_ && !pipelines.empty();
}

void SpecNames::addSteps(const std::vector<StepPlan>& steps) {
    for (const StepPlan& step : steps) {
        steps_.insert(step.id);
        if (step.kind == "transform") {
            const Json options = storedJson(step.optionsJson);
            (boolOf(options, "many") ? numbered_ : documents_).insert(textOf(options, "into"));
        }
        for (const StepBranch& branch : step.branches)
            addSteps(branch.steps);
    }
}

void SpecNames::check(const ConfigRecord& entry, const std::string& owner) {
    using Check = void (SpecNames::*)(const Node&, const std::string&);
    const auto look = [&](const char* option, Check one) {
        if (const Node* const node = entry.find(option)) (this->*one)(*node, owner);
    };
    if (entry.kind == "service") look("name", &SpecNames::checkService);
    if (entry.kind == "expect") look("sent", &SpecNames::checkSent);
    if (!areKnown_) return;
    look("step", &SpecNames::checkStep);
    if (entry.kind != "expect") return;
    look("at", &SpecNames::checkPlace);
    look("ran", &SpecNames::checkSteps);
    look("not_ran", &SpecNames::checkSteps);
    look("facts", &SpecNames::checkFacts);
    look("documents", &SpecNames::checkDocuments);
}

void SpecNames::checkStep(const Node& node, const std::string& owner) {
    const std::string step = textIn(node);
    if (step.empty() || steps_.count(step) != 0) return;
    reportUnknown("step_unknown", node, step,
                  fmt::format("{}: {} has no step \"{}\"", owner, pipelines_, step), steps_);
}

void SpecNames::checkSteps(const Node& list, const std::string& owner) {
    if (!list.isList()) return;
    for (std::size_t i = 0; i < list.value->size(); ++i)
        checkStep(list.below(i + 1, (*list.value)[i]), owner);
}

// A dossier may stand at a step of the house's own as well, before its pipeline begins.
void SpecNames::checkPlace(const Node& node, const std::string& owner) {
    if (builtInStep(textIn(node)) == nullptr) checkStep(node, owner);
}

void SpecNames::checkFacts(const Node& table, const std::string& owner) {
    if (!table.value->is_object()) return;
    for (const auto& [step, facts] : table.value->items())
        if (steps_.count(step) == 0)
            reportUnknown("step_unknown", table.below(step, facts), step,
                          fmt::format("{}: facts: {} has no step \"{}\"", owner, pipelines_, step), steps_);
}

bool SpecNames::isMadeInNumbers(const std::string& document) const {
    const std::size_t dash = document.rfind('-');
    return dash != std::string::npos && numbered_.count(document.substr(0, dash)) != 0 &&
           dash + 1 < document.size() &&
           std::all_of(document.begin() + static_cast<std::ptrdiff_t>(dash) + 1, document.end(),
                       [](char c) { return c >= '0' && c <= '9'; });
}

void SpecNames::checkDocuments(const Node& list, const std::string& owner) {
    if (!list.isList()) return;
    for (std::size_t i = 0; i < list.value->size(); ++i) {
        const Node node = list.below(i + 1, (*list.value)[i]);
        const std::string document = textIn(node);
        if (document.empty() || documents_.count(document) != 0 || isMadeInNumbers(document)) continue;
        std::set<std::string> known = documents_;
        for (const std::string& name : numbered_)
            known.insert(name + "-1");
        reportUnknown("document_unknown", node, document,
                      fmt::format("{}: no slot and no step of {} provides the document \"{}\"", owner,
                                  pipelines_, document),
                      known);
    }
}

void SpecNames::checkSent(const Node& list, const std::string& owner) {
    if (!list.isList()) return;
    const std::set<std::string> notifiers = instancesOf({"notifier"});
    for (std::size_t i = 0; i < list.value->size(); ++i) {
        const Node message = list.below(i + 1, (*list.value)[i]);
        const Json& via = memberOf(*message.value, "via");
        if (!via.is_string() || notifiers.count(via.get<std::string>()) != 0) continue;
        reportUnknown("notifier_unknown", message.below("via", via), via.get<std::string>(),
                      fmt::format("{}: sent: there is no notifier \"{}\"", owner, via.get<std::string>()),
                      notifiers);
    }
}

void SpecNames::checkService(const Node& node, const std::string& owner) {
    const std::string name = textIn(node);
    const std::set<std::string> services = instancesOf({"notifier", "timestamp_authority"});
    if (name.empty() || services.count(name) != 0) return;
    reportUnknown("notifier_unknown", node, name,
                  fmt::format("{}: there is no notifier or authority \"{}\"", owner, name), services);
}

void SpecNames::reportUnknown(const char* code, const Node& node, const std::string& name,
                              const std::string& message, const std::set<std::string>& known) {
    check_.report(code, node, message,
                  closestName(name, std::vector<std::string>(known.begin(), known.end())));
}

std::set<std::string> SpecNames::instancesOf(const std::set<std::string>& roles) const {
    std::set<std::string> names;
    for (const InstancePlan& instance : plan_.instances)
        if (roles.count(instance.role) != 0) names.insert(instance.name);
    return names;
}

}  // namespace greffe
