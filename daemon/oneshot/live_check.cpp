// SPDX-License-Identifier: Apache-2.0
#include "oneshot/live_check.h"

#include "base/json.h"
#include "dossier/house_folders.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace greffe {
namespace {

LiveFinding good(std::string what, std::string text) {
    return {std::move(what), true, std::move(text)};
}
LiveFinding bad(std::string what, std::string text) {
    return {std::move(what), false, std::move(text)};
}

LiveFinding folderFinding(std::string what, const std::string& path, const std::string& advice) {
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0)
        return bad(std::move(what), fmt::format("{}: {}; {}", path, std::strerror(errno), advice));
    if (!S_ISDIR(facts.st_mode))
        return bad(std::move(what), fmt::format("{} is not a folder; {}", path, advice));
    if (access(path.c_str(), R_OK | W_OK | X_OK) != 0)
        return bad(std::move(what), fmt::format("{}: this user may not write there ({}); {}", path,
                                                std::strerror(errno), advice));
    return good(std::move(what), path);
}

// The daemon makes its spool; the folder around it is the administrator's.
LiveFinding spoolFinding(const std::string& spool) {
    struct stat facts {};
    if (stat(spool.c_str(), &facts) == 0)
        return folderFinding("spool", spool, "give it to the daemon's user");
    const auto slash = spool.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : spool.substr(0, slash);
    LiveFinding finding = folderFinding("spool", parent, "make it for the daemon's user");
    if (finding.isGood) finding.text = spool + " will be made";
    return finding;
}

void checkSecrets(const InstancePlan& instance, const std::string& what, std::vector<LiveFinding>& findings) {
    for (const auto& [option, path] : instance.secrets)
        if (access(path.c_str(), R_OK) != 0)
            findings.push_back(
                bad(what, fmt::format("{} {}: {}; the file must be there and readable for the daemon's user",
                                      option, path, std::strerror(errno))));
}

std::string goodText(const InstancePlan& instance, const CallOutcome& outcome) {
    if (instance.sandbox == "keys")
        return "opens; signs as " + textOf(storedJson(outcome.factsJson), "signer");
    if (instance.sandbox == "providers") return "answers";
    return "ready";
}

// What can be asked of an instance without any effect.
struct Question {
    PoolKind pool;
    const char* operation;
};
Question questionFor(const InstancePlan& instance) {
    if (instance.sandbox == "keys") return {PoolKind::Keys, "key.describe"};
    if (instance.sandbox == "converters") return {PoolKind::Converters, "echo"};
    if (instance.sandbox != "providers") return {PoolKind::Documents, "echo"};
    // A queue has no health: what is there is fetched, and given back unacknowledged. So only its worker is
    // tried.
    const bool isQueue = instance.capabilities == std::vector<std::string>{"intake/1"};
    return {PoolKind::Providers, isQueue ? "echo" : "health"};
}

LiveFinding instanceFinding(OneShot& shot, const InstancePlan& instance, const std::string& what) {
    const Question question = questionFor(instance);
    CallRequest request = callRequest(question.operation, instance.name, "{}");
    const CallOutcome outcome = shot.call(question.pool, request);
    if (outcome.verdict == Verdict::Done) return good(what, goodText(instance, outcome));
    std::string text = shot.trouble().empty() ? outcome.explanation : shot.trouble();
    if (text.empty()) text = std::string(describe(outcome.reason).text);
    return bad(what, fmt::format("{} [{}]", text, reasonCode(outcome.reason)));
}

}  // namespace

std::vector<LiveFinding> checkLive(const HousePaths& paths, const std::shared_ptr<const Plan>& plan,
                                   const OneShot::Began& began) {
    std::vector<LiveFinding> findings;
    findings.push_back(spoolFinding(plan->settings.spool));
    for (const IntakePlan& intake : plan->intakes) {
        if (!intake.path.empty())
            findings.push_back(
                folderFinding("intake " + intake.name, intake.path,
                              "make the folder, or mount what it lies on, and let the daemon write there"));
        if (!intake.referenceRoot.empty())
            findings.push_back(
                folderFinding("intake " + intake.name, intake.referenceRoot, "messages name files below it"));
    }
    if (const Status apart = checkApart(dropFolders(*plan), keptFolders(*plan)); !apart)
        findings.push_back(bad("folders", apart.error().text()));
    // One after the other: each question has a pool of its own, so that the trouble of one is not told of
    // another.
    for (const auto& [what, kind] :
         {std::pair{"lua pool", PoolKind::Lua}, std::pair{"documents pool", PoolKind::Documents}}) {
        OneShot shot(plan, paths, began);
        const CallOutcome outcome = shot.call(kind, callRequest("echo", "", "{}"));
        findings.push_back(outcome.verdict == Verdict::Done
                               ? good(what, "its workers start")
                               : bad(what, shot.trouble().empty() ? outcome.explanation : shot.trouble()));
    }
    for (const InstancePlan& instance : plan->instances) {
        const std::string what = fmt::format("{} {}", instance.role, instance.name);
        checkSecrets(instance, what, findings);
        if (const std::string path = textOf(storedJson(instance.optionsJson), "path");
            instance.role == "archive")
            findings.push_back(
                folderFinding(what, path, "make the archive's folder, or mount what it lies on"));
        OneShot shot(plan, paths, began);
        findings.push_back(instanceFinding(shot, instance, what));
    }
    return findings;
}

}  // namespace greffe
