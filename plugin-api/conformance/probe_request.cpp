// SPDX-License-Identifier: Apache-2.0
#include "conformance/probe_request.h"

#include "base/json.h"
#include "base/sha256.h"

namespace greffe::conformance {

std::string ProbeRequest::toText() const {
    Json json = {{"pass", pass},
                 {"plugin", pluginPath},
                 {"options", optionsJson},
                 {"secrets", Json::object()},
                 {"params", paramsJson},
                 {"files", files},
                 {"clock_unix_ms", clockUnixMs},
                 {"slow_factor", slowFactor}};
    for (const auto& [option, bytes] : secrets)
        json["secrets"][option] = toHex(bytes);
    return dumpJson(json);
}

Result<ProbeRequest> ProbeRequest::parse(std::string_view text) {
    GREFFE_TRY_ASSIGN(const Json json, parseJson(text));
    ProbeRequest request;
    request.pass = textOf(json, "pass");
    request.pluginPath = textOf(json, "plugin");
    request.optionsJson = textOf(json, "options");
    request.paramsJson = textOf(json, "params");
    request.clockUnixMs = numberOf(json, "clock_unix_ms");
    request.slowFactor = static_cast<unsigned>(numberOf(json, "slow_factor", 1));
    for (const auto& [option, hex] : memberOf(json, "secrets").items()) {
        std::string bytes;
        if (!hex.is_string() || !fromHex(hex.get<std::string>(), bytes))
            return makeError(Errc::Invalid, "probe request: a secret is not hexadecimal");
        request.secrets[option] = bytes;
    }
    for (const Json& file : memberOf(json, "files"))
        if (file.is_string()) request.files.push_back(file.get<std::string>());
    return request;
}

}  // namespace greffe::conformance
