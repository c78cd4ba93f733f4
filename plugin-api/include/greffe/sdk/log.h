// SPDX-License-Identifier: Apache-2.0
// Log lines with keys. Without a log service (a host that offers none) they go nowhere.
//
//   sdk::Log log(host());
//   log.info("token received", {{"serial", serial}, {"bytes", token.size()}});
//
// An event is "noun past-participle". No secret and no text of a document belongs into a line.
#pragma once

#include <greffe/host.h>
#include <greffe/sdk/json.h>

#include <initializer_list>
#include <string_view>

namespace greffe::sdk {

class Log {
public:
    struct Key {
        std::string_view name;
        JsonValue value;
    };
    using Keys = std::initializer_list<Key>;

    explicit Log(Host& host) : service_(host.service<LogService>()) {}

    void debug(std::string_view event, Keys keys = {}) const noexcept { write(LogLevel::Debug, event, keys); }
    void info(std::string_view event, Keys keys = {}) const noexcept { write(LogLevel::Info, event, keys); }
    void warning(std::string_view event, Keys keys = {}) const noexcept {
        write(LogLevel::Warning, event, keys);
    }
    void error(std::string_view event, Keys keys = {}) const noexcept { write(LogLevel::Error, event, keys); }

private:
    void write(LogLevel level, std::string_view event, Keys keys) const noexcept {
        if (service_ == nullptr) return;
        try {
            JsonValue object = JsonValue::object();
            for (const Key& key : keys)
                object.set(key.name, key.value);
            service_->write(level, event, keys.size() == 0 ? std::string() : object.dump());
        } catch (...) {
            // No memory for a log line: the work matters more.
        }
    }

    LogService* service_;
};

}  // namespace greffe::sdk
