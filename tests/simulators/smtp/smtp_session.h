// SPDX-License-Identifier: Apache-2.0
// One conversation by RFC 5321, from the greeting to QUIT, with STARTTLS (3207), AUTH PLAIN and LOGIN (4954),
// PIPELINING (2920), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531) and DSN (3461).
#pragma once

#include "simulators/fault_plan.h"
#include "simulators/smtp/connection.h"
#include "simulators/smtp/mailbox.h"
#include "simulators/smtp/recipient_rules.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::simulators {

struct SmtpSettings {
    std::string username;  // empty: no authentication offered
    std::string password;
    bool offersTls = true;
    bool requiresTls = false;
    bool offersDsn = true;
    std::size_t maxMessageBytes = 10U << 20U;
    // The TLS context for a kind of certificate: "good", "wrong_name", "expired", "untrusted". Null: no such
    // kind.
    std::function<SSL_CTX*(const std::string& kind)> tlsContext;
    std::string certificate = "good";
    // What RCPT is answered instead of 250; nothing: it is taken.
    std::function<std::optional<RcptRefusal>(const std::string& sender, const std::string& address)> refusal;
    // A mail was taken, before the sender hears of it.
    std::function<void(const KeptMail& mail)> taken;
    // Every command as it came, passwords left out; for the admin door.
    std::function<void(const std::string& line)> note;
};

class SmtpSession {
public:
    SmtpSession(Connection& connection, Mailbox& mailbox, FaultPlan& faults, const SmtpSettings& settings)
        : connection_(connection), mailbox_(mailbox), faults_(faults), settings_(settings) {}

    // Returns when the conversation is over.
    void run();

    // For FaultPlan.
    static std::vector<std::string> faultNames();
    static std::vector<std::string> places();

private:
    struct Command {
        const char* verb;
        const char* place;  // of its faults, or empty
        bool (SmtpSession::*act)(std::string_view arguments);
    };
    static const Command kCommands[];

    // Each returns false when the conversation is over.
    bool obey(const std::string& line);
    bool hello(std::string_view name);
    bool extendedHello(std::string_view name);
    bool startTls(std::string_view arguments);
    bool authenticate(std::string_view arguments);
    bool mail(std::string_view arguments);
    bool recipient(std::string_view arguments);
    bool data(std::string_view arguments);
    bool resetTransaction(std::string_view arguments);
    bool nothing(std::string_view arguments);
    bool quit(std::string_view arguments);

    // The reply to a parameter that MAIL or RCPT cannot have; empty: it is taken.
    std::string takeParameter(const SmtpParameter& parameter);
    std::string takeParameter(const SmtpParameter& parameter, RecipientDsn& dsn) const;
    bool checkCredentials(const std::string& user, const std::string& password);
    bool ask(const char* challenge, std::string& answer);
    bool readMessage(std::string& message, bool& isTooLarge);
    bool takeMessage(const std::string& message);
    bool reply(int code, std::string_view text);

    // What a due fault does instead of the command: nothing, end, or its own reply (which is then sent).
    enum class Played { No, Replied, Over };
    Played play(const char* place, std::string* certificate = nullptr);

    Connection& connection_;
    Mailbox& mailbox_;
    FaultPlan& faults_;
    const SmtpSettings& settings_;
    bool isGreeted_ = false;
    bool hasSender_ = false;
    std::string certificate_;
    Envelope envelope_;
};

}  // namespace greffe::simulators
