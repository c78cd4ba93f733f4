// SPDX-License-Identifier: Apache-2.0
// Reads a simulator's configuration and remembers what is wrong with it: an option that does not exist, or a
// value that it cannot have, must never be a silent default.
#pragma once

#include "base/json.h"

#include <set>
#include <string>
#include <vector>

namespace greffe::simulators {

class SettingsReader {
public:
    // `service` begins the messages; `config` must outlive the reader.
    SettingsReader(const Json& config, std::string service);

    std::string text(const std::string& key, const std::string& fallback);
    // One of `values`; the first is the default.
    std::string choice(const std::string& key, const std::vector<std::string>& values);
    // `lowest` or more.
    std::int64_t number(const std::string& key, std::int64_t fallback, std::int64_t lowest = 0);
    bool flag(const std::string& key, bool fallback);
    // Whatever stands there, null when nothing does.
    Json any(const std::string& key);

    // Errc::Invalid for the first thing that is wrong, options nobody asked for among them.
    Status finish() const;

private:
    const Json& look(const std::string& key);
    void complain(const std::string& key, const std::string& what);

    const Json& config_;
    std::string service_;
    std::set<std::string> known_;
    std::string problem_;
};

}  // namespace greffe::simulators
