// SPDX-License-Identifier: Apache-2.0
// What the options say about one authority, and the words in which its answers are refused.
#pragma once

#include <greffe/reason.h>
#include <greffe/sdk/openssl.h>

#include <openssl/x509.h>

#include <cstdint>
#include <optional>
#include <string>

namespace greffe::tsa {

inline constexpr std::size_t kMaxAnswerBytes = 65536;

struct Authority {
    std::string url;
    std::string username;        // empty: no authorization
    std::uint32_t password = 0;  // handle of the secret
    std::string policyOid;       // empty: whatever the authority's policy is
    std::int64_t maxSkewSeconds = 0;
    std::uint32_t timeoutMs = 0;
    sdk::OpenSsl<X509_STORE, X509_STORE_free> anchors;  // null: none configured
};

// Why an answer is not taken. Nothing of it is kept.
struct Refusal {
    Reason reason = Reason::BadAnswer;
    std::string text;
};
using Checked = std::optional<Refusal>;  // empty: fine

inline Refusal bad(std::string text) {
    return {Reason::BadAnswer, std::move(text)};
}

}  // namespace greffe::tsa
