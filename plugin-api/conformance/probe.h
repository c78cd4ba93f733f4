// SPDX-License-Identifier: Apache-2.0
// The child's side of the kit: one process, one pass over one plugin. Findings go to descriptor 3, the
// request comes on descriptor 4; a crash of the plugin ends this process and nothing else.
#pragma once

#include "conformance/findings.h"
#include "conformance/probe_host.h"
#include "conformance/probe_request.h"
#include "conformance/process_state.h"
#include "conformance/watchdog.h"
#include "loader/plugin_instance.h"
#include "loader/plugin_library.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::conformance {

constexpr int kFindingsFd = 3;
constexpr int kRequestFd = 4;
constexpr int kTimeoutExitCode = 86;  // the watchdog's

struct CallTrace;

// What a pass works with.
struct Probe {
    const ProbeRequest& request;
    PluginMetadata metadata;
    FindingWriter& out;
    Watchdog& watchdog;
    ProgramLauncher* launcher = nullptr;     // of plugins of the pool converters
    const PluginLibrary* library = nullptr;  // null in the pass "scan", which loads it itself
    ProcessState before;                     // as it was before the library came
    ProcessState loaded;                     // and after

    // A started instance, or nothing: the pass "life" reports why.
    std::optional<PluginInstance> start(ProbeHost& host) const;
    std::unique_ptr<ProbeHost> makeHost() const;
    // Reports a call's breaks of the contract.
    void judge(const std::string& what, const CallTrace& trace) const;
    // Finds secrets in a text, as they are, in base 64 or in hexadecimal.
    void searchSecrets(const std::string& where, std::string_view text) const;
    std::chrono::milliseconds deadline(std::int64_t ms) const {
        return std::chrono::milliseconds(ms * request.slowFactor);
    }
};

struct Pass {
    std::string_view name;
    std::string_view crashRule;            // what a crash in it breaks
    std::string_view timeoutRule;          // what a call without end breaks
    std::vector<std::string_view> proves;  // rules that are proven when it ran to its end
    void (*run)(Probe& probe);
    bool isCutOff = false;  // runs in a network namespace of its own
};

// In the order in which the kit runs them.
const std::vector<Pass>& passes();

// `greffe plugin-probe`: called by the kit only. Returns the process's exit code.
int runProbe(int argc, char** argv);

}  // namespace greffe::conformance
