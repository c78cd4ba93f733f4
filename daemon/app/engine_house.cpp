// SPDX-License-Identifier: Apache-2.0
// What the control room asks of the engine: how it stands, a reload, dossiers to change, the door itself.
#include "app/engine_parts.h"
#include "base/bytes_text.h"
#include "control/restored_journal.h"
#include "observe/event_log.h"

#include <greffe/version.h>

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <future>

namespace greffe {
namespace {

// How often somebody who waits for the reactor looks whether it still turns.
constexpr std::chrono::milliseconds kLookEvery{100};

void logDiagnostics(const std::vector<Diagnostic>& diagnostics) {
    for (const Diagnostic& diagnostic : diagnostics)
        EventLog::write(diagnostic.severity == Severity::Error ? LogLevel::Error : LogLevel::Warning,
                        "configuration diagnosed", {{"at", diagnostic.text()}});
}

// By Verdict.
constexpr std::string_view kResults[] = {"done", "retry_later", "rejected", "waiting", "uncertain"};

Json spoolRoom(const std::string& directory) {
    struct statvfs facts {};
    if (statvfs(directory.c_str(), &facts) != 0) return Json::object();
    return {{"free_bytes", static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize},
            {"total_bytes", static_cast<std::uint64_t>(facts.f_blocks) * facts.f_frsize}};
}

}  // namespace

// The first start on a restored journal. Files first: once the mark is gone nobody looks for them again.
Status Engine::Parts::settleRestore() {
    GREFFE_TRY_ASSIGN(const auto mark, restoredMark(*reader_));
    if (!mark) return {};
    GREFFE_TRY_ASSIGN(const auto files, intakes_->reclaimForgotten(*reader_, ids_));
    for (const auto& [intake, path] : files)
        EventLog::write(LogLevel::Warning, "file unknown to the restored journal",
                        {{"intake", intake}, {"file", displayText(path)}, {"action", "claimed again"}});
    const auto plan = [this](const std::string& id) { return planById(id); };
    GREFFE_TRY_ASSIGN(restoredHeld_,
                      settleRestored(*journal_, *reader_, plan, *mark, toUnixMs(systemClock().wall())));
    EventLog::write(
        LogLevel::Warning, "journal restored",
        {{"backup_made_at", formatUtc(fromUnixMs(mark->madeAtMs))},
         {"held", restoredHeld_.size()},
         {"files_claimed_again", files.size()},
         {"action",
          restoredHeld_.empty() ? "none" : "greffe dossier list --state held shows what needs a look"}});
    return {};
}

Status Engine::Parts::openControl() {
    ControlServer::Options options;
    options.path = plan_->settings.controlSocket;
    const ControlRoom::Services services{*this, *store_,       *journal_,      *spool_,
                                         ids_,  systemClock(), spoolDirectory_};
    auto room = ControlRoom::start(std::move(options), services);
    if (!room && room.error().advice.empty())
        room.error().advice = "set settings.control_socket to a path this user may create";
    if (!room) return room.error();
    control_ = std::move(*room);
    return {};
}

void Engine::Parts::openFront() {
    const PlanSettings& settings = plan_->settings;
    if (settings.frontPort == 0) return;
    ChildKeeper::Events events;
    events.ended = [](const std::string& how, std::chrono::milliseconds again) {
        EventLog::write(LogLevel::Warning, "front ended",
                        {{"how", how}, {"started_again_in_ms", again.count()}});
    };
    front_ = std::make_unique<ChildKeeper>(
        reactor_,
        std::vector<std::string>{"front", "--socket", settings.controlSocket, "--address",
                                 settings.frontAddress, "--port", fmt::format("{}", settings.frontPort)},
        std::move(events));
    reactor_.post([this] { front_->start(); });
}

void Engine::Parts::openSweep() {
    const auto swept = [](const Result<BlobSpool::SweepCounts>& done) {
        if (!done)
            return EventLog::write(LogLevel::Warning, "spool not swept",
                                   {{"error", done.error().text()}, {"action", "tried again tomorrow"}});
        EventLog::write(LogLevel::Info, "spool swept",
                        {{"records", done->records}, {"files", done->files}, {"bytes", done->bytes}});
    };
    const auto whenCommitted = [this](std::function<void()> then) {
        journal_->submit([](StoreTransaction&) { return Status(); },
                         [this, then = std::move(then)](const Status& committed) {
                             if (committed) reactor_.post(then);
                         });
    };
    sweep_ = std::make_unique<DailySweep>(
        DailySweep::Services{reactor_, *store_, *spool_, systemClock(), whenCommitted, swept});
    reactor_.post([this] { sweep_->start(); });
}

void Engine::Parts::beat(std::chrono::milliseconds every, std::function<void()> heartbeat) {
    heartbeat();
    reactor_.callAfter(every, [this, every, heartbeat = std::move(heartbeat)] { beat(every, heartbeat); });
}

void Engine::Parts::setRunning(std::vector<ValueOrigin> origins) {
    auto running = std::make_shared<const RunningPlan>(RunningPlan{planId_, plan_, std::move(origins)});
    const std::scoped_lock lock(runningMutex_);
    running_ = std::move(running);
}

std::shared_ptr<const RunningPlan> Engine::Parts::running() const {
    const std::scoped_lock lock(runningMutex_);
    return running_;
}

Result<ReloadReport> Engine::Parts::reload() {
    const std::scoped_lock lock(reloadMutex_);
    tell("RELOADING=1");
    Result<ReloadReport> report = followFolder();
    // Whatever came of it: systemd takes a service that is never ready again for one that hangs.
    tell(report && report->isAccepted ? "STATUS=running"
                                      : "STATUS=running; the changed configuration is not in use");
    tell("READY=1");
    return report;
}

Result<ReloadReport> Engine::Parts::followFolder() {
    ReloadReport report;
    auto next = loadConfiguration(configFolder_, paths_);
    Status taken;
    if (!next) {
        taken = next.error();
    } else {
        report.diagnostics = next->compiled.diagnostics;
        logDiagnostics(report.diagnostics);
        report.isAccepted = next->compiled.plan.has_value();
        if (report.isAccepted) {
            report.needRestart = compareFrozen(*running()->plan, *next->compiled.plan);
            // Before anything is swapped: a plan whose folders cannot be opened does not come into force.
            auto opened = intakes_->open(*next->compiled.plan);
            auto done = std::make_shared<std::promise<Status>>();
            std::future<Status> answer = done->get_future();
            if (opened) {
                takeOver(std::move(*next), std::move(*opened),
                         [done](Status status) { done->set_value(std::move(status)); });
            } else {
                done->set_value(opened.error());
            }
            while (answer.wait_for(kLookEvery) != std::future_status::ready)
                if (hasEnded_) {
                    return makeError(Errc::Closed, "the daemon is stopping");
                } else if (journal_->isStalled()) {
                    // Whoever waits here may be the one that hears of a stop.
                    return makeError(Errc::NoSpace,
                                     "the journal waits for room: the configuration comes into force when "
                                     "it goes on",
                                     "make room on the spool's disk");
                }
            taken = answer.get();
        }
    }
    report.planId = running()->id;
    if (!report.isAccepted || !taken)
        EventLog::write(LogLevel::Error, "reload refused",
                        {{"error", taken ? "the changed configuration has errors" : taken.error().text()},
                         {"action", "the running configuration stays"}});
    if (!taken) return taken.error();
    return report;
}

void Engine::Parts::takeOver(LoadedConfiguration configuration, IntakeThread::Opened folders,
                             std::function<void(Status)> done) {
    auto shared = std::make_shared<LoadedConfiguration>(std::move(configuration));
    reactor_.post([this, shared, folders = std::move(folders), done = std::move(done)] {
        if (isStopping_) return done(makeError(Errc::Closed, "the daemon is stopping"));
        auto next = std::make_shared<const Plan>(std::move(*shared->compiled.plan));
        for (const FrozenChange& change : compareFrozen(*plan_, *next))
            EventLog::write(
                LogLevel::Warning, "restart required",
                {{"option", change.option}, {"running", change.before}, {"configured", change.after}});
        PlanRow row;
        row.id = shared->id;
        row.text = shared->text;
        row.createdMs = toUnixMs(systemClock().wall());
        journal_->submit(
            [row](StoreTransaction& tx) { return tx.insertPlan(row); },
            [this, next, shared, folders, done](Status status) {
                reactor_.post([this, next, shared, folders, done, status = std::move(status)] {
                    if (!status) return done(status);
                    plans_[shared->id] = next;
                    plan_ = next;
                    planId_ = shared->id;
                    setRunning(std::move(shared->compiled.origins));
                    pools_->setMayRunWithoutLandlock(next->settings.mayRunWithoutLandlock);
                    pools_->rescanPlugins();
                    trimPlans();
                    intakes_->follow(*next, planId_, folders);
                    EventLog::write(LogLevel::Info, "configuration reloaded", {{"plan", planId_}});
                    done({});
                });
            });
    });
}

void Engine::Parts::whenIdle(const std::string& dossier,
                             std::function<void(std::function<void()> release)> work) {
    reactor_.post([this, dossier, work = std::move(work)] {
        runner_->whenIdle(dossier, [this, work](const Runner::Release& release) {
            work([this, release] { reactor_.post(release); });
        });
    });
}

void Engine::Parts::admitted(AdmittedDossier admitted) {
    auto shared = std::make_shared<AdmittedDossier>(std::move(admitted));
    reactor_.post([this, shared] {
        ++admitted_["import"];
        runner_->admitted(std::move(*shared));
    });
}

void Engine::Parts::takeFileBack(const DossierRow& dossier, std::function<void(Status)> done) {
    reactor_.post([this, dossier, done = std::move(done)] {
        const auto plan = planById(dossier.plan);
        auto documents = reader_->documents(dossier.id);
        if (!plan)
            return done(makeError(plan.error().code, fmt::format("its plan {} cannot be read: {}",
                                                                 dossier.plan, plan.error().message)));
        if (!documents) return done(documents.error());
        disk_->post([this, dossier, folder = sourceFolderOf(**plan, dossier.source),
                     content = SourceContent::of(*documents),
                     done] { done(delivery_->takeBack(dossier, folder, content)); });
    });
}

Json Engine::Parts::inspection() {
    Json all = status();
    const std::int64_t nowMs = toUnixMs(systemClock().wall());
    all["version"] = GREFFE_VERSION;
    all["pid"] = getpid();
    all["now_ms"] = nowMs;
    all["started_ms"] = startedMs_;
    all["is_stopping"] = isStopping_;
    all["spool"] = spoolRoom(spoolDirectory_);
    all["spool"]["directory"] = spoolDirectory_;
    all["journal"].update(commits_.json());
    all["admitted"] = admitted_;
    all["steps"] = Json::object();
    for (const auto& [name, count] : runner_->status().stepResults) {
        const auto slash = name.find('/');
        const auto verdict = static_cast<std::size_t>(std::stoul(name.substr(slash + 1)));
        all["steps"][name.substr(0, slash)]
           [std::string(kResults[std::min(verdict, std::size(kResults) - 1)])] = count;
    }
    for (const auto& [kind, took] : runner_->status().stepTimes)
        all["step_times"][kind] = {
            {"count", took.count()}, {"sum_us", took.sumMicros()}, {"buckets", took.buckets()}};
    for (const auto& [what, count] : runner_->status().providerErrors)
        all["provider_errors"][what.first][what.second] = count;
    all["oldest_ms"] = Json::object();
    if (auto cells = reader_->shape())
        for (const ShapeCell& cell : *cells) {
            Json& oldest = all["oldest_ms"][std::string(stateName(cell.state))];
            if (oldest.is_null() || cell.oldestMs < oldest.get<std::int64_t>()) oldest = cell.oldestMs;
        }
    return all;
}

void Engine::Parts::inspect(std::function<void(Json)> answered) {
    reactor_.post([this, answered = std::move(answered)] { answered(inspection()); });
}

}  // namespace greffe
