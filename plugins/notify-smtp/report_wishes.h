// SPDX-License-Identifier: Apache-2.0
// What is asked of a server that sends reports of a mail's fate (DSN, RFC 3461): to tell of failures and
// delays, to name our message id, and to send headers alone: what we attach need not travel a second time.
#pragma once

#include <string>
#include <string_view>

namespace greffe::smtp {

// " RET=HDRS ENVID=…" for MAIL. ENVID is the Message-ID without its brackets; left out when it would be
// longer than the 100 letters that are allowed (4.4).
std::string reportsOfMail(std::string_view messageId);

// " NOTIFY=FAILURE,DELAY ORCPT=…" for RCPT. Without ORCPT for an address beyond ASCII (4.2).
std::string reportsOfRecipient(std::string_view address);

}  // namespace greffe::smtp
