// SPDX-License-Identifier: Apache-2.0
// An Outcome that remembers everything a capability said, for tests that call a plugin's code without a
// host.
#pragma once

#include <greffe/sdk/instance.h>
#include <greffe/types.h>

#include <map>
#include <string>

namespace greffe {

class HeardOutcome final : public Outcome {
public:
    void done() noexcept override { take(Verdict::Done, {}, {}); }
    void retryLater(std::uint32_t delaySeconds, Slice why, Slice text) noexcept override {
        delay = delaySeconds;
        take(Verdict::RetryLater, why, text);
    }
    void rejected(Slice why, Slice text) noexcept override { take(Verdict::Rejected, why, text); }
    void waiting(Slice, std::int64_t, std::int64_t) noexcept override { take(Verdict::Waiting, {}, {}); }
    void uncertain(Slice text) noexcept override { take(Verdict::Uncertain, {}, text); }
    void fact(Slice name, Slice json) noexcept override { facts[std::string(name.view())] = json.view(); }
    ByteSink* artifact(Slice name, Slice mediaType) noexcept override {
        mediaTypes[std::string(name.view())] = mediaType.view();
        return &artifacts[std::string(name.view())];
    }
    ByteSink* appended(Slice name, Slice mediaType, std::uint32_t) noexcept override {
        return artifact(name, mediaType);
    }

    // One verdict, and a good one: more than one is a fault of the code under test.
    bool isDone() const { return verdicts == 1 && verdict == Verdict::Done; }

    int verdicts = 0;
    Verdict verdict = Verdict::Uncertain;
    std::uint32_t delay = 0;
    std::string reason;
    std::string explanation;
    std::map<std::string, std::string> facts;
    std::map<std::string, sdk::StringSink> artifacts;
    std::map<std::string, std::string> mediaTypes;

private:
    void take(Verdict said, Slice why, Slice text) {
        ++verdicts;
        verdict = said;
        reason = why.view();
        explanation = text.view();
    }
};

}  // namespace greffe
