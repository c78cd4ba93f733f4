// SPDX-License-Identifier: Apache-2.0
#include "app/engine_parts.h"
#include "app/spool_lock.h"
#include "base/bytes_text.h"
#include "observe/event_log.h"

#include <fmt/format.h>
#include <unistd.h>

namespace greffe {
namespace {

// A start takes up what the one before it left: more than one plan back there is something only when starts
// failed in between.
constexpr std::size_t kPlansLookedBackAt = 20;

Json leftLyingJson(const LeftLying::Summary& left) {
    Json json = {{"count", left.count}, {"first", Json::array()}};
    for (const auto& [path, why] : left.first) {
        Json one = {{"why", why}};
        putBytes(one, "file", path);
        json["first"].push_back(std::move(one));
    }
    return json;
}

// A worker's event at the level that its plugin gave it; what cannot be read is a warning by itself.
void logWorkerLine(const std::string& pool, const std::string& text) {
    auto line = parseJson(text);
    if (!line || !line->is_object()) {
        EventLog::write(LogLevel::Warning, "worker said", {{"pool", pool}, {"text", text}});
        return;
    }
    Json keys = memberOf(*line, "keys").is_object() ? memberOf(*line, "keys") : Json::object();
    keys["pool"] = pool;
    if (line->contains("text")) keys["text"] = (*line)["text"];
    EventLog::write(EventLog::levelNamed(textOf(*line, "level")), textOf(*line, "event", "worker said"),
                    keys);
}

}  // namespace

Status Engine::Parts::open(Options options) {
    paths_ = std::move(options.paths);
    configFolder_ = std::move(options.configFolder);
    tell_ = std::move(options.tell);
    plan_ = std::make_shared<const Plan>(std::move(*options.configuration.compiled.plan));
    planId_ = options.configuration.id;
    plans_.emplace(planId_, plan_);
    startedMs_ = toUnixMs(systemClock().wall());
    spoolDirectory_ = plan_->settings.spool;
    setRunning(std::move(options.configuration.compiled.origins));
    GREFFE_TRY(openJournal());
    PlanRow row;
    row.id = planId_;
    row.text = std::move(options.configuration.text);
    row.createdMs = toUnixMs(systemClock().wall());
    GREFFE_TRY(journal_->run([&row](StoreTransaction& tx) { return tx.insertPlan(row); }));
    openRunner();
    GREFFE_TRY(openIntakes());
    GREFFE_TRY(settleRestore());
    GREFFE_TRY(openControl());
    GREFFE_TRY(runner_->start());
    runner_->tell(std::move(restoredHeld_));
    intakes_->start();
    openFront();
    openSweep();
    if (options.heartbeat) beat(options.heartbeatEvery, std::move(options.heartbeat));
    return {};
}

Status Engine::Parts::openJournal() {
    const PlanSettings& settings = plan_->settings;
    GREFFE_TRY_ASSIGN(spoolLock_, lockSpool(settings.spool));
    GREFFE_TRY_ASSIGN(store_, openSqliteStore(settings.spool + "/journal"));
    GREFFE_TRY_ASSIGN(reader_, store_->openReader());
    GREFFE_TRY_ASSIGN(blobReader_, store_->openReader());
    GREFFE_TRY_ASSIGN(admissionReader_, store_->openReader());
    BlobSpool::Options spoolOptions;
    // Asked by the disk, intake and control threads, and by the sweep.
    spoolOptions.findRow = [this](const Digest& digest) {
        const std::scoped_lock lock(blobReaderMutex_);
        return blobReader_->blob(digest);
    };
    GREFFE_TRY_ASSIGN(spool_, BlobSpool::open(settings.spool + "/blobs", std::move(spoolOptions)));
    Journal::Options journal;
    journal.beforeCommit = [this]() -> Status {
        // Bytes first, rows second: blobs, then whatever was delivered to folders.
        GREFFE_TRY(spool_->flush());
        syncPoint_.flush();
        return {};
    };
    journal.onCommitted = [this](std::size_t works, std::int64_t micros) { commits_.add(works, micros); };
    journal.onBroken = [this](const Error& error) { journalBroke(error); };
    journal.onStalled = [this](const Error* noRoom) {
        EventLog::write(noRoom != nullptr ? LogLevel::Error : LogLevel::Info,
                        noRoom != nullptr ? "journal has no room" : "journal goes on",
                        {{"error", noRoom != nullptr ? noRoom->text() : ""},
                         {"action", noRoom != nullptr ? "everything waits until there is room" : ""}});
        reactor_.post([this, trouble = noRoom != nullptr ? noRoom->text() : std::string()] {
            journalTrouble_ = trouble;
        });
    };
    journal_ = std::make_unique<Journal>(*store_, std::move(journal));
    journal_->waitForRoom(false);  // whoever starts it is told, and tries again
    delivery_ = std::make_unique<Delivery>(*spool_, syncPoint_, systemClock());
    disk_ = std::make_unique<SerialThread>();
    return {};
}

void Engine::Parts::journalBroke(const Error& error) {
    // Nobody knows what is on the disk: nothing more may be promised. The next start reads what is really
    // there.
    EventLog::write(LogLevel::Error, "journal broken",
                    {{"error", error.text()}, {"action", "the daemon ends; its supervisor starts it again"}});
    _exit(70);
}

void Engine::Parts::openRunner() {
    PoolEvents events;
    events.logged = [](const std::string& pool, const std::string& text) { logWorkerLine(pool, text); };
    events.workerEnded = [](const std::string& pool, const std::string& cause) {
        EventLog::write(LogLevel::Warning, "worker ended",
                        {{"pool", pool}, {"cause", cause}, {"action", "its calls are tried again"}});
    };
    events.degradedChanged = [](const std::string& pool, bool isDegraded, const std::string& trouble) {
        EventLog::write(isDegraded ? LogLevel::Error : LogLevel::Info,
                        isDegraded ? "pool degraded" : "pool recovered",
                        {{"pool", pool}, {"trouble", trouble}});
    };
    pools_ = std::make_unique<Pools>(reactor_, paths_, std::move(events));
    pools_->setMayRunWithoutLandlock(plan_->settings.mayRunWithoutLandlock);
    RunnerServices services{
        reactor_,
        reactor_,
        *journal_,
        *store_,
        *spool_,
        syncPoint_,
        *disk_,
        *delivery_,
        calmClock_,
        ids_,
        [this](const std::shared_ptr<const Plan>& plan, PoolKind kind, const std::string& instance) {
            return pools_->find(plan, kind, instance);
        },
        [this] { return plan_; },
        [this](const std::string& id) { return planById(id); },
        [](std::string_view event, const Json& keys) { EventLog::write(LogLevel::Warning, event, keys); }};
    Runner::Options options;
    runner_ = std::make_unique<Runner>(std::move(services), options);
}

Status Engine::Parts::openIntakes() {
    IntakeServices services{
        *journal_,
        *store_,
        *spool_,
        ids_,
        systemClock(),
        [this] { return admissionPause(*admissionReader_).reason; },
        [this](AdmittedDossier admitted) {
            auto shared = std::make_shared<AdmittedDossier>(std::move(admitted));
            reactor_.post([this, shared] {
                ++admitted_[shared->dossier.source.intake];
                runner_->admitted(std::move(*shared));
            });
        },
        [this](const std::string& intake, const std::string& reason) {
            if (reason.empty())
                return EventLog::write(LogLevel::Info, "intake resumed", {{"intake", intake}});
            const AdmissionPause pause = admissionPause(*admissionReader_);
            EventLog::write(
                LogLevel::Warning, "intake paused",
                {{"intake", intake}, {"reason", reason}, {"text", pause.text}, {"action", pause.advice}});
        },
        [](const std::string& intake, const Error& error) {
            EventLog::write(LogLevel::Error, "intake failed",
                            {{"intake", intake}, {"error", error.text()}, {"action", "tried again"}});
        },
        [](const std::string& intake) {
            EventLog::write(LogLevel::Info, "intake recovered", {{"intake", intake}});
        },
        nullptr,
        [this](const std::string& planId, CallRequest request, std::function<void(CallOutcome)> done) {
            callProvider(planId, std::move(request), std::move(done));
        }};
    intakes_ = std::make_unique<IntakeThread>(std::move(services));
    GREFFE_TRY_ASSIGN(auto opened, intakes_->open(*plan_));
    intakes_->follow(*plan_, planId_, std::move(opened));
    return takeUpForgottenClaims();
}

// Killed between a claim and its commit, and started again without the intake: the file would lie in a hidden
// folder that nobody looks into.
Status Engine::Parts::takeUpForgottenClaims() {
    GREFFE_TRY_ASSIGN(const std::vector<PlanRow> plans, reader_->newestPlans(kPlansLookedBackAt));
    for (const PlanRow& row : plans) {
        const auto earlier = readPlan(row.text);
        if (!earlier) continue;  // of another version: told when a dossier of it is met
        for (const auto& [intake, folder] : intakes_->takeUpClaimsOf(*earlier, row.id))
            EventLog::write(LogLevel::Warning, "claimed files of an intake that is gone",
                            {{"intake", intake},
                             {"folder", displayText(folder)},
                             {"action", "they are taken in, under the plan of their time"}});
    }
    return {};
}

// Any thread. A queue's worker lives as long as it is asked; its calls may be made again.
void Engine::Parts::callProvider(const std::string& planId, CallRequest request,
                                 std::function<void(CallOutcome)> done) {
    auto shared = std::make_shared<CallRequest>(std::move(request));
    reactor_.post([this, planId, shared, done = std::move(done)] {
        if (isStopping_) return;
        const auto plan = planById(planId);
        WorkerPool* pool = plan ? pools_->find(*plan, PoolKind::Providers, shared->instance) : nullptr;
        if (pool == nullptr) {
            CallOutcome missing;
            missing.verdict = Verdict::Rejected;
            missing.reason = Reason::PluginMissing;
            missing.explanation = fmt::format("no pool has the instance \"{}\"", shared->instance);
            return done(std::move(missing));
        }
        shared->id = nextProviderCall_++;
        pool->submit(std::move(*shared), true, done);
    });
}

Result<std::shared_ptr<const Plan>> Engine::Parts::planById(const std::string& id) {
    if (const auto known = plans_.find(id); known != plans_.end()) return known->second;
    GREFFE_TRY_ASSIGN(const auto row, reader_->plan(id));
    if (!row) return makeError(Errc::NotFound, fmt::format("there is no plan {}", id));
    auto plan = readPlan(row->text);
    if (!plan) {
        EventLog::write(LogLevel::Error, "plan unreadable", {{"plan", id}, {"error", plan.error().text()}});
        return makeError(Errc::NotFound, plan.error().text());
    }
    return plans_.emplace(id, std::make_shared<const Plan>(std::move(*plan))).first->second;
}

// What no dossier in memory was admitted under is read again when one comes back; the pools that it alone
// needed leave with it.
void Engine::Parts::trimPlans() {
    std::vector<std::shared_ptr<const Plan>> used;
    for (auto at = plans_.begin(); at != plans_.end();) {
        if (at->second.use_count() == 1) {
            at = plans_.erase(at);
        } else {
            used.push_back((at++)->second);
        }
    }
    pools_->keepOnly(used);
}

Status Engine::Parts::run() {
    journal_->waitForRoom(true);
    if (isToStop_) journal_->waitForRoom(false);  // a stop that came before
    reactor_.run();
    hasEnded_ = true;
    intakes_->stop();
    return {};
}

void Engine::Parts::stop() {
    // Here, not on the reactor: it may be waiting for a commit itself.
    isToStop_ = true;
    journal_->waitForRoom(false);
    reactor_.post([this] {
        if (std::exchange(isStopping_, true)) return;
        if (!journalTrouble_.empty()) return reactor_.stop();  // no step in flight can end
        // Nothing new is taken, steps in flight end, then the workers go. What is in between is in the
        // journal.
        const auto limit = std::chrono::seconds(std::max<std::uint32_t>(1, plan_->settings.shutdownSeconds));
        reactor_.callAfter(limit, [this] { reactor_.stop(); });
        intakes_->stop();
        runner_->drain([this] { pools_->drain([this] { reactor_.stop(); }); });
    });
}

Json Engine::Parts::status() const {
    const RunnerStatus runner = runner_->status();
    Json status = {{"plan", planId_},         {"active", runner.active},   {"finished", runner.finished},
                   {"pools", Json::object()}, {"intakes", Json::object()}, {"dossiers", Json::object()}};
    for (const auto& [name, pool] : pools_->status()) {
        Json& one = status["pools"][name];
        one = {{"starting", pool.starting}, {"idle", pool.idle},          {"busy", pool.busy},
               {"queued", pool.queued},     {"restarts", Json::object()}, {"degraded", pool.isDegraded},
               {"trouble", pool.trouble}};
        for (const auto& [cause, count] : pool.restarts)
            one["restarts"][cause] = count;
        if (pool.walls)
            one["walls"] = {{"seccomp", pool.walls->hasSeccomp}, {"landlock_abi", pool.walls->landlockAbi}};
    }
    if (auto counts = reader_->countByState())
        for (const auto& [state, count] : *counts)
            status["dossiers"][std::string(stateName(state))] = count;
    status["pipelines"] = Json::object();
    if (auto cells = reader_->countByPipeline())
        for (const PipelineCount& cell : *cells)
            status["pipelines"][cell.pipeline][std::string(stateName(cell.state))] = cell.count;
    const AdmissionPause pause = admissionPause(*reader_);
    for (const auto& [name, intake] : intakes_->status())
        status["intakes"][name] = {{"followed", intake.followed},
                                   {"waiting_for_manifest", intake.waitingForManifest},
                                   {"paused_for", intake.pausedFor},
                                   {"pause_text", intake.pausedFor.empty() ? std::string() : pause.text},
                                   {"trouble", intake.trouble},
                                   {"left_lying", leftLyingJson(intake.leftLying)},
                                   {"taken", intake.taken},
                                   {"recognised", intake.recognised},
                                   {"dead_letters", intake.deadLetters}};
    status["journal"] = {{"trouble", journalTrouble_}};
    status["undeliverable"] = Json::array();
    for (const auto& [folder, trouble] : delivery_->troubles()) {
        Json row = {{"error", trouble.error}, {"since_ms", trouble.sinceMs}};
        putBytes(row, "folder", folder);
        status["undeliverable"].push_back(std::move(row));
    }
    return status;
}

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::start(Options options) {
    auto parts = std::make_unique<Parts>();
    GREFFE_TRY(parts->open(std::move(options)));
    return std::unique_ptr<Engine>(new Engine(std::move(parts)));
}

Status Engine::run() {
    return parts_->run();
}
void Engine::stop() {
    parts_->stop();
}
Result<ReloadReport> Engine::reload() {
    return parts_->reload();
}
void Engine::inspect(std::function<void(Json)> answered) {
    parts_->inspect(std::move(answered));
}

}  // namespace greffe
