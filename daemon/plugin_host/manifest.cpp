// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/manifest.h"

#include "base/bytes_text.h"
#include "base/json.h"
#include "base/json_place.h"
#include "plugin_host/operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace greffe {
namespace {

constexpr std::size_t kMaxManifestBytes = 1U << 20U;
constexpr std::size_t kMaxParties = 1'000;
constexpr std::size_t kMaxFilesOfSlot = 200;
constexpr std::size_t kMaxTextBytes = 1'024;
constexpr std::size_t kMaxNameBytes = 64;

// What is wrong with the value at `path`.
struct Finding {
    std::vector<std::string> path;
    std::string text;
};
using Check = std::optional<Finding>;

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

bool isName(std::string_view text) {
    return !text.empty() && text.size() <= kMaxNameBytes && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

// One line that shows as it is: no control characters, nothing that turns the reading direction.
bool isPlainText(const Json& value) {
    if (!value.is_string()) return false;
    std::string text = value.get<std::string>();
    if (text.size() > kMaxTextBytes) return false;
    text.erase(std::remove(text.begin(), text.end(), '\\'), text.end());  // displayText doubles it
    return displayText(text) == text;
}

std::string quotedList(const std::vector<std::string>& words) {
    return fmt::format("\"{}\"", fmt::join(words, "\", \""));
}

struct Role {
    std::string name;
    bool isMany = false, isOptional = false;
};

// Checks a manifest that is valid JSON. Each function gives the first thing that is wrong.
class ManifestCheck {
public:
    explicit ManifestCheck(const Json& expected) : isSideCar_(boolOf(expected, "is_side_car", true)) {
        for (const Json& role : memberOf(expected, "roles")) {
            roles_.push_back({textOf(role, "name"), boolOf(role, "many"), boolOf(role, "optional")});
            roleNames_.push_back(roles_.back().name);
        }
        for (const Json& slot : memberOf(expected, "slots"))
            if (slot.is_string()) slots_.push_back(slot.get<std::string>());
    }

    Check check(const Json& manifest) const {
        if (!manifest.is_object()) return Finding{{}, "the manifest must be an object: {\"data\": {…}}"};
        for (const auto& [key, value] : manifest.items())
            if (Check found = checkMember(key, value)) return found;
        return checkRoles(memberOf(manifest, "parties"));
    }

private:
    Check checkMember(const std::string& key, const Json& value) const {
        if (key == "type") {
            if (!value.is_string() || !isName(value.get_ref<const std::string&>()))
                return Finding{{key}, "type: expected a name of letters, digits, - and _, such as \"D\""};
        } else if (key == "language") {
            if (value != "fr" && value != "en") return Finding{{key}, R"(language: expected "fr" or "en")"};
        } else if (key == "parties") {
            if (!value.is_array() || value.size() > kMaxParties)
                return Finding{{key}, "parties: expected a list of at most 1000 parties"};
            for (std::size_t i = 0; i < value.size(); ++i)
                if (Check found = checkParty(value[i], {key, std::to_string(i)})) return found;
        } else if (key == "data") {
            if (!value.is_object()) return Finding{{key}, "data: expected an object"};
            return checkNumbers(value, {key});
        } else if (key == "documents" && !isSideCar_) {
            return checkDocuments(value);
        } else {
            return Finding{{key},
                           fmt::format("unknown member \"{}\"; expected type, language, parties, data{}", key,
                                       isSideCar_ ? "" : ", documents")};
        }
        return std::nullopt;
    }

    Check checkParty(const Json& party, const std::vector<std::string>& path) const {
        const std::string where = fmt::format("parties[{}]", path.back());
        if (!party.is_object()) return Finding{path, where + ": expected an object with a \"role\""};
        const auto at = [&](const std::string& key) {
            std::vector<std::string> inside = path;
            inside.push_back(key);
            return inside;
        };
        for (const auto& [key, value] : party.items()) {
            if (key != "role" && key != "name" && key != "email" && key != "phone" && key != "language")
                return Finding{
                    at(key),
                    fmt::format("{}: unknown member \"{}\"; expected role, name, email, phone, language",
                                where, key)};
            if (!isPlainText(value))
                return Finding{at(key),
                               fmt::format("{}.{}: expected a text of one line, at most {} bytes, without "
                                           "control characters",
                                           where, key, kMaxTextBytes)};
        }
        const std::string role = textOf(party, "role");
        if (role.empty())
            return Finding{path, fmt::format("{}: \"role\" is missing; {}", where, expectedRoles())};
        if (std::find(roleNames_.begin(), roleNames_.end(), role) == roleNames_.end())
            return Finding{at("role"),
                           fmt::format("{}: unknown role \"{}\"; {}", where, role, expectedRoles())};
        if (party.contains("email") && !isMailAddress(textOf(party, "email")))
            return Finding{at("email"), where + ".email: expected a mail address, such as name@example.org"};
        if (party.contains("phone") && !isPhone(textOf(party, "phone")))
            return Finding{at("phone"),
                           where + ".phone: expected the international form, such as +33612345678"};
        if (party.contains("language") && textOf(party, "language") != "fr" &&
            textOf(party, "language") != "en")
            return Finding{at("language"), where + R"(.language: expected "fr" or "en")"};
        return std::nullopt;
    }

    std::string expectedRoles() const {
        return roleNames_.empty() ? "this pipeline has no parties" : "expected " + quotedList(roleNames_);
    }

    // As many parties of each role as the pipeline says.
    Check checkRoles(const Json& parties) const {
        for (const Role& role : roles_) {
            std::size_t count = 0;
            for (std::size_t i = 0; parties.is_array() && i < parties.size(); ++i)
                if (textOf(parties[i], "role") == role.name && ++count == 2 && !role.isMany)
                    return Finding{
                        {"parties", std::to_string(i)},
                        fmt::format("parties[{}]: a second \"{}\"; this pipeline has one", i, role.name)};
            if (count == 0 && !role.isOptional)
                return Finding{
                    {"parties"},
                    fmt::format("no party has the role \"{}\", which this pipeline needs", role.name)};
        }
        return std::nullopt;
    }

    Check checkDocuments(const Json& documents) const {
        if (!documents.is_object())
            return Finding{{"documents"}, R"(documents: expected an object such as {"lease": "bail.pdf"})"};
        for (const auto& [slot, files] : documents.items()) {
            const std::vector<std::string> path{"documents", slot};
            if (std::find(slots_.begin(), slots_.end(), slot) == slots_.end())
                return Finding{path, fmt::format("documents: unknown slot \"{}\"; expected {}", slot,
                                                 quotedList(slots_))};
            const bool isList =
                files.is_array() && !files.empty() && files.size() <= kMaxFilesOfSlot &&
                std::all_of(files.begin(), files.end(), [](const Json& file) { return file.is_string(); });
            if (!files.is_string() && !isList)
                return Finding{
                    path, fmt::format("documents.{}: expected the name of a file, or a list of names", slot)};
        }
        return std::nullopt;
    }

    // Steps' functions count with 64 bits: a number that would wrap there is refused here.
    static Check checkNumbers(const Json& value, const std::vector<std::string>& path) {
        if (value.is_number_unsigned() &&
            value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return Finding{path, "a whole number beyond 9223372036854775807; give it as a text"};
        if (!value.is_structured()) return std::nullopt;
        std::size_t index = 0;
        for (const auto& [key, inner] : value.items()) {
            std::vector<std::string> inside = path;
            inside.push_back(value.is_array() ? std::to_string(index++) : key);
            if (Check found = checkNumbers(inner, inside)) return found;
        }
        return std::nullopt;
    }

    bool isSideCar_;
    std::vector<Role> roles_;
    std::vector<std::string> roleNames_, slots_;
};

}  // namespace

CallOutcome readManifestCall(std::string_view text, std::string_view expectedJson) {
    auto expected = parseJson(expectedJson);
    if (!expected) return rejectedOutcome(Reason::PluginFault, expected.error().text());
    const ManifestCheck check(*expected);
    if (text.empty()) {
        const Check found = check.check(Json::object());
        return found ? rejectedOutcome(Reason::ManifestInvalid, "there is no manifest, and " + found->text)
                     : doneOutcome("{}");
    }
    JsonLimits limits;
    limits.maxBytes = kMaxManifestBytes;
    limits.mustBeExact = true;  // amounts and references of contracts
    auto manifest = parseJson(text, limits);
    if (!manifest) return rejectedOutcome(Reason::ManifestInvalid, manifest.error().message);
    if (const Check found = check.check(*manifest))
        return rejectedOutcome(
            Reason::ManifestInvalid,
            fmt::format("{}: {}", positionInText(text, placeInJson(text, found->path)), found->text));
    return doneOutcome(dumpJson(*manifest));
}

}  // namespace greffe
