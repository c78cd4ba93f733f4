// SPDX-License-Identifier: Apache-2.0
// greffe seal: one document, without a daemon.
#include "base/bytes_text.h"
#include "cli/commands.h"
#include "cli/job_output.h"
#include "oneshot/files.h"
#include "oneshot/jobs.h"
#include "oneshot/progress_line.h"

#include <fmt/format.h>

namespace greffe {
namespace {

// What is wrong with the command line, or nothing.
std::string usageProblem(const SealJob& job) {
    if (job.pkcs12.empty() && (job.key.empty() || job.certificate.empty()))
        return "seal: give --key and --cert, or --pkcs12";
    if (!job.pkcs12.empty() && (!job.key.empty() || !job.certificate.empty()))
        return "seal: --pkcs12 holds key and certificate; --key and --cert do not go with it";
    if (job.level != "B-B" && job.level != "B-T") return "seal: --level is B-B or B-T";
    if (job.level == "B-T" && job.authority.empty()) return "seal: --level B-T needs --tsa URL";
    if (job.level == "B-B" && !job.authority.empty()) return "seal: --tsa is of use with --level B-T only";
    if (!job.authority.empty() && job.authority.rfind("http://", 0) != 0 &&
        job.authority.rfind("https://", 0) != 0)
        return "seal: --tsa takes an address that begins with http:// or https://";
    if (job.authority.empty() && !job.authorityRoots.empty()) return "seal: --tsa-roots goes with --tsa";
    return {};
}

SealJob jobOf(const Arguments& arguments) {
    SealJob job;
    job.key = arguments.text("--key");
    job.certificate = arguments.text("--cert");
    job.pkcs12 = arguments.text("--pkcs12");
    job.passphrase = arguments.text("--passphrase-file");
    job.authority = arguments.text("--tsa");
    job.authorityRoots = arguments.text("--tsa-roots");
    job.level = arguments.text("--level");
    if (job.level.empty()) job.level = job.authority.empty() ? "B-B" : "B-T";
    job.reason = arguments.text("--reason");
    job.location = arguments.text("--location");
    return job;
}

int runSeal(const Arguments& arguments) {
    const std::string path = arguments.text("FILE");
    const std::string output = arguments.text("--output");
    const SealJob job = jobOf(arguments);
    if (output.empty()) {
        complain("seal: give the sealed document a name with --output");
        return kUsage;
    }
    if (const std::string problem = usageProblem(job); !problem.empty()) {
        complain(problem);
        return kUsage;
    }
    auto document = openInputFile(path);
    if (!document) return reportFileError(arguments, path, document.error());
    if (const Status free = checkOutputFile(output); !free)
        return reportFileError(arguments, path, free.error());
    SealedDocument sealed;
    {
        const ProgressLine progress;
        sealed = sealDocument(findHousePaths(), *document, job,
                              [&](std::string_view operation) { progress.show(operation); });
    }
    if (sealed.verdict.standing == Standing::Good) {
        const Status written = writeOutputFile(output, &*document, sealed.tail);
        if (!written) return reportFileError(arguments, path, written.error());
        putBytes(sealed.verdict.facts, "output", output);
    }
    if (arguments.flag("--json")) {
        printJson(path, sealed.verdict);
    } else if (sealed.verdict.standing == Standing::Good) {
        printFact("sealed", output);
        printFact("level", textOf(sealed.verdict.facts, "level"));
    }
    printProblems(path, sealed.verdict);
    return exitCodeOf(sealed.verdict);
}

}  // namespace

Command sealCommand() {
    Command command;
    command.path = "seal";
    command.summary = "seal one document, without a daemon";
    command.details =
        "The same workers as the daemon's: what parses the document has no key, what has the key sees no "
        "document. "
        "Nothing is ever overwritten. Exit code: 0 sealed, 1 refused with its reason, 3 key, authority or "
        "disk.";
    command.positionals = {{"FILE", "the PDF"}};
    command.options = {{"-o,--output", "FILE", "the sealed document"},
                       {"--key", "FILE", "private key, PEM"},
                       {"--cert", "FILE", "its certificate and the issuers, PEM"},
                       {"--pkcs12", "FILE", "key and certificates in one file, instead"},
                       {"--passphrase-file", "FILE", "holds the passphrase of the key"},
                       {"--level", "LEVEL", "B-B or B-T; B-T when --tsa is given"},
                       {"--tsa", "URL", "time-stamp authority, for B-T"},
                       {"--tsa-roots", "FILE", "PEM; tokens are taken from authorities below these only"},
                       {"--reason", "TEXT", "shown by readers"},
                       {"--location", "TEXT", "shown by readers"},
                       kJsonOption};
    command.run = runSeal;
    return command;
}

}  // namespace greffe
