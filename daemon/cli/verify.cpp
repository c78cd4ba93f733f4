// SPDX-License-Identifier: Apache-2.0
// greffe verify: is a kept dossier still what was kept?
#include "cli/commands.h"
#include "cli/job_output.h"
#include "oneshot/jobs.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr std::int64_t kFirstWithAnEnd = 2;  // version of the format

std::string sealText(const Json& seal) {
    std::string text = fmt::format("signed by \"{}\"", textOf(seal, "signer"));
    if (const std::string time = textOf(seal, "claimed_time"); !time.empty())
        text += ", says it was made " + time;
    if (const Json& stamp = memberOf(seal, "timestamp"); stamp.is_object())
        text += fmt::format(", time-stamp {} {}", textOf(stamp, "state"), textOf(stamp, "time"));
    if (textOf(seal, "coverage") != "whole_file") text += ", covers an earlier revision";
    return text + (boolOf(seal, "holds") ? ": holds" : ": does not hold: " + textOf(seal, "why"));
}

void printJournal(const Json& facts) {
    const Json& journal = memberOf(facts, "journal");
    printFact("journal", fmt::format("{} lines, each follows the one before it", numberOf(journal, "lines")));
    if (const std::int64_t version = numberOf(facts, "version"); version < kFirstWithAnEnd)
        printFact("",
                  fmt::format("version {} of the format does not say where its journal ends: lines may be "
                              "missing there",
                              version));
}

// What good means, and what is left to do for whoever must know more.
void printLimits(const JobVerdict& verdict, const std::string& dossier) {
    if (verdict.standing == Standing::Good) {
        printFact("proves", "its sums, its seals and all that it says of itself agree");
        printFact("cannot tell", "whether all of it was made again by somebody who took care of that");
    }
    printFact("compare", "the sha256 with the one that the office kept: greffe dossier show " + dossier);
}

void printContainer(const JobVerdict& verdict) {
    const Json& facts = verdict.facts;
    if (facts.contains("sha256")) printFact("sha256", textOf(facts, "sha256"));
    if (!facts.contains("dossier")) return;
    printFact("dossier", textOf(facts, "dossier"));
    printFact("pipeline", textOf(facts, "pipeline"));
    printFact("keep until", textOf(facts, "retention_until"));
    printFact("container", fmt::format("{}, {} members, each with its sum", textOf(facts, "format"),
                                       numberOf(facts, "members")));
    printJournal(facts);
    for (const Json& seal : memberOf(facts, "seals"))
        printFact("seal", textOf(seal, "member") + ": " + sealText(seal));
    printLimits(verdict, textOf(facts, "dossier"));
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
        "Looks at the file alone: no daemon, no journal, no network. So it proves that the container does "
        "not "
        "contradict itself: sums, chain, receipt, documents and seals agree. It cannot tell whether somebody "
        "made all of it again: for that, compare the sha256 that it prints with the one that the office kept "
        "(greffe dossier show DOSSIER). Exit code: 0 nothing speaks against it, 1 changed, damaged or no "
        "kept "
        "dossier, 3 it could not be looked at.";
    command.positionals = {{"FILE", "the container"}};
    command.options = {kJsonOption};
    command.run = runVerify;
    return command;
}

}  // namespace greffe
