// SPDX-License-Identifier: Apache-2.0
#include "simulators/smtp/delivery_report.h"

#include "simulators/smtp/smtp_syntax.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace greffe::simulators {
namespace {

constexpr std::int64_t kRetrySeconds = 4 * 86400L;

struct Wording {
    const char* action;
    const char* subject;
    const char* text;
    const char* status;
};
constexpr Wording kWordings[] = {
    {"failed", "Undelivered Mail Returned to Sender", "Your mail could not be delivered to:", "5.1.1"},
    {"delayed", "Delayed Mail (still being tried)",
     "Your mail waits; it need not be sent again. For:", "4.4.1"},
    {"delivered", "Successful Mail Delivery Report", "Your mail was delivered to:", "2.0.0"},
    {"relayed", "Mail Relay Report", "Your mail went to a server that sends no reports, for:", "2.0.0"},
};

const Wording& wordingFor(const std::string& action) {
    const auto* const found = std::find_if(std::begin(kWordings), std::end(kWordings),
                                           [&](const Wording& each) { return action == each.action; });
    return found == std::end(kWordings) ? kWordings[0] : *found;
}

std::string mailDate(std::int64_t unixSeconds) {
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", fmt::gmtime(static_cast<std::time_t>(unixSeconds)));
}

// "rfc822; a@b.test", or with the type of RFC 6533 for addresses beyond ASCII.
std::string typed(const std::string& address) {
    return (isAscii(address) ? "rfc822; " : "utf-8; ") + address;
}

std::string spaced(const std::string& original) {
    const std::size_t semicolon = original.find(';');
    return original.substr(0, semicolon + 1) + " " + original.substr(semicolon + 1);
}

std::string wordsForPeople(const DeliveryReport& report) {
    std::string text = fmt::format("This is the mail system at simulator.test.\r\n\r\n{}\r\n\r\n",
                                   wordingFor(report.action).text);
    for (const ReportedRecipient& each : report.recipients)
        text += fmt::format("<{}>: {}\r\n", each.address,
                            each.diagnostic.empty() ? each.status : each.diagnostic);
    return text;
}

// RFC 3464, 2.3.
std::string fieldsOf(const ReportedRecipient& recipient, const DeliveryReport& report) {
    std::string fields;
    if (!recipient.original.empty())
        fields += fmt::format("Original-Recipient: {}\r\n", spaced(recipient.original));
    fields += fmt::format("Final-Recipient: {}\r\nAction: {}\r\nStatus: {}\r\n", typed(recipient.address),
                          report.action, recipient.status);
    if (!recipient.diagnostic.empty())
        fields += fmt::format("Diagnostic-Code: smtp; {}\r\n", recipient.diagnostic);
    fields += fmt::format("Last-Attempt-Date: {}\r\n", mailDate(report.nowUnix));
    if (report.action == "delayed")
        fields += fmt::format("Will-Retry-Until: {}\r\n", mailDate(report.arrivedUnix + kRetrySeconds));
    return fields;
}

// RFC 3464, 2.2, then a group for each recipient.
std::string fieldsForPrograms(const DeliveryReport& report) {
    std::string fields;
    if (!report.envid.empty()) fields += fmt::format("Original-Envelope-Id: {}\r\n", report.envid);
    fields += fmt::format("Reporting-MTA: dns; simulator.test\r\nArrival-Date: {}\r\n",
                          mailDate(report.arrivedUnix));
    for (const ReportedRecipient& each : report.recipients)
        fields += "\r\n" + fieldsOf(each, report);
    return fields;
}

std::string part(const std::string& type, const std::string& body) {
    return fmt::format("Content-Type: {}\r\nContent-Transfer-Encoding: {}\r\n\r\n{}", type,
                       isAscii(body) ? "7bit" : "8bit", body);
}

std::string headersOf(const std::string& mail) {
    const std::size_t end = mail.find("\r\n\r\n");
    return end == std::string::npos ? mail : mail.substr(0, end + 2);
}

// One that stands nowhere in the mail that is returned.
std::string boundaryOutside(const DeliveryReport& report) {
    for (int i = 0;; ++i) {
        const std::string boundary = fmt::format("=_report_{}_{}", report.nowUnix, i);
        if (report.mail.find(boundary) == std::string::npos) return boundary;
    }
}

}  // namespace

std::string usualStatus(const std::string& action) {
    return wordingFor(action).status;
}

std::string textOfReport(const DeliveryReport& report) {
    const bool isAsciiOnly = std::all_of(report.recipients.begin(), report.recipients.end(),
                                         [](const ReportedRecipient& each) { return isAscii(each.address); });
    const std::string boundary = boundaryOutside(report);
    const std::string parts[] = {
        part("text/plain; charset=utf-8", wordsForPeople(report)),
        part(isAsciiOnly ? "message/delivery-status" : "message/global-delivery-status",
             fieldsForPrograms(report)),
        report.returnsAll ? part("message/rfc822", report.mail)
                          : part("text/rfc822-headers", headersOf(report.mail)),
    };
    std::string body;
    for (const std::string& each : parts)
        body += fmt::format("--{}\r\n{}\r\n", boundary, each);
    body += fmt::format("--{}--\r\n", boundary);
    return fmt::format(
        "Date: {}\r\nFrom: Mail Delivery System <MAILER-DAEMON@simulator.test>\r\nTo: <{}>\r\n"
        "Message-ID: {}\r\nSubject: {}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type={}delivery-status;\r\n boundary=\"{}\"\r\n"
        "Content-Transfer-Encoding: {}\r\n\r\n{}",
        mailDate(report.nowUnix), report.to, report.messageId, wordingFor(report.action).subject,
        isAsciiOnly ? "" : "global-", boundary, isAscii(body) ? "7bit" : "8bit", body);
}

}  // namespace greffe::simulators
