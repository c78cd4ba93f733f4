// SPDX-License-Identifier: Apache-2.0
// What the kit asks of one probe: which pass to run, on which plugin, with what.
#pragma once

#include "base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::conformance {

struct ProbeRequest {
    std::string pass;        // one of probe_passes.h
    std::string pluginPath;  // absolute
    std::string optionsJson = "{}";
    std::map<std::string, std::string> secrets;    // option → bytes
    std::string paramsJson;                        // of an ordinary call on a document; empty: {}
    std::vector<std::string> files;                // documents that the author gave, absolute paths
    std::int64_t clockUnixMs = 1'700'000'000'000;  // what clock/1 starts from
    unsigned slowFactor = 1;                       // deadlines are multiplied by it (sanitizers)

    std::string toText() const;
    static Result<ProbeRequest> parse(std::string_view text);
};

}  // namespace greffe::conformance
