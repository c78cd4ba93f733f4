// SPDX-License-Identifier: Apache-2.0
// What a command says in the end: whether the thing is good, and one sentence for each problem.
#pragma once

#include "base/json.h"
#include "dossier/step_action.h"

#include <string>
#include <vector>

namespace greffe {

enum class Standing {
    Good,
    Bad,      // the document's own fault: exit code 1
    Unknown,  // something around it is missing or broken: exit code 3
};

struct Problem {
    std::string code;  // of greffe/reason.h
    std::string text;  // a sentence; may hold what a stranger wrote
};

struct JobVerdict {
    Standing standing = Standing::Good;
    std::vector<Problem> problems;
    Json facts = Json::object();  // as the plugin gave them

    // The graver of the two standings; Unknown is graver than Bad: what was not looked at is not judged.
    void add(Standing found, Problem problem);
};

// Of a call, with the sentences of its fact "findings". `trouble`: OneShot's.
JobVerdict verdictOf(const CallOutcome& outcome, const std::string& trouble);
JobVerdict verdictOf(const StepEnd& end, const std::string& trouble);

// {"verdict": "good" | "bad" | "unknown", "problems": [{"code", "text"}], "facts": …}
Json verdictJson(const JobVerdict& verdict);

}  // namespace greffe
