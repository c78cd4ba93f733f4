// SPDX-License-Identifier: Apache-2.0
// One table of subcommands. Parsing, help, completion and the man page are made from it; a subcommand is a
// file that adds its row.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// Exit codes of every subcommand.
enum ExitCode : int {
    kGood = 0,         // done, or the document is good
    kBad = 1,          // refused or bad, with its reason
    kUsage = 2,        // the command line is wrong
    kEnvironment = 3,  // a file, a service, a right is missing
};

struct OptionSpec {
    std::string_view name;   // "--config", or "-o,--output"; known by the long one
    std::string_view value;  // "FILE"; empty: a flag
    std::string_view help;
    std::string_view fallback = {};  // used when the option is not given
    bool isMany = false;

    // "--output" of "-o,--output".
    std::string_view longName() const {
        const auto comma = name.rfind(',');
        return comma == std::string_view::npos ? name : name.substr(comma + 1);
    }
};

struct PositionalSpec {
    std::string_view name;  // "FILE"
    std::string_view help;
    bool isRequired = true;
    bool isMany = false;
};

class Arguments {
public:
    bool flag(std::string_view option) const { return given_.count(std::string(option)) != 0; }
    // The value, or the option's fallback.
    std::string text(std::string_view name) const;
    std::vector<std::string> list(std::string_view name) const;
    // Errc::Invalid's text for a value that is no number.
    std::optional<long long> number(std::string_view name) const;

    void add(const std::string& name, std::string value) { given_[name].push_back(std::move(value)); }

private:
    std::map<std::string, std::vector<std::string>> given_;
};

struct Command {
    std::string_view path;     // "dossier list"
    std::string_view summary;  // one line
    std::string_view details;  // further help, or empty
    std::vector<PositionalSpec> positionals;
    std::vector<OptionSpec> options;
    int (*run)(const Arguments& arguments);
    bool isHidden = false;  // not in help: started by the program itself
};

std::span<const Command> commandTable();

// Parses argv and runs the subcommand. Exceptions of libraries end here (one of the three edges).
int runCommandLine(int argc, char** argv);

// --- shared by subcommands
// -------------------------------------------------------------------------------------

inline constexpr OptionSpec kConfigOption{"--config", "FOLDER", "configuration folder, with greffe.lua in it",
                                          "/etc/greffe"};
inline constexpr OptionSpec kJsonOption{"--json", "", "machine-readable output"};

// "greffe: message (advice)" on stderr.
void complain(std::string_view message);

}  // namespace greffe
