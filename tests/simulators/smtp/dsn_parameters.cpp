// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/dsn_parameters.h"

#include <charconv>

namespace greffe::simulators {
namespace {

constexpr std::size_t kMaxEnvid = 100;     // 4.4
constexpr std::size_t kMaxOriginal = 500;  // 4.2

bool isNotifyList(std::string_view list) {
    if (list == "NEVER") return true;
    for (bool isLast = false; !isLast;) {
        const std::size_t comma = list.find(',');
        const std::string_view kind = list.substr(0, comma);
        if (kind != "SUCCESS" && kind != "FAILURE" && kind != "DELAY") return false;
        isLast = comma == std::string_view::npos;
        if (!isLast) list.remove_prefix(comma + 1);
    }
    return true;
}

DsnTaken take(bool isAllowed, std::string& place, const std::string& value) {
    if (!isAllowed || !place.empty()) return DsnTaken::Bad;
    place = value;
    return DsnTaken::Yes;
}

}  // namespace

bool RecipientDsn::wants(std::string_view kind) const {
    if (notify.empty()) return kind != "SUCCESS";
    return ("," + notify + ",").find("," + std::string(kind) + ",") != std::string::npos;
}

std::optional<std::string> fromXtext(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] < '!' || text[i] > '~' || text[i] == '=') return std::nullopt;
        if (text[i] != '+') {
            decoded += text[i];
            continue;
        }
        const std::string_view hex = text.substr(i + 1, 2);
        unsigned int value = 0;
        const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
        if (hex.size() != 2 || error != std::errc() || end != hex.data() + 2 ||
            hex.find_first_of("abcdef") != std::string_view::npos)  // capitals only
            return std::nullopt;
        decoded += static_cast<char>(value);
        i += 2;
    }
    return decoded;
}

DsnTaken takeMailParameter(const SmtpParameter& parameter, MailDsn& dsn) {
    if (parameter.keyword == "RET") {
        const std::string value = upper(parameter.value);
        return take(value == "FULL" || value == "HDRS", dsn.ret, value);
    }
    if (parameter.keyword != "ENVID") return DsnTaken::No;
    const auto envid = fromXtext(parameter.value);
    return take(envid && !envid->empty() && parameter.value.size() <= kMaxEnvid, dsn.envid,
                envid.value_or(""));
}

DsnTaken takeRecipientParameter(const SmtpParameter& parameter, RecipientDsn& dsn) {
    if (parameter.keyword == "NOTIFY") {
        const std::string list = upper(parameter.value);
        return take(isNotifyList(list), dsn.notify, list);
    }
    if (parameter.keyword != "ORCPT") return DsnTaken::No;
    const std::size_t semicolon = parameter.value.find(';');
    if (semicolon == std::string::npos || semicolon == 0 || parameter.value.size() > kMaxOriginal)
        return DsnTaken::Bad;
    const auto address = fromXtext(std::string_view(parameter.value).substr(semicolon + 1));
    return take(address && !address->empty(), dsn.originalRecipient,
                parameter.value.substr(0, semicolon + 1) + address.value_or(""));
}

}  // namespace greffe::simulators
