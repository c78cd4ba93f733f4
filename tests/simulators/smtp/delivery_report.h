// SPDX-License-Identifier: Apache-2.0
// The text of a delivery status notification: a multipart/report (RFC 6522) of words for people, fields for
// programs (RFC 3464) and the mail it is about.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace greffe::simulators {

struct ReportedRecipient {
    std::string address;
    std::string original;    // "rfc822;a@b.test" of ORCPT, or empty
    std::string status;      // "5.1.1" (RFC 3463)
    std::string diagnostic;  // "550 5.1.1 nobody of that name", or empty
};

struct DeliveryReport {
    std::string action;     // "failed", "delayed", "delivered", "relayed"
    std::string to;         // the mail's sender
    std::string messageId;  // of the report
    std::string envid;      // or empty
    std::int64_t arrivedUnix = 0;
    std::int64_t nowUnix = 0;
    std::vector<ReportedRecipient> recipients;
    std::string mail;         // what it is about
    bool returnsAll = false;  // or its headers alone (RFC 3461, 4.3)
};

// Lines end in CRLF.
std::string textOfReport(const DeliveryReport& report);

// "2.0.0", "4.4.1" or "5.1.1": what a report of this action says when nothing else was ordered.
std::string usualStatus(const std::string& action);

}  // namespace greffe::simulators
