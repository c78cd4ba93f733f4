// SPDX-License-Identifier: Apache-2.0
// greffe test: the specs beside a configuration. What they expect, and whether it is so.
#include "base/bytes_text.h"
#include "cli/commands.h"
#include "cli/text_file.h"
#include "specs/spec_reader.h"
#include "specs/spec_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace greffe {
namespace {

constexpr std::chrono::milliseconds kLookForChangesEvery{300};

// Specs that name no pipeline go through the only one there is.
bool nameThePipelines(std::vector<Spec>& specs, const Plan& plan) {
    bool isGood = true;
    for (Spec& spec : specs) {
        if (!spec.pipeline.empty()) continue;
        if (plan.pipelines.size() == 1) {
            spec.pipeline = plan.pipelines.front().name;
            continue;
        }
        const bool allNamed =
            std::all_of(spec.actions.begin(), spec.actions.end(), [](const SpecAction& action) {
                return action.kind != "drop" || action.options.contains("pipeline");
            });
        if (allNamed) continue;
        fmt::print(stderr, "{}:{}: error: spec \"{}\": there are several pipelines; say pipeline = \"…\"\n",
                   spec.file, spec.line, displayText(spec.name));
        isGood = false;
    }
    return isGood;
}

// Where results of pure work outlive a run (XDG Base Directory Specification); empty without a home.
std::string cacheFolder() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
        return std::string(cache) + "/greffe/results";
    const char* home = std::getenv("HOME");
    return home != nullptr && *home == '/' ? std::string(home) + "/.cache/greffe/results" : std::string();
}

int runTests(const Arguments& arguments) {
    const std::string folder = arguments.text("CONFIG");
    const auto loaded = loadConfiguration(folder, findHousePaths());
    if (!loaded) {
        complain(loaded.error().text());
        return kEnvironment;
    }
    fmt::print(stderr, "{}", diagnosticsText(loaded->compiled.diagnostics));
    if (!loaded->compiled.plan) return kBad;
    auto files = readSpecs(folder, findHousePaths(), *loaded->compiled.plan);
    if (!files) {
        complain(files.error().text());
        return kEnvironment;
    }
    fmt::print(stderr, "{}", diagnosticsText(files->diagnostics));
    if (files->hasErrors() || !nameThePipelines(files->specs, *loaded->compiled.plan)) return kBad;
    const std::string filter = arguments.text("--filter");
    std::erase_if(files->specs,
                  [&](const Spec& spec) { return spec.name.find(filter) == std::string::npos; });
    if (files->specs.empty()) {
        complain(filter.empty() ? "the files in tests/ hold no spec"
                                : fmt::format("no spec's name holds \"{}\"", filter));
        return kUsage;
    }
    fmt::print("TAP version 14\n1..{}\n", files->specs.size());
    const SteadyTime began = std::chrono::steady_clock::now();
    PureResults known(arguments.flag("--no-cache") ? std::string() : cacheFolder());
    const auto results = runSpecs(files->specs, *loaded, findHousePaths(), folder, known,
                                  [](const SpecResult& result, std::size_t number) {
                                      fmt::print("{}", tapLine(result, number));
                                      std::fflush(stdout);
                                  });
    if (!results) {
        complain(results.error().text());
        return kEnvironment;
    }
    const auto failed = std::count_if(results->begin(), results->end(),
                                      [](const SpecResult& result) { return result.failure.has_value(); });
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    fmt::print("# {} specs, {} failed, {:.1f} s\n", results->size(), failed, took.count());
    if (const std::string path = arguments.text("--junit"); !path.empty())
        if (const Status written = writeTextFile(path, junitXml(*results)); !written) {
            complain(written.error().text());
            return kEnvironment;
        }
    return failed == 0 ? kGood : kBad;
}

// Changes whenever a file below the folder does.
std::string stateOf(const std::string& folder) {
    std::string state;
    std::error_code ignored;
    for (auto at = std::filesystem::recursive_directory_iterator(folder, ignored);
         !ignored && at != std::filesystem::recursive_directory_iterator(); at.increment(ignored))
        state += fmt::format("{} {} {}\n", at->path().string(),
                             at->is_regular_file(ignored) ? at->file_size(ignored) : 0,
                             at->last_write_time(ignored).time_since_epoch().count());
    return state;
}

int runSpecTest(const Arguments& arguments) {
    if (!arguments.flag("--watch")) return runTests(arguments);
    // Until Ctrl-C: what an author has open beside the editor.
    for (std::string seen;;) {
        if (const std::string now = stateOf(arguments.text("CONFIG")); now != seen) {
            seen = now;
            static_cast<void>(runTests(arguments));
            fmt::print("# waiting for changes\n");
            std::fflush(stdout);
        }
        std::this_thread::sleep_for(kLookForChangesEvery);
    }
}

}  // namespace

Command testCommand() {
    Command command;
    command.path = "test";
    command.summary = "run the specs of a configuration (tests/*.lua)";
    command.details =
        "A spec drops documents, answers tasks, makes services fall silent, lets time pass, and says what "
        "must come "
        "of it: states, messages, facts. Nothing leaves the house (see simulate). Each spec runs a second "
        "time with "
        "a restart between every two steps, and must end the same. The output is TAP. daemon/specs/README.md "
        "shows "
        "a spec.";
    command.positionals = {{"CONFIG", "configuration folder, with greffe.lua in it"}};
    command.options = {{"--filter", "TEXT", "only specs with this in their name"},
                       {"--junit", "FILE", "write the results as JUnit XML, too"},
                       {"--no-cache", "", "do all the work anew, and keep nothing of it in ~/.cache/greffe"},
                       {"--watch", "", "run again whenever a file changes"}};
    command.run = runSpecTest;
    return command;
}

}  // namespace greffe
