// SPDX-License-Identifier: Apache-2.0
// What one call into a plugin said, held to the contract of types.h: exactly one verdict, spoken last; known
// reason codes; facts that are JSON; artifacts within limits, written one at a time. A call that breaks it
// ends as rejected(plugin_fault), with the first break as explanation, whatever it said otherwise.
//
// One object a call. Not thread-safe. Nothing here throws into the plugin.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "base/sha256.h"
#include "sys/unique_fd.h"

#include <greffe/reason.h>
#include <greffe/types.h>

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

struct OutcomeLimits {
    std::uint64_t maxArtifactBytes = 512U << 20U;  // of one artifact
    std::uint64_t maxTotalBytes = 1024U << 20U;    // of all artifacts of the call
    std::uint32_t maxArtifacts = 1000;
    std::uint32_t maxFacts = 200;
    std::uint64_t maxFactBytes = 1U << 20U;  // JSON text of all facts together
    std::uint32_t inputs = 0;                // documents of the call: appended() may name 0 … inputs-1
};

// Which part of the contract a call broke: the rules OUTCOME-1 to OUTCOME-7 of plugin-api/SPEC.md.
enum class OutcomeRule {
    None,
    OneVerdict,
    KnownReason,
    Facts,
    VerdictLast,
    Artifacts,
    RefusedWrite,
    Waiting,
};

struct RecordedArtifact {
    std::string name;  // "sealed"
    std::string mediaType;
    std::optional<std::uint32_t> baseIndex;  // set: the bytes here follow those of this input
    UniqueFd file;
    std::uint64_t sizeBytes = 0;
    Digest sha256{};  // of the bytes in `file`
};

struct CallResult {
    Verdict verdict = Verdict::Rejected;
    Reason reason = Reason::None;
    std::string explanation;
    std::uint32_t delaySeconds = 0;           // RetryLater; 0: the host's backoff
    std::string externalId;                   // Waiting
    std::int64_t nextPollUnixMs = 0;          // Waiting; 0: the pipeline decides
    std::int64_t expiresAtUnixMs = 0;         // Waiting; 0: the pipeline decides
    Json facts = Json::object();              // Done and Rejected only
    std::vector<RecordedArtifact> artifacts;  // Done only

    bool isPluginFault() const { return verdict == Verdict::Rejected && reason == Reason::PluginFault; }
};

class RecordedOutcome final : public Outcome {
public:
    // Gives a new, empty, writable file for an artifact; a memory file when none is set.
    using OpenFile = std::function<Result<UniqueFd>()>;

    explicit RecordedOutcome(OutcomeLimits limits = {}, OpenFile openFile = {});
    RecordedOutcome(const RecordedOutcome&) = delete;
    RecordedOutcome& operator=(const RecordedOutcome&) = delete;
    ~RecordedOutcome();

    void done() noexcept override;
    void retryLater(std::uint32_t delaySeconds, Slice reason, Slice explanation) noexcept override;
    void rejected(Slice reason, Slice explanation) noexcept override;
    void waiting(Slice externalId, std::int64_t nextPollUnixMs,
                 std::int64_t expiresAtUnixMs) noexcept override;
    void uncertain(Slice explanation) noexcept override;
    void fact(Slice name, Slice json) noexcept override;
    ByteSink* artifact(Slice name, Slice mediaType) noexcept override;
    ByteSink* appended(Slice name, Slice mediaType, std::uint32_t baseIndex) noexcept override;

    // Whether a verdict was spoken (for exchanges: whether it may still go on).
    bool hasVerdict() const { return verdicts_ > 0; }
    // The first break of the contract, or empty. "No verdict" is found by take() only.
    const std::string& contractBreak() const { return break_; }
    OutcomeRule brokenRule() const { return brokenRule_; }

    // Ends the call. Call it once, after the plugin returned.
    CallResult take();

private:
    class Sink;

    void speak(Verdict verdict, Slice reason, Slice explanation) noexcept;
    ByteSink* open(Slice name, Slice mediaType, std::optional<std::uint32_t> baseIndex) noexcept;
    Status addArtifact(Slice name, Slice mediaType, std::optional<std::uint32_t> baseIndex);
    void recordFact(std::string_view name, std::string_view json);
    bool append(Sink& sink, Slice bytes) noexcept;
    void breakContract(OutcomeRule rule, std::string_view what) noexcept;

    OutcomeLimits limits_;
    OpenFile openFile_;
    CallResult result_;
    std::uint32_t verdicts_ = 0;
    std::uint64_t totalBytes_ = 0;
    std::uint64_t factBytes_ = 0;
    bool isLimitReached_ = false;   // a write was refused
    std::optional<Error> storage_;  // our own side failed: not the plugin's fault
    std::string break_;
    OutcomeRule brokenRule_ = OutcomeRule::None;
    std::list<Sink> sinks_;  // as long as this object: a late write finds a closed sink, not freed memory
};

}  // namespace greffe
