// SPDX-License-Identifier: Apache-2.0
// greffe verify: is a kept dossier still what was kept?
#include "cli/commands.h"
#include "cli/job_output.h"
#include "oneshot/jobs.h"

#include <fmt/format.h>

namespace greffe {
namespace {

std::string sealText(const Json& seal) {
    std::string text = fmt::format("signed by \"{}\"", textOf(seal, "signer"));
    if (const std::string time = textOf(seal, "claimed_time"); !time.empty())
        text += ", says it was made " + time;
    if (const Json& stamp = memberOf(seal, "timestamp"); stamp.is_object())
        text += fmt::format(", time-stamp {} {}", textOf(stamp, "state"), textOf(stamp, "time"));
    if (textOf(seal, "coverage") != "whole_file") text += ", covers an earlier revision";
    return text + (boolOf(seal, "holds") ? ": holds" : ": does not hold: " + textOf(seal, "why"));
}

void printContainer(const Json& facts) {
    if (!facts.contains("dossier")) return;
    printFact("dossier", textOf(facts, "dossier"));
    printFact("pipeline", textOf(facts, "pipeline"));
    printFact("keep until", textOf(facts, "retention_until"));
    printFact("container", fmt::format("{}, {} members as they were kept", textOf(facts, "format"),
                                       numberOf(facts, "members")));
    const Json& journal = memberOf(facts, "journal");
    printFact("journal",
              fmt::format("{} lines, {}", numberOf(journal, "lines"),
                          boolOf(journal, "chained") ? "each follows the one before it" : "not chained"));
    for (const Json& seal : memberOf(facts, "seals"))
        printFact("seal", textOf(seal, "member") + ": " + sealText(seal));
}

int runVerify(const Arguments& arguments) {
    return lookAtFile(
        arguments,
        [](const CallInput& container, const OneShot::Began& began) {
            return checkKeptDossier(findHousePaths(), container, began);
        },
        printContainer);
}

}  // namespace

Command verifyCommand() {
    Command command;
    command.path = "verify";
    command.summary = "check a kept dossier: container, journal, receipt and seals";
    command.details =
        "Looks at the file alone: no daemon, no journal, no network. Exit code: 0 as it was kept, 1 changed, "
        "damaged "
        "or no kept dossier, 3 it could not be looked at.";
    command.positionals = {{"FILE", "the container"}};
    command.options = {kJsonOption};
    command.run = runVerify;
    return command;
}

}  // namespace greffe
