// SPDX-License-Identifier: Apache-2.0
#include "conformance/operation_run.h"

#include "base/json.h"
#include "base/sha256.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>

namespace greffe::conformance {
namespace {

void describe(const CallTrace& trace, const CollectingSink* extra, std::string& text) {
    const CallResult& result = trace.result;
    text += fmt::format("verdict {} {} \"{}\" delay {} id \"{}\" poll {} expires {}\nfacts {}\n",
                        static_cast<unsigned>(result.verdict), reasonCode(result.reason), result.explanation,
                        result.delaySeconds, result.externalId, result.nextPollUnixMs, result.expiresAtUnixMs,
                        dumpJson(result.facts));
    for (const RecordedArtifact& artifact : result.artifacts) {
        ::lseek(artifact.file.get(), 0, SEEK_SET);
        const auto bytes = readAll(artifact.file.get(), artifact.sizeBytes + 1);
        text += fmt::format("artifact {} {} {} {}\n", artifact.name, artifact.mediaType,
                            artifact.baseIndex ? static_cast<int>(*artifact.baseIndex) : -1,
                            bytes ? *bytes : std::string());
    }
    if (extra != nullptr) text += "bytes " + extra->text() + "\n";
    for (const HttpRequestData& request : trace.requests) {
        text += fmt::format("request {} {} timeout {} most {}\n", request.method, request.url,
                            request.timeoutMs, request.maxAnswerBytes);
        for (const auto& [name, value] : request.headers)
            text += name + ": " + value + "\n";
        text += request.contentType + "\n" + request.body + "\n";
    }
}

}  // namespace

ExactDocument::ExactDocument(const Sample& sample, std::uint32_t index)
    : bytes_(new char[sample.bytes.size()]), name_(sample.name), mediaType_(sample.mediaType) {
    if (!sample.bytes.empty()) std::memcpy(bytes_.get(), sample.bytes.data(), sample.bytes.size());
    view_.index = index;
    view_.slot = "document";
    view_.name = name_;
    view_.mediaType = mediaType_;
    view_.bytes = Slice(bytes_.get(), sample.bytes.size());
    const Digest digest = sha256(sample.bytes);
    std::memcpy(view_.sha256, digest.data(), digest.size());
}

bool CollectingSink::write(Slice bytes) noexcept {
    if (bytes.size > maxBytes_ - text_.size()) {
        isRefused_ = true;
        return false;
    }
    try {
        text_.append(bytes.data, bytes.size);
        return true;
    } catch (...) {
        isRefused_ = true;
        return false;
    }
}

void traceCall(const CallInput& input, CallTrace& trace, const std::function<void(RecordedOutcome&)>& use,
               const CollectingSink* extra) {
    OutcomeLimits limits = input.limits;
    limits.inputs = input.document != nullptr ? 1 : 0;
    RecordedOutcome outcome(limits);
    use(outcome);
    trace.result = outcome.take();
    trace.brokenRule = outcome.brokenRule();
    if (extra != nullptr && extra->isRefused() && trace.result.verdict == Verdict::Done &&
        trace.brokenRule == OutcomeRule::None) {
        trace.brokenRule = OutcomeRule::RefusedWrite;
        trace.result.explanation = "done() although a write was refused";
    }
    describe(trace, extra, trace.produced);
}

void traceExchange(HttpExchange* exchange, const CallInput& input, CallTrace& trace) {
    if (exchange == nullptr) {
        trace.problemRule = "HTTP-1";
        trace.problem = "the call gave no exchange";
        return;
    }
    RecordedOutcome outcome(input.limits);
    WireAnswer answer;
    HttpResponse response;
    bool isFinished = false;
    for (unsigned step = 0; step < kMaxExchangeSteps && !isFinished; ++step) {
        RecordedHttpRequest request;
        isFinished = exchange->next(step == 0 ? nullptr : &response, request, outcome) != ExchangeStep::Send;
        if (isFinished) break;
        trace.requests.push_back(request.data());
        if (!request.contractBreak().empty() && trace.problem.empty()) {
            trace.problemRule = "HTTP-4";
            trace.problem = request.contractBreak();
        }
        answer = input.wire ? input.wire(request.data()) : WireAnswer{HttpFault::NotSent, 0, "", ""};
        response = HttpResponse{};
        response.fault = answer.fault;
        response.status = answer.status;
        response.headers = answer.headers;
        response.body = answer.body;
        response.faultText = answer.fault == HttpFault::None ? Slice() : Slice("the kit cut the line");
    }
    exchange->release();
    trace.isEndless = !isFinished;
    if (trace.isEndless) return;
    trace.result = outcome.take();
    trace.brokenRule = outcome.brokenRule();
    describe(trace, nullptr, trace.produced);
}

std::vector<Operation> operationsOf(const PluginMetadata& plugin) {
    std::vector<Operation> all = documentOperations(plugin);
    for (auto* more : {&sealOperations, &providerOperations})
        for (Operation& operation : (*more)(plugin))
            all.push_back(std::move(operation));
    return all;
}

}  // namespace greffe::conformance
