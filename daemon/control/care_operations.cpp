// SPDX-License-Identifier: Apache-2.0
// Looking after what is kept: a backup, the audit chain. Both are long work, off the control thread.
#include "control/backup.h"
#include "control/operation.h"
#include "dossier/house_folders.h"

#include <fmt/format.h>

namespace greffe {
namespace {

using Kind = ParameterSpec::Kind;
using CallPtr = std::shared_ptr<OperationCall>;

constexpr std::chrono::milliseconds kTellEvery{200};

// Passes progress on, and ends the work when nobody waits for it any more.
BackupWatch watchFor(const CallPtr& call, const std::atomic<bool>& isStopping) {
    return [call, &isStopping, told = SteadyTime()](const BackupProgress& progress) mutable -> Status {
        if (isStopping) return makeError(Errc::Closed, "the daemon is stopping; the backup is not complete");
        if (call->reply->isClientGone())
            return makeError(Errc::Closed, "the client is gone; the backup is not complete");
        const SteadyTime now = std::chrono::steady_clock::now();
        if (now - told < kTellEvery) return {};
        told = now;
        call->reply->progress({{"phase", progress.phase},
                               {"done_bytes", progress.doneBytes},
                               {"total_bytes", progress.totalBytes}});
        return {};
    };
}

Result<Json> makeOne(ControlDesk& desk, const OperationCall& call, const BackupWatch& watch) {
    const std::string directory = textOf(call.params, "directory");
    // It would be taken for dropped files and pulled apart, or be part of what it copies.
    const auto running = desk.house.running();
    const Plan& plan = *running->plan;
    const NamedFolder target{"the backup", directory};
    GREFFE_TRY(checkOutside(target, dropFolders(plan)));
    GREFFE_TRY(checkOutside(target, keptFolders(plan)));
    GREFFE_TRY_ASSIGN(
        const BackupFacts facts,
        makeBackup(desk.store, desk.spool, desk.spoolDirectory + "/blobs", directory, desk.nowMs(), watch));
    GREFFE_TRY(desk.journal.run([&](StoreTransaction& tx) {
        AuditRow row;
        row.atMs = desk.nowMs();
        row.actor = call.actor;
        row.action = "backup made";
        row.detailJson = dumpJson({{"directory", directory}, {"journal_sha256", facts.journalSha256}});
        return tx.appendAudit(row);
    }));
    return Json{{"directory", directory},
                {"made_at_ms", facts.madeAtMs},
                {"dossiers", facts.dossiers},
                {"documents", facts.documents},
                {"journal_bytes", facts.journalBytes},
                {"copied_bytes", facts.copiedBytes},
                {"journal_sha256", facts.journalSha256}};
}

void backup(ControlDesk& desk, const CallPtr& call) {
    if (textOf(call->params, "directory").front() != '/')
        return call->reply->finish(
            makeError(Errc::Invalid, "backup: the directory is an absolute path",
                      "the daemon writes it, and it has another current directory than you"));
    const Status started = desk.jobs.start([&desk, call](const std::atomic<bool>& isStopping) {
        call->reply->finish(makeOne(desk, *call, watchFor(call, isStopping)));
    });
    if (!started) call->reply->finish(started.error());
}

void verifyAudit(ControlDesk& desk, const CallPtr& call) {
    const Status started = desk.jobs.start([&desk, call](const std::atomic<bool>& isStopping) {
        const Status whole = desk.store.verifyAudit(
            [&, told = SteadyTime()](std::int64_t done, std::int64_t total) mutable -> Status {
                if (isStopping) return makeError(Errc::Closed, "the daemon is stopping");
                if (call->reply->isClientGone()) return makeError(Errc::Closed, "the client is gone");
                const SteadyTime now = std::chrono::steady_clock::now();
                if (now - told < kTellEvery) return {};
                told = now;
                call->reply->progress({{"phase", "audit rows"}, {"done", done}, {"total", total}});
                return {};
            });
        call->reply->finish(whole ? Result<Json>(Json{{"is_whole", true}}) : Result<Json>(whole.error()));
    });
    if (!started) call->reply->finish(started.error());
}

}  // namespace

std::vector<Operation> careOperations() {
    return {{"backup", {{"directory", Kind::Text, true}}, backup}, {"audit.verify", {}, verifyAudit}};
}

}  // namespace greffe
