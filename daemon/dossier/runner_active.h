// SPDX-License-Identifier: Apache-2.0
// Private to the runner: a dossier under way, its branches that move, and what its steps see.
#pragma once

#include "dossier/runner.h"

#include <optional>

namespace greffe {

// One branch that moves: a coroutine that walks its steps until it waits, is held or ends.
struct Runner::Line {
    Active& active;
    const std::string path;
    std::optional<Task<>> task;

    DossierRun& run() const;
    BranchRow& branch() const;
};

struct Runner::Active {
    std::shared_ptr<DossierRun> run;
    // By branch path. One that has stopped is removed on the reactor's next turn: a coroutine cannot destroy
    // itself.
    std::map<std::string, std::unique_ptr<Line>> lines;
    std::size_t moving = 0;  // lines that walk, or are about to
    // Decided by one branch, carried out by whichever line stops last: effects that are in flight on the
    // others are written down first. In the journal until then (endings.h).
    struct Ending {
        DossierState state;
        Reason reason;
        std::string explanation;
    };
    std::optional<Ending> ending;
    Reactor::TimerId liveTimer = 0;
};

inline DossierRun& Runner::Line::run() const {
    return *active.run;
}

inline BranchRow& Runner::Line::branch() const {
    return active.run->branch(path);
}

class Runner::Context final : public StepContext {
public:
    Context(Runner& runner, Line& line, const StepPlan& step, Json params, const EffectRow& effect)
        : runner_(runner),
          line_(line),
          inForce_(runner.services_.planInForce()),
          step_(step),
          params_(std::move(params)),
          remembered_(storedJson(effect.factsJson)),
          effect_(effect) {}

    DossierRun& run() override { return line_.run(); }
    const std::string& branch() const override { return line_.path; }
    const StepPlan& step() const override { return step_; }
    const Json& params() const override { return params_; }
    const EffectRow& effect() const override { return effect_; }
    const Json& remembered() const override { return remembered_; }
    const InstancePlan* instance(std::string_view role, std::string_view name) override;
    std::int64_t nowMs() const override { return toUnixMs(runner_.services_.clock.wall()); }
    Result<std::optional<std::string>> mark(const std::string& name) override {
        return runner_.reader_->mark(name);
    }
    std::optional<ClockDoubt> clockDoubt() const override { return runner_.services_.clock.doubt(); }
    std::string newId() override { return runner_.services_.ids.next(); }

    Task<CallOutcome> call(PoolKind kind, const CallRequest& request, bool isReplayable) override;
    Task<Result<CallInput>> open(const DocumentRow& document) override;
    Task<Result<NewDocument>> keep(const CallArtifact& artifact, const DocumentRow* base,
                                   const std::string& name) override;
    Task<Status> onDisk(const std::function<Status()>& work) override;
    Task<Status> commitNow() override { return runner_.commit(line_.run()); }
    SyncPoint& syncPoint() override { return runner_.services_.syncPoint; }
    Task<Status> reachesDisk(SyncPoint::Mark mark) override;
    AuthorityHealth& authorities() override { return runner_.authorities_; }

private:
    // The plan whose pool carries a call out.
    const std::shared_ptr<const Plan>& planFor(PoolKind kind, const std::string& name);
    // Runs `work` on the disk thread and comes back here with its result.
    template <class T>
    Task<T> diskResult(const std::function<T()>& work);

    Runner& runner_;
    Line& line_;
    // For as long as the step runs: a key that is exchanged between two of its calls would describe itself
    // as one and sign as another.
    const std::shared_ptr<const Plan> inForce_;
    const StepPlan& step_;
    Json params_;
    Json remembered_;
    const EffectRow& effect_;
};

}  // namespace greffe
