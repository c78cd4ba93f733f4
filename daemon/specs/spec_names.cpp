// SPDX-License-Identifier: Apache-2.0
#include "specs/spec_names.h"

#include "config/suggestion.h"
#include "dossier/step_action.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

std::string hint(const std::string& name, const std::set<std::string>& known) {
    const std::string meant = closestName(name, std::vector<std::string>(known.begin(), known.end()));
    return meant.empty() ? "" : fmt::format("; did you mean \"{}\"?", meant);
}

}  // namespace

SpecNames::SpecNames(const Plan& plan, const std::set<std::string>& pipelines) : plan_(plan) {
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
        if (step.kind == "sign")
            if (const std::string proof = textOf(storedJson(step.optionsJson), "proof"); !proof.empty())
                documents_.insert(proof);
        for (const StepBranch& branch : step.branches)
            addSteps(branch.steps);
    }
}

std::vector<std::string> SpecNames::unknownIn(const ConfigRecord& entry) const {
    using Look = void (SpecNames::*)(const Json&, Lines&) const;
    Lines lines;
    const auto look = [&](const char* option, Look one) {
        if (const Node* const node = entry.find(option)) (this->*one)(*node->value, lines);
    };
    if (entry.kind == "service") look("name", &SpecNames::lookAtService);
    if (entry.kind == "expect") look("sent", &SpecNames::lookAtSent);
    if (!areKnown_) return lines;
    look("step", &SpecNames::lookAtStep);
    if (entry.kind != "expect") return lines;
    look("at", &SpecNames::lookAtPlace);
    look("ran", &SpecNames::lookAtSteps);
    look("not_ran", &SpecNames::lookAtSteps);
    look("facts", &SpecNames::lookAtFacts);
    look("documents", &SpecNames::lookAtDocuments);
    return lines;
}

void SpecNames::lookAtStep(const Json& step, Lines& lines) const {
    if (!step.is_string()) return;
    const auto name = step.get<std::string>();
    if (name.empty() || steps_.count(name) != 0) return;
    lines.push_back(fmt::format("{} has no step \"{}\"{}", pipelines_, name, hint(name, steps_)));
}

void SpecNames::lookAtSteps(const Json& list, Lines& lines) const {
    if (!list.is_array()) return;
    for (const Json& step : list)
        lookAtStep(step, lines);
}

// A dossier may stand at a step of the house's own as well, before its pipeline begins.
void SpecNames::lookAtPlace(const Json& step, Lines& lines) const {
    if (step.is_string() && builtInStep(step.get<std::string>()) != nullptr) return;
    lookAtStep(step, lines);
}

void SpecNames::lookAtFacts(const Json& table, Lines& lines) const {
    if (!table.is_object()) return;
    for (const auto& [step, facts] : table.items())
        lookAtStep(step, lines);
}

bool SpecNames::isMadeInNumbers(const std::string& document) const {
    const std::size_t dash = document.rfind('-');
    return dash != std::string::npos && numbered_.count(document.substr(0, dash)) != 0 &&
           dash + 1 < document.size() &&
           std::all_of(document.begin() + static_cast<std::ptrdiff_t>(dash) + 1, document.end(),
                       [](char c) { return c >= '0' && c <= '9'; });
}

void SpecNames::lookAtDocuments(const Json& list, Lines& lines) const {
    if (!list.is_array()) return;
    for (const Json& entry : list) {
        if (!entry.is_string()) continue;
        const auto document = entry.get<std::string>();
        if (document.empty() || documents_.count(document) != 0 || isMadeInNumbers(document)) continue;
        std::set<std::string> known = documents_;
        for (const std::string& name : numbered_)
            known.insert(name + "-1");
        lines.push_back(fmt::format("no slot and no step of {} provides the document \"{}\"{}", pipelines_,
                                    document, hint(document, known)));
    }
}

void SpecNames::lookAtSent(const Json& list, Lines& lines) const {
    if (!list.is_array()) return;
    const std::set<std::string> notifiers = instancesOf({"notifier"});
    for (const Json& message : list) {
        const std::string via = textOf(message, "via");
        if (via.empty() || notifiers.count(via) != 0) continue;
        lines.push_back(fmt::format("sent: there is no notifier \"{}\"{}", via, hint(via, notifiers)));
    }
}

void SpecNames::lookAtService(const Json& service, Lines& lines) const {
    if (!service.is_string()) return;
    const auto name = service.get<std::string>();
    const std::set<std::string> services =
        instancesOf({"notifier", "signature_provider", "timestamp_authority"});
    if (name.empty() || services.count(name) != 0) return;
    lines.push_back(fmt::format("there is no notifier, authority or signature provider \"{}\"{}", name,
                                hint(name, services)));
}

std::set<std::string> SpecNames::instancesOf(const std::set<std::string>& roles) const {
    std::set<std::string> names;
    for (const InstancePlan& instance : plan_.instances)
        if (roles.count(instance.role) != 0) names.insert(instance.name);
    return names;
}

}  // namespace greffe
