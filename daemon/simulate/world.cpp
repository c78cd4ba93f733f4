// SPDX-License-Identifier: Apache-2.0
#include "simulate/world.h"

#include "base/bytes_text.h"
#include "control/needed_manifest.h"
#include "simulate/dropped_whole.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace greffe {
namespace {

// Ids are in what is sealed and kept: with the same ones, what was worked out once need not be again.
constexpr std::uint64_t kSeed = 1;
constexpr std::chrono::milliseconds kBorrowLimit{60'000};

// The answer to one operation; whoever asked turns the reactor until it is there.
class AwaitedReply final : public ControlReply {
public:
    explicit AwaitedReply(Reactor& reactor) : reactor_(reactor) {}

    void progress(Json) override {}
    // Any thread.
    void finish(Result<Json> result) override {
        auto shared = std::make_shared<Result<Json>>(std::move(result));
        reactor_.post([this, shared] {
            answer = std::move(*shared);
            reactor_.stop();
        });
    }
    bool isClientGone() const override { return false; }

    std::optional<Result<Json>> answer;

private:
    Reactor& reactor_;
};

bool wantsSeveralDocuments(const PipelinePlan& pipeline) {
    return std::count_if(pipeline.documents.begin(), pipeline.documents.end(),
                         [](const SlotPlan& slot) { return slot.isMandatory; }) > 1;
}

}  // namespace

World::World(Stage& stage, WallTime start, Restarts restarts, ScratchFolder folder,
             StandInAuthority authority)
    : stage_(stage),
      restarts_(restarts),
      folder_(std::move(folder)),
      time_(start),
      ids_(time_, kSeed),
      ledger_(std::make_unique<EffectLedger>(stage.reactor(), time_, std::move(authority))) {}

Result<std::unique_ptr<World>> World::open(Stage& stage, WallTime start, Restarts restarts) {
    GREFFE_TRY_ASSIGN(ScratchFolder folder, ScratchFolder::make());
    GREFFE_TRY_ASSIGN(StandInAuthority authority, stage.authority());
    auto world =
        std::unique_ptr<World>(new World(stage, start, restarts, std::move(folder), std::move(authority)));
    GREFFE_TRY(world->begin());
    return world;
}

World::~World() {
    if (runner_ == nullptr) return;
    Reactor& reactor = stage_.reactor();
    // What was begun ends first: others hold references to what goes away now.
    runner_->drain([&reactor] { reactor.stop(); });
    reactor.run();
    desk_.reset();
    disk_.reset();
    journal_.reset();
    // The last words of those threads, which the next world must not hear.
    reactor.post([&reactor] { reactor.stop(); });
    reactor.run();
}

Status World::begin() {
    running_ = std::make_shared<const RunningPlan>(RunningPlan{stage_.planId(), stage_.plan(), {}});
    GREFFE_TRY(makeDirectories(folder_.path() + "/journal"));
    GREFFE_TRY_ASSIGN(store_, openSqliteStore(folder_.path() + "/journal"));
    GREFFE_TRY_ASSIGN(blobReader_, store_->openReader());
    BlobSpool::Options options;
    options.findRow = [this](const Digest& digest) {
        const std::scoped_lock lock(blobReaderMutex_);
        return blobReader_->blob(digest);
    };
    GREFFE_TRY_ASSIGN(spool_, BlobSpool::open(folder_.path() + "/blobs", std::move(options)));
    delivery_ = std::make_unique<Delivery>(*spool_, syncPoint_, time_);
    Journal::Options journal;
    journal.beforeCommit = [this]() -> Status {
        GREFFE_TRY(spool_->flush());
        syncPoint_.flush();
        return {};
    };
    // Nothing that anybody keeps: whoever tries a pipeline on a full machine reads why it ended.
    journal.onBroken = [](const Error& error) {
        fmt::print(stderr, "greffe: the simulation's journal: {}\n", error.text());
        std::_Exit(3);
    };
    journal_ = std::make_unique<Journal>(*store_, std::move(journal));
    disk_ = std::make_unique<SerialThread>();
    PlanRow row;
    row.id = stage_.planId();
    row.text = stage_.planText();
    row.createdMs = toUnixMs(time_.wall());
    GREFFE_TRY(journal_->run([&row](StoreTransaction& tx) { return tx.insertPlan(row); }));
    openRunner();
    openDesk();
    GREFFE_TRY_ASSIGN(desk_->reader, store_->openReader());
    return runner_->start();
}

void World::openRunner() {
    RunnerServices services{
        stage_.reactor(),
        time_,
        *journal_,
        *store_,
        *spool_,
        syncPoint_,
        *disk_,
        *delivery_,
        time_,
        ids_,
        [this](const std::shared_ptr<const Plan>&, PoolKind kind,
               const std::string& instance) -> CallTarget* {
            if (kind == PoolKind::Providers) return ledger_.get();
            return stage_.workers(kind, instance);
        },
        [this] { return running_->plan; },
        [this](const std::string& id) -> Result<std::shared_ptr<const Plan>> {
            if (id == running_->id) return running_->plan;
            return makeError(Errc::NotFound, "a simulation has one plan");
        },
        [](std::string_view, const Json&) {  // the timeline tells what became of each step
        },
        [this] {
            if (isSettling_) stopAtRest();
        }};
    Runner::Options options;
    options.longestSleep = std::chrono::hours(24 * 366 * 200);  // this clock is only ever set by its owner
    options.stopsAfterEachStep = restarts_ == Restarts::AfterEveryStep;
    runner_ = std::make_unique<Runner>(std::move(services), options);
}

Status World::restart() {
    // Only the runner knows more than the journal does; it is at rest, so nothing of it is under way.
    if (!runner_->isStopping()) runner_->drain(nullptr);
    openRunner();
    GREFFE_TRY(runner_->start());
    settle();
    return {};
}

void World::openDesk() {
    desk_.reset(new ControlDesk{
        *this, *store_, *journal_, *spool_, ids_, time_, folder_.path(), kBorrowLimit, {}, {}});
    desk_->post = [this](std::function<void()> work, std::chrono::milliseconds delay) {
        stage_.reactor().post([this, work = std::move(work), delay] {
            if (delay.count() == 0) return work();
            time_.callAfter(delay, work);
        });
    };
}

void World::callProvider(const std::string&, CallRequest request, std::function<void(CallOutcome)> answered) {
    ledger_->submit(std::move(request), true, std::move(answered));
}

Result<std::string> World::import(const Sample& sample) {
    if (!sample.whole.empty()) return importWhole(sample);
    const PipelinePlan* const pipeline = plan().findPipeline(sample.pipeline);
    if (pipeline != nullptr)
        GREFFE_TRY(checkManifestIsThere(*pipeline, sample.manifest, sample.manifestAdvice));
    Json params = {{"name", sample.name}, {"pipeline", sample.pipeline}};
    if (!sample.manifest.is_null()) params["manifest"] = sample.manifest;
    std::vector<UniqueFd> descriptors;
    descriptors.emplace_back(dup(sample.fd));
    auto answer = ask("dossier.import", std::move(params), std::move(descriptors));
    if (answer) return textOf(*answer, "dossier");
    Error error = answer.error();
    if (pipeline != nullptr && error.advice.empty() && wantsSeveralDocuments(*pipeline))
        error.advice = "drop a folder or an archive that holds all of them";
    return error;
}

Result<std::string> World::importWhole(const Sample& sample) {
    GREFFE_TRY_ASSIGN(const IntakePlan* const intake, intakeOfWhole(plan(), sample.pipeline, sample.whole));
    if (intake == nullptr)
        return makeError(Errc::Unsupported, fmt::format("{} is one document", displayText(sample.whole)));
    GREFFE_TRY_ASSIGN(AdmittedDossier dossier,
                      admitWhole(folderSettings(plan(), running_->id, *intake), sample.whole, folder_.path(),
                                 {ids_, time_, *spool_, reader()}));
    GREFFE_TRY(journal_->run([&dossier, intake](StoreTransaction& tx) {
        return writeAdmission(tx, dossier, "intake:" + intake->name);
    }));
    std::string id = dossier.dossier.id;
    admitted(std::move(dossier));
    settle();
    GREFFE_TRY(started_);
    return id;
}

Result<Json> World::ask(const std::string& operation, Json params) {
    return ask(operation, std::move(params), {});
}

Result<Json> World::ask(const std::string& operation, Json params, std::vector<UniqueFd> descriptors) {
    auto reply = std::make_shared<AwaitedReply>(stage_.reactor());
    ControlCall call;
    call.request.operation = operation;
    call.request.params = std::move(params);
    call.peer.user = "simulation";
    call.descriptors = std::move(descriptors);
    call.reply = reply;
    auto shared = std::make_shared<ControlCall>(std::move(call));
    stage_.reactor().post([this, shared] { runOperation(*desk_, std::move(*shared)); });
    while (!reply->answer)
        stage_.reactor().run();
    settle();
    GREFFE_TRY(started_);
    return std::move(*reply->answer);
}

// Until nothing moves and nothing is due at this very moment.
void World::settle() {
    do {
        isSettling_ = true;
        // Behind everything that was asked for before.
        stage_.reactor().post([this] { stopAtRest(); });
        while (isSettling_)
            stage_.reactor().run();
    } while (takeUpAgain() || time_.runDue());
}

// A runner that stopped behind a step is followed by one that knows only what is written.
bool World::takeUpAgain() {
    if (!runner_->isStopping()) return false;
    openRunner();
    started_ = runner_->start();
    return started_.ok();
}

void World::stopAtRest() {
    if (!isSettling_ || !runner_->isAtRest()) return;
    isSettling_ = false;
    stage_.reactor().stop();
}

void World::moveTo(WallTime until, const std::function<void()>& atRest) {
    bool isThere = false;
    for (;;) {
        settle();
        if (atRest) atRest();
        if (isThere) return;
        isThere = !time_.moveToNext(until);
    }
}

void World::inspect(std::function<void(Json)> answered) {
    answered(Json::object());
}

Result<ReloadReport> World::reload() {
    return makeError(Errc::Unsupported, "a simulation keeps the configuration that it began with");
}

void World::whenIdle(const std::string& dossier, std::function<void(std::function<void()> release)> work) {
    runner_->whenIdle(dossier, [this, work = std::move(work)](const Runner::Release& release) {
        work([this, release] { stage_.reactor().post(release); });
    });
}

void World::admitted(AdmittedDossier admitted) {
    auto shared = std::make_shared<AdmittedDossier>(std::move(admitted));
    stage_.reactor().post([this, shared] { runner_->admitted(std::move(*shared)); });
}

void World::takeFileBack(const DossierRow&, std::function<void(Status)> done) {
    done({});  // there is no folder that it was dropped in
}

}  // namespace greffe
