// SPDX-License-Identifier: Apache-2.0
#include "conformance/kit.h"
#include "conformance/rules.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string_view>

namespace greffe::conformance {
namespace {

constexpr const char* kUsage =
    "usage: plugin test FILE.so [--options FILE] [--params FILE] [--secret NAME=FILE]... [--file "
    "DOCUMENT]...\n"
    "  --options   JSON options that an instance can start with\n"
    "  --params    JSON that a step gives the plugin with a document\n"
    "  --secret    the bytes of a secret option\n"
    "  --file      a document of the plugin's format; hostile ones are made of it too\n"
    "Proves the rules of plugin-api/SPEC.md and prints TAP. Exit: 0 all hold, 1 one does not, 2 usage, 3 "
    "cannot run.\n";
constexpr std::uint64_t kMaxInputBytes = 16U << 20U;

int usage(const std::string& problem) {
    std::fprintf(stderr, "plugin test: %s\n%s", problem.c_str(), kUsage);
    return 2;
}

Status readArgument(std::string_view name, const std::string& value, KitOptions& options) {
    if (name == "--file") {
        options.files.push_back(value);
        return std::filesystem::is_regular_file(value) ? Status()
                                                       : makeError(Errc::NotFound, value + ": no such file");
    }
    const std::size_t equals = value.find('=');
    if (name == "--secret" && equals == std::string::npos)
        return makeError(Errc::Invalid, "--secret takes NAME=FILE");
    const std::string path = name == "--secret" ? value.substr(equals + 1) : value;
    GREFFE_TRY_ASSIGN(std::string bytes, readFile(path, kMaxInputBytes));
    if (name == "--secret")
        options.secrets[value.substr(0, equals)] = std::move(bytes);
    else if (name == "--params")
        options.paramsJson = std::move(bytes);
    else
        options.optionsJson = std::move(bytes);
    return {};
}

std::string oneLine(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

}  // namespace

std::string tapOf(const std::vector<RuleResult>& results) {
    std::string tap = fmt::format("TAP version 13\n1..{}\n", results.size());
    std::size_t number = 0;
    for (const RuleResult& result : results) {
        const Rule& rule = rules()[number++];
        tap += fmt::format("{}ok {} - {} {}: {}", result.state == RuleResult::State::Failed ? "not " : "",
                           number, rule.id, rule.check, rule.title);
        if (result.state == RuleResult::State::Skipped) tap += " # SKIP " + oneLine(result.details.front());
        tap += '\n';
        if (result.state == RuleResult::State::Failed)
            for (const std::string& detail : result.details)
                tap += "# " + oneLine(detail) + "\n";
    }
    return tap;
}

int runKit(int argc, char** argv, const std::vector<std::string>& probe) {
    KitOptions options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--help" || argument == "-h") {
            std::fputs(kUsage, stdout);
            return 0;
        }
        if (argument == "--options" || argument == "--params" || argument == "--secret" ||
            argument == "--file") {
            if (++i >= argc) return usage(fmt::format("{} needs a value", argument));
            if (const Status read = readArgument(argument, argv[i], options); !read)
                return usage(read.error().text());
        } else if (argument.starts_with("-")) {
            return usage(fmt::format("unknown option {}", argument));
        } else if (!options.pluginPath.empty()) {
            return usage("one plugin at a time");
        } else {
            options.pluginPath = argument;
        }
    }
    if (options.pluginPath.empty()) return usage("which plugin?");
    std::error_code ignored;
    options.probeCommand = {std::filesystem::read_symlink("/proc/self/exe", ignored).string()};
    options.probeCommand.insert(options.probeCommand.end(), probe.begin(), probe.end());

    const auto results = runConformance(options);
    if (!results) {
        std::fprintf(stderr, "plugin test: %s\n", results.error().text().c_str());
        return 3;
    }
    std::fputs(tapOf(*results).c_str(), stdout);
    const bool isGood = std::none_of(results->begin(), results->end(), [](const RuleResult& result) {
        return result.state == RuleResult::State::Failed;
    });
    return isGood ? 0 : 1;
}

}  // namespace greffe::conformance
