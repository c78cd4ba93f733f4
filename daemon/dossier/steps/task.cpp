// SPDX-License-Identifier: Apache-2.0
// task: asks a person and waits. The answer is written into the task's row by whoever answers, which wakes
// the branch.
#include "dossier/pipeline_walk.h"
#include "dossier/steps/steps.h"
#include "dossier/steps/waiting.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

class AskPerson final : public StepAction {
public:
    std::string_view name() const override { return "task"; }
    EffectClass effectClass() const override { return EffectClass::Idempotent; }

    Json freeze(const DossierRun&, const StepPlan&, Json options, std::int64_t nowMs) const override {
        freezeExpiry(options, nowMs);
        return options;
    }

    Task<StepEnd> run(StepContext& context) const override {
        DossierRun& run = context.run();
        const std::string id = textOf(context.remembered(), "task");
        const auto known = std::find_if(run.tasks.begin(), run.tasks.end(),
                                        [&](const TaskRow& row) { return row.id == id; });
        if (known == run.tasks.end()) co_return ask(context);
        if (!known->answer.empty()) co_return answered(context, *known);
        const std::int64_t expiresMs = expiryOf(context.params());
        if (expiresMs != 0 && context.nowMs() >= expiresMs) {
            known->answer = kTaskClosed;
            known->answeredBy = "engine";
            known->comment = "expired";
            known->answeredMs = context.nowMs();
            run.pending.tasks.push_back(*known);
            co_return expiredEnd(context.step(), fmt::format("{} did not answer in time", known->ask));
        }
        // Woken early: by a clock that was set back, or by hand.
        co_return StepEnd::waiting(taskWaitKey(id), expiresMs, context.remembered());
    }

private:
    static StepEnd ask(StepContext& context) {
        TaskRow row;
        row.id = context.newId();
        row.dossier = context.run().id();
        row.branch = context.branch();
        row.step = context.step().id;
        row.ask = textOf(context.params(), "ask");
        row.answersJson = dumpJson(memberOf(context.params(), "answers"));
        row.createdMs = context.nowMs();
        row.expiresMs = expiryOf(context.params());
        context.run().tasks.push_back(row);
        context.run().pending.tasks.push_back(row);
        return StepEnd::waiting(taskWaitKey(row.id), row.expiresMs, {{"task", row.id}});
    }

    static StepEnd answered(StepContext& context, const TaskRow& task) {
        StepEnd end;
        end.facts = {{"task", task.id},
                     {"answer", task.answer},
                     {"answered_by", task.answeredBy},
                     {"comment", task.comment},
                     {"answered_unix", task.answeredMs / 1000}};
        const std::string way = "on." + task.answer;
        if (findWay(context.step(), way) != nullptr) end.way = way;
        return end;
    }
};

}  // namespace

std::string taskWaitKey(const std::string& task) {
    return "task:" + task;
}

const StepAction& taskStep() {
    static const AskPerson step;
    return step;
}

}  // namespace greffe
