// SPDX-License-Identifier: Apache-2.0
// greffe completion, greffe man.
#include "cli/commands.h"
#include "cli/shell_texts.h"

#include <fmt/format.h>

namespace greffe {
namespace {

int runCompletion(const Arguments& arguments) {
    const auto script = completionScript(arguments.text("SHELL"), commandTable());
    if (!script) {
        complain("there is completion for bash, zsh and fish");
        return kUsage;
    }
    fmt::print("{}", *script);
    return kGood;
}

int runMan(const Arguments&) {
    fmt::print("{}", manualPage(commandTable()));
    return kGood;
}

}  // namespace

std::vector<Command> shellCommands() {
    Command completion;
    completion.path = "completion";
    completion.summary = "print a completion script for your shell";
    completion.details = "For example: greffe completion bash >/etc/bash_completion.d/greffe";
    completion.positionals = {{"SHELL", "bash, zsh or fish"}};
    completion.run = runCompletion;
    Command man;
    man.path = "man";
    man.summary = "print the manual page";
    man.details = "For example: greffe man | man -l -";
    man.run = runMan;
    return {completion, man};
}

}  // namespace greffe
