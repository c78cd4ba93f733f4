// SPDX-License-Identifier: Apache-2.0
// What the SMS gateway can be told to be. Gateways agree on what happens and on nothing else: names, paths
// and the way to say who asks are settings.
#pragma once

#include "simulators/settings_reader.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace greffe::simulators {

struct SmsSettings {
    std::string path;            // "/messages"
    std::string authentication;  // bearer, basic, header
    std::string key, username, password, keyHeader;
    std::map<std::string, std::string> names;  // ours -> theirs, of JSON members
    int sendStatus = 201;
    std::string idempotencyHeader;     // empty: keys mean nothing
    std::vector<std::string> senders;  // who may be "from"; empty: anybody
    int maxParts = 10;
    std::int64_t credit = -1;  // messages' parts; -1: no end
    std::chrono::seconds deliveryTime{0};
    std::map<std::string, std::string> outcomes;  // of numbers; others are delivered
    std::string callbackUrl, inboundUrl, secret, signatureHeader;
    int callsPerMinute = 0;
};

// Errc::Invalid for what the reader cannot judge.
Result<SmsSettings> readSmsSettings(SettingsReader& options);

// How a message may end: delivered, undelivered, expired, rejected; "silent" never says.
const std::vector<std::string>& smsOutcomes();

}  // namespace greffe::simulators
