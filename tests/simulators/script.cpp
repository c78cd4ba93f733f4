// SPDX-License-Identifier: Apache-2.0
#include "simulators/script.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace greffe::simulators {
namespace {

using namespace std::chrono_literals;

constexpr const char* kActions[] = {"wait_ms", "faults", "do", "until", "reset"};

Error wrongStep(std::size_t index, const std::string& what) {
    return makeError(Errc::Invalid, fmt::format("script, step {}: {}", index + 1, what));
}

Status checkStep(const Json& step, std::size_t index) {
    if (!step.is_object()) return wrongStep(index, "not an object");
    int actions = 0;
    for (const char* each : kActions)
        actions += step.contains(each) ? 1 : 0;
    if (actions != 1) return wrongStep(index, "needs one of: wait_ms faults do until reset");
    if (!step.contains("wait_ms") && textOf(step, "on").empty())
        return wrongStep(index, "\"on\" which simulator?");
    if (step.contains("until")) {
        const std::string path = textOf(memberOf(step, "until"), "path");
        if (path.empty() || path.front() != '/' || !memberOf(step, "until").contains("is"))
            return wrongStep(index, "until needs {\"path\": \"/…\", \"is\": …}");
    }
    return {};
}

// False when the script is to end.
bool pause(std::chrono::milliseconds time, const std::atomic<bool>& stopping) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!stopping && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(
            std::min<std::chrono::steady_clock::duration>(10ms, end - std::chrono::steady_clock::now()));
    return !stopping;
}

bool holds(const Simulator& simulator, const Json& condition) {
    const Json received = simulator.received();
    try {
        const Json::json_pointer place(textOf(condition, "path"));
        return received.contains(place) && received.at(place) == memberOf(condition, "is");
    } catch (const Json::exception&) {  // "/requests/x": no such place
        return false;
    }
}

Status awaitCondition(const Simulator& simulator, const Json& step, const std::atomic<bool>& stopping) {
    const auto patience = std::chrono::milliseconds(numberOf(step, "within_ms", 10'000));
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!holds(simulator, memberOf(step, "until"))) {
        if (std::chrono::steady_clock::now() >= end)
            return makeError(Errc::Timeout, "it did not become " + dumpJson(memberOf(step, "until")));
        if (!pause(5ms, stopping)) return makeError(Errc::Closed, "stopped");
    }
    return {};
}

Status playStep(const Running& running, const Json& step, const std::atomic<bool>& stopping) {
    if (step.contains("wait_ms")) {
        if (pause(std::chrono::milliseconds(numberOf(step, "wait_ms")), stopping)) return {};
        return makeError(Errc::Closed, "stopped");
    }
    const auto found = running.find(textOf(step, "on"));
    if (found == running.end()) return makeError(Errc::NotFound, "no simulator " + textOf(step, "on"));
    Simulator& simulator = *found->second;
    if (step.contains("faults")) return simulator.setFaults(memberOf(step, "faults"));
    if (step.contains("until")) return awaitCondition(simulator, step, stopping);
    if (step.contains("reset")) {
        simulator.reset();
        return {};
    }
    const auto done = simulator.operate(textOf(step, "do"), step.value("with", Json::object()));
    return done ? Status() : Status(done.error());
}

}  // namespace

Result<Script> Script::parse(const Json& steps) {
    if (!steps.is_array()) return makeError(Errc::Invalid, "script: not an array of steps");
    for (std::size_t i = 0; i < steps.size(); ++i)
        GREFFE_TRY(checkStep(steps[i], i));
    return Script(steps);
}

std::size_t Script::waitsAt() const {
    std::size_t at = 0;
    while (at < steps_.size() && !steps_[at].contains("wait_ms") && !steps_[at].contains("until"))
        ++at;
    return at;
}

Script Script::head() const {
    return Script(
        Json(Json::array_t(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(waitsAt()))),
        before_);
}

Script Script::tail() const {
    return Script(Json(Json::array_t(steps_.begin() + static_cast<std::ptrdiff_t>(waitsAt()), steps_.end())),
                  before_ + waitsAt());
}

Json Script::play(const Running& running, const std::atomic<bool>& stopping) const {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        const Status played = playStep(running, steps_[i], stopping);
        if (!played)
            return {{"steps", before_ + i},
                    {"done", false},
                    {"error", fmt::format("step {}: {}", before_ + i + 1, played.error().text())}};
    }
    return {{"steps", before_ + steps_.size()}, {"done", true}, {"error", nullptr}};
}

}  // namespace greffe::simulators
