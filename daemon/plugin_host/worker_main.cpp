// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/worker_main.h"

#include "base/json.h"
#include "plugin_host/heartbeat.h"
#include "plugin_host/operations.h"
#include "plugin_host/worker_setup.h"
#include "seal/wiping_memory.h"

#include <greffe/abi.h>
#include <greffe/version.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

namespace greffe {
namespace {

constexpr auto kSendAtLeastEvery = std::chrono::milliseconds(1);
constexpr int kMostLogLinesACall = 250;  // the pool gives a worker up that sends many more

// TERM means: the deadline of the call at hand passed. The plugin sees it through cancel/1.
HostCancel* cancelOnTerm =
    nullptr;  // NOLINT(readability-identifier-naming): a signal handler can reach nothing else
void onTerm(int) {
    if (cancelOnTerm != nullptr) cancelOnTerm->cancel();
}

// Memory files count for nobody's address space: a worker that fills the machine with them must go, and with
// it they do, before the kernel looks at the engine.
void goFirstWhenMemoryRunsOut() {
    const UniqueFd score(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    if (score) static_cast<void>(!write(score.get(), "1000", 4));
}

class Worker {
public:
    Worker(MessageSocket socket, WorkerSetup setup) : socket_(std::move(socket)), setup_(std::move(setup)) {}

    int run() {
        shared_.log = [this](const PluginLogLine& line) { sendLog(line); };
        prctl(PR_SET_NAME, fmt::format("greffe:{}", setup_.pool).substr(0, 15).c_str());
        const Status started = start();
        sendHello(started);
        if (!started) return 1;
        // Before the sandbox closes no byte of a document was seen; after it no plugin is loaded any more.
        for (;;) {
            auto message = socket_.receive();
            if (!message) return message.error().code == Errc::Closed ? 0 : 1;
            switch (static_cast<Frame>(message->kind)) {
                case Frame::Execute:
                    if (!execute(*message)) return 1;
                    break;
                case Frame::Stop: return 0;
                default: return 1;
            }
        }
    }

private:
    // While there is one thread, and no plugin's code has run.
    Status startLauncher() {
        std::vector<std::string> names;
        for (const InstanceSetup& instance : setup_.instances) {
            GREFFE_TRY_ASSIGN(const PluginMetadata plugin, readMetadata(instance.plugin));
            names.insert(names.end(), plugin.programs.begin(), plugin.programs.end());
        }
        GREFFE_TRY_ASSIGN(ProgramLauncher launcher,
                          ProgramLauncher::start(findPrograms(names).programs, setup_.scratch));
        shared_.launcher.emplace(std::move(launcher));
        return {};
    }

    Status start() {
        if (setup_.kind == PoolKind::Converters) GREFFE_TRY(startLauncher());
        heartbeat_ = std::make_unique<Heartbeat>(socket_, setup_.generation,
                                                 std::chrono::milliseconds(setup_.beatMs), shared_.cancel);
        for (const InstanceSetup& instance : setup_.instances) {
            GREFFE_TRY_ASSIGN(auto hosted,
                              HostedInstance::start(instance, setup_.kind, setup_.secrets, shared_));
            instances_.emplace(instance.name, std::move(hosted));
        }
        setup_.secrets.clear();
        switch (setup_.kind) {
            case PoolKind::Documents: operations_ = makeDocumentOperations(instances_); break;
            case PoolKind::Keys: operations_ = makeKeyOperations(instances_); break;
            case PoolKind::Lua: {
                GREFFE_TRY_ASSIGN(operations_, makeLuaOperations(setup_.luaModule));
                break;
            }
            case PoolKind::Providers: {
                GREFFE_TRY_ASSIGN(operations_, makeProviderOperations(instances_, shared_.cancel));
                break;
            }
            case PoolKind::Converters: operations_ = makeConverterOperations(instances_); break;
        }
        GREFFE_TRY_ASSIGN(report_, enterSandbox(setup_.kind, setup_.limits, setup_.landlock));
        return {};
    }

    void sendHello(const Status& started) {
        Json hello = {{"ready", started.ok()},
                      {"version", GREFFE_VERSION},
                      {"build_tag", GREFFE_BUILD_TAG},
                      {"seccomp", report_.hasSeccomp},
                      {"landlock_abi", report_.landlockAbi},
                      {"plugins", Json::array()}};
        for (const auto& [name, instance] : instances_)
            hello["plugins"].push_back(
                {{"instance", name}, {"id", instance->plugin().id}, {"version", instance->plugin().version}});
        if (!started) hello["trouble"] = started.error().text();
        send(Frame::Hello, dumpJson(hello));
    }

    bool execute(Message& message) {
        auto calls = decodeCalls(message);
        if (!calls) return false;
        if (operations_->runsTogether()) return executeTogether(*calls);
        std::vector<Answer> answers;
        auto lastSent = std::chrono::steady_clock::now();
        for (const CallRequest& call : *calls) {
            renewCpuLimit(setup_.limits.cpuSecondsPerCall);
            logLines_ = 0;
            shared_.cancel.begin();
            shared_.temporaryFiles.begin();
            heartbeat_->stepBegins(call.id);
            answers.push_back({call.id, operations_->run(call)});
            heartbeat_->stepEnds();
            // Fast answers travel together, slow ones at once: a crash then costs little that was done
            // already.
            const auto now = std::chrono::steady_clock::now();
            if (now - lastSent >= kSendAtLeastEvery || answers.size() >= 16) {
                if (!sendAnswers(answers)) return false;
                lastSent = now;
            }
        }
        return answers.empty() || sendAnswers(answers);
    }

    bool executeTogether(const std::vector<CallRequest>& calls) {
        if (calls.empty()) return true;
        bool isSent = true;
        renewCpuLimit(setup_.limits.cpuSecondsPerCall * static_cast<std::uint32_t>(calls.size()));
        logLines_ = 0;
        shared_.cancel.begin();
        shared_.temporaryFiles.begin();
        heartbeat_->stepBegins(calls.front().id);
        operations_->runTogether(calls, [&](const CallRequest& call, CallOutcome outcome) {
            std::vector<Answer> answers;
            answers.push_back({call.id, std::move(outcome)});
            isSent = sendAnswers(answers) && isSent;
        });
        heartbeat_->stepEnds();
        return isSent;
    }

    bool sendAnswers(std::vector<Answer>& answers) {
        const EncodedFrame frame = encodeAnswers(answers, heartbeat_->residentBytes());
        const Status sent = socket_.send(static_cast<std::uint16_t>(Frame::Outcome), setup_.generation,
                                         frame.body, frame.descriptors);
        answers.clear();
        return sent.ok();
    }

    void sendLog(const PluginLogLine& line) {
        constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};
        const int number = ++logLines_;
        if (number > kMostLogLinesACall + 1) return;
        if (number > kMostLogLinesACall)
            return send(Frame::Log, dumpJson({{"event", "the rest of this call's log is left out"},
                                              {"level", "warning"},
                                              {"keys", {{"lines", kMostLogLinesACall}}}}));
        const auto level = std::min<std::size_t>(static_cast<std::size_t>(line.level), 3);
        send(Frame::Log, dumpJson({{"event", line.event}, {"level", kLevels[level]}, {"keys", line.keys}}));
    }

    void send(Frame frame, const std::string& body) {
        static_cast<void>(socket_.send(static_cast<std::uint16_t>(frame), setup_.generation, body));
    }

    MessageSocket socket_;
    WorkerSetup setup_;
    SharedServices shared_;
    SandboxReport report_;
    std::atomic<int> logLines_{0};  // of the call at hand; calls that run together share them
    std::unique_ptr<Heartbeat> heartbeat_;
    HostedInstances instances_;
    std::unique_ptr<Operations> operations_;

public:
    HostCancel& cancel() { return shared_.cancel; }
};

}  // namespace

int runWorker(int socketFd) {
    goFirstWhenMemoryRunsOut();  // before dumps are forbidden: then only root may write there
    if (const Status forbidden = forbidDumps(); !forbidden) {
        std::fprintf(stderr, "greffe worker: %s\n", forbidden.error().text().c_str());
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    MessageSocket socket{UniqueFd(socketFd)};
    auto message = socket.receive();
    if (!message) return 1;
    auto setup = static_cast<Frame>(message->kind) == Frame::Setup
                     ? readSetup(*message)
                     : Result<WorkerSetup>(makeError(Errc::Corrupt, "the first frame is not a setup"));
    if (!setup) {
        std::fprintf(stderr, "greffe worker: %s\n", setup.error().text().c_str());
        return 2;
    }
    // Before OpenSSL is used at all: it otherwise leaves private keys behind in memory that it gave back.
    if (setup->kind == PoolKind::Keys && !wipeFreedOpenSslMemory()) {
        std::fprintf(
            stderr,
            "greffe worker: OpenSSL was used before its freed memory could be wiped; no key is loaded\n");
        return 2;
    }
    Worker worker(std::move(socket), std::move(*setup));
    cancelOnTerm = &worker.cancel();
    struct sigaction action {};
    action.sa_handler = onTerm;
    action.sa_flags = SA_RESTART;
    sigaction(SIGTERM, &action, nullptr);
    const int code = worker.run();
    cancelOnTerm = nullptr;
    return code;
}

}  // namespace greffe
