// SPDX-License-Identifier: Apache-2.0
#include "cli/operator_call.h"

#include "base/ulid.h"
#include "control/control_client.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <ctime>

namespace greffe {
namespace {

constexpr const char* kUsualSocket = "/run/greffe/control.sock";

}  // namespace

std::string controlSocketOf(const Arguments& arguments) {
    if (arguments.flag("--socket")) return arguments.text("--socket");
    const char* named = std::getenv("GREFFE_CONTROL_SOCKET");
    return named != nullptr && *named != '\0' ? named : kUsualSocket;
}

Command operatorCommand(std::string_view path, std::string_view summary, int (*run)(const Arguments&),
                        std::vector<PositionalSpec> positionals, std::vector<OptionSpec> options) {
    Command command;
    command.path = path;
    command.summary = summary;
    command.positionals = std::move(positionals);
    command.options = std::move(options);
    command.options.push_back(kSocketOption);
    command.options.push_back(kJsonOption);
    command.run = run;
    return command;
}

ExitCode exitCodeOf(const Error& error) {
    switch (error.code) {
        case Errc::Denied:
        case Errc::NoSpace:
        case Errc::Io:
        case Errc::Timeout:
        case Errc::Closed: return kEnvironment;
        default: return kBad;
    }
}

int failWith(const Arguments& arguments, const Error& error) {
    if (arguments.flag("--json")) {
        const ControlAnswer answer{ControlAnswer::Kind::Error, 0, {}, error};
        printJson({{"error", memberOf(storedJson(answerLine(answer)), "error")}});
    } else {
        complain(error.text());
    }
    return exitCodeOf(error);
}

int askDaemon(const Arguments& arguments, const Question& question,
              const std::function<int(const Json& answer)>& print) {
    auto client = ControlClient::connect(controlSocketOf(arguments));
    if (!client) {
        static_cast<void>(failWith(arguments, client.error()));
        return kEnvironment;
    }
    auto answer = client->ask(question.operation, question.params, question.descriptors, question.progress);
    if (!answer) return failWith(arguments, answer.error());
    if (arguments.flag("--json")) printJson(*answer);
    return print(*answer);
}

void printJson(const Json& value) {
    fmt::print("{}\n", prettyJson(value));
}

std::string idOf(const Arguments& arguments, std::string_view name) {
    const std::string typed = arguments.text(name);
    std::string id = typed;
    for (char& letter : id)
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    return isUlid(id) ? id : typed;
}

void putText(Json& params, std::string_view key, const Arguments& arguments, std::string_view option) {
    if (arguments.flag(option)) params[std::string(key)] = arguments.text(option);
}

bool hasReason(const Arguments& arguments) {
    if (!arguments.text("--reason").empty()) return true;
    complain("say why with --reason: it stands in the audit log beside your name");
    return false;
}

std::optional<std::int64_t> momentOf(const std::string& text, std::int64_t nowMs) {
    for (const char* form : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
        std::tm parts{};
        const char* end = strptime(text.c_str(), form, &parts);
        if (end != nullptr && *end == '\0') return static_cast<std::int64_t>(timegm(&parts)) * 1'000;
    }
    std::int64_t count = 0;
    const auto [unit, trouble] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (trouble != std::errc() || unit + 1 != text.data() + text.size() || count < 0 || count > 100'000)
        return std::nullopt;
    switch (*unit) {
        case 'm': return nowMs - count * 60'000;
        case 'h': return nowMs - count * 3'600'000;
        case 'd': return nowMs - count * 86'400'000;
        default: return std::nullopt;
    }
}

}  // namespace greffe
