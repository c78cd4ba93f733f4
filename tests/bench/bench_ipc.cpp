// SPDX-License-Identifier: Apache-2.0
// What the way to a worker and back costs: no-op calls through the real pools, against the bare socket and
// the bare codec. Its figures settled the worker protocol: see daemon/workers/README.md.
#include "base/json.h"
#include "plugin_host/worker_setup.h"
#include "workers/worker_pool.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace greffe {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

PoolSpec poolSpec(std::size_t workers) {
    PoolSpec spec;
    spec.name = "documents";
    spec.kind = PoolKind::Documents;
    spec.limits = defaultLimits(PoolKind::Documents);
    spec.setupJson = setupJson({});
    spec.maxWorkers = workers;
    spec.launch.program = std::string(GREFFE_BINARY_DIR) + "/bin/greffe";
    spec.launch.arguments = {"worker"};
    return spec;
}

// Calls a second with `inFlight` calls always waiting.
double poolRate(std::size_t workers, std::size_t inFlight, std::size_t total, const std::string& params,
                const std::string& bytes = {}) {
    Reactor reactor;
    WorkerPool pool(reactor, poolSpec(workers), {});
    std::size_t started = 0;
    std::size_t done = 0;
    Clock::time_point start;
    std::function<void()> next = [&] {
        CallRequest request;
        request.id = ++started;
        request.operation = "echo";
        request.paramsJson = params;
        if (!bytes.empty()) request.attachments = {{"cms", bytes}};
        pool.submit(std::move(request), true, [&](CallOutcome) {
            if (++done == total) return reactor.stop();
            if (started < total) next();
        });
    };
    // The first call starts the worker and is not counted.
    CallRequest first;
    first.operation = "echo";
    pool.submit(std::move(first), true, [&](CallOutcome) {
        start = Clock::now();
        for (std::size_t i = 0; i < inFlight; ++i)
            next();
    });
    reactor.run();
    return static_cast<double>(total) / secondsSince(start);
}

// A message there and back over a bare socket pair, one thread on each side.
double socketRate(std::size_t total) {
    auto ends = MessageSocket::pair();
    if (!ends) return 0;
    std::thread other([&] {
        for (std::size_t i = 0; i < total; ++i) {
            auto message = ends->second.receive();
            if (!message || !ends->second.send(1, 0, message->body)) return;
        }
    });
    const std::string body(300, 'x');
    const auto start = Clock::now();
    for (std::size_t i = 0; i < total; ++i) {
        static_cast<void>(ends->first.send(1, 0, body));
        static_cast<void>(ends->first.receive());
    }
    const double rate = static_cast<double>(total) / secondsSince(start);
    other.join();
    return rate;
}

// Encoding and decoding a call and its answer, without any process.
double codecRate(std::size_t total, const std::string& params, const std::string& bytes = {}) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < total; ++i) {
        CallRequest call;
        call.id = i;
        call.operation = "echo";
        call.paramsJson = params;
        if (!bytes.empty()) call.attachments = {{"cms", bytes}};
        Message there;
        there.body = encodeCalls({&call}).body;
        auto calls = decodeCalls(there);
        Answer answer;
        answer.id = i;
        answer.outcome.verdict = Verdict::Done;
        answer.outcome.factsJson = params;
        answer.outcome.attachments = call.attachments;
        Message back;
        back.body = encodeAnswers({answer}, 1).body;
        auto answers = decodeAnswers(back);
        if (!calls || !answers) return 0;
    }
    return static_cast<double>(total) / secondsSince(start);
}

void row(const std::string& what, double rate) {
    fmt::print("{:<58} {:>10.0f} /s {:>9.1f} us each\n", what, rate, 1e6 / rate);
    std::fflush(stdout);
}

}  // namespace
}  // namespace greffe

int main() {
    using namespace greffe;
    const std::string small = R"({"page_size":"A4","max_pages":200})";
    const std::string cms(2300, 'c');  // of a seal; 4.6 KB when it was hexadecimal in the params
    const std::string largeText = R"({"text":")" + std::string(4600, 'a') + R"("})";
    row("bare socket, 300 bytes there and back", socketRate(20'000));
    row("codec alone, small params", codecRate(50'000, small));
    row("codec alone, with the CMS of a seal", codecRate(20'000, small, cms));
    row("codec alone, 4.6 KB of text in the params", codecRate(20'000, largeText));
    row("pool, 1 worker, 1 call at a time", poolRate(1, 1, 20'000, small));
    row("pool, 1 worker, 16 in flight", poolRate(1, 16, 50'000, small));
    row("pool, 1 worker, 64 in flight", poolRate(1, 64, 50'000, small));
    row("pool, 2 workers, 64 in flight", poolRate(2, 64, 50'000, small));
    row("pool, 1 worker, 16 in flight, with the CMS of a seal", poolRate(1, 16, 20'000, small, cms));
    return 0;
}
