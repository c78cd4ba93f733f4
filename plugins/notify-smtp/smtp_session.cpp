// SPDX-License-Identifier: Apache-2.0
#include "smtp_session.h"

#include "mail_header.h"
#include "mail_writer.h"
#include "report_wishes.h"
#include "secret_text.h"

#include <algorithm>
#include <charconv>

namespace greffe::smtp {
namespace {

constexpr std::size_t kMostLines = 100;
constexpr std::size_t kMaxKeptText = 500;
constexpr std::size_t kMostKeptAnswers = 500;
constexpr std::uint32_t kConnectLimitMs = 30'000;
constexpr std::uint32_t kFarewellMs = 2'000;
// A server may scan the mail before it answers the final dot. Giving up early there costs a duplicate.
constexpr std::uint32_t kFinalAnswerFactor = 5;

std::string upperCase(std::string_view text) {
    std::string upper(text);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

// "250-text" or "250 text"; -1 for anything else.
int codeOf(std::string_view line) {
    int code = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), code);
    const bool isCode = error == std::errc() && end == line.data() + 3 && code >= 200 && code < 600;
    return isCode && (line.size() == 3 || line[3] == ' ' || line[3] == '-') ? code : -1;
}

// What a stranger wrote, for a journal: no control characters, not too much. JSON's writer mends what is no
// UTF-8.
std::string displayable(std::string_view text) {
    std::string result(text.substr(0, kMaxKeptText));
    for (char& c : result)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return result;
}

}  // namespace

std::string_view deliveryName(Delivery delivery) {
    switch (delivery) {
        case Delivery::Sent: return "sent";
        case Delivery::Refused: return "refused";
        case Delivery::Retry: return "retry";
        case Delivery::Unknown: break;
    }
    return "unknown";
}

SmtpSession::SmtpSession(const SmtpOptions& options, SSL_CTX* context, Host& host)
    : options_(options), context_(context), host_(host), connection_(host.service<CancelService>()) {}

std::int64_t SmtpSession::nowUnixMs() {
    auto* const clock = host_.service<ClockService>();
    return clock != nullptr ? clock->unixMs() : 0;
}

SmtpSession::Answer SmtpSession::read(const char* phase, std::uint32_t timeoutMs) {
    Answer answer;
    std::string line;
    while (answer.lines.size() < kMostLines && connection_.readLine(line, timeoutMs)) {
        const int code = codeOf(line);
        if (code < 0 || (!answer.lines.empty() && code != answer.code)) {
            answer.text = "not an SMTP answer: " + displayable(line);
            answer.code = 0;
            connection_.close();
            break;
        }
        answer.code = code;
        answer.lines.push_back(line.size() > 4 ? line.substr(4) : std::string());
        answer.text += (answer.text.empty() ? "" : " / ") + displayable(answer.lines.back());
        if (line.size() > 3 && line[3] == '-') continue;
        if (answers_.size() < kMostKeptAnswers) {
            nlohmann::json entry = {{"phase", phase},
                                    {"code", answer.code},
                                    {"text", displayable(answer.text)},
                                    {"at_unix_ms", nowUnixMs()}};
            if (!recipient_.empty()) entry["recipient"] = recipient_;
            answers_.push_back(std::move(entry));
        }
        return answer;
    }
    // Lost, or half an answer: as good as none.
    if (answer.text.empty() || answer.code != 0) answer.text = connection_.failure();
    if (answer.text.empty()) answer.text = "an answer without end";
    answer.code = 0;
    connection_.close();
    return answer;
}

SmtpSession::Answer SmtpSession::command(const char* phase, const std::string& line) {
    if (connection_.write(line + "\r\n", options_.timeoutMs)) return read(phase, options_.timeoutMs);
    Answer none;
    none.text = connection_.failure();
    return none;
}

DeliveryResult SmtpSession::give(Reason reason, std::string text) {
    DeliveryResult result;
    result.reason = reason;
    result.text = std::move(text);
    return result;
}

// What an answer that is not the wished one means for the mail: 5xx for ever, anything else for now.
DeliveryResult SmtpSession::from(const Answer& answer, Reason reason) {
    DeliveryResult result = give(answer.code == 0 ? Reason::ProviderUnavailable : reason, answer.text);
    result.code = answer.code;
    if (answer.isPermanent()) result.delivery = Delivery::Refused;
    return result;
}

bool SmtpSession::greet() {
    const std::string name = options_.heloName.empty() ? connection_.localLiteral() : options_.heloName;
    const Answer answer = command("ehlo", "EHLO " + name);
    extensions_.clear();
    largestMail_ = 0;
    for (std::size_t i = 1; i < answer.lines.size(); ++i) {
        const std::string line = upperCase(answer.lines[i]);
        const std::size_t blank = line.find_first_of(" =");
        const std::string word = line.substr(0, blank);
        extensions_.insert(word);
        if (blank == std::string::npos) continue;
        if (word == "SIZE") std::from_chars(line.data() + blank + 1, line.data() + line.size(), largestMail_);
        if (word != "AUTH") continue;
        for (const char* mechanism : {"PLAIN", "LOGIN"})
            if ((line + " ").find(std::string(mechanism) + " ", blank) != std::string::npos)
                extensions_.insert(std::string("AUTH ") + mechanism);
    }
    return answer.isGood();
}

DeliveryResult SmtpSession::open() {
    const std::uint32_t connectMs = std::min(options_.timeoutMs, kConnectLimitMs);
    if (!connection_.open(options_.host, options_.port, connectMs))
        return give(Reason::ProviderUnavailable, connection_.failure());
    if (options_.tls == TlsUse::Implicit && !connection_.startTls(context_, options_.host, connectMs))
        return give(Reason::ProviderUnavailable, connection_.failure());
    tlsVersion_ = connection_.tlsVersion();
    Answer greeting = read("greeting", options_.timeoutMs);
    // A whole server that says no is a matter of time and place, not of this mail.
    if (greeting.code != 220) return give(Reason::ProviderUnavailable, greeting.text);
    if (!greet()) return give(Reason::ProviderUnavailable, "EHLO was not accepted");
    if (const auto problem = protect()) return *problem;
    if (const auto problem = authenticate()) return *problem;
    DeliveryResult ready;
    ready.delivery = Delivery::Sent;
    return ready;
}

std::optional<DeliveryResult> SmtpSession::protect() {
    if (options_.tls != TlsUse::StartTls) return std::nullopt;
    // Never without: a server that lost the word may be somebody in between who took it out.
    if (extensions_.count("STARTTLS") == 0)
        return give(Reason::BadAnswer,
                    "the server does not offer STARTTLS, and the configuration asks for it");
    const Answer answer = command("starttls", "STARTTLS");
    if (answer.code != 220) return give(Reason::ProviderUnavailable, "STARTTLS: " + answer.text);
    if (!connection_.startTls(context_, options_.host, std::min(options_.timeoutMs, kConnectLimitMs)))
        return give(Reason::ProviderUnavailable, connection_.failure());
    tlsVersion_ = connection_.tlsVersion();
    // What the server said before TLS does not count any more.
    if (!greet()) return give(Reason::ProviderUnavailable, "EHLO was not accepted after STARTTLS");
    return std::nullopt;
}

SmtpSession::Answer SmtpSession::authenticateWith(bool isPlain) {
    Answer none;
    SecretText password;
    auto* const secrets = host_.service<SecretsService>();
    if (secrets == nullptr || !secrets->reveal(secrets->find("password"), password)) {
        none.text = "the host cannot use the secret of the option password";
        return none;
    }
    SecretText line;
    const auto sendLine = [&](const char* phase) {
        line.append("\r\n");
        const bool isWritten = connection_.write(line.view(), options_.timeoutMs);
        none.text = connection_.failure();
        return isWritten ? read(phase, options_.timeoutMs) : none;
    };
    if (isPlain) {
        SecretText triple;
        triple.append(std::string_view("\0", 1));
        triple.append(options_.username);
        triple.append(std::string_view("\0", 1));
        triple.append(password.view());
        line.append("AUTH PLAIN ");
        line.appendBase64(triple.view());
        Answer answer = sendLine("auth");
        if (answer.code != 334) return answer;
        // A server that wants to ask first.
        line.clear();
        line.appendBase64(triple.view());
        return sendLine("auth");
    }
    Answer user = command("auth", "AUTH LOGIN");
    if (user.code != 334) return user;
    // Servers word their questions differently; their order is fixed.
    line.appendBase64(options_.username);
    Answer word = sendLine("auth");
    if (word.code != 334) return word;
    line.clear();
    line.appendBase64(password.view());
    return sendLine("auth");
}

std::optional<DeliveryResult> SmtpSession::authenticate() {
    if (options_.username.empty()) return std::nullopt;
    if (tlsVersion_.empty() && !options_.isLoopback() && !options_.allowsPlaintext)
        return give(Reason::ConfigurationError, "a password does not go over an unprotected connection");
    const bool hasPlain = extensions_.count("AUTH PLAIN") != 0;
    const bool hasLogin = extensions_.count("AUTH LOGIN") != 0;
    if (!hasPlain && !hasLogin)
        return give(Reason::Unauthorized, "the server offers neither AUTH PLAIN nor LOGIN");
    Answer answer;
    if (hasPlain) answer = authenticateWith(true);
    // 504: it does not know the mechanism it named; anything else is about the password.
    if (!hasPlain || (hasLogin && answer.code == 504)) answer = authenticateWith(false);
    if (answer.isGood()) return std::nullopt;
    DeliveryResult result = give(answer.code == 0       ? Reason::ProviderUnavailable
                                 : answer.isPermanent() ? Reason::Unauthorized
                                                        : Reason::ProviderError,
                                 "authentication: " + answer.text);
    result.code = answer.code;
    return result;
}

DeliveryResult SmtpSession::deliver(const MailMessage& message, const Person& to) {
    recipient_ = to.address;
    if (!connection_.isOpen())
        return give(Reason::ProviderUnavailable, "the connection was lost before this mail");
    DeliveryResult refused;
    refused.delivery = Delivery::Refused;
    const bool needsUtf8 = !isAscii(to.address) || !isAscii(options_.from.address);
    if (needsUtf8 && extensions_.count("SMTPUTF8") == 0) {
        refused.text = "the server takes no addresses beyond ASCII (SMTPUTF8)";
        return refused;
    }
    const MailWriter writer(message, options_.from, to, extensions_.count("8BITMIME") != 0,
                            nowUnixMs() / 1000);
    if (largestMail_ != 0 && writer.sizeBytes() > largestMail_) {
        refused.text = "the mail has " + std::to_string(writer.sizeBytes()) + " bytes, the server takes " +
                       std::to_string(largestMail_);
        return refused;
    }
    if (const auto problem = startMail(writer, message, to)) {
        if (connection_.isOpen()) static_cast<void>(command("rset", "RSET"));
        return *problem;
    }
    return sendMail(writer);
}

std::optional<DeliveryResult> SmtpSession::startMail(const MailWriter& writer, const MailMessage& message,
                                                     const Person& to) {
    const bool sendsReports = extensions_.count("DSN") != 0;
    std::string mail = "MAIL FROM:<" + options_.from.address + ">";
    if (largestMail_ != 0 || extensions_.count("SIZE") != 0)
        mail += " SIZE=" + std::to_string(writer.sizeBytes());
    if (writer.uses8Bit()) mail += " BODY=8BITMIME";
    if (!isAscii(to.address) || !isAscii(options_.from.address)) mail += " SMTPUTF8";
    if (sendsReports) mail += reportsOfMail(message.id);
    const Answer sender = command("mail", mail);
    if (!sender.isGood()) return from(sender, Reason::ProviderError);
    const Answer recipient = command(
        "rcpt", "RCPT TO:<" + to.address + ">" + (sendsReports ? reportsOfRecipient(to.address) : ""));
    if (!recipient.isGood()) return from(recipient, Reason::ProviderError);
    const Answer data = command("data", "DATA");
    if (data.code != 354) return from(data, Reason::ProviderError);
    return std::nullopt;
}

DeliveryResult SmtpSession::sendMail(const MailWriter& writer) {
    // A dot at the beginning of a line is doubled (RFC 5321, 4.5.2), also where chunks meet.
    bool isAtLineStart = true;
    std::string stuffed;
    const bool isWritten = writer.write([&](std::string_view bytes) {
        stuffed.clear();
        for (const char c : bytes) {
            if (isAtLineStart && c == '.') stuffed += '.';
            stuffed += c;
            isAtLineStart = c == '\n';
        }
        return connection_.write(stuffed, options_.timeoutMs);
    });
    if (!isWritten) return give(Reason::ProviderUnavailable, "during the mail: " + connection_.failure());

    DeliveryResult result;
    result.delivery = Delivery::Unknown;
    if (!connection_.write(".\r\n", options_.timeoutMs)) {
        result.text = "at the end of the mail: " + connection_.failure();
        return result;
    }
    const Answer answer = read("end", options_.timeoutMs * kFinalAnswerFactor);
    result.code = answer.code;
    result.text = answer.text;
    result.reason = Reason::ProviderError;
    if (answer.isGood()) result.delivery = Delivery::Sent;
    if (answer.code >= 400) result.delivery = answer.isPermanent() ? Delivery::Refused : Delivery::Retry;
    return result;
}

void SmtpSession::quit() {
    recipient_.clear();
    if (connection_.isOpen() && connection_.write("QUIT\r\n", kFarewellMs))
        static_cast<void>(read("quit", kFarewellMs));
    connection_.close();
}

}  // namespace greffe::smtp
