// SPDX-License-Identifier: Apache-2.0
#include "cli/shell_texts.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace greffe {
namespace {

// Words that take a path as value are completed with paths, the others with nothing.
bool takesPath(std::string_view value) {
    return value == "FILE" || value == "FOLDER" || value == "DIRECTORY" || value == "PATH" ||
           value == "BACKUP" || value == "SPOOL" || value == "CONFIG" || value == "SAMPLE";
}

bool takesPath(const Command& command) {
    for (const PositionalSpec& positional : command.positionals)
        if (takesPath(positional.name)) return true;
    return false;
}

// Inside single quotes of any of the three shells.
std::string inQuotes(std::string_view text) {
    std::string out;
    for (const char letter : text)
        if (letter == '\'') {
            out += "’";  // the same to a reader, and harmless in every shell
        } else if (letter != '\n' && letter != '[' && letter != ']' && letter != ':') {
            out += letter;
        } else {
            out += ' ';
        }
    return out;
}

// Beginnings of commands that are groups: "", "dossier", "config".
std::set<std::string> groupsOf(std::span<const Command> commands) {
    std::set<std::string> groups = {""};
    for (const Command& command : commands)
        if (const auto space = command.path.find(' '); space != std::string_view::npos && !command.isHidden)
            groups.emplace(command.path.substr(0, space));
    return groups;
}

std::string optionWords(const Command& command) {
    std::string words = "--help";
    for (const OptionSpec& option : command.options)
        words += " " + std::string(option.longName());
    return words;
}

std::string bashScript(std::span<const Command> commands) {
    std::string words, options, paths;
    for (const std::string& group : groupsOf(commands))
        words += fmt::format("    \"{}\") COMPREPLY=($(compgen -W '{}' -- \"$current\")) ;;\n", group,
                             fmt::join(nextWords(group, commands), " "));
    std::set<std::string> pathOptions;
    for (const Command& command : commands) {
        if (command.isHidden) continue;
        options += fmt::format("    \"{}\") options='{}' ;;\n", command.path, optionWords(command));
        if (takesPath(command))
            paths += fmt::format("    \"{}\") COMPREPLY=($(compgen -f -- \"$current\")) ;;\n", command.path);
        for (const OptionSpec& option : command.options)
            if (takesPath(option.value)) pathOptions.insert(std::string(option.longName()));
    }
    return fmt::format(fmt::runtime(R"bash(# bash completion of greffe, made by: greffe completion bash
_greffe() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" command="" options="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    case "$word" in -*) break ;; esac
    case "$command" in
    {groups}) command="${{command:+$command }}$word" ;;
    esac
  done
  case "$previous" in
    {pathOptions}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$command" in
{options}  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")); return ;;
  esac
  case "$command" in
{words}{paths}  esac
}}
complete -F _greffe greffe
)bash"),
                       fmt::arg("groups",
                                [&] {
                                    std::string all;
                                    for (const std::string& group : groupsOf(commands))
                                        all += (all.empty() ? "" : "|") + fmt::format("\"{}\"", group);
                                    return all;
                                }()),
                       fmt::arg("pathOptions", fmt::format("{}", fmt::join(pathOptions, "|"))),
                       fmt::arg("options", options), fmt::arg("words", words), fmt::arg("paths", paths));
}

std::string zshScript(std::span<const Command> commands) {
    std::string cases;
    for (const std::string& group : groupsOf(commands))
        cases +=
            fmt::format("    '{}') compadd -- {} ;;\n", group, fmt::join(nextWords(group, commands), " "));
    for (const Command& command : commands) {
        if (command.isHidden) continue;
        std::string arguments = " '--help[help]'";
        for (const OptionSpec& option : command.options) {
            const std::string value =
                option.value.empty()
                    ? ""
                    : fmt::format(":{}:{}", option.value, takesPath(option.value) ? "_files" : "");
            arguments += fmt::format(" '{}[{}]{}'", option.longName(), inQuotes(option.help), value);
        }
        if (takesPath(command)) arguments += " '*:file:_files'";
        cases += fmt::format("    '{}') _arguments{} ;;\n", command.path, arguments);
    }
    std::string groups;
    for (const std::string& group : groupsOf(commands))
        groups += (groups.empty() ? "" : "|") + fmt::format("'{}'", group);
    return fmt::format(R"zsh(#compdef greffe
# zsh completion of greffe, made by: greffe completion zsh
_greffe() {{
  local command="" word i
  for ((i = 2; i < CURRENT; i++)); do
    word="${{words[i]}}"
    [[ "$word" == -* ]] && break
    case "$command" in
    {}) command="${{command:+$command }}$word" ;;
    esac
  done
  case "$command" in
{}  esac
}}
compdef _greffe greffe
)zsh",
                       groups, cases);
}

std::string fishScript(std::span<const Command> commands) {
    std::string script =
        "# fish completion of greffe, made by: greffe completion fish\ncomplete -c greffe -f\n";
    std::map<std::string, std::string> summaries;
    for (const Command& command : commands)
        if (!command.isHidden) summaries[std::string(command.path)] = command.summary;
    for (const std::string& group : groupsOf(commands))
        for (const std::string& word : nextWords(group, commands)) {
            const std::string path = group.empty() ? word : group + " " + word;
            const std::string when =
                group.empty()
                    ? "__fish_use_subcommand"
                    : fmt::format("__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}",
                                  group, fmt::join(nextWords(group, commands), " "));
            script += fmt::format("complete -c greffe -n '{}' -a '{}' -d '{}'\n", when, word,
                                  inQuotes(summaries[path]));
        }
    for (const Command& command : commands) {
        if (command.isHidden) continue;
        std::string when;
        for (std::string_view rest = command.path; !rest.empty();) {
            const auto space = std::min(rest.find(' '), rest.size());
            when += fmt::format("{}__fish_seen_subcommand_from {}", when.empty() ? "" : "; and ",
                                rest.substr(0, space));
            rest.remove_prefix(std::min(space + 1, rest.size()));
        }
        for (const OptionSpec& option : command.options)
            script += fmt::format("complete -c greffe -n '{}' -l '{}' -d '{}'{}\n", when,
                                  option.longName().substr(2), inQuotes(option.help),
                                  option.value.empty()      ? ""
                                  : takesPath(option.value) ? " -r -F"
                                                            : " -r");
        if (takesPath(command)) script += fmt::format("complete -c greffe -n '{}' -F\n", when);
    }
    return script;
}

}  // namespace

std::vector<std::string> nextWords(std::string_view beginning, std::span<const Command> commands) {
    std::set<std::string> words;
    for (const Command& command : commands) {
        if (command.isHidden) continue;
        std::string_view rest = command.path;
        if (!beginning.empty()) {
            if (rest.substr(0, beginning.size()) != beginning || rest.size() <= beginning.size() ||
                rest[beginning.size()] != ' ')
                continue;
            rest.remove_prefix(beginning.size() + 1);
        }
        words.emplace(rest.substr(0, rest.find(' ')));
    }
    return {words.begin(), words.end()};
}

std::optional<std::string> completionScript(std::string_view shell, std::span<const Command> commands) {
    if (shell == "bash") return bashScript(commands);
    if (shell == "zsh") return zshScript(commands);
    if (shell == "fish") return fishScript(commands);
    return std::nullopt;
}

}  // namespace greffe
