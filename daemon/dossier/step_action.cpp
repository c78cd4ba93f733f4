// SPDX-License-Identifier: Apache-2.0
#include "dossier/step_action.h"

#include "dossier/steps/steps.h"

namespace greffe {

CallRequest callRequest(std::string operation, std::string instance, std::string paramsJson,
                        std::vector<CallInput> inputs) {
    CallRequest request;
    request.operation = std::move(operation);
    request.instance = std::move(instance);
    request.paramsJson = std::move(paramsJson);
    request.inputs = std::move(inputs);
    return request;
}

StepEnd StepEnd::rejected(Reason reason, std::string explanation) {
    StepEnd end;
    end.verdict = Verdict::Rejected;
    end.reason = reason;
    end.explanation = std::move(explanation);
    return end;
}

StepEnd StepEnd::retry(Reason reason, std::string explanation) {
    StepEnd end = rejected(reason, std::move(explanation));
    end.verdict = Verdict::RetryLater;
    return end;
}

StepEnd StepEnd::postponed(Reason reason, std::string explanation, std::chrono::seconds delay) {
    StepEnd end = retry(reason, std::move(explanation));
    end.delaySeconds = static_cast<std::uint32_t>(delay.count());
    end.isPostponed = true;
    return end;
}

StepEnd StepEnd::storage(const Error& error, std::int32_t attempt) {
    if (error.code != Errc::NoSpace) return retry(Reason::StorageError, error.text());
    constexpr int kQuickTries = 6;
    const std::chrono::seconds delay{5LL << std::clamp(attempt - kQuickTries, 0, 7)};
    return postponed(Reason::StorageFull, error.text(), std::min(delay, std::chrono::seconds(600)));
}

StepEnd StepEnd::waiting(std::string key, std::int64_t dueMs, Json facts) {
    StepEnd end;
    end.verdict = Verdict::Waiting;
    end.waitKey = std::move(key);
    end.dueMs = dueMs;
    end.facts = std::move(facts);
    return end;
}

StepEnd StepEnd::from(const CallOutcome& outcome) {
    StepEnd end;
    end.verdict = outcome.verdict;
    end.reason = outcome.reason;
    end.explanation = outcome.explanation;
    end.delaySeconds = outcome.delaySeconds;
    end.hasCrashed = outcome.hasCrashed;
    end.facts = storedJson(outcome.factsJson);
    if (end.facts.is_discarded()) end.facts = Json::object();
    // Who waits for nothing and until no moment waits for ever.
    if (end.verdict == Verdict::Waiting && end.waitKey.empty() && end.dueMs == 0)
        return rejected(Reason::PluginFault,
                        "the plugin said that it waits, and this step cannot: it has nothing to wait for");
    return end;
}

Json StepAction::freeze(const DossierRun&, const StepPlan&, Json options, std::int64_t) const {
    return options;
}

Task<StepEnd> StepAction::reconcile(StepContext&) const {
    StepEnd end;
    end.verdict = Verdict::Uncertain;
    end.reason = Reason::OutcomeUnknown;
    end.explanation = "the daemon stopped between the call and its record; nobody knows whether it happened";
    co_return end;
}

const StepPlan* builtInStep(std::string_view id) {
    static const std::vector<StepPlan> steps = [] {
        std::vector<StepPlan> all;
        for (const StepAction* kind : allStepActions()) {
            if (kind->name().front() != '@') continue;
            StepPlan step;
            step.id = step.kind = kind->name();
            step.retry = {3, 1, 60};
            step.deadlineSeconds = 300;
            all.push_back(std::move(step));
        }
        return all;
    }();
    for (const StepPlan& step : steps)
        if (step.id == id) return &step;
    return nullptr;
}

const StepPlan* findStep(const PipelinePlan& pipeline, const std::string& id) {
    const StepPlan* builtIn = builtInStep(id);
    return builtIn != nullptr ? builtIn : pipeline.findStep(id);
}

const StepAction* findStepAction(std::string_view name) {
    for (const StepAction* kind : allStepActions())
        if (kind->name() == name) return kind;
    return nullptr;
}

}  // namespace greffe
