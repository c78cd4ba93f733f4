// SPDX-License-Identifier: Apache-2.0
// What the commands that talk to a running daemon share: its socket, one question, what an error means for
// the exit code.
#pragma once

#include "base/json.h"
#include "cli/command.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

inline constexpr OptionSpec kSocketOption{
    "--socket", "PATH",
    "the daemon's control socket; else $GREFFE_CONTROL_SOCKET, else /run/greffe/control.sock"};
inline constexpr OptionSpec kReasonOption{"--reason", "TEXT",
                                          "why: a text is mandatory; kept in the audit log beside your name"};

// A command of an operator, with --socket and --json.
Command operatorCommand(std::string_view path, std::string_view summary, int (*run)(const Arguments&),
                        std::vector<PositionalSpec> positionals = {}, std::vector<OptionSpec> options = {});

// --socket, else the environment's, else the usual one.
std::string controlSocketOf(const Arguments& arguments);

struct Question {
    std::string operation;
    Json params = Json::object();
    std::vector<int> descriptors;
    std::function<void(const Json& progress)> progress;
};

// Asks, and tells with `print` what came; --json prints the answer itself. Returns the exit code: print's, or
// that of the error, which was told.
int askDaemon(const Arguments& arguments, const Question& question,
              const std::function<int(const Json& answer)>& print);

// kEnvironment for what is missing around us (no daemon, no right, no room), kBad for what was refused.
ExitCode exitCodeOf(const Error& error);
// Tells of an error, as JSON on stdout with --json; returns its exit code.
int failWith(const Arguments& arguments, const Error& error);

void printJson(const Json& value);

// The id of a dossier or a task as the daemon writes it, in whatever case it was typed; what is no id stays
// as it is.
std::string idOf(const Arguments& arguments, std::string_view name);

// Sets params[key] when the option was given.
void putText(Json& params, std::string_view key, const Arguments& arguments, std::string_view option);
// Whether --reason has a text; complains when not.
bool hasReason(const Arguments& arguments);
// "2026-11-22", "2026-11-22T08:30" (UTC), or an age: "30m", "12h", "7d". Empty for anything else.
std::optional<std::int64_t> momentOf(const std::string& text, std::int64_t nowMs);

}  // namespace greffe
