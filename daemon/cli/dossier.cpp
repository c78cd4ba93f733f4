// SPDX-License-Identifier: Apache-2.0
// greffe dossier …: looking at dossiers, and moving those that stand still.
#include "base/bytes_text.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/fetched_documents.h"
#include "cli/operator_call.h"
#include "cli/terminal.h"
#include "control/dossier_json.h"

#include <fmt/format.h>

namespace greffe {
namespace {

std::string nameOf(const Json& row) {
    const std::string directory = bytesOf(row, "directory");
    return directory.empty() ? bytesOf(row, "name") : directory + "/" + bytesOf(row, "name");
}

int runList(const Arguments& arguments) {
    Question question{"dossier.list", Json::object(), {}, {}};
    for (const char* key : {"state", "pipeline", "intake", "type", "text"})
        putText(question.params, key, arguments, fmt::format("--{}", key));
    if (arguments.flag("--after")) question.params["after"] = idOf(arguments, "--after");
    if (const std::string state = arguments.text("--state"); !state.empty() && !stateNamed(state)) {
        complain(fmt::format("there is no state \"{}\"; see greffe dossier list --help", state));
        return kUsage;
    }
    if (arguments.flag("--since")) {
        const auto moment = momentOf(arguments.text("--since"), toUnixMs(systemClock().wall()));
        if (!moment) {
            complain("--since is a date such as 2026-11-22, or an age such as 30m, 12h, 7d");
            return kUsage;
        }
        question.params["since_ms"] = *moment;
    }
    const auto limit = arguments.number("--limit");
    if (!limit) {
        complain("--limit is a number");
        return kUsage;
    }
    question.params["limit"] = *limit;
    return askDaemon(arguments, question,
                     [&](const Json& answer) { return printDossiers(arguments, answer); });
}

// The one that was asked for; else that of the locale. Another one than these the daemon refuses in its own
// words.
std::string languageFor(const Arguments& arguments) {
    const std::string asked = arguments.text("--language");
    return readersLanguage(asked).value_or(asked);
}

TextTable documentTable(const Json& documents) {
    TextTable table({"DOCUMENT", "NAME", "SIZE", "SHA-256"});
    for (const Json& row : documents)
        table.add({textOf(row, "slot"), bytesOf(row, "name"),
                   sizeText(static_cast<std::uint64_t>(numberOf(row, "size_bytes"))), textOf(row, "sha256")});
    return table;
}

// Where the dossier is kept, and the digest that a container handed in later is compared with.
void printKept(const Json& effects) {
    for (const Json& effect : effects) {
        const Json& facts = memberOf(effect, "facts");
        if (textOf(facts, "locator").empty() || textOf(facts, "archive").empty()) continue;
        fmt::print("kept      {}: {}, sha256 {}\n", displayText(textOf(facts, "archive")),
                   displayText(textOf(facts, "locator")), textOf(facts, "sha256"));
    }
}

int runShow(const Arguments& arguments) {
    Question question{"dossier.show", {{"dossier", idOf(arguments, "DOSSIER")}}, {}, {}};
    return askDaemon(arguments, question, [&](const Json& answer) -> int {
        if (arguments.flag("--json")) return kGood;
        const Json& dossier = memberOf(answer, "dossier");
        fmt::print("dossier   {}\nstate     {}\npipeline  {}\nfile      {}\nreceived  {}\n",
                   textOf(dossier, "id"), paintState(textOf(dossier, "state"), hasColours()),
                   textOf(dossier, "pipeline"), displayText(nameOf(dossier)),
                   shortTime(numberOf(dossier, "created_ms")));
        printKept(memberOf(answer, "effects"));
        if (const std::string reason = textOf(dossier, "reason"); !reason.empty())
            fmt::print("reason    {}: {}\n", reason, displayText(textOf(dossier, "explanation")));
        if (const std::string trouble = textOf(memberOf(dossier, "delivery"), "trouble"); !trouble.empty())
            fmt::print("not delivered: {}\n", displayText(trouble));
        TextTable branches({"BRANCH", "STATE", "STEP", "ATTEMPT", "DUE", "WAITS FOR"});
        for (const Json& row : memberOf(answer, "branches"))
            branches.add({textOf(row, "path").empty() ? "main" : textOf(row, "path"), textOf(row, "state"),
                          textOf(row, "step"), fmt::format("{}", numberOf(row, "attempt")),
                          shortTime(numberOf(row, "due_ms")), textOf(row, "waits_for")});
        if (branches.size() != 0) fmt::print("\n{}", branches.text(hasColours(), 1));
        TextTable effects({"STEP", "TRY", "RESULT", "ENDED", "REASON"});
        for (const Json& row : memberOf(answer, "effects"))
            effects.add({textOf(row, "step"), fmt::format("{}", numberOf(row, "attempt")),
                         textOf(row, "state"), shortTime(numberOf(row, "ended_ms")), textOf(row, "reason")});
        if (effects.size() != 0) fmt::print("\n{}", effects.text());
        const TextTable documents = documentTable(memberOf(answer, "documents"));
        if (documents.size() != 0) fmt::print("\n{}", documents.text());
        TextTable audit({"AT", "WHO", "WHAT"});
        for (const Json& row : memberOf(answer, "audit"))
            audit.add({shortTime(numberOf(row, "at_ms")), textOf(row, "actor"), textOf(row, "action")});
        if (audit.size() != 0) fmt::print("\n{}", audit.text());
        return kGood;
    });
}

int runReplay(const Arguments& arguments) {
    Question question{"dossier.replay",
                      {{"dossier", idOf(arguments, "DOSSIER")}, {"language", languageFor(arguments)}},
                      {},
                      {}};
    if (const std::string until = arguments.text("--until"); !until.empty()) {
        const auto moment = momentOf(until, toUnixMs(systemClock().wall()));
        if (!moment) {
            complain(
                "--until is a moment such as 2026-11-22 or 2026-11-22T08:30 (UTC), or an age such as 12h");
            return kUsage;
        }
        question.params["until_ms"] = *moment;
    }
    return askDaemon(arguments, question, [&](const Json& answer) -> int {
        if (!arguments.flag("--json"))
            fmt::print("as of {}\n{}\n{}", shortTime(numberOf(answer, "at_ms")), textOf(answer, "text"),
                       documentTable(memberOf(answer, "documents")).text());
        if (!arguments.flag("--out")) return kGood;
        return fetchDocuments(arguments, idOf(arguments, "DOSSIER"), memberOf(answer, "documents"),
                              arguments.text("--out"));
    });
}

Json inSlot(const Json& documents, const std::string& slot) {
    Json chosen = Json::array();
    for (const Json& document : documents)
        if (slot.empty() || textOf(document, "slot") == slot) chosen.push_back(document);
    return chosen;
}

int runFetch(const Arguments& arguments) {
    if (arguments.text("--out").empty()) {
        complain("name the folder for the documents with --out");
        return kUsage;
    }
    const std::string slot = arguments.text("--slot");
    Question question{"dossier.show", {{"dossier", idOf(arguments, "DOSSIER")}}, {}, {}};
    return askDaemon(arguments, question, [&](const Json& answer) -> int {
        const Json documents = inSlot(memberOf(answer, "documents"), slot);
        if (documents.empty() && !slot.empty()) {
            complain(
                fmt::format("the dossier has no document in slot \"{}\"; see greffe dossier show", slot));
            return kBad;
        }
        return fetchDocuments(arguments, idOf(arguments, "DOSSIER"), documents, arguments.text("--out"));
    });
}

int runExplain(const Arguments& arguments) {
    const std::string language = languageFor(arguments);
    Question question{
        "dossier.explain", {{"dossier", idOf(arguments, "DOSSIER")}, {"language", language}}, {}, {}};
    return askDaemon(arguments, question, [&](const Json& answer) -> int {
        if (!arguments.flag("--json")) fmt::print("{}\n", textOf(answer, language));
        return kGood;
    });
}

int runMove(const Arguments& arguments, const char* operation, Json params = Json::object()) {
    if (!hasReason(arguments)) return kUsage;
    params["dossier"] = idOf(arguments, "DOSSIER");
    params["reason"] = arguments.text("--reason");
    return askDaemon(arguments, {operation, std::move(params), {}, {}}, [&](const Json& answer) -> int {
        if (!arguments.flag("--json"))
            fmt::print("{}: {}\n", textOf(answer, "dossier"),
                       paintState(textOf(answer, "state"), hasColours()));
        return kGood;
    });
}

int runRetry(const Arguments& arguments) {
    return runMove(arguments, "dossier.retry");
}
int runCancel(const Arguments& arguments) {
    return runMove(arguments, "dossier.cancel");
}
int runRelease(const Arguments& arguments) {
    return runMove(arguments, "quarantine.release");
}

int runResolve(const Arguments& arguments) {
    if (arguments.flag("--happened") == arguments.flag("--not-happened")) {
        complain("say --happened or --not-happened, one of them");
        return kUsage;
    }
    Json params = {{"happened", arguments.flag("--happened")}};
    putText(params, "step", arguments, "--step");
    if (arguments.flag("--facts")) {
        auto facts = parseJson(arguments.text("--facts"));
        if (!facts || !facts->is_object()) {
            complain("--facts is a JSON object, such as {\"locator\": \"2026/11/x.zip\"}");
            return kUsage;
        }
        params["facts"] = std::move(*facts);
    }
    return runMove(arguments, "dossier.resolve", std::move(params));
}

int runQuarantineList(const Arguments& arguments) {
    Question question{"quarantine.list", Json::object(), {}, {}};
    for (const char* key : {"pipeline", "text"})
        putText(question.params, key, arguments, fmt::format("--{}", key));
    if (arguments.flag("--after")) question.params["after"] = idOf(arguments, "--after");
    return askDaemon(arguments, question,
                     [&](const Json& answer) { return printDossiers(arguments, answer); });
}

}  // namespace

int printDossiers(const Arguments& arguments, const Json& answer) {
    if (arguments.flag("--json")) return kGood;
    const std::int64_t nowMs = toUnixMs(systemClock().wall());
    TextTable table({"DOSSIER", "STATE", "PIPELINE", "AGE", "FILE", "REASON"});
    for (const Json& row : memberOf(answer, "dossiers"))
        table.add({textOf(row, "id"), textOf(row, "state"), textOf(row, "pipeline"),
                   ageText(nowMs - numberOf(row, "created_ms")), nameOf(row), textOf(row, "reason")});
    if (table.size() == 0) {
        fmt::print("no dossiers\n");
        return kGood;
    }
    fmt::print("{}", table.text(hasColours(), 1));
    if (const std::string next = textOf(answer, "next"); !next.empty())
        fmt::print(stderr, "more: --after {}\n", next);
    return kGood;
}

std::vector<Command> dossierCommands() {
    const PositionalSpec dossier{"DOSSIER", "its id"};
    const OptionSpec text{"--text", "TEXT", "in id, file name, type, data or reason"};
    const OptionSpec after{"--after", "DOSSIER", "go on behind this one"};
    const OptionSpec pipeline{"--pipeline", "NAME", "of this pipeline only"};
    std::vector<Command> commands = {
        operatorCommand(
            "dossier list", "list dossiers, newest first", runList, {},
            {{"--state", "STATE", "ready, waiting, held, uncertain, quarantined, done, …"},
             pipeline,
             {"--intake", "NAME", "from this intake only"},
             {"--type", "TYPE", "of this type only"},
             text,
             {"--since", "WHEN", "received since a date (2026-11-22) or for an age (30m, 12h, 7d)"},
             {"--limit", "COUNT", "how many at most, up to 500", "50"},
             after}),
        operatorCommand("dossier show", "everything about one dossier", runShow, {dossier}),
        operatorCommand("dossier explain",
                        "in one sentence: what it waits for, who must act, when it is tried next", runExplain,
                        {dossier}, {{"--language", "LANGUAGE", "fr or en; else that of the locale"}}),
        operatorCommand(
            "dossier replay", "what happened to a dossier, and how it stood at a moment", runReplay,
            {dossier},
            {{"--until", "WHEN", "a moment (2026-11-22T08:30, UTC) or an age (12h, 7d); now when left out"},
             {"--language", "LANGUAGE", "fr or en; else that of the locale"},
             {"--out", "FOLDER", "write the documents there, as they were at that moment"}}),
        operatorCommand("dossier fetch", "write a dossier's documents, every version, into a folder",
                        runFetch, {dossier},
                        {{"--out", "FOLDER", "where; nothing in it is overwritten"},
                         {"--slot", "NAME", "of this slot only; greffe dossier show names them"}}),
        operatorCommand("dossier retry", "try a held, quarantined or failed dossier again, now", runRetry,
                        {dossier}, {kReasonOption}),
        operatorCommand(
            "dossier resolve", "say whether an effect with unknown outcome happened", runResolve, {dossier},
            {{"--happened", "", "it did: the next step follows, if the dossier has not ended"},
             {"--not-happened", "", "it did not: the step runs again, if the dossier has not ended"},
             {"--step", "ID", "which step, when several are uncertain (BRANCH:STEP where one is on several)"},
             {"--facts", "JSON", "what later steps should read of it, an object"},
             kReasonOption}),
        operatorCommand("dossier cancel", "end a dossier; its file goes to rejected/", runCancel, {dossier},
                        {kReasonOption}),
        operatorCommand("quarantine list", "list what is in quarantine", runQuarantineList, {},
                        {pipeline, text, after}),
        operatorCommand("quarantine release", "admit a quarantined dossier again, from its first step",
                        runRelease, {dossier}, {kReasonOption})};
    return commands;
}

}  // namespace greffe
