// SPDX-License-Identifier: Apache-2.0
// A mail server that takes everything and delivers nothing, and says that it did, or could not.
//
// Configuration: "port", "username" and "password" (asks for AUTH then), "tls" (offers STARTTLS, true),
// "require_tls", "certificate" ("good", "wrong_name", "expired", "untrusted"), "size_limit_bytes", "dsn"
// (offers DSN, true), "recipients" (RecipientRules), "reports_port" (of the server on 127.0.0.1 that gets the
// reports; 0: none). Orders: "recipients" replaces the rules until a reset, "report" sends one at once
// ({"message": its id} and DeliveryReporter::report()). Faults
// happen "at" connect, ehlo, starttls, auth, mail, rcpt, data, message (after the final dot) or quit:
//   {"fault": "reply", "code": 451, "text": "…"}   instead of obeying; 421 closes, too
//   {"fault": "drop"}                              closes without a word; at message with "stored": true or
//   false
//   {"fault": "delay", "ms": 1000}                 obeys later
//   {"fault": "certificate", "kind": "expired"}    at starttls
//   {"fault": "pass"}                              obeys: so that a fault can hit the second recipient
//
// A thread a connection, and one for the reports, which have a mailbox of their own: ids "r1" and up.
#pragma once

#include "simulators/simulator.h"
#include "simulators/smtp/delivery_reporter.h"
#include "simulators/smtp/recipient_rules.h"
#include "simulators/smtp/smtp_session.h"
#include "support/test_pki.h"

#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace greffe::simulators {

class SmtpSimulator final : public Simulator {
public:
    SmtpSimulator();
    ~SmtpSimulator() override;

    Result<Json> start(const Json& config, const std::string& directory) override;
    Json received() const override;
    std::optional<std::string> receivedBytes(const std::string& id) const override;
    Json operations() const override;
    Result<Json> operate(const std::string& operation, const Json& body) override;
    Status setFaults(const Json& faults) override { return faults_.set(faults); }
    Json faults() const override { return faults_.rest(); }
    void reset() override;
    void stop() override;

private:
    using TlsContext = sdk::OpenSsl<SSL_CTX, SSL_CTX_free>;

    Status makeCertificates();
    void readSettings(const Json& config);
    Status makeMailboxes(const Json& config, const std::string& directory);
    Result<Json> orderReport(const Json& order);
    Result<std::uint16_t> listen(std::uint16_t port);
    void acceptAll();
    void serve(Connection& connection);
    void note(const std::string& line);

    FaultPlan faults_;
    SmtpSettings settings_;
    TestPki pki_;
    std::map<std::string, TlsContext> tlsContexts_;
    std::unique_ptr<Mailbox> mailbox_;
    std::unique_ptr<Mailbox> reports_;
    Json configuredRules_ = Json::array();
    RecipientRules rules_;
    std::unique_ptr<DeliveryReporter> reporter_;
    UniqueFd listener_;
    std::thread accepting_;

    mutable std::mutex mutex_;
    std::condition_variable ended_;
    std::list<Connection> open_;
    bool isStopping_ = false;
    std::size_t connections_ = 0;
    std::vector<std::string> commands_;
};

}  // namespace greffe::simulators
