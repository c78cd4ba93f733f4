// SPDX-License-Identifier: Apache-2.0
// From what the evaluator gave to a plan, or to the list of everything that is wrong with it.
//
// Pure: no file, no clock, no plugin code. Whether paths exist and services answer is for `greffe check
// --live`.
#pragma once

#include "base/json_fwd.h"
#include "config/diagnostic.h"
#include "config/plan.h"
#include "config/plugin_catalog.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

// One value of the configuration and who says so, for `greffe config show --origin`.
struct ValueOrigin {
    std::string path;       // "keys.office.levels", "pipelines.seal.seal.level" (pipeline, step id, option)
    std::string valueText;  // JSON
    std::string file;       // empty: shipped default
    int line = 0;
};

struct CompileResult {
    std::optional<Plan> plan;             // there only without an error
    std::vector<Diagnostic> diagnostics;  // sorted; warnings too
    std::vector<ValueOrigin> origins;     // sorted by path
};

// What is known of message templates beyond the configuration (messages/message_templates.h gives it).
struct TemplateRules {
    std::vector<std::string> builtIn;                  // names that need no entry
    std::function<Status(const TemplatePlan&)> check;  // whether one can be rendered at all; may be empty
    std::vector<std::string> tags;                     // the names that a message begins its tags with
    // Those of a text's that no message will ever fill; may be empty.
    std::function<std::vector<std::string>(const std::string& text)> unknownTags;
};

// sources: the input of evaluate(); evaluated: its answer.
CompileResult compilePlan(const Json& sources, const Json& evaluated, const PluginCatalog& catalog,
                          const TemplateRules& templates = {});

// A setting that is read at start only and differs.
struct FrozenChange {
    std::string option, before, after;  // JSON texts
};
// What of the new plan takes effect at a restart only. The old values stay in force until then.
std::vector<FrozenChange> compareFrozen(const Plan& running, const Plan& next);

}  // namespace greffe
