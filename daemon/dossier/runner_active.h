// SPDX-License-Identifier: Apache-2.0
// Private to the runner: a dossier under way, and what its steps see.
#pragma once

#include "dossier/runner.h"

namespace greffe {

struct Runner::Active {
    std::shared_ptr<DossierRun> run;
    std::optional<Task<>> task;
    Reactor::TimerId liveTimer = 0;
};

class Runner::Context final : public StepContext {
public:
    Context(Runner& runner, Active& active, const StepPlan& step, Json params, const EffectRow& effect)
        : runner_(runner), active_(active), step_(step), params_(std::move(params)), effect_(effect) {}

    DossierRun& run() override { return *active_.run; }
    const StepPlan& step() const override { return step_; }
    const Json& params() const override { return params_; }
    const EffectRow& effect() const override { return effect_; }
    std::int64_t nowMs() const override { return toUnixMs(runner_.services_.clock.wall()); }

    Task<CallOutcome> call(PoolKind kind, const CallRequest& request, bool isReplayable) override;
    Task<Result<CallInput>> open(const DocumentRow& document) override;
    Task<Result<NewDocument>> keep(const CallArtifact& artifact, const DocumentRow* base,
                                   const std::string& name) override;
    Task<Status> onDisk(const std::function<Status()>& work) override;
    Task<Status> commitNow() override { return runner_.commit(*active_.run); }
    SyncPoint& syncPoint() override { return runner_.services_.syncPoint; }
    AuthorityHealth& authorities() override { return runner_.authorities_; }

private:
    // Runs `work` on the disk thread and comes back here with its result.
    template <class T>
    Task<T> diskResult(const std::function<T()>& work);

    Runner& runner_;
    Active& active_;
    const StepPlan& step_;
    Json params_;
    const EffectRow& effect_;
};

}  // namespace greffe
