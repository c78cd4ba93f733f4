// SPDX-License-Identifier: Apache-2.0
#include "report_wishes.h"

#include "mail_message.h"

namespace greffe::smtp {
namespace {

constexpr std::size_t kLongestEnvid = 100;

// RFC 3461, 4: printable ASCII, "+" and "=" as two digits. Message ids and addresses have nothing else that
// would need it (mail_message.h).
std::string xtext(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        if (c == '+')
            encoded += "+2B";
        else if (c == '=')
            encoded += "+3D";
        else
            encoded += c;
    }
    return encoded;
}

}  // namespace

std::string reportsOfMail(std::string_view messageId) {
    const std::string envid = xtext(messageId.substr(1, messageId.size() - 2));
    return " RET=HDRS" + (envid.size() > kLongestEnvid ? std::string() : " ENVID=" + envid);
}

std::string reportsOfRecipient(std::string_view address) {
    return " NOTIFY=FAILURE,DELAY" + (isAscii(address) ? " ORCPT=rfc822;" + xtext(address) : std::string());
}

}  // namespace greffe::smtp
