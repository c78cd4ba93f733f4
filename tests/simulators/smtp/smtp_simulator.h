// SPDX-License-Identifier: Apache-2.0
// A mail server that takes everything and delivers nothing.
//
// Configuration: "port", "username" and "password" (asks for AUTH then), "tls" (offers STARTTLS, true),
// "require_tls", "certificate" ("good", "wrong_name", "expired", "untrusted"), "size_limit_bytes". Faults
// happen "at" connect, ehlo, starttls, auth, mail, rcpt, data, message (after the final dot) or quit:
//   {"fault": "reply", "code": 451, "text": "…"}   instead of obeying; 421 closes, too
//   {"fault": "drop"}                              closes without a word; at message with "stored": true or
//   false
//   {"fault": "delay", "ms": 1000}                 obeys later
//   {"fault": "certificate", "kind": "expired"}    at starttls
//   {"fault": "pass"}                              obeys: so that a fault can hit the second recipient
//
// A thread a connection. Delivery reports (DSN) would be a second mailbox that a reporter of its own fills.
#pragma once

#include "simulators/simulator.h"
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
    std::optional<std::string> receivedBytes(const std::string& id) const override {
        return mailbox_->message(id);
    }
    Status setFaults(const Json& faults) override { return faults_.set(faults); }
    Json faults() const override { return faults_.rest(); }
    void reset() override;
    void stop() override;

private:
    using TlsContext = sdk::OpenSsl<SSL_CTX, SSL_CTX_free>;

    Status makeCertificates();
    Result<std::uint16_t> listen(std::uint16_t port);
    void acceptAll();
    void serve(Connection& connection);
    void note(const std::string& line);

    FaultPlan faults_;
    SmtpSettings settings_;
    TestPki pki_;
    std::map<std::string, TlsContext> tlsContexts_;
    std::unique_ptr<Mailbox> mailbox_;
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
