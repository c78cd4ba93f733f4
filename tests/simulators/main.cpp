// SPDX-License-Identifier: Apache-2.0
// greffe-simulators: the outside world over loopback. Prints one JSON line when all listen, ends at SIGTERM
// or SIGINT.
#include "simulators/admin.h"
#include "simulators/registry.h"
#include "simulators/script.h"
#include "sys/files.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <thread>

namespace greffe::simulators {
namespace {

struct Options {
    std::vector<std::string> names;
    std::string config;
    std::string configFile;
    std::string directory;
    std::string scriptFile;
    std::uint16_t adminPort = 0;
};

// {"tsa": {…}, "smtp": {}}: which simulators, each with its configuration.
Result<Json> configOf(const Options& options) {
    std::string text = options.config.empty() ? "{}" : options.config;
    if (!options.configFile.empty()) {
        GREFFE_TRY_ASSIGN(text, readFile(options.configFile, 1U << 20U));
    }
    GREFFE_TRY_ASSIGN(Json config, parseJson(text));
    for (const std::string& name : options.names)
        if (!config.contains(name)) config[name] = Json::object();
    if (config.empty())
        return makeError(Errc::Invalid, "no simulator named", "try: greffe-simulators tsa smtp");
    return config;
}

Result<Json> startAll(const Json& config, const std::string& directory, Running& running) {
    Json ready = Json::object();
    for (const auto& [name, each] : config.items()) {
        std::unique_ptr<Simulator> simulator = makeSimulator(name);
        if (!simulator)
            return makeError(Errc::NotFound, "there is no simulator " + name,
                             fmt::format("one of: {}", fmt::join(simulatorNames(), " ")));
        const std::string own = fmt::format("{}/{}", directory, name);
        GREFFE_TRY(makeDirectories(own));
        GREFFE_TRY_ASSIGN(ready[name], simulator->start(each, own));
        running[name] = std::move(simulator);
    }
    return ready;
}

Status playHead(const Script& script, const Running& running, const std::atomic<bool>& stopping) {
    const Json end = script.head().play(running, stopping);
    return boolOf(end, "done") ? Status() : makeError(Errc::Invalid, "script: " + textOf(end, "error"));
}

// A script that fails by now is told on stderr; the simulators go on.
void playTail(const Script& script, const Running& running, const std::atomic<bool>& stopping) {
    const Json end = script.tail().play(running, stopping);
    if (!boolOf(end, "done") && !stopping)
        std::cerr << "greffe-simulators: script: " << textOf(end, "error") << std::endl;
}

Result<std::optional<Script>> scriptOf(const std::string& file) {
    if (file.empty()) return std::optional<Script>();
    GREFFE_TRY_ASSIGN(const std::string text, readFile(file, 1U << 20U));
    GREFFE_TRY_ASSIGN(const Json steps, parseJson(text));
    GREFFE_TRY_ASSIGN(Script script, Script::parse(steps));
    return std::optional<Script>(std::move(script));
}

Status serve(const Options& options, const std::string& directory) {
    GREFFE_TRY_ASSIGN(const Json config, configOf(options));
    Running running;
    GREFFE_TRY_ASSIGN(const std::optional<Script> script, scriptOf(options.scriptFile));
    Json ready;
    std::atomic<bool> stopping{false};
    HttpService admin(
        [&](const HttpQuestion& question) { return answerAdmin(running, ready, stopping, question); });
    GREFFE_TRY_ASSIGN(ready, startAll(config, directory, running));
    if (script) GREFFE_TRY(playHead(*script, running, stopping));
    GREFFE_TRY(admin.start(options.adminPort));
    Json said = ready;  // the door's threads read the other one
    said["admin"] = {{"port", admin.port()}, {"url", admin.url()}};
    std::cout << dumpJson(said) << std::endl;

    std::thread playing;
    if (script) playing = std::thread([&] { playTail(*script, running, stopping); });
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    int signal = 0;
    sigwait(&ending, &signal);
    stopping = true;
    if (playing.joinable()) playing.join();
    admin.stop();
    for (const auto& [name, simulator] : running)
        simulator->stop();
    return {};
}

int run(const Options& options) {
    // Before any thread exists, so that sigwait alone receives them.
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &blocked, nullptr);

    std::string directory = options.directory;
    const bool isTemporary = directory.empty();
    if (isTemporary) {
        directory = (std::filesystem::temp_directory_path() / "greffe-simulators-XXXXXX").string();
        if (mkdtemp(directory.data()) == nullptr) {
            std::cerr << "greffe-simulators: " << systemError(directory, errno).text() << "\n";
            return 1;
        }
    }
    const Status served = serve(options, directory);
    std::error_code ignored;
    if (isTemporary) std::filesystem::remove_all(directory, ignored);
    if (served) return 0;
    std::cerr << "greffe-simulators: " << served.error().text() << "\n";
    return 1;
}

}  // namespace
}  // namespace greffe::simulators

int main(int argc, char** argv) {
    CLI::App app("Plays the services that Greffe talks to, over loopback.");
    greffe::simulators::Options options;
    app.add_option("simulators", options.names,
                   fmt::format("Which ones: {}", fmt::join(greffe::simulators::simulatorNames(), " ")));
    app.add_option("--config", options.config, R"(Their configuration, JSON: {"tsa": {"key": "p256"}})");
    app.add_option("--config-file", options.configFile, "The same from a file");
    app.add_option("--directory", options.directory,
                   "Where to keep what comes in (default: removed at the end)");
    app.add_option("--script", options.scriptFile,
                   "What is to happen, played once all listen: faults, operations, waits (script.h)");
    app.add_option("--admin-port", options.adminPort, "Port of the admin door (default: a free one)");
    CLI11_PARSE(app, argc, argv);
    try {
        return greffe::simulators::run(options);
    } catch (const std::exception& error) {
        std::cerr << "greffe-simulators: " << error.what() << "\n";
        return 1;
    }
}
