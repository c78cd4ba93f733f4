// SPDX-License-Identifier: Apache-2.0
#include "oneshot/one_shot.h"

#include "base/clock.h"
#include "base/ulid.h"
#include "dossier/authority_health.h"
#include "sys/sync_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace greffe {
namespace {

constexpr std::int64_t kDeadlineMs = 120'000;

PoolEvents eventsFor(std::string& trouble) {
    PoolEvents events;
    events.degradedChanged = [&trouble](const std::string&, bool isDegraded, const std::string& why) {
        trouble = isDegraded ? why : std::string();
    };
    return events;
}

// A step's surroundings without a journal: documents are the caller's descriptors, what is kept is handed
// back, nothing is committed.
class OneShotContext final : public StepContext {
public:
    OneShotContext(OneShot& shot, DossierRun& run, const StepPlan& step, Json params,
                   const std::vector<CallInput>& documents)
        : shot_(shot), run_(run), step_(step), params_(std::move(params)), documents_(documents) {
        effect_.key = effectKey(run.id(), step.id, "");
    }

    DossierRun& run() override { return run_; }
    const std::string& branch() const override { return effect_.branch; }
    const StepPlan& step() const override { return step_; }
    const Json& params() const override { return params_; }
    const EffectRow& effect() const override { return effect_; }
    const Json& remembered() const override { return remembered_; }
    std::int64_t nowMs() const override { return toUnixMs(systemClock().wall()); }

    std::string newId() override { return ids_.next(); }

    Task<CallOutcome> call(PoolKind pool, const CallRequest& given, bool) override {
        CallRequest request = given;
        request.key = effect_.key;
        CallOutcome outcome = co_await shot_.callLater(pool, request);
        co_return outcome;
    }
    Task<Result<CallInput>> open(const DocumentRow& document) override {
        const auto at = indexOf(document);
        if (!at) co_return makeError(Errc::NotFound, "there is no document " + document.id);
        co_return documents_[*at];
    }
    Task<Result<NewDocument>> keep(const CallArtifact& artifact, const DocumentRow* base,
                                   const std::string& name) override {
        NewDocument document;
        document.slot = artifact.name;
        document.name = name;
        document.mediaType = artifact.mediaType;
        kept.push_back(artifact);
        if (base != nullptr && artifact.baseInput != CallArtifact::kNoBase) {
            const auto at = indexOf(*base);
            if (!at) co_return makeError(Errc::NotFound, "there is no document " + base->id);
            kept.back().baseInput = static_cast<std::int32_t>(*at);
        }
        co_return document;
    }
    Task<Status> onDisk(const std::function<Status()>& work) override { co_return work(); }
    Task<Status> commitNow() override { co_return Status(); }
    SyncPoint& syncPoint() override { return syncPoint_; }
    Task<Status> reachesDisk(SyncPoint::Mark mark) override {
        syncPoint_.flush();
        co_return syncPoint_.check(mark);
    }
    AuthorityHealth& authorities() override { return authorities_; }

    std::vector<CallArtifact> kept;

private:
    std::optional<std::size_t> indexOf(const DocumentRow& document) const {
        for (std::size_t i = 0; i < run_.documents.size(); ++i)
            if (run_.documents[i].id == document.id) return i;
        return std::nullopt;
    }

    OneShot& shot_;
    DossierRun& run_;
    const StepPlan& step_;
    Json params_;
    EffectRow effect_;
    Json remembered_ = Json::object();
    UlidSource ids_;
    const std::vector<CallInput>& documents_;
    SyncPoint syncPoint_;
    AuthorityHealth authorities_{systemClock()};
};

DocumentRow rowOf(const CallInput& input, std::string id) {
    DocumentRow row;
    row.id = std::move(id);
    row.slot = input.slot;
    row.name = input.name;
    row.mediaType = input.mediaType;
    row.blob = input.sha256;
    row.sizeBytes = input.sizeBytes;
    return row;
}

// All parameters by reference, as base/task.h asks.
Task<> drive(const StepAction& kind, StepContext& context, StepEnd& end, Reactor& reactor) {
    end = co_await kind.run(context);
    reactor.post([&reactor] { reactor.stop(); });
}

}  // namespace

std::shared_ptr<Plan> planWith(std::vector<InstancePlan> instances) {
    auto plan = std::make_shared<Plan>();
    plan->settings.documentWorkers = 1;
    plan->instances = std::move(instances);
    // Somebody's own key and documents, for the length of one command: nobody else's files are at stake.
    plan->settings.mayRunWithoutLandlock = true;
    return plan;
}

OneShot::OneShot(std::shared_ptr<const Plan> plan, const HousePaths& paths, Began began)
    : plan_(std::move(plan)), began_(std::move(began)), pools_(reactor_, paths, eventsFor(trouble_)) {
    pools_.setMayRunWithoutLandlock(plan_->settings.mayRunWithoutLandlock);
}

Task<CallOutcome> OneShot::callLater(PoolKind kind, const CallRequest& given) {
    CallRequest request = given;
    WorkerPool* const pool = pools_.find(plan_, kind, request.instance);
    if (pool == nullptr) {
        CallOutcome outcome;
        outcome.verdict = Verdict::Rejected;
        outcome.reason = Reason::PluginMissing;
        outcome.explanation = fmt::format("the plugin behind \"{}\" is not installed", request.instance);
        co_return outcome;
    }
    if (began_) began_(request.operation);
    request.id = nextCall_++;
    request.deadlineMs = kDeadlineMs;
    Awaited<CallOutcome> answered([&](Awaited<CallOutcome>::Resolve resolve) {
        // Nothing is tried again here: whoever typed the command tries again, or reads why.
        pool->submit(std::move(request), true, std::move(resolve));
    });
    CallOutcome outcome = co_await answered;
    co_return outcome;
}

CallOutcome OneShot::call(PoolKind pool, CallRequest request) {
    CallOutcome outcome;
    const auto ask = [&]() -> Task<> {
        outcome = co_await callLater(pool, request);
        reactor_.post([this] { reactor_.stop(); });
    };
    Task<> task = ask();
    task.start();
    reactor_.run();
    return outcome;
}

OneShot::StepResult OneShot::run(const StepPlan& step, const std::vector<CallInput>& documents) {
    StepResult result;
    const StepAction* const kind = findStepAction(step.kind);
    auto options = parseJson(step.optionsJson);
    if (kind == nullptr || !options) {
        result.end =
            StepEnd::rejected(Reason::ConfigurationError,
                              options ? "there is no step \"" + step.kind + "\"" : options.error().text());
        return result;
    }
    UlidSource ids;
    DossierRow dossier;
    dossier.id = ids.next();
    dossier.createdMs = toUnixMs(systemClock().wall());
    std::vector<DocumentRow> rows;
    rows.reserve(documents.size());
    for (const CallInput& document : documents)
        rows.push_back(rowOf(document, ids.next()));
    PipelinePlan pipeline;
    pipeline.steps.push_back(step);
    DossierRun dossierRun(plan_, pipeline, std::move(dossier), {}, std::move(rows), {}, {});
    OneShotContext context(*this, dossierRun, step,
                           kind->freeze(dossierRun, step, std::move(*options), dossierRun.dossier.createdMs),
                           documents);
    Task<> task = drive(*kind, context, result.end, reactor_);
    task.start();
    reactor_.run();
    result.kept = std::move(context.kept);
    return result;
}

}  // namespace greffe
