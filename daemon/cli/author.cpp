// SPDX-License-Identifier: Apache-2.0
// greffe config annotations, describe, new: what somebody who writes pipelines asks for. All of it is made
// from the schemas; none of it needs a daemon.
#include "app/configuration.h"
#include "base/bytes_text.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/text_file.h"
#include "config/lua_annotations.h"
#include "config/schema_description.h"
#include "config/schema_reference.h"
#include "config/starting_point.h"
#include "config/text_forms.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <filesystem>

namespace greffe {
namespace {

namespace fs = std::filesystem;

// A folder whose name begins with a dot is not read as configuration.
constexpr const char* kLibrary = ".greffe";
constexpr const char* kDefinitions = "greffe.lua";
constexpr const char* kEditorSettings = ".luarc.json";
constexpr std::uint64_t kMostSettingsBytes = 1U << 20U;

int complainOf(const Error& error) {
    complain(error.text());
    return error.code == Errc::Invalid ? kUsage : kEnvironment;
}

// --into: the definitions in a folder of their own, and the file that makes the language server find them.
int installAnnotations(const std::string& folder, const std::string& text) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) {
        complain(fmt::format("{}: there is no such folder; --into names the one with greffe.lua", folder));
        return kUsage;
    }
    const fs::path library = fs::path(folder) / kLibrary;
    fs::create_directory(library, ignored);
    const std::string definitions = (library / kDefinitions).string();
    if (const Status written = writeTextFile(definitions, text); !written) return complainOf(written.error());
    fmt::print("written: {}\n", displayText(definitions));
    const std::string settings = (fs::path(folder) / kEditorSettings).string();
    const std::string wanted = languageServerSettings(kLibrary);
    const Status written = writeNewTextFile(settings, wanted);
    if (const auto there = readFile(settings, kMostSettingsBytes); !written && there && *there == wanted)
        return kGood;
    if (written) {
        fmt::print("written: {}\n", displayText(settings));
    } else if (written.error().code == Errc::Exists) {
        fmt::print("kept: {}, which is yours; it must name the library \"{}\"\n", displayText(settings),
                   kLibrary);
    } else {
        return complainOf(written.error());
    }
    return kGood;
}

int runAnnotations(const Arguments& arguments) {
    const std::string text = luaAnnotations(installedPlugins(findHousePaths()));
    const std::string folder = arguments.text("--into"), file = arguments.text("--out");
    if (!folder.empty() && !file.empty()) {
        complain("either --out or --into, not both");
        return kUsage;
    }
    if (!folder.empty()) return installAnnotations(folder, text);
    const Status written = writeTextFile(file.empty() ? "-" : file, text);
    return written ? kGood : complainOf(written.error());
}

int runConfigDescribe(const Arguments& arguments) {
    const std::vector<PluginFacts> plugins = installedPlugins(findHousePaths());
    if (arguments.flag("--json")) {
        fmt::print("{}\n", describeSchemas(plugins).dump(2));
        return kGood;
    }
    fmt::print("{}", referencePage());
    if (!plugins.empty()) fmt::print("\n## Plugins that are installed here\n");
    for (const PluginFacts& plugin : plugins)
        fmt::print("{}", pluginReference(plugin));
    return kGood;
}

// Takes back what was written when it turns out not to be good: nothing, or something that passes the check.
class WrittenFiles {
public:
    ~WrittenFiles() {
        std::error_code ignored;
        if (!isKept_)
            for (const std::string& path : paths_)
                fs::remove(path, ignored);
    }

    Status write(const std::string& path, const std::string& text) {
        GREFFE_TRY(writeNewTextFile(path, text));
        paths_.push_back(path);
        return {};
    }
    void keep() { isKept_ = true; }
    const std::vector<std::string>& paths() const { return paths_; }

private:
    std::vector<std::string> paths_;
    bool isKept_ = false;
};

// The house as it is, if there is one; nothing after saying why it cannot be added to.
struct ExistingHouse {
    bool isThere = false;
    HouseParts parts;
};
std::optional<ExistingHouse> lookAtHouse(const std::string& folder, const std::string& name, int& code) {
    std::error_code ignored;
    if (!fs::exists(fs::path(folder) / "greffe.lua", ignored))
        return ExistingHouse{false, startingParts(name)};
    auto loaded = loadConfiguration(folder, findHousePaths());
    if (!loaded) {
        complain(loaded.error().text());
        code = kEnvironment;
        return std::nullopt;
    }
    if (!loaded->compiled.plan) {
        fmt::print(stderr, "{}", diagnosticsText(loaded->compiled.diagnostics));
        complain(fmt::format(
            "{} has errors: mend them first, a pipeline that stands beside them cannot be checked", folder));
        code = kBad;
        return std::nullopt;
    }
    if (loaded->compiled.plan->findPipeline(name) != nullptr) {
        complain(
            fmt::format("there is a pipeline \"{0}\" already; greffe pipeline show {0} --config {1} shows it",
                        name, folder));
        code = kBad;
        return std::nullopt;
    }
    return ExistingHouse{true, partsOf(*loaded->compiled.plan, name)};
}

// Holds what was written against the check, as the daemon would.
int checkWritten(const std::string& folder, const std::string& name, const std::string& file) {
    auto loaded = loadConfiguration(folder, findHousePaths());
    if (!loaded) {
        complain(loaded.error().text());
        return kEnvironment;
    }
    if (!loaded->compiled.plan) {
        fmt::print(stderr, "{}", diagnosticsText(loaded->compiled.diagnostics));
        complain(fmt::format("{} does not fit what is in {}, and was taken back", file, folder));
        return kBad;
    }
    if (loaded->compiled.plan->findPipeline(name) == nullptr) {
        complain(
            fmt::format("{}/greffe.lua does not bring in {}, which was taken back: write pipelines = include "
                        "\"pipelines/*.lua\" there, and try again",
                        folder, file));
        return kBad;
    }
    return kGood;
}

int runConfigNew(const Arguments& arguments) {
    const std::string name = arguments.text("PIPELINE"), folder = arguments.text("--into");
    if (!isConfigName(name)) {
        complain(
            fmt::format("\"{}\" cannot be a pipeline's name: letters, digits, -, _ and ., 64 at most", name));
        return kUsage;
    }
    int code = kGood;
    const std::optional<ExistingHouse> house = lookAtHouse(folder, name, code);
    if (!house) return code;
    WrittenFiles files;
    const std::string file = (fs::path(folder) / "pipelines" / (name + ".lua")).lexically_normal().string();
    Status written = files.write(file, startingPipeline(name, house->parts));
    if (written && !house->isThere)
        written =
            files.write((fs::path(folder) / "greffe.lua").lexically_normal().string(), startingHouse(name));
    if (!written) return complainOf(written.error());
    if (code = checkWritten(folder, name, file); code != kGood) return code;
    files.keep();
    for (const std::string& path : files.paths())
        fmt::print("written: {}\n", displayText(path));
    fmt::print(
        "It passes the check. See what it would do with a document; nothing leaves the house:\n"
        "  greffe simulate {0} SAMPLE.pdf{1}\n"
        "Before it runs: the paths in it, and greffe check --config {0} --live\n",
        displayText(folder), house->isThere ? " --pipeline " + name : "");
    return kGood;
}

Command annotationsCommand() {
    Command command;
    command.path = "config annotations";
    command.summary = "definitions for the Lua language server: completion and help while writing pipelines";
    command.details =
        "They know every constructor, option, allowed value, what functions are given, the options of the "
        "installed "
        "plugins, and which of Lua's functions there are. With --into they lie in FOLDER/.greffe, and "
        "FOLDER/.luarc.json tells the editor; one that is there already is left alone.";
    command.options = {
        {"--out", "FILE", "write them there instead of to stdout"},
        {"--into", "FOLDER", "put them into this configuration folder, where editors find them"}};
    command.run = runAnnotations;
    return command;
}

Command describeCommand() {
    Command command;
    command.path = "config describe";
    command.summary = "the manual of the configuration: constructs, steps, plugins, diagnostics";
    command.details = "Markdown; with --json the same for programs (daemon/config/schema_description.h).";
    command.options = {kJsonOption};
    command.run = runConfigDescribe;
    return command;
}

Command configNewCommand() {
    Command command;
    command.path = "config new";
    command.summary = "write a first pipeline, with comments, that passes the check and can be simulated";
    command.details =
        "FOLDER/pipelines/PIPELINE.lua; where there is no greffe.lua yet, that too. Nothing is overwritten, "
        "and what "
        "would not pass the check is taken back.";
    command.positionals = {{"PIPELINE", "name of the new pipeline"}};
    command.options = {{"--into", "FOLDER", "configuration folder", "."}};
    command.run = runConfigNew;
    return command;
}

}  // namespace

std::vector<Command> authorCommands() {
    return {annotationsCommand(), describeCommand(), configNewCommand()};
}

}  // namespace greffe
