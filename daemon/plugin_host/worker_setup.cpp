// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/worker_setup.h"

#include "base/json.h"

namespace greffe {

std::string setupJson(const std::vector<InstanceSetup>& instances, const std::string& luaModule,
                      const std::string& scratch) {
    Json setup = {{"instances", Json::array()}};
    for (const InstanceSetup& instance : instances)
        setup["instances"].push_back({{"name", instance.name},
                                      {"plugin", instance.plugin},
                                      {"options", instance.optionsJson},
                                      {"host_options", instance.hostOptionsJson}});
    if (!luaModule.empty()) setup["lua_module"] = luaModule;
    if (!scratch.empty()) setup["scratch"] = scratch;
    return dumpJson(setup);
}

Result<WorkerSetup> readSetup(Message& message) {
    GREFFE_TRY_ASSIGN(const Json json, parseJson(message.body));
    WorkerSetup setup;
    setup.pool = textOf(json, "pool");
    GREFFE_TRY_ASSIGN(setup.kind, poolByName(textOf(json, "kind")));
    setup.generation = static_cast<std::uint32_t>(numberOf(json, "generation"));
    setup.beatMs = numberOf(json, "beat_ms", setup.beatMs);
    setup.luaModule = textOf(json, "lua_module");
    setup.scratch = textOf(json, "scratch", "/tmp");
    if (boolOf(json, "without_landlock")) setup.landlock = Landlock::LeftOut;
    const Json& limits = memberOf(json, "limits");
    setup.limits.addressSpaceBytes = static_cast<std::uint64_t>(numberOf(limits, "address_space"));
    setup.limits.openFiles = static_cast<std::uint64_t>(numberOf(limits, "open_files"));
    setup.limits.fileSizeBytes = static_cast<std::uint64_t>(numberOf(limits, "file_size"));
    setup.limits.cpuSecondsPerCall = static_cast<std::uint32_t>(numberOf(limits, "cpu_seconds"));
    for (const Json& entry : memberOf(json, "instances"))
        setup.instances.push_back({textOf(entry, "name"), textOf(entry, "plugin"),
                                   textOf(entry, "options", "{}"), textOf(entry, "host_options", "{}")});
    for (const Json& entry : memberOf(json, "secrets")) {
        const auto place = static_cast<std::size_t>(numberOf(entry, "fd", -1));
        if (place >= message.descriptors.size())
            return makeError(Errc::Corrupt, "worker setup: a secret without descriptor");
        setup.secrets.push_back(
            {textOf(entry, "instance"), textOf(entry, "option"), std::move(message.descriptors[place])});
    }
    return setup;
}

}  // namespace greffe
