// SPDX-License-Identifier: Apache-2.0
// The sentences of an outline: what one step does, and its notes, in either language. Only
// pipeline_outline.cpp calls these.
#pragma once

#include "base/json_fwd.h"
#include "base/tongue.h"
#include "config/plan.h"
#include "outline/pipeline_outline.h"

#include <functional>
#include <string>
#include <vector>

namespace greffe {

// A step as the sentences need it.
struct StepView {
    const Plan& plan;
    const StepPlan& step;
    const Json& options;
    Tongue say;
    // "config/pipelines/x.lua" as people find it.
    std::function<std::string(const std::string&)> fileName;
};

std::string sentenceOf(const StepView& view);
std::vector<OutlineNote> notesOf(const StepView& view);
StepLook lookOf(const StepPlan& step);

// "7 days", "90 s".
std::string durationText(std::uint64_t seconds, Tongue say);
// "a, b and c"
std::string listText(const std::vector<std::string>& words, Tongue say, bool isChoice = false);
std::vector<std::string> textsOf(const Json& list);
// An option that may be a function: its value, or the function in words.
std::string valueText(const StepView& view, std::string_view option);

}  // namespace greffe
