// SPDX-License-Identifier: Apache-2.0
// The runner's loop over one branch: freeze → intent → run. What becomes of it then is in
// runner_settling.cpp; what happens around it (loading, timers, recovery, drain) in runner_flow.cpp, how it
// ends in runner_endings.cpp, what is written in runner_commits.cpp.
#include "dossier/runner.h"

#include "base/bytes_text.h"
#include "dossier/dossier_state.h"
#include "dossier/endings.h"
#include "dossier/operator_moves.h"
#include "dossier/pipeline_walk.h"
#include "dossier/runner_active.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::int64_t kPrepareDeadlineMs =
    10'000;  // functions may use 50 ms each; the rest is a busy machine
// Microseconds: a seal is milliseconds, a provider's answer seconds, a large conversion minutes.
const std::vector<std::int64_t> kStepTimes = {5'000,     25'000,     100'000,    500'000,
                                              2'000'000, 10'000'000, 60'000'000, 600'000'000};

// What an operator said of the step.
Json confirmedFacts(const DossierRun& run, const std::string& branch, const std::string& step) {
    Json facts;
    for (const EffectRow& effect : run.effects)
        if (effect.branch == branch && effect.step == step) facts = storedJson(effect.factsJson);
    return facts;
}

}  // namespace

// After the dossier's ending was decided only what may have happened is asked about: its answer belongs into
// the journal.
bool Runner::mayWalk(const Line& line) const {
    const DossierRun& run = line.run();
    if (run.isAstray || !run.isReady(line.path)) return false;
    if (!line.active.ending) return true;
    const BranchRow& branch = line.branch();
    const StepPlan* step = findStep(run.pipeline(), branch.step);
    const StepAction* kind = step != nullptr ? findStepAction(step->kind) : nullptr;
    const EffectRow* begun = run.openIntent(line.path, branch.step);
    return kind != nullptr && kind->effectClass() == EffectClass::Once && begun != nullptr &&
           begun->endedMs == 0;
}

Task<> Runner::runLine(Line& line) {
    Active& active = line.active;
    DossierRun& run = line.run();
    while (!isDraining_ && !isWanted(run.id()) && mayWalk(line)) {
        const StepPlan* step = findStep(run.pipeline(), line.branch().step);
        if (step == nullptr) {
            const std::string why = fmt::format("the plan has no step \"{}\"", line.branch().step);
            co_await hold(line, Reason::ConfigurationError, why);
            break;
        }
        co_await runStep(line, *step);
        if (options_.stopsAfterEachStep && !isDraining_) drain(nullptr);
    }
    if (active.moving == 1 && !run.isAstray) {
        Status written;
        if (active.ending) {
            written = co_await endDossier(active);
        } else if (isDraining_ || isWanted(run.id())) {
            // Called away between two steps: what was done is written down, so that nobody has to do it
            // again, or to ask whether it happened.
            written = co_await commit(run);
        }
        if (written && isFinal(run.dossier.state) && !run.dossier.isDelivered) co_await deliver(run);
    }
    --active.moving;
    services_.reactor.post([this, id = run.id(), path = line.path] { lineStopped(id, path); });
}

Task<Result<Json>> Runner::askFunctions(Line& line, const StepPlan& step, bool withSources) {
    CallRequest request =
        callRequest("prepare", "", dumpJson(functionCalls(line.run(), line.path, step, withSources)));
    CallTarget* const lua = services_.pool(services_.planInForce(), PoolKind::Lua, request.instance);
    if (lua == nullptr) co_return makeError(Errc::NotFound, "there is no lua pool");
    request.id = nextCall_++;
    request.deadlineMs = kPrepareDeadlineMs;
    Awaited<CallOutcome> answered([&](Awaited<CallOutcome>::Resolve resolve) {
        lua->submit(std::move(request), true, std::move(resolve));
    });
    const CallOutcome outcome = co_await answered;
    if (outcome.verdict != Verdict::Done)
        co_return makeError(Errc::Invalid, fmt::format("step \"{}\", {}:{}: its functions: {}", step.id,
                                                       step.file, step.line, outcome.explanation));
    co_return parseJson(outcome.factsJson);
}

// The options with the results of their functions. A step without functions needs no worker.
Task<Result<FrozenOptions>> Runner::freezeOptions(Line& line, const StepPlan& step) {
    Json answer;
    if (!step.functions.empty()) {
        auto said = co_await askFunctions(line, step, false);
        if (said && needsSources(*said)) said = co_await askFunctions(line, step, true);
        if (!said) co_return said.error();
        answer = std::move(*said);
    }
    auto frozen = optionsFrom(step, answer);
    if (frozen && step.isSkipped) frozen->isWanted = false;
    if (const Json item = line.run().item(line.path); frozen && item.is_object())
        frozen->options["@item"] = item;
    co_return frozen;
}

// Runs one step and moves the branch.
Task<> Runner::runStep(Line& line, const StepPlan& step) {
    DossierRun& run = line.run();
    const StepAction* kind = findStepAction(step.kind);
    if (line.branch().waitKey == confirmedKey(step.id)) {  // an operator said that it happened
        if (kind == nullptr || !kind->followsConfirmed(confirmedFacts(run, line.path, step.id))) {
            const std::string nowhere;
            co_await advance(line, step, nowhere);
            co_return;
        }
        line.branch().waitKey.clear();
    }
    if (kind == nullptr) {
        const std::string why = fmt::format("no step kind \"{}\"", step.kind);
        co_await hold(line, Reason::PluginMissing, why);
        co_return;
    }
    EffectRow effect;
    Json params;
    const EffectRow* begun = run.openIntent(line.path, step.id);
    const bool isTakenUp = begun != nullptr;
    // Waiting for somebody is not a call whose end is unknown.
    const bool mustReconcile = isTakenUp && kind->effectClass() == EffectClass::Once && begun->endedMs == 0;
    if (isTakenUp) {
        effect = *begun;
        params = storedJson(effect.paramsJson);
    } else {
        auto frozen = co_await freezeOptions(line, step);
        if (!frozen) {
            const std::string why = frozen.error().text();
            co_await hold(line, Reason::ConfigurationError, why);
            co_return;
        }
        const std::int64_t nowMs = toUnixMs(services_.clock.wall());
        effect.dossier = run.id();
        effect.step = step.id;
        effect.item = itemOf(line.path);
        effect.attempt = run.attemptsOf(line.path, step.id) + 1;
        effect.branch = line.path;
        effect.key = effectKey(run.id(), step.id, effect.item);
        effect.startedMs = nowMs;
        if (!frozen->isWanted) {
            effect.state = EffectState::Done;
            effect.endedMs = nowMs;
            effect.paramsJson = "{}";
            effect.factsJson = R"({"skipped":true})";
            run.effects.push_back(effect);
            run.pending.effects.push_back(effect);
            const std::string nowhere;
            co_await advance(line, step, nowhere);
            co_return;
        }
        params = kind->freeze(run, step, std::move(frozen->options), nowMs);
        effect.paramsJson = dumpJson(params);
        run.effects.push_back(effect);
    }
    run.move(line.path, BranchEvent::Start);
    if (kind->journalsParams() && !isTakenUp) {
        run.pending.effects.push_back(effect);
        const Status committed = co_await commit(run);
        if (!committed) co_return;  // nothing is begun that nobody knows of
    }
    Context context(*this, line, step, std::move(params), effect);
    // Not as one conditional expression: GCC 12 destroys the temporaries of both arms.
    StepEnd end;
    const SteadyTime began = services_.clock.steady();
    if (mustReconcile) {
        end = co_await kind->reconcile(context);
    } else {
        end = co_await kind->run(context);
    }
    ++status_.stepResults[fmt::format("{}/{}", step.kind, static_cast<int>(end.verdict))];
    status_.stepTimes.try_emplace(step.kind, kStepTimes)
        .first->second.add(
            std::chrono::duration_cast<std::chrono::microseconds>(services_.clock.steady() - began).count());
    co_await settle(line, step, effect, end);
}

}  // namespace greffe
