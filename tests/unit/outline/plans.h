// SPDX-License-Identifier: Apache-2.0
// Plans to draw: the kept ones of tests/config, and steps put together by hand.
#pragma once

#include "base/json.h"
#include "config/plan.h"
#include "sys/files.h"

#include <gtest/gtest.h>

#include <string>

namespace greffe {

// tests/config/NAME/plan.json
inline Plan keptPlan(const std::string& name) {
    const auto text =
        readFile(std::string(GREFFE_SOURCE_DIR) + "/tests/config/" + name + "/plan.json", kMaxPlanBytes);
    EXPECT_TRUE(text) << text.error().text();
    const Result<Plan> plan = readPlan(*text);
    EXPECT_TRUE(plan) << plan.error().text();
    return *plan;
}

inline StepPlan stepOf(const std::string& kind, const std::string& id, const Json& options = Json::object()) {
    StepPlan step;
    step.kind = kind;
    step.id = id;
    step.optionsJson = dumpJson(options);
    step.deadlineSeconds = 30;
    step.retry = {8, 10, 3600};
    step.file = "config/pipelines/x.lua";
    step.line = 7;
    return step;
}

inline StepPlan refusal(const std::string& reason) {
    return stepOf("refuse", "no", {{"reason", reason}});
}

}  // namespace greffe
