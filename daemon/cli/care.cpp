// SPDX-License-Identifier: Apache-2.0
// greffe backup, restore, audit verify: keeping what is kept.
#include "base/bytes_text.h"
#include "cli/commands.h"
#include "cli/operator_call.h"
#include "cli/terminal.h"
#include "control/backup.h"

#include <fmt/format.h>

#include <filesystem>

namespace greffe {
namespace {

int runBackup(const Arguments& arguments) {
    std::error_code trouble;
    // The daemon has another current directory than the person who types.
    const std::string directory = std::filesystem::absolute(arguments.text("DIRECTORY"), trouble).string();
    ProgressBar bar;
    const Question question{"backup", {{"directory", directory}}, {}, [&](const Json& progress) {
                                bar.show(textOf(progress, "phase"),
                                         static_cast<std::uint64_t>(numberOf(progress, "done_bytes")),
                                         static_cast<std::uint64_t>(numberOf(progress, "total_bytes")));
                            }};
    return askDaemon(arguments, question, [&](const Json& answer) -> int {
        if (arguments.flag("--json")) return kGood;
        fmt::print("{} dossiers, {} documents, {} in {}\n", numberOf(answer, "dossiers"),
                   numberOf(answer, "documents"),
                   sizeText(static_cast<std::uint64_t>(numberOf(answer, "copied_bytes"))),
                   displayText(directory));
        return kGood;
    });
}

int runRestore(const Arguments& arguments) {
    std::error_code trouble;
    const std::string target =
        std::filesystem::absolute(arguments.text("SPOOL"), trouble).lexically_normal().string();
    ProgressBar bar;
    const auto restored =
        restoreBackup(arguments.text("BACKUP"), target, [&](const BackupProgress& progress) -> Status {
            bar.show(progress.phase, progress.doneBytes, progress.totalBytes);
            return {};
        });
    if (!restored) return failWith(arguments, restored.error());
    if (arguments.flag("--json")) {
        printJson({{"spool", target},
                   {"made_at_ms", restored->madeAtMs},
                   {"dossiers", restored->dossiers},
                   {"documents", restored->documents}});
        return kGood;
    }
    fmt::print("{} dossiers, {} documents of {} (UTC), all checked, in {}\n", restored->dossiers,
               restored->documents, shortTime(restored->madeAtMs), displayText(target));
    return kGood;
}

int runAuditVerify(const Arguments& arguments) {
    ProgressBar bar;
    const Question question{"audit.verify", Json::object(), {}, [&](const Json& progress) {
                                bar.show(textOf(progress, "phase"),
                                         static_cast<std::uint64_t>(numberOf(progress, "done")),
                                         static_cast<std::uint64_t>(numberOf(progress, "total")));
                            }};
    return askDaemon(arguments, question, [&](const Json&) -> int {
        if (!arguments.flag("--json")) fmt::print("the audit chain is whole\n");
        return kGood;
    });
}

}  // namespace

std::vector<Command> careCommands() {
    Command backup =
        operatorCommand("backup", "copy journal and documents at one moment, while the daemon works",
                        runBackup, {{"DIRECTORY", "absent or empty; the daemon writes it"}});
    backup.details =
        "Keys and the configuration folder are not in it. Documents are copied, also where a link could be "
        "made: "
        "a damaged block must not take the original and the backup.";
    Command restore;
    restore.path = "restore";
    restore.summary = "put a backup where a daemon can start on it, every document checked; needs no daemon";
    restore.details =
        "What happened after the backup is unknown to the restored daemon. Dossiers with mails or calls "
        "ahead "
        "are held "
        "at its first start (reason \"restored\"): look outside whether those were made, then greffe dossier "
        "retry. "
        "Restore for a lost machine, not to undo.";
    restore.positionals = {{"BACKUP", "a directory that greffe backup wrote"},
                           {"SPOOL", "the settings.spool of the daemon to be, absent or empty"}};
    restore.options = {kJsonOption};
    restore.run = runRestore;
    return {backup, restore, operatorCommand("audit verify", "check the whole audit chain", runAuditVerify)};
}

}  // namespace greffe
