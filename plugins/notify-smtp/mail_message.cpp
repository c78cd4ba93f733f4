// SPDX-License-Identifier: Apache-2.0
#include "mail_message.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace greffe::smtp {
namespace {

constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxAddress = 254;
constexpr std::size_t kMaxMessageId = 250;

bool isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool isBeyondAscii(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}

bool hasDotsBetweenAtoms(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos;
}

bool isMessageId(std::string_view text) {
    return text.size() > 4 && text.size() <= kMaxMessageId && text.front() == '<' && text.back() == '>' &&
           std::count(text.begin(), text.end(), '@') == 1 && isAscii(text) &&
           std::all_of(text.begin() + 1, text.end() - 1,
                       [](char c) { return c > 0x20 && c < 0x7f && c != '<' && c != '>'; });
}

// A type that can stand in a header and may be sent in base 64 (RFC 2046 forbids that for the two composed
// ones).
std::string usableMediaType(std::string_view type) {
    const auto isToken = [](char c) {
        return isLetterOrDigit(c) || std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
    };
    const std::size_t slash = type.find('/');
    const bool isUsable =
        slash != std::string_view::npos && slash > 0 && slash + 1 < type.size() && type.size() <= 127 &&
        std::all_of(type.begin(), type.begin() + static_cast<std::ptrdiff_t>(slash), isToken) &&
        std::all_of(type.begin() + static_cast<std::ptrdiff_t>(slash) + 1, type.end(), isToken);
    const std::string_view top = type.substr(0, slash);
    if (!isUsable || top == "message" || top == "multipart") return "application/octet-stream";
    return std::string(type);
}

}  // namespace

bool isAscii(std::string_view text) {
    return std::none_of(text.begin(), text.end(), isBeyondAscii);
}

bool isHeaderSafe(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool isAddress(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos || text.size() > kMaxAddress) return false;
    const std::string_view local = text.substr(0, at);
    const std::string_view domain = text.substr(at + 1);
    const auto isLocal = [](char c) {
        return isLetterOrDigit(c) || isBeyondAscii(c) ||
               std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
    };
    const auto isDomain = [](char c) {
        return isLetterOrDigit(c) || isBeyondAscii(c) || c == '-' || c == '.';
    };
    return local.size() <= kMaxLocalPart && hasDotsBetweenAtoms(local) && hasDotsBetweenAtoms(domain) &&
           domain.front() != '-' && std::all_of(local.begin(), local.end(), isLocal) &&
           std::all_of(domain.begin(), domain.end(), isDomain);
}

MailMessage readMessage(std::string_view json, const DocumentView* documents, std::uint32_t count,
                        std::string& problem) {
    MailMessage message;
    problem.clear();
    const nlohmann::json value = nlohmann::json::parse(json);
    message.id = value.at("message_id").get<std::string>();
    message.subject = value.at("subject").get<std::string>();
    message.text = value.at("text").get<std::string>();
    message.html = value.value("html", std::string());
    message.language = value.value("language", std::string());
    message.dateUnix = value.value("date_unix", std::int64_t{0});
    for (const nlohmann::json& each : value.at("to"))
        message.to.push_back({each.value("name", std::string()), each.at("address").get<std::string>()});
    const nlohmann::json none = nlohmann::json::array();
    const auto attachments = value.find("attachments");
    for (const nlohmann::json& each : attachments == value.end() ? none : *attachments) {
        const auto index = each.at("document").get<std::uint32_t>();
        if (index >= count) {
            problem = "an attachment that the call does not have";
            return message;
        }
        const DocumentView& document = documents[index];
        message.attachments.push_back({each.value("name", std::string(document.name.view())),
                                       usableMediaType(document.mediaType), document.bytes.view()});
    }

    if (!isMessageId(message.id)) problem = "message_id is not of the form <left@right>";
    if (message.to.empty()) problem = "a message to nobody";
    const bool isLanguage = std::all_of(message.language.begin(), message.language.end(),
                                        [](char c) { return isLetterOrDigit(c) || c == '-'; });
    if (!isHeaderSafe(message.subject) || !isLanguage)
        problem = "a line break or control character in the subject or language";
    for (const Person& person : message.to) {
        if (!isAddress(person.address)) problem = "an address that cannot be used: " + person.address;
        if (!isHeaderSafe(person.name)) problem = "a line break or control character in a recipient's name";
    }
    for (const Attachment& attachment : message.attachments)
        if (attachment.name.empty() || !isHeaderSafe(attachment.name))
            problem = "an attachment's name is empty or holds a control character";
    if (message.text.find('\0') != std::string::npos || message.html.find('\0') != std::string::npos)
        problem = "a NUL in the text";
    return message;
}

}  // namespace greffe::smtp
