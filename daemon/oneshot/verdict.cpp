// SPDX-License-Identifier: Apache-2.0
#include "oneshot/verdict.h"

#include <algorithm>

namespace greffe {
namespace {

// Whether the document is to blame, or something around it.
Standing standingOf(Verdict verdict, Reason reason, bool hasCrashed) {
    if (verdict == Verdict::Done) return Standing::Good;
    // Three of these and the daemon puts the document aside, too.
    if (hasCrashed || reason == Reason::DeadlineExceeded || reason == Reason::OutOfMemory)
        return Standing::Bad;
    if (verdict != Verdict::Rejected || describe(reason).cls == ReasonClass::Transient)
        return Standing::Unknown;
    switch (reason) {
        case Reason::PluginMissing:
        case Reason::PluginFault:
        case Reason::ConfigurationError:
        case Reason::KeyUnusable: return Standing::Unknown;
        default: return Standing::Bad;
    }
}

JobVerdict verdictOf(Verdict verdict, Reason reason, const std::string& explanation, bool hasCrashed,
                     Json facts, const std::string& trouble) {
    JobVerdict result;
    result.facts = facts.is_object() ? std::move(facts) : Json::object();
    if (verdict == Verdict::Done) return result;
    const Standing standing = standingOf(verdict, reason, hasCrashed);
    // A pool that does not come up says why in the words of its plugin, which no document had a part in; to
    // the caller it is as if the plugin were missing.
    if (standing == Standing::Unknown && !trouble.empty()) {
        const Reason cause = reason == Reason::PluginMissing ? Reason::ConfigurationError : reason;
        result.add(standing, {std::string(reasonCode(cause)), trouble});
        return result;
    }
    const Json& findings = memberOf(result.facts, "findings");
    for (const Json& finding : findings)
        result.add(standing, {textOf(finding, "code"), textOf(finding, "text")});
    if (findings.empty())
        result.add(standing, {std::string(reasonCode(reason)),
                              explanation.empty() ? std::string(describe(reason).text) : explanation});
    return result;
}

std::string_view nameOf(Standing standing) {
    switch (standing) {
        case Standing::Good: return "good";
        case Standing::Bad: return "bad";
        case Standing::Unknown: break;
    }
    return "unknown";
}

}  // namespace

void JobVerdict::add(Standing found, Problem problem) {
    standing = std::max(standing, found);
    problems.push_back(std::move(problem));
}

JobVerdict verdictOf(const CallOutcome& outcome, const std::string& trouble) {
    return verdictOf(outcome.verdict, outcome.reason, outcome.explanation, outcome.hasCrashed,
                     storedJson(outcome.factsJson), trouble);
}

JobVerdict verdictOf(const StepEnd& end, const std::string& trouble) {
    return verdictOf(end.verdict, end.reason, end.explanation, end.hasCrashed, end.facts, trouble);
}

Json verdictJson(const JobVerdict& verdict) {
    Json problems = Json::array();
    for (const Problem& problem : verdict.problems)
        problems.push_back({{"code", problem.code}, {"text", problem.text}});
    return {
        {"verdict", nameOf(verdict.standing)}, {"problems", std::move(problems)}, {"facts", verdict.facts}};
}

}  // namespace greffe
