// SPDX-License-Identifier: Apache-2.0
// What a worker sends, decoded by the engine: a refusal, or answers that encode and decode again to the same.
// The first byte chooses which decoder reads the rest.
#include "base/invariant.h"
#include "sys/files.h"
#include "workers/call.h"

#include <cstddef>
#include <cstdint>

namespace {

using namespace greffe;

// With one sealed memory file, so that artifacts and inputs can be named.
Message messageOf(std::string body) {
    Message message;
    message.body = std::move(body);
    if (auto file = sealedMemoryFile("fuzz", "tail")) message.descriptors.push_back(std::move(*file));
    return message;
}

void decodeAnswersTwice(std::string_view body) {
    Message message = messageOf(std::string(body));
    auto decoded = decodeAnswers(message);
    if (!decoded) return;
    const EncodedFrame again = encodeAnswers(decoded->answers, decoded->residentBytes);
    Message second;
    second.body = again.body;
    for (const int fd : again.descriptors)
        second.descriptors.emplace_back(dup(fd));
    auto same = decodeAnswers(second);
    GREFFE_INVARIANT(same.ok() && same->answers.size() == decoded->answers.size());
    for (std::size_t i = 0; i < same->answers.size(); ++i) {
        const CallOutcome& left = decoded->answers[i].outcome;
        const CallOutcome& right = same->answers[i].outcome;
        GREFFE_INVARIANT(left.factsJson.size() <= 2 || left.factsJson == right.factsJson);
        GREFFE_INVARIANT(left.attachments.size() == right.attachments.size());
        for (std::size_t k = 0; k < left.attachments.size(); ++k)
            GREFFE_INVARIANT(left.attachments[k].bytes == right.attachments[k].bytes);
    }
}

void decodeCallsOnce(std::string_view body) {
    Message message = messageOf(std::string(body));
    auto calls = decodeCalls(message);
    if (!calls) return;
    std::vector<const CallRequest*> pointers;
    for (const CallRequest& call : *calls)
        pointers.push_back(&call);
    Message second;
    second.body = encodeCalls(pointers).body;
    GREFFE_INVARIANT(!second.body.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    if (bytes[0] % 2 == 0) {
        decodeAnswersTwice(rest);
    } else {
        decodeCallsOnce(rest);
    }
    return 0;
}
