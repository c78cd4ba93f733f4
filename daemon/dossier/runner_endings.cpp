// SPDX-License-Identifier: Apache-2.0
// How branches are held and dossiers end, and how the results reach their folders.
#include "base/bytes_text.h"
#include "dossier/dossier_state.h"
#include "dossier/endings.h"
#include "dossier/receipt_notes.h"
#include "dossier/runner.h"
#include "dossier/runner_active.h"

#include <fmt/format.h>

namespace greffe {
// This branch waits for an operator; the others go on.
Task<> Runner::hold(Line& line, Reason reason, const std::string& explanation) {
    DossierRun& run = line.run();
    run.move(line.path, BranchEvent::GiveUp);
    if (!line.active.ending) setReason(run.dossier, reason, explanation);
    services_.log("step held", {{"dossier", run.id()},
                                {"step", line.branch().step},
                                {"branch", line.path},
                                {"reason", reasonCode(reason)},
                                {"explanation", explanation},
                                {"action", "an operator retries or cancels it"}});
    run.pending.audits.push_back(
        dossierAudit(run.dossier, DossierState::Held, toUnixMs(services_.clock.wall())));
    const Status committed = co_await commit(run);
    if (committed) writeLiveReceipt(run.id());
}

// The first word stands: a branch that is done does not undo another's refusal. While other branches have
// calls under way the decision is written down at once: after a crash nobody would take it again.
Task<> Runner::decideEnding(Line& line, DossierState state, Reason reason, const std::string& explanation) {
    DossierRun& run = line.run();
    line.branch().state = DossierState::Ready;
    run.pending.branches.insert(line.path);
    if (line.active.ending) co_return;
    line.branch().waitKey = endingKey(state);
    line.active.ending = Active::Ending{state, reason, explanation};
    setReason(run.dossier, reason, explanation);
    if (line.active.moving > 1) static_cast<void>(co_await commit(run));
}

// No line moves any more. Branches that wait are closed with the dossier.
Task<Status> Runner::endDossier(Active& active) {
    DossierRun& run = *active.run;
    const std::int64_t nowMs = toUnixMs(services_.clock.wall());
    run.dossier.state = active.ending->state;
    setReason(run.dossier, active.ending->reason, active.ending->explanation);
    run.dossier.endedMs = nowMs;
    for (const auto& [path, branch] : run.branches)
        run.pending.branches.insert(path);
    run.branches.clear();
    for (TaskRow& task : run.tasks) {
        if (!task.answer.empty()) continue;
        task.answer = kTaskClosed;
        task.answeredBy = "engine";
        task.comment = fmt::format("the dossier is {}", stateName(run.dossier.state));
        task.answeredMs = nowMs;
        run.pending.tasks.push_back(task);
    }
    ++status_.finished;
    run.pending.audits.push_back(dossierAudit(run.dossier, run.dossier.state, nowMs));
    co_return co_await commit(run);
}

DeliveryJob Runner::deliveryJob(DossierRun& run) {
    DeliveryJob job;
    job.dossier = run.dossier;
    job.folder = sourceFolderOf(run.plan(), run.dossier.source);
    job.supportContact = run.plan().settings.supportContact;
    job.documents = run.documents;
    job.messages = run.messages;
    job.seals = sealNotesOf(run);
    job.signatures = signatureNotesOf(run);
    job.kept = keptNotesOf(run);
    job.outcomes = outcomeNotesOf(run);
    if (const auto main = run.branches.find(""); main != run.branches.end())
        job.currentStep = main->second.step;
    for (const DocumentRow& document : resultsOf(run.documents))
        if (const BlobRow* blob = run.blob(document.blob)) job.blobs.emplace(document.blob, *blob);
    return job;
}

Task<> Runner::deliver(DossierRun& run) {
    auto job = std::make_shared<DeliveryJob>(deliveryJob(run));
    Awaited<Result<Delivered>> placed([&](const Awaited<Result<Delivered>>::Resolve& resolve) {
        services_.disk.post([&delivery = services_.delivery, &reactor = services_.reactor, job, resolve] {
            auto delivered = delivery.deliver(*job);
            reactor.post([resolve, delivered = std::move(delivered)] { resolve(delivered); });
        });
    });
    auto delivered = co_await placed;
    if (!delivered) {
        co_await noteUndelivered(run, delivered.error());
        co_return;
    }
    const std::string before = std::exchange(run.dossier.deliveryJson, delivered->namesJson);
    run.dossier.isDelivered = true;
    const Status committed = co_await commit(run, delivered->marks);
    if (committed) {
        if (job->folder) services_.delivery.succeeded(*job->folder);
        co_return;
    }
    // All of it is written again. Where its folder's file system did not take it, that folder is left alone
    // for a while.
    run.dossier.isDelivered = false;
    run.dossier.deliveryJson = before;
    for (const SyncPoint::Mark& mark : delivered->marks)
        if (const Status synced = services_.syncPoint.check(mark); !synced && job->folder)
            services_.delivery.syncFailed(*job->folder, synced.error());
    co_await noteUndelivered(run, committed.error());
}

// Stays owed and is tried again. Told once for each thing that is wrong, and kept for whoever looks at the
// dossier.
Task<> Runner::noteUndelivered(DossierRun& run, const Error& error) {
    std::string trouble = dumpJson({{"trouble", displayText(error.text())}});
    if (run.dossier.deliveryJson == trouble) co_return;
    services_.log("delivery failed",
                  {{"dossier", run.id()}, {"error", error.text()}, {"action", "tried again"}});
    run.dossier.deliveryJson = std::move(trouble);
    static_cast<void>(co_await commit(run));
}

}  // namespace greffe
