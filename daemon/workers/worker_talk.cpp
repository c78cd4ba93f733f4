// SPDX-License-Identifier: Apache-2.0
// What a pool says to one of its workers, and what it makes of what it hears.
#include "base/bytes_text.h"
#include "base/json.h"
#include "sys/files.h"
#include "workers/pool_worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace greffe {
namespace {

constexpr int kMissedBeats = 4;
constexpr std::size_t kMostStderrBytes = 64U << 10U;        // that are kept
constexpr std::size_t kMostIgnoredStderrBytes = 1U << 20U;  // then it is given up
constexpr int kMostReadsAtOnce = 16;
// A worker stops logging long before (worker_main.cpp): one that does not is nobody's friend.
constexpr std::size_t kMostLogLines = 4'096;
// A worker that talks without pause must not keep the engine from its timers and from all others.
constexpr int kMostFramesAtOnce = 64;

// What a worker lacks that the pool insists on, and what to do; empty when it has all.
std::string missingWall(const PoolSpec& spec, const SandboxReport& walls) {
    if (spec.mustHaveSeccomp && !walls.hasSeccomp)
        return "its workers have no seccomp filter, and without one they are not used: run a kernel with "
               "CONFIG_SECCOMP_FILTER";
    if (spec.mustHaveLandlock && walls.landlockAbi <= 0)
        return "this kernel has no Landlock, which keeps workers with keys or network from everybody's "
               "files: "
               "boot one of 5.13 or later with landlock among its security modules (lsm=landlock,…), or set "
               "settings.allow_without_landlock = true";
    return {};
}

}  // namespace

void WorkerPool::sendSetup(Worker& worker) {
    Json setup = storedJson(spec_.setupJson);
    if (setup.is_discarded()) setup = Json::object();
    setup["pool"] = spec_.name;
    setup["kind"] = poolName(spec_.kind);
    setup["generation"] = worker.generation;
    setup["beat_ms"] = spec_.beatPeriod.count();
    setup["limits"] = {{"address_space", spec_.limits.addressSpaceBytes},
                       {"open_files", spec_.limits.openFiles},
                       {"file_size", spec_.limits.fileSizeBytes},
                       {"cpu_seconds", spec_.limits.cpuSecondsPerCall}};
    std::vector<UniqueFd> opened;
    std::vector<int> descriptors;
    for (const PoolSecret& secret : spec_.secrets) {
        // Opened here, read only there: the engine hands the descriptor on and never sees the bytes.
        UniqueFd fd(open(secret.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
        if (!fd) {
            const Error error =
                systemError(fmt::format("secret {} of {}: {}", secret.option, secret.instance, secret.path),
                            errno, "check the path and the service user's rights");
            endWorker(worker, Reason::KeyUnusable, error.text());
            return;
        }
        setup["secrets"].push_back(
            {{"instance", secret.instance}, {"option", secret.option}, {"fd", descriptors.size()}});
        descriptors.push_back(fd.get());
        opened.push_back(std::move(fd));
    }
    const Status sent = worker.process.socket().send(static_cast<std::uint16_t>(Frame::Setup),
                                                     worker.generation, dumpJson(setup), descriptors);
    if (!sent) endWorker(worker, Reason::WorkerCrashed, sent.error().text());
}

bool WorkerPool::receiveFrom(Worker& worker) {
    // One wake-up serves a burst of answers; what is left wakes us again.
    for (int frames = 0; frames < kMostFramesAtOnce; ++frames) {
        auto message = worker.process.socket().receive();
        if (!message) {
            if (message.error().code == Errc::Busy) return false;
            reactor_.unwatch(worker.process.socket().fd());
            // Closed: the process is dying, and its end says more than its silence does: the pidfd tells.
            // Corrupt: it is told to die.
            const bool isInUse =
                worker.state == Worker::State::Starting || worker.state == Worker::State::Busy;
            if (message.error().code == Errc::Closed && isInUse) {
                worker.process.kill();
            } else if (message.error().code != Errc::Closed || worker.state != Worker::State::Ending) {
                endWorker(worker,
                          message.error().code == Errc::Corrupt ? Reason::PluginFault : Reason::WorkerCrashed,
                          message.error().message);
            }
            return false;
        }
        if (worker.state == Worker::State::Ending)
            continue;  // late answers of a worker that was given up are dropped
        worker.lastSign = std::chrono::steady_clock::now();
        switch (static_cast<Frame>(message->kind)) {
            case Frame::Hello: handleHello(worker, message->body); break;
            case Frame::Outcome: handleOutcome(worker, *message); break;
            case Frame::Beat: break;
            case Frame::Log:
                if (++worker.logLines > kMostLogLines) {
                    endWorker(worker, Reason::PluginFault, "it logs without end");
                    break;
                }
                if (events_.logged) events_.logged(spec_.name, std::string(clipUtf8(message->body, 8192)));
                break;
            default: endWorker(worker, Reason::PluginFault, "a frame that only the engine may send"); break;
        }
        if (worker.state == Worker::State::Ending) return false;
    }
    return true;
}

void WorkerPool::handleHello(Worker& worker, const std::string& body) {
    if (worker.state != Worker::State::Starting) {
        endWorker(worker, Reason::PluginFault, "a second hello");
        return;
    }
    auto hello = parseJson(body);
    if (!hello || !boolOf(*hello, "ready")) {
        const std::string trouble =
            hello ? textOf(*hello, "trouble", "not ready, without a reason") : hello.error().message;
        endWorker(worker, Reason::PluginMissing, trouble);
        return;
    }
    walls_ = SandboxReport{boolOf(*hello, "seccomp"), static_cast<int>(numberOf(*hello, "landlock_abi"))};
    if (const std::string missing = missingWall(spec_, *walls_); !missing.empty()) {
        endWorker(worker, Reason::PluginMissing, missing);
        return;
    }
    reactor_.cancel(worker.startTimer);
    worker.state = Worker::State::Idle;
    finishIdle(worker);
    dispatch();
}

void WorkerPool::execute(Worker& worker) {
    reactor_.cancel(worker.idleTimer);
    std::vector<const CallRequest*> batch;
    std::size_t descriptors = 0;
    std::size_t bodyBytes = 0;
    while (!queue_.empty() && worker.inFlight.size() < kBatch) {
        PendingCall& next = queue_.front();
        const bool isAlone = next.mustRunAlone || !next.isReplayable;
        if (isAlone && !worker.inFlight.empty()) break;
        descriptors += next.request.inputs.size();
        bodyBytes += next.request.paramsJson.size() + 1024;
        for (const Attachment& attachment : next.request.attachments)
            bodyBytes += attachment.bytes.size();
        if (!worker.inFlight.empty() &&
            (descriptors > MessageSocket::kMaxDescriptors - 1 || bodyBytes > MessageSocket::kMaxInlineBytes))
            break;
        worker.inFlight.push_back(std::move(next));
        queue_.pop_front();
        if (isAlone) break;
        // Others may want some of it: with idle workers beside, a batch takes its share, not everything.
        if (workers_.size() > 1 &&
            worker.inFlight.size() * workers_.size() > queue_.size() + worker.inFlight.size())
            break;
    }
    for (const PendingCall& call : worker.inFlight)
        batch.push_back(&call.request);
    const EncodedFrame frame = encodeCalls(batch);
    worker.state = Worker::State::Busy;
    worker.hasBegun = true;
    worker.logLines = 0;
    worker.lastSign = std::chrono::steady_clock::now();
    const Status sent = worker.process.socket().send(static_cast<std::uint16_t>(Frame::Execute),
                                                     worker.generation, frame.body, frame.descriptors);
    if (!sent) {
        endWorker(worker, Reason::WorkerCrashed, sent.error().text());
        return;
    }
    armDeadline(worker);
    armBeat(worker);
}

void WorkerPool::armDeadline(Worker& worker) {
    reactor_.cancel(worker.deadlineTimer);
    // For the first unanswered call; each answer arms it anew.
    const auto limit = std::chrono::milliseconds(worker.inFlight.front().request.deadlineMs);
    worker.deadlineTimer = reactor_.callAfter(limit, [this, &worker] {
        worker.process.terminate();
        worker.blame = Reason::DeadlineExceeded;
        worker.why = "the step's deadline passed";
        worker.graceTimer = reactor_.callAfter(spec_.termGrace, [this, &worker] {
            endWorker(worker, Reason::DeadlineExceeded, "the step's deadline passed");
        });
    });
}

void WorkerPool::armBeat(Worker& worker) {
    reactor_.cancel(worker.beatTimer);
    worker.beatTimer = reactor_.callAfter(spec_.beatPeriod * kMissedBeats, [this, &worker] {
        if (worker.state != Worker::State::Busy) return;
        if (std::chrono::steady_clock::now() - worker.lastSign >= spec_.beatPeriod * kMissedBeats) {
            endWorker(worker, Reason::WorkerCrashed, "four heartbeats missed");
        } else {
            armBeat(worker);
        }
    });
}

void WorkerPool::handleOutcome(Worker& worker, Message& message) {
    auto decoded = decodeAnswers(message);
    if (!decoded || worker.state != Worker::State::Busy) {
        endWorker(worker, Reason::PluginFault,
                  decoded ? "an answer that nobody asked for" : decoded.error().message);
        return;
    }
    const bool wasDegraded = isDegraded();
    failedStarts_ = deathsOnFirstCall_ = 0;
    trouble_.clear();
    if (wasDegraded && events_.degradedChanged) events_.degradedChanged(spec_.name, false, "");
    std::vector<std::pair<Done, CallOutcome>> finished;
    for (Answer& answer : decoded->answers) {
        const auto call =
            std::find_if(worker.inFlight.begin(), worker.inFlight.end(),
                         [&](const PendingCall& pending) { return pending.request.id == answer.id; });
        if (call == worker.inFlight.end()) {
            endWorker(worker, Reason::PluginFault, "an answer to a call it does not have");
            break;
        }
        finished.emplace_back(std::move(call->done), std::move(answer.outcome));
        worker.inFlight.erase(call);
        ++worker.callsDone;
    }
    if (worker.state == Worker::State::Busy) {
        reactor_.cancel(worker.graceTimer);
        worker.blame = Reason::WorkerCrashed;
        worker.why.clear();  // it answered between TERM and KILL: forgiven
        worker.mustRecycle =
            worker.callsDone >= spec_.recycleAfterCalls || decoded->residentBytes > spec_.recycleAboveBytes;
        if (worker.inFlight.empty()) {
            reactor_.cancel(worker.deadlineTimer);
            reactor_.cancel(worker.beatTimer);
            worker.state = Worker::State::Idle;
            finishIdle(worker);
        } else {
            armDeadline(worker);
        }
    }
    for (auto& [done, outcome] : finished)
        done(std::move(outcome));
    dispatch();
}

void WorkerPool::readStderr(Worker& worker) {
    char buffer[4096];
    for (int reads = 0; reads < kMostReadsAtOnce; ++reads) {
        const ssize_t got = read(worker.process.stderrFd(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            if (got == 0) reactor_.unwatch(worker.process.stderrFd());
            return;
        }
        worker.stderrBytes += static_cast<std::size_t>(got);
        if (worker.stderrBytes > kMostIgnoredStderrBytes)
            return endWorker(worker, Reason::PluginFault, "it writes to its standard error without end");
        if (worker.stderrBytes > kMostStderrBytes || !events_.logged) continue;
        const std::string text = displayText({buffer, static_cast<std::size_t>(got)});
        events_.logged(spec_.name,
                       dumpJson({{"event", "worker wrote"}, {"level", "warning"}, {"text", text}}));
    }
}

}  // namespace greffe
