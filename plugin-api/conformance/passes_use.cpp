// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"
#include "conformance/operations.h"
#include "conformance/passes.h"
#include "sys/files.h"

#include <greffe/capability/archiver.h>
#include <greffe/capability/document_handler.h>
#include <greffe/capability/preview.h>
#include <greffe/capability/transformer.h>

#include <fmt/format.h>

#include <map>
#include <thread>

namespace greffe::conformance {
namespace {

using Kind = Operation::Kind;

std::vector<Sample> samplesOf(const Probe& probe) {
    std::vector<Sample> samples = ordinarySamples();
    for (const std::string& path : probe.request.files)
        samples.push_back(readSample(path));
    return samples;
}

bool takesParams(const Operation& operation) {
    const std::string_view capability = operation.capability();
    return capability == Transformer::kId || capability == DocumentHandler::kId ||
           capability == Archiver::kId;
}

// What works on a document as it is must be seen to do it once.
bool mustEndWell(const Operation& operation) {
    return takesParams(operation) || operation.capability() == Preview::kId;
}

CallTrace call(const Probe& probe, const Operation& operation, PluginInstance& instance, CallInput input,
               const std::string& what, std::int64_t deadlineMs = 10'000) {
    // Halves of a seal have params of their own; what takes a document as it is gets the author's.
    if (input.params.empty() && takesParams(operation)) input.params = probe.request.paramsJson;
    probe.watchdog.arm(what, probe.deadline(deadlineMs));
    CallTrace trace;
    operation.run(instance, input, trace);
    probe.watchdog.rest();
    probe.judge(what, trace);
    return trace;
}

// Calls `each` with every operation but the blocking ones, and every document that it takes.
void forEachCall(const Probe& probe, PluginInstance& instance, const std::vector<Sample>& samples,
                 const std::function<void(const Operation&, const Sample&)>& each) {
    for (const Operation& operation : operationsOf(probe.metadata)) {
        if (operation.kind == Kind::Blocking || instance.query(operation.capability()) == nullptr) continue;
        for (const Sample& sample : samples) {
            each(operation, sample);
            if (!operation.takesDocument) break;
        }
    }
}

std::string nameOf(const Operation& operation, const Sample& sample) {
    return operation.takesDocument ? operation.name + " of " + sample.name : operation.name;
}

// What such an operation was never seen to do well was not tried: these rules must not be called ok for it.
void skipWhatWasNotTried(Probe& probe, const std::map<std::string, bool>& hasEndedWell) {
    for (const auto& [operation, isDone] : hasEndedWell) {
        if (isDone) continue;
        for (const char* rule : {"OUTCOME-1", "OUTCOME-3", "OUTCOME-4", "OUTCOME-5", "OUTCOME-6", "LIMITS-1",
                                 "CANCEL-1", "DETERMINISM-1", "QUIET-1"})
            probe.out.skip(rule, fmt::format("{} never ended in done: give it a document (--file) and params "
                                             "(--params) that it likes",
                                             operation));
    }
}

void useOnce(Probe& probe, const std::vector<Sample>& samples) {
    const auto host = probe.makeHost();
    auto instance = probe.start(*host);
    if (!instance) return;
    std::map<std::string, bool> hasEndedWell;  // of operations on documents
    forEachCall(probe, *instance, samples, [&](const Operation& operation, const Sample& sample) {
        CallInput input;
        input.document = &sample;
        const CallTrace trace = call(probe, operation, *instance, input, nameOf(operation, sample));
        if (mustEndWell(operation)) hasEndedWell[operation.name] |= trace.result.verdict == Verdict::Done;
    });
    skipWhatWasNotTried(probe, hasEndedWell);
    for (const OptionProblem& problem : instance->problems())
        probe.searchSecrets("a warning about options", problem.message);
    probe.watchdog.arm("ending the instance", probe.deadline(10'000));
    instance.reset();
    probe.searchSecrets("the log", host->logText);
    if (host->programs)
        for (const std::string& program : host->programs->undeclared())
            probe.out.fail("PROGRAMS-1", fmt::format("it asked for the program \"{}\"", program));
}

// Threads may take a moment to end after they were told to.
ProcessState settled(std::size_t threads) {
    ProcessState state = ProcessState::now();
    for (int i = 0; i < 50 && state.threads > threads; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        state = ProcessState::now();
    }
    return state;
}

}  // namespace

void usePass(Probe& probe) {
    const std::vector<Sample> samples = samplesOf(probe);
    useOnce(probe, samples);
    // What the first round opened may be a library's own, once and for all; what the second leaves is a leak.
    const ProcessState first = settled(probe.loaded.threads);
    useOnce(probe, samples);
    ProcessState second = settled(probe.loaded.threads);
    if (const std::string change = probe.loaded.settingsChanged(second); !change.empty())
        probe.out.fail("QUIET-2", change);
    if (const std::string files = probe.loaded.filesAdded(second); !files.empty())
        probe.out.fail("QUIET-3", "files left behind: " + files);
    ProcessState allowed = first;
    allowed.threads = probe.loaded.threads;
    if (const std::string left = allowed.leftBehind(second); !left.empty()) probe.out.fail("QUIET-3", left);
}

void tightPass(Probe& probe) {
    const std::vector<Sample> samples = samplesOf(probe);
    const auto host = probe.makeHost();
    auto instance = probe.start(*host);
    if (!instance) return;
    forEachCall(probe, *instance, samples, [&](const Operation& operation, const Sample& sample) {
        for (const std::uint64_t most : {0U, 1U, 64U}) {
            CallInput input;
            input.document = &sample;
            input.limits.maxArtifactBytes = input.limits.maxTotalBytes = most;
            call(probe, operation, *instance, input,
                 fmt::format("{} with {} bytes allowed", nameOf(operation, sample), most));
        }
    });
}

void hostilePass(Probe& probe) {
    std::vector<Sample> samples = hostileSamples();
    for (const std::string& path : probe.request.files) {
        Sample half = readSample(path);
        half.bytes.resize(half.bytes.size() / 2);
        half.name += " cut in half";
        samples.push_back(half);
        Sample changed = readSample(path);
        changed.name += " with changed bytes";
        for (std::size_t at = 5; at < changed.bytes.size(); at += 1 + changed.bytes.size() / 40)
            changed.bytes[at] = static_cast<char>(changed.bytes[at] ^ 0x55);
        samples.push_back(changed);
    }
    const auto host = probe.makeHost();
    auto instance = probe.start(*host);
    if (!instance) return;
    forEachCall(probe, *instance, samples, [&](const Operation& operation, const Sample& sample) {
        CallInput input;
        input.document = &sample;
        call(probe, operation, *instance, input, nameOf(operation, sample));
    });
    forEachCall(probe, *instance, {ordinarySamples().back()},
                [&](const Operation& operation, const Sample& sample) {
                    for (const std::string& params : hostileParams()) {
                        CallInput input;
                        input.document = &sample;
                        input.params = params.empty() ? " " : params;
                        call(probe, operation, *instance, input,
                             operation.name + " with the params " + params.substr(0, 40));
                    }
                });
    probe.searchSecrets("the log", host->logText);
}

void cancelPass(Probe& probe) {
    constexpr std::int64_t kSoonMs = 2'000;
    const Sample large{"large.txt", "text/plain", std::string(8U << 20U, 'x')};
    const auto host = probe.makeHost();
    auto instance = probe.start(*host);
    if (!instance) return;
    host->cancel.cancel();
    std::vector<Sample> samples = samplesOf(probe);
    samples.push_back(large);
    forEachCall(probe, *instance, samples, [&](const Operation& operation, const Sample& sample) {
        CallInput input;
        input.document = &sample;
        const auto begin = std::chrono::steady_clock::now();
        call(probe, operation, *instance, input, nameOf(operation, sample) + ", cancelled", 2 * kSoonMs);
        const auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
        if (took > probe.deadline(kSoonMs))
            probe.out.fail("CANCEL-1", fmt::format("{} went on for {} ms after it was cancelled",
                                                   nameOf(operation, sample), took.count()));
    });
}

void pureTwicePass(Probe& probe) {
    const auto host = probe.makeHost();
    auto instance = probe.start(*host);
    if (!instance) return;
    forEachCall(probe, *instance, samplesOf(probe), [&](const Operation& operation, const Sample& sample) {
        if (operation.kind != Kind::Pure) return;
        CallInput input;
        input.document = &sample;
        const CallTrace trace = call(probe, operation, *instance, input, nameOf(operation, sample));
        probe.out.same(nameOf(operation, sample), toHex(sha256(trace.produced)));
    });
}

void keyTwicePass(Probe& probe) {
    const auto host = probe.makeHost();
    auto instance = probe.start(*host);
    if (!instance) return;
    for (const Operation& operation : operationsOf(probe.metadata)) {
        if (operation.kind != Kind::Keyed || instance->query(operation.capability()) == nullptr) continue;
        // Placeholders hold random digits of this run: they are made alike before they are compared.
        CallTrace trace = call(probe, operation, *instance, {}, operation.name);
        std::string request = trace.requests.empty()
                                  ? "no request"
                                  : trace.requests[0].method + " " + trace.requests[0].url + "\n";
        if (!trace.requests.empty()) {
            for (const auto& [name, value] : trace.requests[0].headers)
                request += name + ": " + value + "\n";
            request += trace.requests[0].contentType + "\n" + trace.requests[0].body;
        }
        for (std::size_t at = request.find("{{secret:"); at != std::string::npos;
             at = request.find("{{secret:", at + 1)) {
            const std::size_t colon = request.find(':', at + 9);
            const std::size_t end = request.find("}}", at);
            if (colon < end && end != std::string::npos) request.erase(colon, end - colon);
        }
        probe.out.same(operation.name, toHex(sha256(request)));
    }
}

}  // namespace greffe::conformance
