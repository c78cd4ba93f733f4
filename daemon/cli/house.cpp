// SPDX-License-Identifier: Apache-2.0
// greffe status, reload, shape, config show, metrics: the daemon as a whole.
#include "app/configuration.h"
#include "base/bytes_text.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/operator_call.h"
#include "cli/terminal.h"

#include <fmt/format.h>

namespace greffe {
namespace {

// "seccomp, landlock 5"; "-" before a worker came up.
std::string wallsText(const Json& walls) {
    if (!walls.is_object()) return "-";
    const std::int64_t abi = numberOf(walls, "landlock_abi");
    const std::string landlock = abi > 0 ? fmt::format("landlock {}", abi) : "NO LANDLOCK";
    return fmt::format("{}, {}", boolOf(walls, "seccomp") ? "seccomp" : "NO SECCOMP", landlock);
}

void printLeftLying(const std::string& intake, const Json& left) {
    const std::int64_t count = numberOf(left, "count");
    if (count == 0) return;
    fmt::print("\n{}: {} left lying\n", intake, count);
    for (const Json& one : memberOf(left, "first"))
        fmt::print("  {}: {}\n", displayText(bytesOf(one, "file")), displayText(textOf(one, "why")));
}

int printStatus(const Json& status) {
    fmt::print("greffe {}, process {}, plan {}, started {}\n", textOf(status, "version"),
               numberOf(status, "pid"), textOf(status, "plan").substr(0, 12),
               shortTime(numberOf(status, "started_ms")));
    const Json& spool = memberOf(status, "spool");
    fmt::print("spool {}: {} free\n", displayText(textOf(spool, "directory")),
               sizeText(static_cast<std::uint64_t>(numberOf(spool, "free_bytes"))));
    TextTable dossiers({"STATE", "DOSSIERS", "OLDEST"});
    const Json& oldest = memberOf(status, "oldest_ms");
    for (const auto& [state, count] : memberOf(status, "dossiers").items()) {
        const std::int64_t oldestMs = numberOf(oldest, state);
        dossiers.add({state, fmt::format("{}", count.get<std::int64_t>()),
                      oldestMs == 0 ? "-" : ageText(numberOf(status, "now_ms") - oldestMs)});
    }
    if (dossiers.size() != 0) fmt::print("\n{}", dossiers.text(hasColours(), 0));
    TextTable intakes({"INTAKE", "FOLLOWED", "PAUSED FOR", "TROUBLE"});
    for (const auto& [name, intake] : memberOf(status, "intakes").items())
        intakes.add({name, fmt::format("{}", numberOf(intake, "followed")), textOf(intake, "paused_for", "-"),
                     displayText(textOf(intake, "trouble"))});
    if (intakes.size() != 0) fmt::print("\n{}", intakes.text());
    for (const auto& [name, intake] : memberOf(status, "intakes").items())
        if (const std::string why = textOf(intake, "pause_text"); !why.empty())
            fmt::print("\nintake {} takes nothing: {}\n", displayText(name), displayText(why));
    for (const auto& [name, intake] : memberOf(status, "intakes").items())
        printLeftLying(name, memberOf(intake, "left_lying"));
    if (const std::string why = textOf(memberOf(status, "journal"), "trouble"); !why.empty())
        fmt::print("\nthe journal waits, and everything with it: {}\n", displayText(why));
    for (const Json& row : memberOf(status, "undeliverable"))
        fmt::print("\nnothing can be brought to {} since {}: {}\n", displayText(textOf(row, "folder")),
                   shortTime(numberOf(row, "since_ms")), displayText(textOf(row, "error")));
    TextTable pools({"POOL", "IDLE", "BUSY", "QUEUED", "RESTARTS", "WALLS", "TROUBLE"});
    for (const auto& [name, pool] : memberOf(status, "pools").items()) {
        std::int64_t restarts = 0;
        for (const auto& [cause, count] : memberOf(pool, "restarts").items())
            restarts += count.get<std::int64_t>();
        pools.add({name, fmt::format("{}", numberOf(pool, "idle")), fmt::format("{}", numberOf(pool, "busy")),
                   fmt::format("{}", numberOf(pool, "queued")), fmt::format("{}", restarts),
                   wallsText(memberOf(pool, "walls")),
                   boolOf(pool, "degraded") ? textOf(pool, "trouble") : ""});
    }
    if (pools.size() != 0) fmt::print("\n{}", pools.text());
    return kGood;
}

int runStatus(const Arguments& arguments) {
    return askDaemon(arguments, {"status", Json::object(), {}, {}}, [&](const Json& answer) {
        return arguments.flag("--json") ? kGood : printStatus(answer);
    });
}

int runReload(const Arguments& arguments) {
    return askDaemon(arguments, {"reload", Json::object(), {}, {}}, [&](const Json& answer) -> int {
        const bool isAccepted = boolOf(answer, "is_accepted");
        if (arguments.flag("--json")) return isAccepted ? kGood : kBad;
        for (const Json& row : memberOf(answer, "diagnostics"))
            fmt::print(stderr, "{}:{}:{}: {}: {}\n", displayText(textOf(row, "file")), numberOf(row, "line"),
                       numberOf(row, "column"), textOf(row, "severity"), displayText(textOf(row, "message")));
        for (const Json& row : memberOf(answer, "need_restart"))
            fmt::print(stderr, "restart required: {} stays {} until then, {} is configured\n",
                       textOf(row, "option"), textOf(row, "running"), textOf(row, "configured"));
        fmt::print("{} plan {}\n", isAccepted ? "configuration in use:" : "refused; still in use:",
                   textOf(answer, "plan").substr(0, 12));
        return isAccepted ? kGood : kBad;
    });
}

std::string standingText(const Json& node, std::int64_t nowMs) {
    std::string text;
    for (const auto& [state, count] : memberOf(node, "counts").items())
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count.get<std::int64_t>(),
                            paintState(state, hasColours()));
    if (const std::int64_t oldestMs = numberOf(node, "oldest_ms"); oldestMs != 0)
        text += fmt::format(" (oldest {})", ageText(nowMs - oldestMs));
    return text;
}

void printSteps(const Json& steps, std::size_t depth, std::int64_t nowMs) {
    for (const Json& step : steps) {
        const std::string standing = standingText(step, nowMs);
        fmt::print("{}{} ({}){}{}\n", std::string(depth * 2, ' '), displayText(textOf(step, "id")),
                   textOf(step, "kind"), standing.empty() ? "" : ": ", standing);
        for (const Json& branch : memberOf(step, "branches")) {
            fmt::print("{}{}:\n", std::string(depth * 2 + 2, ' '), displayText(textOf(branch, "name")));
            printSteps(memberOf(branch, "steps"), depth + 2, nowMs);
        }
    }
}

int runShape(const Arguments& arguments) {
    return askDaemon(arguments, {"shape", Json::object(), {}, {}}, [&](const Json& answer) -> int {
        if (arguments.flag("--json")) return kGood;
        const std::int64_t nowMs = toUnixMs(systemClock().wall());
        for (const Json& pipeline : memberOf(answer, "pipelines")) {
            fmt::print("{}\n", displayText(textOf(pipeline, "name")));
            printSteps(memberOf(pipeline, "steps"), 1, nowMs);
        }
        for (const Json& node : memberOf(answer, "elsewhere"))
            fmt::print("of an earlier plan, {} at {}: {}\n", displayText(textOf(node, "pipeline")),
                       displayText(textOf(node, "step")), standingText(node, nowMs));
        return kGood;
    });
}

int printValues(const Arguments& arguments, const Json& answer) {
    if (arguments.flag("--json")) return kGood;
    for (const Json& row : memberOf(answer, "values")) {
        fmt::print("{} = {}", displayText(textOf(row, "path")),
                   displayText(dumpJson(memberOf(row, "value"))));
        if (arguments.flag("--origin")) {
            const std::string file = textOf(row, "file");
            fmt::print("  -- {}", file.empty()
                                      ? "default"
                                      : fmt::format("{}:{}", displayText(file), numberOf(row, "line")));
        }
        fmt::print("\n");
    }
    return kGood;
}

int runConfigShow(const Arguments& arguments) {
    if (!arguments.flag("--config"))
        return askDaemon(arguments, {"config.show", Json::object(), {}, {}},
                         [&](const Json& answer) { return printValues(arguments, answer); });
    auto loaded = loadConfiguration(arguments.text("--config"), findHousePaths());
    if (!loaded) {
        static_cast<void>(failWith(arguments, loaded.error()));
        return kEnvironment;
    }
    if (!loaded->compiled.plan) {
        fmt::print(stderr, "{}", diagnosticsText(loaded->compiled.diagnostics));
        return kBad;
    }
    Json answer = {{"plan", loaded->id}, {"values", Json::array()}};
    for (const ValueOrigin& origin : loaded->compiled.origins)
        answer["values"].push_back({{"path", origin.path},
                                    {"value", storedJson(origin.valueText)},
                                    {"file", origin.file},
                                    {"line", origin.line}});
    if (arguments.flag("--json")) printJson(answer);
    return printValues(arguments, answer);
}

int runMetrics(const Arguments& arguments) {
    return askDaemon(arguments, {"metrics", Json::object(), {}, {}}, [&](const Json& answer) -> int {
        if (!arguments.flag("--json")) fmt::print("{}", textOf(answer, "text"));
        return kGood;
    });
}

}  // namespace

std::vector<Command> houseCommands() {
    Command config =
        operatorCommand("config show", "every value of the configuration that is in use", runConfigShow, {},
                        {{"--origin", "", "with the file and line that set it"},
                         {"--config", "FOLDER", "of this folder instead of the running daemon"}});
    Command reload = operatorCommand("reload", "read the configuration again, as HUP does", runReload);
    reload.details =
        "A configuration with errors never replaces a good one: they are printed, the exit code is 1.";
    return {operatorCommand("status", "how the daemon stands: dossiers, pools, intakes, room", runStatus),
            reload,
            operatorCommand(
                "shape", "the pipelines as a tree, with what stands at each step and for how long", runShape),
            config, operatorCommand("metrics", "the daemon's figures as OpenMetrics text", runMetrics)};
}

}  // namespace greffe
