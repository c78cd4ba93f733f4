// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/manifest.h"

#include "base/json.h"
#include "plugin_host/operations.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMaxManifestBytes = 1U << 20U;
constexpr std::size_t kMaxParties = 1'000;
constexpr std::size_t kMaxTextBytes = 1'024;

// E.164: a plus sign and 7 to 15 digits, the first not 0.
bool isPhone(std::string_view text) {
    return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
           std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Enough to refuse what can only be a mistake or an attack on a mail header; the server has the last word.
bool isMailAddress(std::string_view text) {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos && text.size() <= 254 &&
           std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>' || c == ',' || c == ';' ||
                      c == '"';
           });
}

bool isPlainText(const Json& value) {
    if (!value.is_string()) return false;
    const std::string& text = value.get_ref<const std::string&>();
    return text.size() <= kMaxTextBytes &&
           std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

std::string checkParty(const Json& party, std::size_t index) {
    const std::string where = fmt::format("parties[{}]", index);
    if (!party.is_object()) return where + ": not an object";
    for (const auto& [key, value] : party.items()) {
        if (key != "role" && key != "name" && key != "email" && key != "phone" && key != "language")
            return fmt::format("{}: unknown member \"{}\"", where, key);
        if (!isPlainText(value)) return fmt::format("{}.{}: not a text of one line", where, key);
    }
    if (textOf(party, "role").empty()) return where + ": \"role\" is missing";
    if (party.contains("email") && !isMailAddress(textOf(party, "email")))
        return where + ".email: not a mail address";
    if (party.contains("phone") && !isPhone(textOf(party, "phone")))
        return where + ".phone: not in international form, such as +33612345678";
    return {};
}

std::string check(const Json& manifest) {
    if (!manifest.is_object()) return "not an object";
    for (const auto& [key, value] : manifest.items()) {
        if (key == "type" || key == "language") {
            if (!isPlainText(value)) return fmt::format("{}: not a text of one line", key);
        } else if (key == "parties") {
            if (!value.is_array() || value.size() > kMaxParties)
                return "parties: not a list of at most 1000 parties";
            for (std::size_t i = 0; i < value.size(); ++i)
                if (std::string problem = checkParty(value[i], i); !problem.empty()) return problem;
        } else if (key == "data") {
            if (!value.is_object()) return "data: not an object";
        } else {
            return fmt::format("unknown member \"{}\"; known are type, language, parties, data", key);
        }
    }
    return {};
}

}  // namespace

CallOutcome readManifestCall(std::string_view text) {
    JsonLimits limits;
    limits.maxBytes = kMaxManifestBytes;
    auto manifest = parseJson(text, limits);
    if (!manifest) return rejectedOutcome(Reason::ManifestInvalid, manifest.error().message);
    if (std::string problem = check(*manifest); !problem.empty())
        return rejectedOutcome(Reason::ManifestInvalid, std::move(problem));
    return doneOutcome(dumpJson(*manifest));
}

}  // namespace greffe
