// SPDX-License-Identifier: Apache-2.0
// The two messages of RFC 3161: writes a TimeStampReq, opens a TimeStampResp.
#pragma once

#include "authority.h"

#include <string>
#include <string_view>

namespace greffe::tsa {

struct Question {
    unsigned char imprint[32] = {};
    unsigned char nonce[8] = {};
};

// DER: version 1, SHA-256, the nonce, certReq TRUE so that the token carries the authority's chain. Empty on
// a failure of OpenSSL, whose reason is then in its queue. policyOid may be empty.
std::string writeRequest(const Question& question, const std::string& policyOid);

// The token's exact bytes inside `answer` (it is signed: encoding it anew could change them), when the status
// is granted or grantedWithMods. Other statuses are refused with the authority's own words.
Checked openAnswer(std::string_view answer, std::string_view& token);

}  // namespace greffe::tsa
