// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/mailbox.h"

#include "sys/files.h"

#include <fmt/format.h>

#include <cctype>
#include <chrono>

namespace greffe::simulators {
namespace {

std::string lower(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

Json addressesOf(const Envelope& envelope) {
    Json addresses = Json::array();
    for (const MailRecipient& each : envelope.recipients)
        addresses.push_back(each.address);
    return addresses;
}

// What the sender asked about reports; empty when nothing.
Json dsnOf(const Envelope& envelope) {
    Json dsn = Json::object();
    if (!envelope.dsn.ret.empty()) dsn["ret"] = envelope.dsn.ret;
    if (!envelope.dsn.envid.empty()) dsn["envid"] = envelope.dsn.envid;
    for (const MailRecipient& each : envelope.recipients) {
        if (!each.dsn.notify.empty()) dsn["recipients"][each.address]["notify"] = each.dsn.notify;
        if (!each.dsn.originalRecipient.empty())
            dsn["recipients"][each.address]["orcpt"] = each.dsn.originalRecipient;
    }
    return dsn;
}

}  // namespace

std::string headerOf(const std::string& message, const std::string& name) {
    std::string value;
    bool isInside = false;
    for (std::size_t at = 0; at < message.size();) {
        const std::size_t end = std::min(message.find("\r\n", at), message.size());
        const std::string line = message.substr(at, end - at);
        at = end + 2;
        if (line.empty()) break;
        const bool isFolded = line[0] == ' ' || line[0] == '\t';
        if (isInside && !isFolded) break;
        if (isInside) value += line;
        if (isInside || isFolded || lower(line.substr(0, name.size() + 1)) != name + ":") continue;
        isInside = true;
        value = line.substr(name.size() + 1);
    }
    value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
    value.erase(value.find_last_not_of(" \t") + 1);
    return value;
}

Result<KeptMail> Mailbox::store(const Envelope& envelope, const std::string& message, const Json& moreFacts) {
    const std::scoped_lock lock(mutex_);
    const std::size_t number = forgotten_ + kept_.size() + 1;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    Json facts = {{"id", idPrefix_ + std::to_string(number)},
                  {"from", envelope.from},
                  {"to", addressesOf(envelope)},
                  {"user", envelope.user},
                  {"tls", envelope.isEncrypted},
                  {"utf8", envelope.isUtf8},
                  {"size_bytes", message.size()},
                  {"message_id", headerOf(message, "message-id")},
                  {"subject", headerOf(message, "subject")},
                  {"received_unix_ms", std::chrono::duration_cast<std::chrono::milliseconds>(now).count()}};
    if (Json dsn = dsnOf(envelope); !dsn.empty()) facts["dsn"] = std::move(dsn);
    facts.update(moreFacts);
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(directory_));
    GREFFE_TRY(replaceFile(directory.get(), fmt::format("{:06}.eml", number), message));
    GREFFE_TRY(replaceFile(directory.get(), fmt::format("{:06}.json", number), dumpJson(facts) + "\n"));
    kept_.push_back({std::move(facts), envelope, message});
    return kept_.back();
}

Json Mailbox::list() const {
    const std::scoped_lock lock(mutex_);
    Json messages = Json::array();
    Json copies = Json::object();
    for (const KeptMail& each : kept_) {
        messages.push_back(each.facts);
        const std::string id = textOf(each.facts, "message_id");
        if (!id.empty()) copies[id] = numberOf(copies, id) + 1;
    }
    return {{"messages", std::move(messages)}, {"copies", std::move(copies)}};
}

std::optional<KeptMail> Mailbox::find(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    for (const KeptMail& each : kept_)
        if (textOf(each.facts, "id") == id) return each;
    return std::nullopt;
}

void Mailbox::forget() {
    const std::scoped_lock lock(mutex_);
    forgotten_ += kept_.size();
    kept_.clear();
}

}  // namespace greffe::simulators
