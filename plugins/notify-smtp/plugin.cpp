// SPDX-License-Identifier: Apache-2.0
#include "connection.h"
#include "mail_message.h"
#include "smtp_options.h"
#include "smtp_session.h"

#include <greffe/capability/notifier.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>

namespace greffe::smtp {
namespace {

void fact(Outcome& outcome, const char* name, const nlohmann::json& value) {
    outcome.fact(name,
                 std::string_view(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
}

nlohmann::json recipientFact(const Person& to, const DeliveryResult& result) {
    return {{"address", to.address},
            {"state", deliveryName(result.delivery)},
            {"code", result.code},
            {"text", result.text}};
}

class NotifySmtp final : public sdk::InstanceBase<NotifySmtp>, public Notifier {
public:
    using InstanceBase::InstanceBase;
    ~NotifySmtp() = default;

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            options_ = readOptions(optionsJson);
            return true;
        });
    }

    bool validate(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            auto* const secrets = host().service<SecretsService>();
            const bool hasPassword = secrets != nullptr && secrets->find("password") != SecretsService::kNone;
            if (!checkOptions(options_, hasPassword, problems)) return false;
            std::string problem;
            if (options_.tls != TlsUse::None) tls_ = clientTls(options_.caFile, problem);
            if (!problem.empty()) problems.error("ca_file", std::string_view(problem));
            return problem.empty();
        });
    }

    void* query(Slice capabilityId) noexcept override {
        return capabilityId.view() == Notifier::kId ? static_cast<Notifier*>(this) : nullptr;
    }

    void cleanup() noexcept override { tls_.reset(); }

    void send(Slice, Slice messageJson, const DocumentView* attachments, std::uint32_t count,
              Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            std::string problem;
            const MailMessage message = readMessage(messageJson, attachments, count, problem);
            if (!problem.empty()) return sdk::reject(outcome, Reason::InvalidOptions, problem);
            sendTo(message, outcome);
        });
    }

    void health(Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            SmtpSession session(options_, tls_.get(), host());
            const DeliveryResult ready = session.open();
            session.quit();
            if (ready.delivery != Delivery::Sent) return sdk::retry(outcome, ready.reason, ready.text);
            fact(outcome, "answers", session.answers());
            fact(outcome, "tls", session.tlsVersion());
            outcome.done();
        });
    }

private:
    // One recipient: the verdict is about them. Several: as soon as one mail has left, the verdict is Done
    // and the fact "recipients" says what became of each, so that nobody who has the mail gets it again.
    void sendTo(const MailMessage& message, Outcome& outcome) {
        SmtpSession session(options_, tls_.get(), host());
        const DeliveryResult ready = session.open();
        if (ready.delivery != Delivery::Sent) return sdk::retry(outcome, ready.reason, ready.text);
        nlohmann::json recipients = nlohmann::json::array();
        bool isAllForLater = true;
        DeliveryResult last;
        for (const Person& to : message.to) {
            last = session.deliver(message, to);
            isAllForLater = isAllForLater && last.delivery == Delivery::Retry;
            recipients.push_back(recipientFact(to, last));
        }
        session.quit();
        if (isAllForLater) return sdk::retry(outcome, last.reason, last.text);
        if (message.to.size() == 1 && last.delivery == Delivery::Unknown)
            return outcome.uncertain(std::string_view(last.text));
        fact(outcome, "recipients", recipients);
        fact(outcome, "answers", session.answers());
        fact(outcome, "tls", session.tlsVersion());
        outcome.done();
    }

    SmtpOptions options_;
    TlsContext tls_;
};

Instance* createNotifySmtp(Host& host) noexcept {
    return NotifySmtp::create(host);
}

}  // namespace
}  // namespace greffe::smtp

GREFFE_EXPORT_PLUGIN(
    "notify-smtp", "0.1.0", "Mails over SMTP, every answer of the server kept", "providers", "0.1",
    "notifier/1",
    R"({"type":"object","additionalProperties":false,"required":["host","from"],"properties":{)"
    R"("host":{"type":"string","description":"The server that takes the mails"},)"
    R"("port":{"type":"integer","minimum":1,"maximum":65535,)"
    R"("description":"587 with starttls, 465 with implicit, 25 with none when left out"},)"
    R"("tls":{"type":"string","enum":["starttls","implicit","none"],"default":"starttls",)"
    R"("description":"How the connection is protected; none is for a server on this machine"},)"
    R"("allow_plaintext":{"type":"boolean","default":false,)"
    R"("description":"Allows none, and a password over it, beyond this machine"},)"
    R"("username":{"type":"string","description":"For AUTH PLAIN or LOGIN, together with password"},)"
    R"("password":{"type":"string","format":"secret","description":"For AUTH PLAIN or LOGIN"},)"
    R"("from":{"type":"string","description":"The sender's address"},)"
    R"("from_name":{"type":"string","description":"The sender's name as people see it"},)"
    R"("ca_file":{"type":"string","description":"Trust roots in PEM form, absolute path; the system's when left out"},)"
    R"("timeout_seconds":{"type":"integer","minimum":1,"maximum":600,"default":60,)"
    R"("description":"How long each answer may take; five times that for the last one of a mail"},)"
    R"("helo_name":{"type":"string",)"
    R"("description":"The name this machine gives; the connection's own address when left out"}}})",
    ::greffe::smtp::createNotifySmtp);
