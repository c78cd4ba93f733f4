// SPDX-License-Identifier: Apache-2.0
// What tsa-rfc3161 makes of any answer of an authority: a refusal with a reason, or a token that is good for the question
// that was asked. Seeds: tests/fuzz/seeds/timestamp, answers to this question by an authority made for them.
#include "base/invariant.h"
#include "messages.h"
#include "token.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace {

greffe::tsa::Question question() {
    greffe::tsa::Question asked;
    std::memset(asked.imprint, 0x11, sizeof asked.imprint);
    std::memset(asked.nonce, 0x22, sizeof asked.nonce);
    return asked;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace greffe::tsa;
    const std::string_view answer(reinterpret_cast<const char*>(bytes), size);
    std::string_view token;
    if (const Checked refused = openAnswer(answer, token)) {
        GREFFE_INVARIANT(!refused->text.empty());
        return 0;
    }
    GREFFE_INVARIANT(token.data() >= answer.data() && token.data() + token.size() <= answer.data() + answer.size());
    Authority authority;
    authority.maxSkewSeconds = std::numeric_limits<std::int32_t>::max();
    for (const char* policy : {"", "1.2.3.4"}) {
        authority.policyOid = policy;
        TokenFacts facts;
        const Checked refused = checkToken(token, question(), authority, 1'800'000'000, facts);
        GREFFE_INVARIANT(refused ? !refused->text.empty() : !facts.serialHex.empty());
    }
    return 0;
}
