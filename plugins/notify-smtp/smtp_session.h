// SPDX-License-Identifier: Apache-2.0
// The dialogue with the server (RFC 5321), one command at a time, every answer kept with its time.
//
//   open() → deliver(…) for each recipient → quit()
//
// What a broken connection means depends on one moment: before the final dot of a mail was begun, the server
// cannot have taken it; from then on nobody knows until it answers.
#pragma once

#include "connection.h"
#include "mail_message.h"
#include "smtp_options.h"

#include <greffe/host.h>
#include <greffe/reason.h>

#include <nlohmann/json.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace greffe::smtp {

enum class Delivery {
    Sent,     // the server took it
    Refused,  // it never will
    Retry,    // it did not, now
    Unknown,  // it may have
};
std::string_view deliveryName(Delivery delivery);  // "sent"

struct DeliveryResult {
    Delivery delivery = Delivery::Retry;
    int code = 0;  // the server's, or 0
    std::string text;
    Reason reason = Reason::ProviderUnavailable;  // Retry
};

class SmtpSession {
public:
    // `context` is null when TLS is not used.
    SmtpSession(const SmtpOptions& options, SSL_CTX* context, Host& host);

    // Connects, greets, protects, authenticates. Sent means: ready for mails.
    DeliveryResult open();
    // One mail to one recipient. After Unknown, or when the connection is lost, the session is over.
    DeliveryResult deliver(const MailMessage& message, const Person& to);
    // Says goodbye; whatever happens then changes nothing.
    void quit();

    // [{"phase", "code", "text", "at_unix_ms", "recipient"?}], oldest first.
    const nlohmann::json& answers() const { return answers_; }
    std::string tlsVersion() const { return tlsVersion_; }

private:
    struct Answer {
        int code = 0;  // 0: none came
        std::string text;
        std::vector<std::string> lines;
        bool isGood() const { return code >= 200 && code < 300; }
        bool isPermanent() const { return code >= 500 && code < 600; }
    };

    Answer read(const char* phase, std::uint32_t timeoutMs);
    Answer command(const char* phase, const std::string& line);
    bool greet();
    std::optional<DeliveryResult> protect();
    std::optional<DeliveryResult> authenticate();
    Answer authenticateWith(bool isPlain);
    std::optional<DeliveryResult> startMail(const class MailWriter& writer, const MailMessage& message,
                                            const Person& to);
    DeliveryResult sendMail(const class MailWriter& writer);
    DeliveryResult from(const Answer& answer, Reason reason);
    DeliveryResult give(Reason reason, std::string text);
    std::int64_t nowUnixMs();

    const SmtpOptions& options_;
    SSL_CTX* context_;
    Host& host_;
    Connection connection_;
    std::set<std::string> extensions_;  // "8BITMIME", "AUTH PLAIN"…
    std::uint64_t largestMail_ = 0;     // of SIZE; 0: not said
    nlohmann::json answers_ = nlohmann::json::array();
    std::string recipient_;  // of the mail at hand
    std::string tlsVersion_;
};

}  // namespace greffe::smtp
