// SPDX-License-Identifier: Apache-2.0
// What a server says of mails that it took: reports by the recipients' rules when they are due, or at once on
// order. Each is kept in a mailbox of reports and, when a port is configured, handed to the server there.
//
// A mail with the null return path is never reported on (RFC 5321, 4.5.5). Recipients with the same fate at
// the same time share a report. Thread-safe.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "simulators/smtp/delivery_report.h"
#include "simulators/smtp/mailbox.h"
#include "simulators/smtp/recipient_rules.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace greffe::simulators {

class DeliveryReporter {
public:
    // `port` of the server on 127.0.0.1 that gets the reports; 0: none. All outlive the reporter.
    DeliveryReporter(const RecipientRules& rules, Mailbox& reports, std::uint16_t port);
    ~DeliveryReporter();
    DeliveryReporter(const DeliveryReporter&) = delete;
    DeliveryReporter& operator=(const DeliveryReporter&) = delete;

    // Plans what the rules and the sender's wishes (NOTIFY) say.
    void taken(const KeptMail& mail);
    // {"action": "failed", "recipient": …, "status": …, "diagnostic": …, "copies": …, "return_path": …}: a
    // report at once, whatever the sender wished; of all recipients when none is named. Returns the reports'
    // ids, {"reports": ["r1"]}.
    Result<Json> report(const KeptMail& mail, const Json& order);
    // What is planned.
    std::size_t waiting() const;
    // Forgets what is planned.
    void forget();
    // Ends the thread; nothing is reported afterwards.
    void stop();

private:
    using Clock = std::chrono::steady_clock;

    struct Planned {
        KeptMail mail;
        DeliveryReport report;
        std::int64_t copies = 1;
        std::string returnPath;
    };
    struct Fate;
    std::vector<Fate> fatesOf(const KeptMail& mail) const;
    void run();
    Json publish(const Planned& planned);

    const RecipientRules& rules_;
    Mailbox& reports_;
    const std::uint16_t port_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<Clock::time_point, Planned> planned_;
    std::atomic<std::uint64_t> written_{0};
    bool isStopping_ = false, isPublishing_ = false;
    std::thread thread_;  // last: it uses the rest
};

}  // namespace greffe::simulators
