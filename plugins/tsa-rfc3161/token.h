// SPDX-License-Identifier: Apache-2.0
// Is this token a time-stamp over what was asked, by somebody who may give one? All checks of RFC 3161, 2.2
// and 2.3, and of RFC 5816; one that fails is named.
#pragma once

#include "authority.h"
#include "messages.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::tsa {

struct TokenFacts {
    std::int64_t genTimeUnix = 0;
    std::string serialHex;
    std::string policyOid;
    std::string authorityName;  // the signer's subject, RFC 2253
    bool isTrusted =
        false;  // chained to a configured anchor; else only the embedded certificate vouches for it
};

// `nowUnix` is the clock's time when the answer came.
Checked checkToken(std::string_view token, const Question& question, const Authority& authority,
                   std::int64_t nowUnix, TokenFacts& facts);

}  // namespace greffe::tsa
