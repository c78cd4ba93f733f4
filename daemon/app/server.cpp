// SPDX-License-Identifier: Apache-2.0
#include "app/server.h"

#include "app/engine.h"
#include "base/json.h"
#include "cli/command.h"
#include "observe/event_log.h"

#include <Poco/Util/ServerApplication.h>
#include <fmt/format.h>
#ifdef GREFFE_HAS_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace greffe {
namespace {

void tellServiceManager(const std::string& state) {
#ifdef GREFFE_HAS_SYSTEMD
    sd_notify(0, state.c_str());
#else
    static_cast<void>(state);
#endif
}

// How often the service manager wants to hear from the engine: twice within its WatchdogSec. Zero: it does
// not ask.
std::chrono::milliseconds watchdogPeriod() {
#ifdef GREFFE_HAS_SYSTEMD
    std::uint64_t micros = 0;
    if (sd_watchdog_enabled(0, &micros) > 0)
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(micros / 2));
#endif
    return std::chrono::milliseconds(0);
}

// All signals that we act on, blocked before the first thread exists: a thread that does not block SIGTERM
// dies of it, and with it the daemon, without cleaning up (seen in 14 of 30 runs of Poco's own wait).
sigset_t ourSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1})
        sigaddset(&signals, number);
    return signals;
}

// Subclassed for its life cycle (initialize, main, uninitialize); its own waiting and its --daemon are not
// used.
class Server final : public Poco::Util::ServerApplication {
public:
    explicit Server(ServerOptions options) : options_(std::move(options)) {}

    int serve() { return run(std::vector<std::string>{"greffe"}); }

protected:
    int main(const std::vector<std::string>&) override {
        const HousePaths paths = findHousePaths();
        auto configuration = greffe::loadConfiguration(options_.configFolder, paths);
        if (!configuration) return failed(kEnvironment, configuration.error());
        reportDiagnostics(configuration->compiled.diagnostics);
        if (!configuration->compiled.plan) return kBad;
        const std::string planId = configuration->id;
        Engine::Options options;
        options.configuration = std::move(*configuration);
        options.paths = paths;
        options.configFolder = options_.configFolder;
        options.tell = tellServiceManager;
        options.heartbeatEvery = watchdogPeriod();
        if (options.heartbeatEvery.count() > 0) options.heartbeat = [] { tellServiceManager("WATCHDOG=1"); };
        auto engine = Engine::start(std::move(options));
        if (!engine) return failed(kEnvironment, engine.error());

        std::thread signals([&] { handleSignals(**engine); });
        EventLog::write(LogLevel::Info, "daemon started", {{"plan", planId}, {"pid", getpid()}});
        tellServiceManager("READY=1\nSTATUS=running");
        const Status ended = runToTheEnd(**engine);
        hasEnded_ = true;
        pthread_kill(signals.native_handle(), SIGUSR1);
        signals.join();
        EventLog::write(LogLevel::Info, "daemon stopped", {});
        return ended ? kGood : kEnvironment;
    }

private:
    // What nobody caught means that the engine's own state is not what its code takes it for: nothing of it
    // is worth a tidy end. The journal says how far it came, and the supervisor starts the next one.
    static Status runToTheEnd(Engine& engine) {
        try {
            return engine.run();
        } catch (const std::exception& error) {
            EventLog::write(
                LogLevel::Error, "engine failed",
                {{"error", error.what()}, {"action", "the daemon ends; its supervisor starts it again"}});
            _exit(70);
        }
    }

    void handleSignals(Engine& engine) {
        const sigset_t signals = ourSignals();
        while (!hasEnded_) {
            int number = 0;
            if (sigwait(&signals, &number) != 0) continue;
            if (number == SIGHUP) static_cast<void>(engine.reload());  // what is wrong is in the log
            if (number == SIGTERM || number == SIGINT) {
                EventLog::write(LogLevel::Info, "daemon stopping", {{"signal", number}});
                tellServiceManager("STOPPING=1");
                engine.stop();
            }
        }
    }

    static void reportDiagnostics(const std::vector<Diagnostic>& diagnostics) {
        for (const Diagnostic& diagnostic : diagnostics)
            EventLog::write(diagnostic.severity == Severity::Error ? LogLevel::Error : LogLevel::Warning,
                            "configuration diagnosed", {{"at", diagnostic.text()}});
    }

    static int failed(int code, const Error& error) {
        EventLog::write(LogLevel::Error, "start failed", {{"error", error.text()}});
        return code;
    }

    ServerOptions options_;
    std::atomic<bool> hasEnded_{false};
};

}  // namespace

int runServer(const ServerOptions& options) {
    const sigset_t signals = ourSignals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A file larger than the limit is an error to handle, a closed socket too: neither is a reason to die.
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    EventLog::setForm(options.logsJson ? EventLog::Form::JsonLines : EventLog::Form::Text);
    Server server(options);
    return server.serve();
}

}  // namespace greffe
