// SPDX-License-Identifier: Apache-2.0
// greffe validate: is this document what it should be, and do its signatures hold?
#include "cli/commands.h"
#include "cli/job_output.h"
#include "oneshot/jobs.h"

#include <fmt/format.h>

namespace greffe {
namespace {

Json profileOf(const Arguments& arguments) {
    Json profile = {{"signatures", "must_hold"},
                    {"page_size", arguments.text("--page-size")},
                    {"encryption", arguments.flag("--allow-encryption") ? "allow" : "refuse"},
                    {"active_content", arguments.flag("--allow-active-content") ? "allow" : "refuse"}};
    if (const auto most = arguments.number("--max-pages")) profile["max_pages"] = *most;
    return profile;
}

std::string pagesText(const Json& facts) {
    std::string text = fmt::format("{}", numberOf(facts, "pages"));
    for (const Json& size : memberOf(facts, "page_sizes"))
        text += fmt::format(", {} of {} × {} mm", numberOf(size, "pages"),
                            dumpJson(memberOf(size, "width_mm")), dumpJson(memberOf(size, "height_mm")));
    return text;
}

std::string signatureText(const Json& signature) {
    const std::string time = textOf(signature, "claimed_time");
    const Json& stamp = memberOf(signature, "timestamp");
    std::string text = fmt::format("{} by \"{}\"", textOf(signature, "kind"), textOf(signature, "signer"));
    if (!time.empty()) text += ", says it was made " + time;
    if (stamp.is_object())
        text += fmt::format(", time-stamp {} {}", textOf(stamp, "state"), textOf(stamp, "time"));
    text += textOf(signature, "coverage") == "whole_file" ? ", covers the whole file"
            : textOf(signature, "coverage") == "revision" ? ", covers an earlier revision"
                                                          : ", does not cover what it should";
    if (boolOf(signature, "holds")) return text + ": holds";
    return text + ": does not hold: " + textOf(signature, "why");
}

void printDocument(const JobVerdict& verdict) {
    const Json& facts = verdict.facts;
    if (facts.contains("pages")) {
        printFact("form",
                  "PDF " + textOf(facts, "pdf_version") + (boolOf(facts, "encrypted") ? ", encrypted" : ""));
        printFact("pages", pagesText(facts));
        if (const std::string producer = textOf(facts, "producer"); !producer.empty())
            printFact("producer", producer);
        printFact("revisions", std::to_string(numberOf(facts, "revisions")));
    } else if (facts.contains("entries")) {
        printFact("form", textOf(facts, "format"));
        printFact("files", std::to_string(numberOf(facts, "entries")));
    }
    for (const Json& signature : memberOf(facts, "signatures"))
        printFact("signature", signatureText(signature));
    if (facts.contains("signatures") && facts["signatures"].empty()) printFact("signature", "none");
}

int runValidate(const Arguments& arguments) {
    if (arguments.flag("--max-pages") && arguments.number("--max-pages").value_or(0) < 1) {
        complain("--max-pages takes a number from 1");
        return kUsage;
    }
    return lookAtFile(
        arguments,
        [profile = profileOf(arguments)](const CallInput& document, const OneShot::Began& began) {
            return checkDocument(findHousePaths(), document, profile, began);
        },
        printDocument);
}

}  // namespace

Command validateCommand() {
    Command command;
    command.path = "validate";
    command.summary = "check one document: its form and its signatures";
    command.details =
        "Signatures are checked for what they cover and what came after them; whether their signers are to "
        "be trusted is "
        "not looked at. Exit code: 0 good, 1 refused with its reason, 3 it could not be looked at.";
    command.positionals = {{"FILE", "the document"}};
    command.options = {
        kJsonOption,
        {"--page-size", "SIZE", "A4, letter, 210x297 …", "any"},
        {"--max-pages", "N", "more pages are refused"},
        {"--allow-encryption", "", "an encrypted document that opens without a password is good"},
        {"--allow-active-content", "", "scripts and the like are no reason to refuse"}};
    command.run = runValidate;
    return command;
}

}  // namespace greffe
