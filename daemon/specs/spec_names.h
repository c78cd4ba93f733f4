// SPDX-License-Identifier: Apache-2.0
// What a spec names must be there: a misspelled step in `not_ran` would be a promise that nothing can break.
#pragma once

#include "config/option_check.h"
#include "config/plan.h"

#include <set>
#include <string>
#include <vector>

namespace greffe {

// The names of all the pipelines that one spec drops to. Borrows the plan.
class SpecNames {
public:
    // A pipeline that does not exist was reported elsewhere: then nothing is looked for, but services.
    SpecNames(const Plan& plan, const std::set<std::string>& pipelines);

    // A line for each name in one entry of a spec (step, document, notifier, authority) that nothing has.
    std::vector<std::string> unknownIn(const ConfigRecord& entry) const;

private:
    using Lines = std::vector<std::string>;

    void addSteps(const std::vector<StepPlan>& steps);
    void lookAtStep(const Json& step, Lines& lines) const;
    void lookAtSteps(const Json& list, Lines& lines) const;
    void lookAtPlace(const Json& step, Lines& lines) const;
    void lookAtFacts(const Json& table, Lines& lines) const;
    void lookAtDocuments(const Json& list, Lines& lines) const;
    void lookAtSent(const Json& list, Lines& lines) const;
    void lookAtService(const Json& service, Lines& lines) const;
    std::set<std::string> instancesOf(const std::set<std::string>& roles) const;
    bool isMadeInNumbers(const std::string& document) const;

    const Plan& plan_;
    std::string pipelines_;  // for messages: pipeline "main"
    bool areKnown_ = true;
    std::set<std::string> steps_, documents_;
    std::set<std::string> numbered_;  // transforms with many = true make NAME-1, NAME-2 and so on
};

}  // namespace greffe
