// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/smtp_session.h"

#include "simulators/smtp/smtp_syntax.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe::simulators {
namespace {

constexpr std::size_t kMaxLineBytes = 2048;
constexpr std::size_t kMaxRecipients = 100;

}  // namespace

const SmtpSession::Command SmtpSession::kCommands[] = {
    {"HELO", "ehlo", &SmtpSession::hello},
    {"EHLO", "ehlo", &SmtpSession::extendedHello},
    {"STARTTLS", "starttls", &SmtpSession::startTls},
    {"AUTH", "auth", &SmtpSession::authenticate},
    {"MAIL", "mail", &SmtpSession::mail},
    {"RCPT", "rcpt", &SmtpSession::recipient},
    {"DATA", "data", &SmtpSession::data},
    {"RSET", "", &SmtpSession::resetTransaction},
    {"NOOP", "", &SmtpSession::nothing},
    {"QUIT", "quit", &SmtpSession::quit},
};

std::vector<std::string> SmtpSession::faultNames() {
    return {"reply", "drop", "delay", "certificate", "pass"};
}

std::vector<std::string> SmtpSession::places() {
    return {"connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "message", "quit"};
}

bool SmtpSession::reply(int code, std::string_view text) {
    return connection_.write(fmt::format("{} {}\r\n", code, text));
}

SmtpSession::Played SmtpSession::play(const char* place, std::string* certificate) {
    const std::optional<Json> fault = faults_.take(place);
    if (!fault) return Played::No;
    const std::string name = textOf(*fault, "fault");
    if (name == "drop") return Played::Over;
    if (name == "delay")
        return connection_.wait(std::chrono::milliseconds(numberOf(*fault, "ms", 1000))) ? Played::No
                                                                                         : Played::Over;
    if (name == "certificate" && certificate != nullptr) *certificate = textOf(*fault, "kind");
    if (name != "reply") return Played::No;
    const auto code = static_cast<int>(numberOf(*fault, "code", 451));
    // 421 says that the server closes the channel (RFC 5321, 3.8).
    return reply(code, textOf(*fault, "text", "as planned")) && code != 421 ? Played::Replied : Played::Over;
}

void SmtpSession::run() {
    const Played played = play("connect");
    if (played == Played::Over) return;
    if (played == Played::No && !reply(220, "simulator.test ESMTP")) return;
    for (std::string line;;) {
        const Connection::Line came = connection_.readLine(line, kMaxLineBytes);
        if (came == Connection::Line::Ended) return;
        if (came == Connection::Line::TooLong ? !reply(500, "line too long") : !obey(line)) return;
    }
}

bool SmtpSession::obey(const std::string& line) {
    const std::string verb = upper(line.substr(0, line.find(' ')));
    settings_.note(verb == "AUTH" ? line.substr(0, line.find(' ', 5)) : line);
    const auto* const command = std::find_if(std::begin(kCommands), std::end(kCommands),
                                             [&](const Command& each) { return verb == each.verb; });
    if (command == std::end(kCommands)) return reply(500, "command not known");
    if (*command->place != '\0') {
        const Played played = play(command->place, &certificate_);
        if (played != Played::No) return played == Played::Replied;
    }
    std::string_view arguments(line);
    arguments.remove_prefix(std::min(arguments.size(), verb.size() + 1));
    return (this->*command->act)(arguments);
}

bool SmtpSession::hello(std::string_view name) {
    if (name.empty()) return reply(501, "HELO needs a name");
    isGreeted_ = true;
    hasSender_ = false;
    return reply(250, "simulator.test");
}

bool SmtpSession::extendedHello(std::string_view name) {
    if (name.empty()) return reply(501, "EHLO needs a name");
    isGreeted_ = true;
    hasSender_ = false;
    std::string lines = "250-simulator.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n";
    if (settings_.offersTls && !connection_.isEncrypted()) lines += "250-STARTTLS\r\n";
    if (!settings_.username.empty() && (connection_.isEncrypted() || !settings_.requiresTls))
        lines += "250-AUTH PLAIN LOGIN\r\n";
    if (settings_.offersDsn) lines += "250-DSN\r\n";
    return connection_.write(lines + fmt::format("250 SIZE {}\r\n", settings_.maxMessageBytes));
}

bool SmtpSession::startTls(std::string_view) {
    if (!settings_.offersTls || connection_.isEncrypted()) return reply(503, "no TLS now");
    const std::string kind = certificate_.empty() ? settings_.certificate : certificate_;
    SSL_CTX* const context = settings_.tlsContext(kind);
    if (context == nullptr) return reply(454, "no certificate of kind " + kind);
    if (!reply(220, "go ahead")) return false;
    std::size_t droppedBytes = 0;
    const bool isUp = connection_.startTls(context, droppedBytes);
    if (droppedBytes > 0)
        settings_.note(fmt::format("({} bytes before the handshake were dropped)", droppedBytes));
    if (!isUp) settings_.note("(the client did not complete the handshake)");
    // As after connecting: nothing said in the clear counts (RFC 3207, 4.2).
    isGreeted_ = false;
    hasSender_ = false;
    envelope_ = {};
    envelope_.isEncrypted = isUp;
    return isUp;
}

bool SmtpSession::ask(const char* challenge, std::string& answer) {
    if (!reply(334, challenge)) return false;
    std::string line;
    if (connection_.readLine(line, kMaxLineBytes) != Connection::Line::Read) return false;
    answer = line == "*" ? std::string() : fromBase64(line);
    return true;
}

bool SmtpSession::authenticate(std::string_view arguments) {
    if (settings_.username.empty()) return reply(502, "no authentication here");
    if (settings_.requiresTls && !connection_.isEncrypted()) return reply(530, "STARTTLS first");
    if (!isGreeted_ || !envelope_.user.empty()) return reply(503, "not now");
    const std::string mechanism = upper(std::string(arguments.substr(0, arguments.find(' '))));
    arguments.remove_prefix(std::min(arguments.size(), mechanism.size() + 1));
    if (mechanism == "PLAIN") {
        std::string answer = fromBase64(std::string(arguments));
        if (arguments.empty() && !ask("", answer)) return false;
        const std::size_t user = answer.find('\0');
        const std::size_t password = user == std::string::npos ? user : answer.find('\0', user + 1);
        if (password == std::string::npos) return reply(501, "not PLAIN");
        return checkCredentials(answer.substr(user + 1, password - user - 1), answer.substr(password + 1));
    }
    if (mechanism == "LOGIN") {
        std::string user = fromBase64(std::string(arguments));
        std::string password;
        if (arguments.empty() && !ask("VXNlcm5hbWU6", user)) return false;
        if (!ask("UGFzc3dvcmQ6", password)) return false;
        return checkCredentials(user, password);
    }
    return reply(504, "PLAIN or LOGIN");
}

bool SmtpSession::checkCredentials(const std::string& user, const std::string& password) {
    if (user != settings_.username || password != settings_.password)
        return reply(535, "5.7.8 wrong user or password");
    envelope_.user = user;
    return reply(235, "2.7.0 welcome");
}

bool SmtpSession::mail(std::string_view arguments) {
    if (!isGreeted_) return reply(503, "EHLO first");
    if (settings_.requiresTls && !connection_.isEncrypted()) return reply(530, "5.7.0 STARTTLS first");
    if (!settings_.username.empty() && envelope_.user.empty()) return reply(530, "5.7.0 AUTH first");
    if (hasSender_) return reply(503, "there is a sender already");
    const auto path = parsePath(arguments, "FROM:");
    if (!path) return reply(501, "MAIL FROM:<address>");
    envelope_.isUtf8 = std::any_of(path->parameters.begin(), path->parameters.end(),
                                   [](const SmtpParameter& each) { return each.keyword == "SMTPUTF8"; });
    if (!envelope_.isUtf8 && !isAscii(path->address))
        return reply(553, "5.6.7 SMTPUTF8 is needed for this address");
    envelope_.dsn = {};
    for (const SmtpParameter& parameter : path->parameters)
        if (const std::string complaint = takeParameter(parameter); !complaint.empty())
            return connection_.write(complaint + "\r\n");
    envelope_.from = path->address;
    envelope_.recipients.clear();
    hasSender_ = true;
    return reply(250, "2.1.0 ok");
}

std::string SmtpSession::takeParameter(const SmtpParameter& parameter) {
    if (parameter.keyword == "SIZE")
        return std::strtoull(parameter.value.c_str(), nullptr, 10) > settings_.maxMessageBytes
                   ? "552 5.3.4 the message is too large"
                   : "";
    if (parameter.keyword == "SMTPUTF8" && parameter.value.empty()) return {};
    const std::string value = upper(parameter.value);
    if (parameter.keyword == "BODY" && (value == "8BITMIME" || value == "7BIT")) return {};
    const DsnTaken taken = settings_.offersDsn ? takeMailParameter(parameter, envelope_.dsn) : DsnTaken::No;
    if (taken == DsnTaken::No) return "555 5.5.4 parameter not known: " + parameter.keyword;
    return taken == DsnTaken::Bad ? "501 5.5.4 not a value of " + parameter.keyword : "";
}

std::string SmtpSession::takeParameter(const SmtpParameter& parameter, RecipientDsn& dsn) const {
    const DsnTaken taken = settings_.offersDsn ? takeRecipientParameter(parameter, dsn) : DsnTaken::No;
    if (taken == DsnTaken::No) return "555 5.5.4 parameter not known: " + parameter.keyword;
    return taken == DsnTaken::Bad ? "501 5.5.4 not a value of " + parameter.keyword : "";
}

bool SmtpSession::recipient(std::string_view arguments) {
    if (!hasSender_) return reply(503, "MAIL first");
    const auto path = parsePath(arguments, "TO:");
    if (!path || path->address.empty()) return reply(501, "RCPT TO:<address>");
    if (!envelope_.isUtf8 && !isAscii(path->address))
        return reply(553, "5.6.7 SMTPUTF8 is needed for this address");
    if (envelope_.recipients.size() == kMaxRecipients) return reply(452, "4.5.3 too many recipients");
    MailRecipient recipient{path->address, {}};
    for (const SmtpParameter& parameter : path->parameters)
        if (const std::string complaint = takeParameter(parameter, recipient.dsn); !complaint.empty())
            return connection_.write(complaint + "\r\n");
    if (const auto refusal = settings_.refusal(envelope_.from, path->address))
        return reply(refusal->code, refusal->text);
    envelope_.recipients.push_back(std::move(recipient));
    return reply(250, "2.1.5 ok");
}

bool SmtpSession::data(std::string_view) {
    if (!hasSender_ || envelope_.recipients.empty()) return reply(503, "5.5.1 no valid recipients");
    if (!reply(354, "end with a line of one dot")) return false;
    std::string message;
    bool isTooLarge = false;
    if (!readMessage(message, isTooLarge)) return false;
    hasSender_ = false;
    return isTooLarge ? reply(552, "5.3.4 the message is too large") : takeMessage(message);
}

bool SmtpSession::readMessage(std::string& message, bool& isTooLarge) {
    for (std::string line;;) {
        // RFC 5321 allows 998 bytes a line; a simulator need not be strict with bodies.
        const Connection::Line came = connection_.readLine(line, settings_.maxMessageBytes);
        if (came == Connection::Line::Ended) return false;
        if (line == "." && came == Connection::Line::Read) return true;
        if (!line.empty() && line[0] == '.') line.erase(0, 1);
        isTooLarge = isTooLarge || came == Connection::Line::TooLong ||
                     message.size() + line.size() + 2 > settings_.maxMessageBytes;
        if (!isTooLarge) message += line + "\r\n";
    }
}

// The one place where a client cannot know what happened: a connection that ends here may have delivered, or
// not.
bool SmtpSession::takeMessage(const std::string& message) {
    const std::optional<Json> fault = faults_.take("message");
    const std::string name = fault ? textOf(*fault, "fault") : "";
    if (name == "drop" && !boolOf(*fault, "stored")) return false;
    if (name == "reply") {
        const auto code = static_cast<int>(numberOf(*fault, "code", 451));
        return reply(code, textOf(*fault, "text", "as planned")) && code != 421;
    }
    if (name == "delay" && !connection_.wait(std::chrono::milliseconds(numberOf(*fault, "ms", 1000))))
        return false;
    const auto kept = mailbox_.store(envelope_, message);
    if (kept) settings_.taken(*kept);
    if (name == "drop") return false;
    return kept ? reply(250, "2.0.0 queued as " + textOf(kept->facts, "id"))
                : reply(452, "4.3.1 " + kept.error().message);
}

bool SmtpSession::resetTransaction(std::string_view) {
    hasSender_ = false;
    return reply(250, "2.0.0 ok");
}

bool SmtpSession::nothing(std::string_view) {
    return reply(250, "2.0.0 ok");
}

bool SmtpSession::quit(std::string_view) {
    reply(221, "2.0.0 bye");
    return false;
}

}  // namespace greffe::simulators
