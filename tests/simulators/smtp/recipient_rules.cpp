// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/recipient_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace greffe::simulators {
namespace {

const std::vector<std::string> kDeeds = {"deliver", "relay", "bounce",   "delay",
                                         "refuse",  "full",  "greylist", "never"};
const std::vector<std::string> kEnds = {"deliver", "bounce", "nothing"};

Status checkRule(const Json& rule, std::size_t index) {
    const auto complaint = [&](const std::string& what, const std::vector<std::string>& allowed) {
        return makeError(Errc::Invalid, fmt::format("recipient rule {}: {}", index + 1, what),
                         fmt::format("one of: {}", fmt::join(allowed, " ")));
    };
    const auto isAmong = [](const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (!rule.is_object() || textOf(rule, "address").empty())
        return makeError(Errc::Invalid, fmt::format("recipient rule {}: no address", index + 1));
    if (!isAmong(kDeeds, textOf(rule, "does")))
        return complaint("nobody does \"" + textOf(rule, "does") + "\"", kDeeds);
    if (!isAmong(kEnds, textOf(rule, "then", "nothing")))
        return complaint("then cannot be \"" + textOf(rule, "then") + "\"", kEnds);
    const std::int64_t code = numberOf(rule, "code", 550);
    if (code < 400 || code > 599)
        return makeError(Errc::Invalid, fmt::format("recipient rule {}: code is 400 to 599", index + 1));
    return {};
}

bool fits(const std::string& pattern, const std::string& address) {
    if (pattern.empty() || pattern[0] != '*') return pattern == address;
    return address.size() + 1 >= pattern.size() &&
           address.compare(address.size() + 1 - pattern.size(), std::string::npos, pattern, 1) == 0;
}

RcptRefusal refusalFor(const Json& rule, std::int64_t usualCode) {
    const auto code = static_cast<int>(numberOf(rule, "code", usualCode));
    const char* text = code < 500 ? "4.7.1 come back later" : "5.1.1 nobody of that name";
    if (textOf(rule, "does") == "full") text = code < 500 ? "4.2.2 mailbox full" : "5.2.2 mailbox full";
    return {code, textOf(rule, "text", text)};
}

}  // namespace

Status RecipientRules::set(const Json& rules) {
    if (!rules.is_array()) return makeError(Errc::Invalid, "the recipients' rules are not an array");
    for (std::size_t i = 0; i < rules.size(); ++i)
        GREFFE_TRY(checkRule(rules[i], i));
    const std::scoped_lock lock(mutex_);
    rules_ = rules;
    attempts_.clear();
    return {};
}

Json RecipientRules::list() const {
    const std::scoped_lock lock(mutex_);
    return rules_;
}

Json RecipientRules::ruleFor(const std::string& address) const {
    const std::scoped_lock lock(mutex_);
    for (const Json& rule : rules_)
        if (fits(textOf(rule, "address"), address)) return rule;
    return {{"does", "deliver"}};
}

std::optional<RcptRefusal> RecipientRules::refusalOf(const std::string& sender, const std::string& address) {
    const Json rule = ruleFor(address);
    const std::string does = textOf(rule, "does");
    if (does != "refuse" && does != "full" && does != "greylist") return std::nullopt;
    const std::int64_t times = numberOf(rule, "times", does == "greylist" ? 1 : 0);
    const std::scoped_lock lock(mutex_);
    if (++attempts_[{sender, address}] > times && times != 0) return std::nullopt;
    return refusalFor(rule, does == "refuse" ? 550 : does == "full" ? 452 : 451);
}

}  // namespace greffe::simulators
