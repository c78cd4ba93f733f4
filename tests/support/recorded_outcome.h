// SPDX-License-Identifier: Apache-2.0
// An Outcome that remembers what a capability said, for tests that call a plugin's code without a host.
#pragma once

#include <greffe/types.h>

#include <map>
#include <optional>
#include <string>

namespace greffe {

class RecordedOutcome final : public Outcome {
public:
    void done() noexcept override { end(Verdict::Done, "", ""); }
    void retryLater(std::uint32_t, Slice reason, Slice explanation) noexcept override {
        end(Verdict::RetryLater, reason, explanation);
    }
    void rejected(Slice reason, Slice explanation) noexcept override {
        end(Verdict::Rejected, reason, explanation);
    }
    void waiting(Slice externalId, std::int64_t, std::int64_t) noexcept override {
        end(Verdict::Waiting, "", externalId);
    }
    void uncertain(Slice explanation) noexcept override { end(Verdict::Uncertain, "", explanation); }
    void fact(Slice name, Slice json) noexcept override { facts_[std::string(name.view())] = json.view(); }
    ByteSink* artifact(Slice, Slice) noexcept override { return nullptr; }
    ByteSink* appended(Slice, Slice, std::uint32_t) noexcept override { return nullptr; }

    // Absent until a verdict was given; more than one verdict is a fault of the code under test.
    std::optional<Verdict> verdict() const { return verdict_; }
    int verdictCount() const { return verdictCount_; }
    bool isDone() const { return verdict_ == Verdict::Done && verdictCount_ == 1; }
    const std::string& reason() const { return reason_; }
    const std::string& explanation() const { return explanation_; }
    const std::map<std::string, std::string>& facts() const { return facts_; }

private:
    void end(Verdict verdict, Slice reason, Slice explanation) {
        verdict_ = verdict;
        ++verdictCount_;
        reason_ = reason.view();
        explanation_ = explanation.view();
    }

    std::optional<Verdict> verdict_;
    int verdictCount_ = 0;
    std::string reason_, explanation_;
    std::map<std::string, std::string> facts_;
};

}  // namespace greffe
