// SPDX-License-Identifier: Apache-2.0
#include "conformance/operations.h"
#include "conformance/passes.h"
#include "conformance/schema_rules.h"

#include <fmt/format.h>
#include <malloc.h>

// Answers in programs built with AddressSanitizer or LeakSanitizer, where mallinfo2 knows nothing.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): theirs
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

namespace greffe::conformance {
namespace {

std::size_t heapInUse() {
    if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
    const struct mallinfo2 info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

// One life without use, as short as `greffe check` would make it.
void liveShortly(const Probe& probe, ProbeHost& host) {
    ProblemList problems;
    Instance* instance = probe.library->descriptor().create(host.host);
    if (instance == nullptr) return;
    instance->configure(probe.request.optionsJson, problems);
    instance->cleanup();
    instance->release();
    host.logText.clear();
}

void checkNames(Probe& probe, const std::string& what, PluginInstance& instance, const Json& schema,
                bool keepsToSchema) {
    for (const OptionProblem& problem : instance.problems()) {
        if (!problem.isError) continue;
        const std::string name = problem.option.substr(0, problem.option.find_first_of(".["));
        // Options that break the schema never come here from the host: a refusal is enough.
        if (!keepsToSchema || memberOf(schema, "properties").contains(name)) continue;
        probe.out.fail("OPTIONS-4",
                       fmt::format("{}: the error \"{}\" names {}", what, problem.message,
                                   name.empty() ? "no option" : "\"" + name + "\", which is no option"));
    }
}

}  // namespace

void scanPass(Probe& probe) {
    probe.watchdog.arm("loading the plugin", probe.deadline(20'000));
    const auto begin = std::chrono::steady_clock::now();
    const auto library = PluginLibrary::load(probe.metadata);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    probe.watchdog.rest();
    if (!library)
        return probe.out.fail(library.error().code == Errc::Corrupt ? "ABI-4" : "FILE-2",
                              library.error().text());
    probe.out.measure("load_ms", took.count());
    const ProcessState after = ProcessState::now();
    for (const std::string& change : {probe.before.settingsChanged(after), probe.before.filesAdded(after),
                                      probe.before.leftBehind(after)})
        if (!change.empty()) probe.out.fail("SCAN-1", "loading the plugin changed: " + change);
}

void lifePass(Probe& probe) {
    const auto host = probe.makeHost();
    probe.watchdog.arm("starting an instance with the given options", probe.deadline(20'000));
    auto instance = PluginInstance::create(probe.library->descriptor(), host->host);
    const Status started = instance ? instance->start(probe.request.optionsJson) : Status(instance.error());
    if (!started)
        return probe.out.fail("LIFE-1",
                              started.error().message +
                                  " (give options it can start with: --options FILE, --secret NAME=FILE)");
    probe.watchdog.arm("asking for capabilities", probe.deadline(10'000));
    for (const std::string& declared : probe.metadata.capabilities) {
        if (instance->query(declared) == nullptr)
            probe.out.fail("QUERY-2", fmt::format("\"{}\" is declared and query() gives null", declared));
        const std::string stranger = declared.substr(0, declared.find('/')) + "/999";
        if (instance->query(stranger) != nullptr)
            probe.out.fail("QUERY-1", fmt::format("query(\"{}\") is not null", stranger));
    }
    for (const char* stranger : {"no-such-capability/1", "", "/"})
        if (instance->query(stranger) != nullptr)
            probe.out.fail("QUERY-1", fmt::format("query(\"{}\") is not null", stranger));
    probe.watchdog.arm("ending the instance", probe.deadline(10'000));
    instance = makeError(Errc::Closed, "over");
    probe.searchSecrets("the log", host->logText);
}

void optionsPass(Probe& probe) {
    const Json schema = parseJson(probe.metadata.optionsSchema).value();
    const Json good = parseJson(probe.request.optionsJson).value();
    for (const OptionsVariant& variant : variantsOf(schema, good)) {
        const auto host = probe.makeHost();
        probe.watchdog.arm("configuring with " + variant.what, probe.deadline(20'000));
        auto instance = PluginInstance::create(probe.library->descriptor(), host->host);
        if (!instance) continue;
        instance->check(variant.json);
        checkNames(probe, variant.what, *instance, schema, variant.keepsToSchema);
        for (const OptionProblem& problem : instance->problems())
            probe.searchSecrets("a message about options", problem.message);
        probe.searchSecrets("the log", host->logText);
    }
}

void ordersPass(Probe& probe) {
    const std::string good = probe.request.optionsJson;
    struct Order {
        const char* what;
        int calls;  // configure, validate, provision: how many of them
        std::string options;
    };
    const Order orders[] = {
        {"create, cleanup, release", 0, good},
        {"create, configure, cleanup, release", 1, good},
        {"create, configure, validate, cleanup, release", 2, good},
        {"create, configure, validate, provision, cleanup, release", 3, good},
        {"create, configure with nothing, cleanup, release", 1, ""},
        {"create, configure with nothing, validate, cleanup, release", 2, "{}"},
        {"create, configure with nothing, validate, provision, cleanup, release", 3, "{}"},
        {"create, configure with rubbish, cleanup, release", 1, "[\"rubbish\"]"},
    };
    for (const Order& order : orders) {
        const auto host = probe.makeHost();
        probe.watchdog.arm(order.what, probe.deadline(20'000));
        Instance* instance = probe.library->descriptor().create(host->host);
        if (instance == nullptr) continue;
        ProblemList problems;
        // Each call only after the one before it succeeded, as the host does.
        bool isGood = order.calls < 1 || instance->configure(order.options, problems);
        if (isGood && order.calls >= 2) isGood = instance->validate(problems);
        if (isGood && order.calls >= 3) instance->provision(problems);
        instance->cleanup();
        instance->release();
    }
    // Two at once: no state of the process behind them.
    probe.watchdog.arm("two instances at once", probe.deadline(20'000));
    const auto host = probe.makeHost();
    auto first = probe.start(*host);
    auto second = probe.start(*host);
    first.reset();
    if (second)
        for (const std::string& id : probe.metadata.capabilities)
            second->query(id);
}

void livesPass(Probe& probe) {
    constexpr int kLives = 1000;
    constexpr std::size_t kSlackBytes = 16U << 10U;
    const auto host = probe.makeHost();
    host->logText.reserve(1U << 20U);
    probe.watchdog.arm("a thousand short lives", probe.deadline(60'000));
    for (int i = 0; i < 100; ++i)
        liveShortly(probe, *host);
    const std::size_t before = heapInUse();
    for (int i = 0; i < kLives; ++i)
        liveShortly(probe, *host);
    const std::size_t after = heapInUse();
    if (after > before + kSlackBytes)
        probe.out.fail("LIFE-3", fmt::format("{} lives left {} bytes behind", kLives, after - before));
}

void bareHostPass(Probe& probe) {
    const auto host = probe.makeHost();
    probe.watchdog.arm("starting an instance on a host without services", probe.deadline(20'000));
    auto instance = PluginInstance::create(probe.library->descriptor(), host->bareHost);
    if (!instance || !instance->start(probe.request.optionsJson)) return;  // it said why: that is a way
    for (const Operation& operation : operationsOf(probe.metadata)) {
        if (operation.kind == Operation::Kind::Blocking || instance->query(operation.capability()) == nullptr)
            continue;
        probe.watchdog.arm(operation.name + " on a host without services", probe.deadline(20'000));
        CallInput input;
        input.document = &ordinarySamples().front();
        CallTrace trace;
        operation.run(*instance, input, trace);
    }
}

}  // namespace greffe::conformance
