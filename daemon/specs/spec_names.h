// SPDX-License-Identifier: Apache-2.0
// What a spec names must be there: a misspelled step in `not_ran` would be a promise that nothing can break.
#pragma once

#include "config/option_check.h"
#include "config/plan.h"

#include <set>
#include <string>
#include <vector>

namespace greffe {

// The names of all the pipelines that one spec drops to. Borrows the plan and the check.
class SpecNames {
public:
    // A pipeline that does not exist was reported elsewhere: then nothing is checked, but services.
    SpecNames(const Plan& plan, const std::set<std::string>& pipelines, OptionCheck& check);

    // Reports each name in one entry of a spec that nothing has. owner: spec "…": expect.
    void check(const ConfigRecord& entry, const std::string& owner);

private:
    void addSteps(const std::vector<StepPlan>& steps);
    void checkStep(const Node& node, const std::string& owner);
    void checkSteps(const Node& list, const std::string& owner);
    void checkPlace(const Node& node, const std::string& owner);
    void checkFacts(const Node& table, const std::string& owner);
    void checkDocuments(const Node& list, const std::string& owner);
    void checkSent(const Node& list, const std::string& owner);
    void checkService(const Node& node, const std::string& owner);
    void reportUnknown(const char* code, const Node& node, const std::string& name,
                       const std::string& message, const std::set<std::string>& known);
    std::set<std::string> instancesOf(const std::set<std::string>& roles) const;
    bool isMadeInNumbers(const std::string& document) const;

    const Plan& plan_;
    OptionCheck& check_;
    std::string pipelines_;  // for messages: pipeline "main"
    bool areKnown_ = true;
    std::set<std::string> steps_, documents_;
    std::set<std::string> numbered_;  // transforms with many = true make NAME-1, NAME-2 and so on
};

}  // namespace greffe
