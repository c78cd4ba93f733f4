// SPDX-License-Identifier: Apache-2.0
// One instance of the tsa-rfc3161 plugin in a test, with its host.
#pragma once

#include "base/json.h"
#include "support/exchange_runner.h"
#include "support/fake_host.h"
#include "support/loaded_plugin.h"

#include <greffe/capability/timestamp_authority.h>

#include <ctime>
#include <string>

namespace greffe {

inline const PluginDescriptor& tsaPlugin() {
    static const PluginDescriptor& descriptor = loadedPlugin("tsa-rfc3161");
    return descriptor;
}

class TsaInstance {
public:
    TsaInstance()
        : host(static_cast<std::int64_t>(std::time(nullptr)) * 1000), instance(tsaPlugin().create(host)) {
        for (std::size_t i = 0; i < sizeof imprint; ++i)
            imprint[i] = static_cast<unsigned char>(i * 7);
        // The highest bit is set: an INTEGER needs a zero byte before it.
        for (std::size_t i = 0; i < sizeof nonce; ++i)
            nonce[i] = static_cast<unsigned char>(0xF0 + i);
    }
    ~TsaInstance() {
        instance->cleanup();
        instance->release();
    }
    TsaInstance(const TsaInstance&) = delete;
    TsaInstance& operator=(const TsaInstance&) = delete;

    bool start(const Json& options) {
        return instance->configure(std::string_view(dumpJson(options)), problems) &&
               instance->validate(problems) && instance->provision(problems);
    }
    TimestampAuthority& authority() { return *instance->capability<TimestampAuthority>(); }
    ExchangeRecord stamp(HeardOutcome& outcome) {
        return runExchange(authority().stamp(imprint, nonce), host, outcome);
    }

    FakeHost host;
    HeardProblems problems;
    Instance* instance;
    unsigned char imprint[32];
    unsigned char nonce[8];
};

}  // namespace greffe
