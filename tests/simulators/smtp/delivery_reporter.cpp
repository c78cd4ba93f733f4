// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/delivery_reporter.h"

#include "simulators/smtp/mail_sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <tuple>
#include <utility>

namespace greffe::simulators {
namespace {

ReportedRecipient reportedRecipient(const MailRecipient& recipient, const std::string& action,
                                    const Json& wording) {
    const std::string status = textOf(wording, "status", usualStatus(action));
    const std::string usual = action == "failed" ? fmt::format("550 {} nobody of that name", status) : "";
    return {recipient.address, recipient.dsn.originalRecipient, status, textOf(wording, "diagnostic", usual)};
}

const char* wishFor(const std::string& action) {
    if (action == "failed") return "FAILURE";
    return action == "delayed" ? "DELAY" : "SUCCESS";
}

// The action of a deed's report; empty when it has none.
std::string actionOf(const std::string& deed) {
    if (deed == "bounce") return "failed";
    if (deed == "delay") return "delayed";
    if (deed == "relay") return "relayed";
    // Refused ones that were taken in the end were let in after greylisting.
    return deed == "never" || deed == "nothing" ? "" : "delivered";
}

DeliveryReport reportAbout(const KeptMail& mail, const std::string& action) {
    DeliveryReport report;
    report.action = action;
    report.to = mail.envelope.from;
    report.envid = mail.envelope.dsn.envid;
    report.arrivedUnix = numberOf(mail.facts, "received_unix_ms") / 1000;
    report.mail = mail.message;
    // The whole mail comes back with a failure only, and not when its headers were enough (RFC 3461, 4.3).
    report.returnsAll = action == "failed" && mail.envelope.dsn.ret != "HDRS";
    return report;
}

// A report's row in the list. `mailId` is that of the mail it is about.
Json reportRow(const DeliveryReport& report, const std::string& mailId) {
    Json facts = {{"action", report.action}, {"of", mailId}};
    for (const ReportedRecipient& each : report.recipients)
        facts["recipients"].push_back(each.address);
    return facts;
}

}  // namespace

// One thing that happens to one recipient.
struct DeliveryReporter::Fate {
    const MailRecipient* recipient;
    std::string action;
    std::int64_t afterMs;
    Json rule;

    // What shares a report.
    auto key() const {
        return std::make_tuple(afterMs, action, numberOf(rule, "copies", 1), textOf(rule, "return_path"));
    }
};

DeliveryReporter::DeliveryReporter(const RecipientRules& rules, Mailbox& reports, std::uint16_t port)
    : rules_(rules), reports_(reports), port_(port), thread_([this] { run(); }) {}

DeliveryReporter::~DeliveryReporter() {
    stop();
}

std::vector<DeliveryReporter::Fate> DeliveryReporter::fatesOf(const KeptMail& mail) const {
    std::vector<Fate> fates;
    const auto add = [&](const MailRecipient& recipient, const std::string& deed, std::int64_t afterMs,
                         const Json& rule) {
        const std::string action = actionOf(deed);
        if (!action.empty() && recipient.dsn.wants(wishFor(action)))
            fates.push_back({&recipient, action, afterMs, rule});
    };
    for (const MailRecipient& each : mail.envelope.recipients) {
        const Json rule = rules_.ruleFor(each.address);
        const std::int64_t afterMs = numberOf(rule, "after_ms");
        add(each, textOf(rule, "does"), afterMs, textOf(rule, "does") == "delay" ? Json() : rule);
        if (textOf(rule, "does") == "delay")
            add(each, textOf(rule, "then", "nothing"), afterMs + numberOf(rule, "then_after_ms"), rule);
    }
    return fates;
}

void DeliveryReporter::taken(const KeptMail& mail) {
    if (mail.envelope.from.empty()) return;
    const auto now = Clock::now();
    std::vector<std::pair<decltype(std::declval<Fate>().key()), Planned>> shared;
    for (const Fate& fate : fatesOf(mail)) {
        auto same = std::find_if(shared.begin(), shared.end(),
                                 [&](const auto& each) { return each.first == fate.key(); });
        if (same == shared.end()) {
            shared.push_back(
                {fate.key(), Planned{mail, reportAbout(mail, fate.action), numberOf(fate.rule, "copies", 1),
                                     textOf(fate.rule, "return_path")}});
            same = shared.end() - 1;
        }
        same->second.report.recipients.push_back(reportedRecipient(*fate.recipient, fate.action, fate.rule));
    }
    const std::scoped_lock lock(mutex_);
    for (auto& [key, planned] : shared)
        planned_.emplace(now + std::chrono::milliseconds(std::get<0>(key)), std::move(planned));
    changed_.notify_all();
}

Result<Json> DeliveryReporter::report(const KeptMail& mail, const Json& order) {
    const std::string action = textOf(order, "action", "failed");
    if (action != "failed" && action != "delayed" && action != "delivered" && action != "relayed")
        return makeError(Errc::Invalid, "there is no action \"" + action + "\"",
                         "one of: failed delayed delivered relayed");
    if (mail.envelope.from.empty())
        return makeError(Errc::Invalid, "nobody to report to: the mail has the null return path");
    Planned planned{mail, reportAbout(mail, action), numberOf(order, "copies", 1),
                    textOf(order, "return_path")};
    for (const MailRecipient& each : mail.envelope.recipients)
        if (textOf(order, "recipient", each.address) == each.address)
            planned.report.recipients.push_back(reportedRecipient(each, action, order));
    if (planned.report.recipients.empty())
        return makeError(Errc::NotFound, "the mail has no recipient " + textOf(order, "recipient"));
    return Json{{"reports", publish(planned)}};
}

Json DeliveryReporter::publish(const Planned& planned) {
    Json ids = Json::array();
    for (std::int64_t copy = 0; copy < planned.copies; ++copy) {
        DeliveryReport report = planned.report;
        report.nowUnix = std::time(nullptr);
        report.messageId =
            fmt::format("<report.{}.{}@simulator.test>", report.nowUnix, ++written_);  // a copy has its own
        const std::string text = textOfReport(report);
        Json facts = reportRow(report, textOf(planned.mail.facts, "id"));
        // Handed over before it is listed: who sees it in the list finds it there.
        if (port_ != 0) facts["handed_over"] = sendToLoopback(port_, planned.returnPath, report.to, text);
        Envelope envelope;
        envelope.from = planned.returnPath;
        envelope.recipients = {{report.to, {}}};
        const auto kept = reports_.store(envelope, text, facts);
        if (kept) ids.push_back(textOf(kept->facts, "id"));
    }
    return ids;
}

void DeliveryReporter::run() {
    std::unique_lock lock(mutex_);
    while (!isStopping_) {
        if (planned_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto first = planned_.begin();
        if (first->first > Clock::now()) {
            changed_.wait_until(lock, Clock::time_point(first->first));
            continue;
        }
        const Planned due = std::move(first->second);
        planned_.erase(first);
        isPublishing_ = true;
        lock.unlock();
        static_cast<void>(publish(due));
        lock.lock();
        isPublishing_ = false;
        changed_.notify_all();
    }
}

std::size_t DeliveryReporter::waiting() const {
    const std::scoped_lock lock(mutex_);
    return planned_.size();
}

void DeliveryReporter::forget() {
    std::unique_lock lock(mutex_);
    planned_.clear();
    // Or its report would come after everything was forgotten.
    changed_.wait(lock, [this] { return !isPublishing_; });
}

void DeliveryReporter::stop() {
    {
        const std::scoped_lock lock(mutex_);
        isStopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

}  // namespace greffe::simulators
