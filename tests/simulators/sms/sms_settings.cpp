// SPDX-License-Identifier: Apache-2.0
#include "simulators/sms/sms_settings.h"

#include <algorithm>

namespace greffe::simulators {
namespace {

constexpr const char* kOurNames[] = {"id",           "to",    "from",   "text", "reference",
                                     "callback_url", "parts", "status", "error"};

Result<std::map<std::string, std::string>> textMap(const Json& value, const std::string& what) {
    std::map<std::string, std::string> map;
    if (value.is_null()) return map;
    if (!value.is_object()) return makeError(Errc::Invalid, "sms: " + what + " is not an object");
    for (const auto& [key, each] : value.items()) {
        if (!each.is_string()) return makeError(Errc::Invalid, "sms: " + what + "." + key + " is not text");
        map[key] = each.get<std::string>();
    }
    return map;
}

Status checkNames(const std::map<std::string, std::string>& names) {
    for (const auto& [ours, theirs] : names)
        if (std::find(std::begin(kOurNames), std::end(kOurNames), ours) == std::end(kOurNames) ||
            theirs.empty())
            return makeError(Errc::Invalid, "sms: names: there is no member \"" + ours + "\"");
    return {};
}

}  // namespace

const std::vector<std::string>& smsOutcomes() {
    static const std::vector<std::string> outcomes = {"delivered", "undelivered", "expired", "rejected",
                                                      "silent"};
    return outcomes;
}

Result<SmsSettings> readSmsSettings(SettingsReader& options) {
    SmsSettings settings;
    settings.path = options.text("path", "/messages");
    settings.authentication = options.choice("authentication", {"bearer", "basic", "header"});
    settings.key = options.text("api_key", "simulated-sms-key");
    settings.keyHeader = options.text("key_header", "X-Api-Key");
    settings.username = options.text("username", "greffe");
    settings.password = options.text("password", "simulated-sms-password");
    settings.sendStatus = static_cast<int>(options.number("send_status", 201, 200));
    settings.idempotencyHeader = options.text("idempotency_header", "Idempotency-Key");
    settings.maxParts = static_cast<int>(options.number("max_parts", 10, 1));
    settings.credit = options.number("credit", -1, -1);
    settings.deliveryTime = std::chrono::seconds(options.number("delivery_seconds", 0));
    settings.callbackUrl = options.text("callback_url", "");
    settings.inboundUrl = options.text("inbound_url", "");
    settings.secret = options.text("callback_secret", "simulated-sms-secret");
    settings.signatureHeader = options.text("signature_header", "X-Signature");
    settings.callsPerMinute = static_cast<int>(options.number("calls_per_minute", 0));
    GREFFE_TRY_ASSIGN(settings.names, textMap(options.any("names"), "names"));
    GREFFE_TRY(checkNames(settings.names));
    GREFFE_TRY_ASSIGN(settings.outcomes, textMap(options.any("outcomes"), "outcomes"));
    for (const auto& [number, outcome] : settings.outcomes)
        if (std::find(smsOutcomes().begin(), smsOutcomes().end(), outcome) == smsOutcomes().end())
            return makeError(Errc::Invalid, "sms: outcomes." + number + " is no outcome: " + outcome);
    const Json senders = options.any("senders");
    for (const Json& each : senders.is_array() ? senders : Json::array())
        if (each.is_string()) settings.senders.push_back(each.get<std::string>());
    if (settings.path.empty() || settings.path.front() != '/')
        return makeError(Errc::Invalid, "sms: path does not begin with a slash");
    return settings;
}

}  // namespace greffe::simulators
