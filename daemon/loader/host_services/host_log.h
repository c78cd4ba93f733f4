// SPDX-License-Identifier: Apache-2.0
// "log/1": takes what a plugin says, makes it safe to keep (bounded, one line, no secret in it) and hands it
// on as data. The callback decides where it goes; it runs on the plugin's thread.
#pragma once

#include "base/json.h"

#include <greffe/host.h>

#include <functional>
#include <string>

namespace greffe {

class SecretVault;

struct PluginLogLine {
    LogLevel level = LogLevel::Info;
    std::string event;  // "token received"; control characters replaced
    Json keys;          // a flat object; what was not one stands under "unreadable_keys"
};

class HostLog final : public LogService {
public:
    using Sink = std::function<void(const PluginLogLine&)>;

    // `vault`, when given, must outlive the log: its secrets are replaced by "{{hidden}}" wherever they
    // appear.
    explicit HostLog(Sink sink, const SecretVault* vault = nullptr) : sink_(std::move(sink)), vault_(vault) {}

    void write(LogLevel level, Slice event, Slice keysJson) noexcept override;

private:
    Sink sink_;
    const SecretVault* vault_;
};

}  // namespace greffe
