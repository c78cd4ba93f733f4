// SPDX-License-Identifier: Apache-2.0
#include "control/rewind.h"

#include "dossier/dossier_state.h"
#include "dossier/step_action.h"

#include <map>

namespace greffe {
namespace {

class Rewinding {
public:
    Rewinding(const DossierRows& now, const std::vector<TaskRow>& tasks, const PipelinePlan& pipeline,
              std::int64_t atMs)
        : now_(now), tasks_(tasks), pipeline_(pipeline), atMs_(atMs) {}

    DossierMoment rewind() {
        takeDocuments();
        takeTasks();
        takeMessages();
        takeEffects();
        moment_.rows.dossier = now_.dossier;
        DossierRow& dossier = moment_.rows.dossier;
        if (dossier.endedMs != 0 && dossier.endedMs <= atMs_) return std::move(moment_);
        dossier.endedMs = 0;
        dossier.isDelivered = false;
        dossier.reason.clear();
        dossier.explanation.clear();
        takeBranches();
        dossier.state = stateOfBranches(moment_.rows.branches);
        return std::move(moment_);
    }

private:
    void takeDocuments() {
        for (const DocumentRow& document : now_.documents)
            if (document.createdMs <= atMs_) moment_.rows.documents.push_back(document);
    }
    void takeTasks() {
        for (TaskRow task : tasks_) {
            if (task.createdMs > atMs_) continue;
            if (task.answeredMs > atMs_) {
                task.answer.clear();
                task.answeredBy.clear();
                task.comment.clear();
                task.answeredMs = 0;
            }
            if (task.answer.empty()) moment_.rows.openTasks.push_back(task);
            moment_.tasks.push_back(std::move(task));
        }
    }
    void takeMessages() {
        for (MessageRow message : now_.messages) {
            if (message.createdMs > atMs_) continue;
            if (message.updatedMs > atMs_) {
                message.state = "sending";
                message.updatedMs = message.createdMs;
            }
            moment_.rows.messages.push_back(std::move(message));
        }
    }
    bool waits(const EffectRow& effect) const {
        const StepPlan* const step = findStep(pipeline_, effect.step);
        if (step == nullptr) return false;
        for (const char* kind : {"task", "wait", "each", "parallel"})
            if (step->kind == kind) return true;
        return false;
    }
    void takeEffects() {
        for (EffectRow effect : now_.effects) {
            if (effect.startedMs > atMs_) continue;
            if (effect.endedMs == 0 || effect.endedMs > atMs_ || effect.state == EffectState::Intent) {
                effect.state = EffectState::Intent;
                effect.endedMs = waits(effect) ? effect.startedMs : 0;  // as an effect that waits is kept
                effect.reason.clear();
                effect.explanation.clear();
            }
            moment_.rows.effects.push_back(std::move(effect));
        }
    }
    // The first effect of this branch after that moment: what came next.
    const EffectRow* nextOf(const std::string& path) const {
        const EffectRow* next = nullptr;
        for (const EffectRow& effect : now_.effects)
            if (effect.branch == path && effect.startedMs > atMs_ &&
                (next == nullptr || effect.startedMs < next->startedMs))
                next = &effect;
        return next;
    }
    void takeBranches() {
        std::map<std::string, const EffectRow*> latest;  // by branch
        for (const EffectRow& effect : moment_.rows.effects) {
            const EffectRow*& known = latest[effect.branch];
            if (known == nullptr || effect.startedMs >= known->startedMs) known = &effect;
        }
        for (const auto& [path, effect] : latest) {
            const EffectRow* const next = nextOf(path);
            BranchRow branch;
            branch.dossier = now_.dossier.id;
            branch.path = path;
            branch.step = effect->step;
            branch.attempt = effect->attempt;
            if (effect->state == EffectState::Intent) {
                branch.state = waits(*effect) ? DossierState::Waiting : DossierState::Running;
            } else if (effect->state == EffectState::Failed) {
                branch.state = next != nullptr ? DossierState::RetryWait : DossierState::Held;
                branch.dueMs = next != nullptr ? next->startedMs : 0;
            } else if (effect->state == EffectState::Uncertain) {
                branch.state = DossierState::Uncertain;
            } else if (next != nullptr) {
                branch.state = DossierState::Ready;
                branch.step = next->step;
            } else {
                continue;  // this branch had come to its end
            }
            moment_.rows.branches.push_back(std::move(branch));
        }
    }
    static DossierState stateOfBranches(const std::vector<BranchRow>& branches) {
        std::vector<DossierState> states;
        for (const BranchRow& branch : branches)
            states.push_back(branch.state);
        return states.empty() ? DossierState::Ready : stateOf(states);
    }

    const DossierRows& now_;
    const std::vector<TaskRow>& tasks_;
    const PipelinePlan& pipeline_;
    const std::int64_t atMs_;
    DossierMoment moment_;
};

}  // namespace

DossierMoment rewound(const DossierRows& now, const std::vector<TaskRow>& tasks, const PipelinePlan& pipeline,
                      std::int64_t atMs) {
    return Rewinding(now, tasks, pipeline, atMs).rewind();
}

}  // namespace greffe
