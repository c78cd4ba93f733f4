// SPDX-License-Identifier: Apache-2.0
#include "conformance/operations.h"
#include "conformance/passes.h"

#include <fmt/format.h>

#include <functional>

namespace greffe::conformance {
namespace {

constexpr std::uint32_t kRetryAfter = 17;

// Which verdicts are sensible after an answer.
struct Allowed {
    bool retryLater = true;
    bool uncertain = false;
    bool rejected = false;
    bool done = false;

    bool covers(Verdict verdict) const {
        switch (verdict) {
            case Verdict::RetryLater: return retryLater;
            case Verdict::Uncertain: return uncertain;
            case Verdict::Rejected: return rejected;
            case Verdict::Done:
            case Verdict::Waiting: return done;
        }
        return false;
    }
};

struct Trouble {
    std::string what;
    WireAnswer answer;
    Allowed allowed;
    bool asksToWait = false;
};

std::vector<Trouble> troubles(bool isAnswerRead) {
    const Allowed retry{};
    const Allowed unknown{true, true, false, false};
    const Allowed anyFailure{true, true, true, false};
    // A body that the operation does not read cannot spoil a success.
    const Allowed badBody{true, true, true, !isAnswerRead};
    const std::string json = "content-type: application/json\n";
    const std::string nested(100'000, '[');
    const std::string wait = fmt::format("retry-after: {}\n", kRetryAfter);
    const auto ok = [](const std::string& headers, const std::string& body) {
        return WireAnswer{HttpFault::None, 200, headers, body};
    };
    const auto status = [](std::uint32_t code, const std::string& headers = {},
                           const std::string& body = {}) {
        return WireAnswer{HttpFault::None, code, headers, body};
    };
    return {
        {"the request was not sent", {HttpFault::NotSent, 0, "", ""}, retry},
        {"the line was cut", {HttpFault::Unknown, 0, "", ""}, unknown},
        {"the answer was too large", {HttpFault::AnswerTooLarge, 0, "", ""}, anyFailure},
        {"500", status(500, json, R"({"error":"oops"})"), unknown},
        {"502 with a page", status(502, "content-type: text/html\n", "<html>Bad gateway</html>"), unknown},
        {"503 with Retry-After", status(503, wait), unknown, true},
        {"429 with Retry-After", status(429, json + wait, "{}"), retry, true},
        {"401", status(401), {true, false, true, false}},
        {"403", status(403, json, "{}"), {true, false, true, false}},
        {"404", status(404, json, "{}"), anyFailure},
        {"400", status(400, json, R"({"message":"bad request"})"), anyFailure},
        {"302 to elsewhere", status(302, "location: https://elsewhere.example/\n"), anyFailure},
        {"a status that does not exist", status(999), anyFailure},
        {"200 without a body", ok(json, ""), badBody},
        {"200 with a page", ok("content-type: text/html\n", "<html>Welcome to the hotel's network</html>"),
         badBody},
        {"200 with cut JSON", ok(json, R"({"id":"abc","sta)"), badBody},
        {"200 with JSON of another shape", ok(json, R"([1,"two",null])"), badBody},
        {"200 with JSON nested without end", ok(json, nested), badBody},
        {"200 with random bytes", ok("content-type: application/octet-stream\n", hostileSamples()[4].bytes),
         badBody},
        {"200 without headers", ok("", "?"), badBody},
        {"200 with headers that are none", ok(std::string("\n:\n::\nx\n\xff: \xff\n", 13), "?"), badBody},
    };
}

}  // namespace

void wirePass(Probe& probe) {
    const auto host = probe.makeHost();
    auto instance = probe.start(*host);
    if (!instance) return;
    for (const Operation& operation : operationsOf(probe.metadata)) {
        if (!operation.isExchange() || instance->query(operation.capability()) == nullptr) continue;
        for (const Trouble& trouble : troubles(operation.isAnswerRead)) {
            const std::string what = operation.name + ", answer: " + trouble.what;
            CallInput input;
            input.wire = [&](const HttpRequestData&) { return trouble.answer; };
            probe.watchdog.arm(what, probe.deadline(10'000));
            CallTrace trace;
            operation.run(*instance, input, trace);
            probe.watchdog.rest();
            probe.judge(what, trace);
            if (trace.isEndless || trace.requests.empty() || trace.brokenRule != OutcomeRule::None) continue;
            const CallResult& result = trace.result;
            if (!trouble.allowed.covers(result.verdict)) {
                probe.out.fail("HTTP-2",
                               fmt::format("{}: the verdict is {} ({})", what,
                                           static_cast<unsigned>(result.verdict), result.explanation));
            } else if (trouble.asksToWait && result.verdict == Verdict::RetryLater &&
                       result.delaySeconds < kRetryAfter) {
                probe.out.fail("HTTP-3", fmt::format("{}: it asked for {} s and gets {}", what, kRetryAfter,
                                                     result.delaySeconds));
            }
        }
    }
    probe.searchSecrets("the log", host->logText);
}

void cutOffPass(Probe& probe) {
    const auto host = probe.makeHost();
    auto instance = probe.start(*host);
    if (!instance) return;
    for (const Operation& operation : operationsOf(probe.metadata)) {
        if (operation.kind != Operation::Kind::Blocking || instance->query(operation.capability()) == nullptr)
            continue;
        probe.watchdog.arm(operation.name + " without a network", probe.deadline(30'000));
        CallTrace trace;
        operation.run(*instance, {}, trace);
        probe.watchdog.rest();
        probe.judge(operation.name, trace);
        const Verdict verdict = trace.result.verdict;
        if (trace.brokenRule == OutcomeRule::None &&
            (verdict == Verdict::Done || verdict == Verdict::Waiting))
            probe.out.fail("NETWORK-1", operation.name + " says it was done, though it reached nobody");
    }
    probe.searchSecrets("the log", host->logText);
}

const std::vector<Pass>& passes() {
    static const std::vector<Pass> all = {
        {"scan", "SCAN-1", "SCAN-2", {"ABI-4", "SCAN-1", "SCAN-2"}, scanPass},
        {"life", "LIFE-1", "LIMITS-1", {"LIFE-1", "QUERY-1", "QUERY-2"}, lifePass},
        {"orders", "LIFE-2", "LIMITS-1", {"LIFE-2"}, ordersPass},
        {"lives", "LIFE-3", "LIMITS-1", {"LIFE-3"}, livesPass},
        {"bare-host", "LIFE-4", "LIMITS-1", {"LIFE-4"}, bareHostPass},
        {"options", "OPTIONS-4", "LIMITS-1", {"OPTIONS-4"}, optionsPass},
        {"use",
         "OUTCOME-1",
         "LIMITS-1",
         {"OUTCOME-1", "OUTCOME-2", "OUTCOME-3", "OUTCOME-4", "OUTCOME-5", "OUTCOME-7", "PROBE-1", "SEAL-1",
          "PROGRAMS-1", "QUIET-1", "QUIET-2", "QUIET-3", "SECRETS-1"},
         usePass},
        {"tight", "OUTCOME-6", "LIMITS-1", {"OUTCOME-6"}, tightPass},
        {"hostile", "MALFORMED-1", "LIMITS-1", {"MALFORMED-1", "LIMITS-1"}, hostilePass},
        {"cancel", "CANCEL-1", "CANCEL-1", {"CANCEL-1"}, cancelPass},
        {"pure-twice", "OUTCOME-1", "LIMITS-1", {"DETERMINISM-1"}, pureTwicePass},
        {"key-twice", "OUTCOME-1", "LIMITS-1", {"KEY-1"}, keyTwicePass},
        {"wire", "HTTP-1", "HTTP-1", {"HTTP-1", "HTTP-2", "HTTP-3", "HTTP-4"}, wirePass},
        {"cut-off", "NETWORK-1", "NETWORK-1", {"NETWORK-1"}, cutOffPass, true},
    };
    return all;
}

}  // namespace greffe::conformance
