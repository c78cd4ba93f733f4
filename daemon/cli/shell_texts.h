// SPDX-License-Identifier: Apache-2.0
// Texts made from the table of commands: completion for shells, the manual page. Pure, so that a command that
// is added is complete everywhere.
#pragma once

#include "cli/command.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// shell: "bash", "zsh" or "fish"; empty for another.
std::optional<std::string> completionScript(std::string_view shell, std::span<const Command> commands);

// roff, section 8.
std::string manualPage(std::span<const Command> commands);

// The words after a beginning of a command: {"dossier"} → {"cancel", "explain", …}; all that is not hidden,
// sorted.
std::vector<std::string> nextWords(std::string_view beginning, std::span<const Command> commands);

}  // namespace greffe
