// SPDX-License-Identifier: Apache-2.0
// A pipeline as the engine runs it: read from the plan once, shared by all dossiers of that plan.
//
// Immutable; share it between threads.
#pragma once

#include "base/json.h"
#include "dossier/retry_policy.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace greffe {

enum class OnError { Stop, Continue };

struct StepPlan {
    std::string id;
    std::string kind;  // "seal"
    Json options;      // as checked, defaults filled in; functions are {"@function": …}
    Json when;         // a function reference, or null
    OnError onError = OnError::Stop;
    RetryPolicy retry;
    std::chrono::milliseconds deadline{60'000};
    bool hasFunctions = false;  // when or an option must be computed by the lua pool first
};

// A line of steps: the pipeline itself, or one arm of choose, each or parallel.
struct StepSequence {
    std::vector<StepPlan> steps;

    const StepPlan* find(const std::string& id) const;
    // The step after `id`, or nullptr after the last.
    const StepPlan* after(const std::string& id) const;
};

struct PipelinePlan {
    std::string name;
    std::string dossierType;
    StepSequence main;
};

// An instance of a plugin that steps refer to by name.
struct InstancePlan {
    std::string name;    // "company"
    std::string kind;    // "key", "timestamp_authority", "notifier", "archive", "document"
    std::string plugin;  // "key-file"
    Json options;
    std::map<std::string, std::string> secrets;  // option → path
};

struct RunnablePlan {
    std::string id;  // hex SHA-256
    std::map<std::string, PipelinePlan> pipelines;
    std::map<std::string, InstancePlan> instances;
    std::string sourcesJson;  // Lua sources, for the lua pool
};

}  // namespace greffe
