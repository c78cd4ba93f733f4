// SPDX-License-Identifier: Apache-2.0
#include "loader/host_services/host_log.h"

#include "loader/host_services/secret_vault.h"

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMaxEventBytes = 200;
constexpr std::size_t kMaxKeysBytes = 4096;

std::string oneLine(std::string_view text, std::size_t maxBytes) {
    std::string line(text.substr(0, maxBytes));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
        ' ');
    return line;
}

bool isFlat(const Json& object) {
    return object.is_object() && std::none_of(object.begin(), object.end(),
                                              [](const Json& member) { return member.is_structured(); });
}

Json readKeys(std::string_view text) {
    if (text.empty()) return Json::object();
    Result<Json> keys = parseJson(text, {4, kMaxKeysBytes});
    if (keys && isFlat(*keys)) return std::move(keys).value();
    return Json{{"unreadable_keys", oneLine(text, kMaxKeysBytes)}};
}

void hideSecrets(Json& keys, const SecretVault& vault) {
    for (auto& member : keys)
        if (member.is_string()) member = vault.hide(member.get<std::string>());
}

}  // namespace

void HostLog::write(LogLevel level, Slice event, Slice keysJson) noexcept {
    try {
        PluginLogLine line;
        line.level = level <= LogLevel::Error ? level : LogLevel::Error;
        // Hidden before it is shortened: half a secret at the cut would not be recognised.
        line.event =
            oneLine(vault_ != nullptr ? vault_->hide(event) : std::string(event.view()), kMaxEventBytes);
        line.keys = readKeys(keysJson);
        if (vault_ != nullptr) hideSecrets(line.keys, *vault_);
        sink_(line);
    } catch (...) {
        // A log line that cannot be kept must not end the document's work.
    }
}

}  // namespace greffe
