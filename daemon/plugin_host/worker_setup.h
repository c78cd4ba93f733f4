// SPDX-License-Identifier: Apache-2.0
// What a worker is told before its first call: which plugins to load, which instances to make of them, what
// it may use. Built by the engine from the plan, read once by the worker.
#pragma once

#include "base/result.h"
#include "sys/message_socket.h"
#include "workers/sandbox.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace greffe {

struct InstanceSetup {
    std::string name;    // as the plan names it: "company", "pdf"
    std::string plugin;  // absolute path of the shared object
    std::string optionsJson = "{}";
    std::string hostOptionsJson = "{}";  // what the house describes, beside the plugin's own: wire_settings.h
};

struct WorkerSetup {
    std::string pool;
    PoolKind kind = PoolKind::Documents;
    std::uint32_t generation = 0;
    std::int64_t beatMs = 1'000;
    SandboxLimits limits;
    Landlock landlock = Landlock::WhereItIs;
    std::vector<InstanceSetup> instances;
    std::string luaModule;  // pool lua only
    std::string scratch;    // pool converters only: where each run of a program has its folder
    struct Secret {
        std::string instance, option;
        UniqueFd fd;
    };
    std::vector<Secret> secrets;
};

// The JSON that PoolSpec::setupJson holds; the pool adds name, generation and limits.
std::string setupJson(const std::vector<InstanceSetup>& instances, const std::string& luaModule = {},
                      const std::string& scratch = {});

Result<WorkerSetup> readSetup(Message& message);

}  // namespace greffe
