// SPDX-License-Identifier: Apache-2.0
// What a call said, for the tests of one plugin. It records; whether the contract was kept is the conformance
// kit's to judge, but `verdicts` counts.
#pragma once

#include <greffe/sdk/instance.h>
#include <greffe/sdk/testing/sha256.h>
#include <greffe/types.h>

#include <cstring>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace greffe::sdk::testing {

struct TestArtifact {
    std::string mediaType;
    std::int64_t baseIndex = -1;  // of appended()
    std::string bytes;
};

class TestOutcome final : public Outcome {
public:
    void done() noexcept override { speak(Verdict::Done); }
    void retryLater(std::uint32_t delaySeconds, Slice why, Slice text) noexcept override {
        speak(Verdict::RetryLater, why, text);
        delay = delaySeconds;
    }
    void rejected(Slice why, Slice text) noexcept override { speak(Verdict::Rejected, why, text); }
    void waiting(Slice id, std::int64_t nextPoll, std::int64_t expires) noexcept override {
        speak(Verdict::Waiting);
        externalId = id.view();
        nextPollUnixMs = nextPoll;
        expiresAtUnixMs = expires;
    }
    void uncertain(Slice text) noexcept override { speak(Verdict::Uncertain, {}, text); }
    void fact(Slice name, Slice json) noexcept override { facts[std::string(name.view())] = json.view(); }
    ByteSink* artifact(Slice name, Slice mediaType) noexcept override { return open(name, mediaType, -1); }
    ByteSink* appended(Slice name, Slice mediaType, std::uint32_t base) noexcept override {
        return open(name, mediaType, base);
    }

    int verdicts = 0;
    Verdict verdict = Verdict::Uncertain;
    std::uint32_t delay = 0;
    std::string reason, explanation, externalId;
    std::int64_t nextPollUnixMs = 0, expiresAtUnixMs = 0;
    std::map<std::string, std::string> facts;  // name → JSON text
    std::map<std::string, TestArtifact> artifacts;
    std::size_t mostBytes = SIZE_MAX;  // of all artifacts together; more is refused

private:
    class Sink final : public ByteSink {
    public:
        Sink(TestOutcome& owner, TestArtifact& artifact) : owner_(owner), artifact_(artifact) {}
        bool write(Slice bytes) noexcept override {
            if (bytes.size > owner_.mostBytes) return false;
            owner_.mostBytes -= bytes.size;
            artifact_.bytes += bytes.view();
            return true;
        }

    private:
        TestOutcome& owner_;
        TestArtifact& artifact_;
    };

    void speak(Verdict said, Slice why = {}, Slice text = {}) {
        ++verdicts;
        verdict = said;
        reason = why.view();
        explanation = text.view();
    }
    ByteSink* open(Slice name, Slice mediaType, std::int64_t base) {
        TestArtifact& made = artifacts[std::string(name.view())];
        made = {std::string(mediaType.view()), base, {}};
        return &sinks_.emplace_back(*this, made);
    }

    std::list<Sink> sinks_;
};

// A document as the host would show it. `bytes` must outlive the view.
inline DocumentView documentOf(std::string_view bytes, std::string_view name = "document.bin",
                               std::string_view mediaType = "application/octet-stream",
                               std::uint32_t index = 0) {
    DocumentView view;
    view.index = index;
    view.slot = "document";
    view.name = name;
    view.mediaType = mediaType;
    view.bytes = bytes;
    std::memcpy(view.sha256, sha256(bytes).data(), 32);
    return view;
}

}  // namespace greffe::sdk::testing
