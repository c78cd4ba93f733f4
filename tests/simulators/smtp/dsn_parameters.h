// SPDX-License-Identifier: Apache-2.0
// What a sender may ask for about reports of its mail's fate: RET and ENVID with MAIL, NOTIFY and ORCPT with
// each RCPT (RFC 3461, 4).
#pragma once

#include "base/json.h"
#include "simulators/smtp/smtp_syntax.h"

#include <optional>
#include <string>
#include <string_view>

namespace greffe::simulators {

struct MailDsn {
    std::string ret;    // "FULL", "HDRS", or empty: not said
    std::string envid;  // decoded; empty: not said
};

struct RecipientDsn {
    std::string notify;             // as given, in capitals: "NEVER", "SUCCESS,FAILURE"; empty: not said
    std::string originalRecipient;  // "rfc822;a@b.test", decoded; empty: not said

    // Whether a report of this kind, "SUCCESS", "FAILURE" or "DELAY", is wanted. Not said means failures and
    // delays (4.1: a server may report delays then, and servers do).
    bool wants(std::string_view kind) const;
};

enum class DsnTaken {
    No,  // not one of these parameters
    Yes,
    Bad,  // its value is not allowed, or it came twice
};
DsnTaken takeMailParameter(const SmtpParameter& parameter, MailDsn& dsn);
DsnTaken takeRecipientParameter(const SmtpParameter& parameter, RecipientDsn& dsn);

// "a+2Bb" → "a+b" (4). Nothing for what is not xtext.
std::optional<std::string> fromXtext(std::string_view text);

}  // namespace greffe::simulators
