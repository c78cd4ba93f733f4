// SPDX-License-Identifier: Apache-2.0
// greffe dossier import, task …, event send: what people and systems hand to the daemon.
#include "cli/commands.h"
#include "cli/operator_call.h"
#include "cli/terminal.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace greffe {
namespace {

constexpr std::uint64_t kMostTextBytes = 512U << 10U;  // what fits a request with its escapes

// The file's text; "-" is standard input.
Result<std::string> textFrom(const std::string& path) {
    return path == "-" ? readAll(STDIN_FILENO, kMostTextBytes) : readFile(path, kMostTextBytes);
}

int runImport(const Arguments& arguments) {
    const std::string path = arguments.text("FILE");
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        static_cast<void>(failWith(arguments, systemError(path, errno)));
        return kEnvironment;
    }
    Question question{"dossier.import", {{"pipeline", arguments.text("--pipeline")}}, {file.get()}, {}};
    if (arguments.text("--pipeline").empty()) {
        complain("name the pipeline with --pipeline");
        return kUsage;
    }
    question.params["name"] = arguments.flag("--name") ? arguments.text("--name") : splitPath(path).name;
    putText(question.params, "key", arguments, "--key");
    if (arguments.flag("--manifest")) {
        auto text = textFrom(arguments.text("--manifest"));
        auto manifest = text ? parseJson(*text) : Result<Json>(text.error());
        if (!manifest || !manifest->is_object()) {
            complain(fmt::format("{}: {}", arguments.text("--manifest"),
                                 manifest ? "not a JSON object" : manifest.error().text()));
            return kBad;
        }
        question.params["manifest"] = std::move(*manifest);
    }
    return askDaemon(arguments, question, [&](const Json& answer) -> int {
        if (!arguments.flag("--json"))
            fmt::print("{}{}\n", textOf(answer, "dossier"),
                       boolOf(answer, "is_new") ? "" : " (imported before under this key)");
        return kGood;
    });
}

int runTaskList(const Arguments& arguments) {
    Question question{"task.list", Json::object(), {}, {}};
    if (arguments.flag("--dossier")) question.params["dossier"] = idOf(arguments, "--dossier");
    putText(question.params, "ask", arguments, "--ask");
    if (arguments.flag("--all")) question.params["all"] = true;
    return askDaemon(arguments, question, [&](const Json& answer) -> int {
        if (arguments.flag("--json")) return kGood;
        TextTable table(
            {"TASK", "DOSSIER", "STEP", "WHO", "QUESTION", "ABOUT", "ANSWERS", "UNTIL", "ANSWER"});
        for (const Json& row : memberOf(answer, "tasks")) {
            std::string answers;
            for (const Json& one : memberOf(row, "answers"))
                if (one.is_string()) answers += (answers.empty() ? "" : ", ") + one.get<std::string>();
            table.add({textOf(row, "id"), textOf(row, "dossier"), textOf(row, "step"), textOf(row, "ask"),
                       textOf(row, "question"), textOf(row, "item"), answers,
                       shortTime(numberOf(row, "expires_ms")), textOf(row, "answer")});
        }
        fmt::print("{}", table.size() == 0 ? "no tasks\n" : table.text());
        return kGood;
    });
}

int runTaskAnswer(const Arguments& arguments) {
    Question question{
        "task.answer", {{"task", idOf(arguments, "TASK")}, {"answer", arguments.text("ANSWER")}}, {}, {}};
    putText(question.params, "reason", arguments, "--reason");
    return askDaemon(arguments, question, [&](const Json& answer) -> int {
        if (!arguments.flag("--json")) fmt::print("answered; dossier {}\n", textOf(answer, "dossier"));
        return kGood;
    });
}

int runEventSend(const Arguments& arguments) {
    if (!hasReason(arguments)) return kUsage;
    Question question{"event.send",
                      {{"provider", arguments.text("PROVIDER")},
                       {"event", arguments.text("EVENT")},
                       {"reason", arguments.text("--reason")}},
                      {},
                      {}};
    putText(question.params, "about", arguments, "--about");
    if (arguments.flag("--body")) {
        auto text = textFrom(arguments.text("--body"));
        if (!text) return failWith(arguments, text.error());
        question.params["body"] = std::move(*text);
    }
    return askDaemon(arguments, question, [&](const Json& answer) -> int {
        if (arguments.flag("--json")) return kGood;
        fmt::print("{}", boolOf(answer, "is_new") ? "event kept" : "this event was there before");
        for (const Json& dossier : memberOf(answer, "dossiers"))
            fmt::print("; wakes {}", dossier.get<std::string>());
        fmt::print("{}\n", memberOf(answer, "dossiers").empty()
                               ? "; nobody waits for it yet: the dossier's wait will find it"
                               : "");
        return kGood;
    });
}

}  // namespace

std::vector<Command> handingOverCommands() {
    return {operatorCommand("dossier import", "hand a file over without a drop folder", runImport,
                            {{"FILE", "the document"}},
                            {{"--pipeline", "NAME", "where it goes"},
                             {"--name", "NAME", "its name; else the file's own"},
                             {"--manifest", "FILE", "JSON with type, parties and data; - for standard input"},
                             {"--key", "TEXT", "a second import with the same key makes no second dossier"}}),
            operatorCommand("task list", "list open tasks", runTaskList, {},
                            {{"--dossier", "DOSSIER", "of this dossier only"},
                             {"--ask", "WHO", "for this role or person only"},
                             {"--all", "", "answered ones too; needs --dossier"}}),
            operatorCommand("task answer", "answer a task in your name", runTaskAnswer,
                            {{"TASK", "its id"}, {"ANSWER", "one of its answers"}},
                            {{"--reason", "TEXT", "a comment to keep with it"}}),
            operatorCommand(
                "event send", "tell of an event, as a provider's webhook would", runEventSend,
                {{"PROVIDER", "who tells it: the name that a wait step waits for"},
                 {"EVENT", "the event's own id: told twice, it counts once"}},
                {{"--about", "ID", "what it is about: a dossier's id, or a provider's own; else EVENT"},
                 {"--body", "FILE", "its content; - for standard input"},
                 kReasonOption})};
}

}  // namespace greffe
