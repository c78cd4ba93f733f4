// SPDX-License-Identifier: Apache-2.0
#include "loader/recorded_outcome.h"

#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxMediaTypeBytes = 128;
constexpr std::size_t kMaxExternalIdBytes = 512;
constexpr std::size_t kMostExplanation = 2000;

class RefusingSink final : public ByteSink {
public:
    bool write(Slice) noexcept override { return false; }
};

// Names of facts and artifacts become keys of tables and of Lua.
bool isName(std::string_view name) {
    return !name.empty() && name.size() <= kMaxNameBytes && name.front() >= 'a' && name.front() <= 'z' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
           });
}

bool isPrintable(std::string_view text, std::size_t maxBytes) {
    return !text.empty() && text.size() <= maxBytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

class RecordedOutcome::Sink final : public ByteSink {
public:
    Sink(RecordedOutcome& owner, std::size_t artifact) : artifact_(artifact), owner_(owner) {}
    bool write(Slice bytes) noexcept override { return owner_.append(*this, bytes); }

    std::size_t artifact_;
    Sha256 hash_;
    bool isOpen_ = true;

private:
    RecordedOutcome& owner_;
};

RecordedOutcome::RecordedOutcome(OutcomeLimits limits, OpenFile openFile)
    : limits_(limits), openFile_(std::move(openFile)) {
    if (!openFile_) openFile_ = [] { return memoryFile("greffe-artifact"); };
}

RecordedOutcome::~RecordedOutcome() = default;

void RecordedOutcome::breakContract(OutcomeRule rule, std::string_view what) noexcept {
    if (!break_.empty()) return;
    brokenRule_ = rule;
    try {
        break_ = what;
    } catch (...) {
        break_ = "broken";  // fits without an allocation
    }
}

void RecordedOutcome::speak(Verdict verdict, Slice reason, Slice explanation) noexcept {
    ++verdicts_;
    if (verdicts_ > 1) return breakContract(OutcomeRule::OneVerdict, "two verdicts for one call");
    try {
        result_.verdict = verdict;
        result_.explanation = explanation.view().substr(0, kMostExplanation);
        if (!sinks_.empty()) sinks_.back().isOpen_ = false;
        if (verdict != Verdict::Rejected && verdict != Verdict::RetryLater) return;
        const ReasonInfo* info = findReason(reason);
        if (info == nullptr || info->reason == Reason::None)
            return breakContract(
                OutcomeRule::KnownReason,
                fmt::format("\"{}\" is not a reason code", reason.view().substr(0, kMaxNameBytes)));
        result_.reason = info->reason;
    } catch (...) {
        breakContract(OutcomeRule::OneVerdict, "no memory for the verdict");
    }
}

void RecordedOutcome::done() noexcept {
    speak(Verdict::Done, {}, {});
}

void RecordedOutcome::retryLater(std::uint32_t delaySeconds, Slice reason, Slice explanation) noexcept {
    speak(Verdict::RetryLater, reason, explanation);
    result_.delaySeconds = delaySeconds;
}

void RecordedOutcome::rejected(Slice reason, Slice explanation) noexcept {
    speak(Verdict::Rejected, reason, explanation);
}

void RecordedOutcome::waiting(Slice externalId, std::int64_t nextPollUnixMs,
                              std::int64_t expiresAtUnixMs) noexcept {
    speak(Verdict::Waiting, {}, {});
    if (!isPrintable(externalId, kMaxExternalIdBytes))
        return breakContract(OutcomeRule::Waiting,
                             "waiting() without an external id of 1 to 512 printable characters");
    if (nextPollUnixMs < 0 || expiresAtUnixMs < 0)
        return breakContract(OutcomeRule::Waiting, "waiting() with a negative time");
    try {
        result_.externalId = externalId.view();
    } catch (...) {
        return breakContract(OutcomeRule::Waiting, "no memory for the external id");
    }
    result_.nextPollUnixMs = nextPollUnixMs;
    result_.expiresAtUnixMs = expiresAtUnixMs;
}

void RecordedOutcome::uncertain(Slice explanation) noexcept {
    speak(Verdict::Uncertain, {}, explanation);
    result_.reason = Reason::OutcomeUnknown;
}

void RecordedOutcome::fact(Slice name, Slice json) noexcept {
    try {
        recordFact(name, json);
    } catch (...) {
        breakContract(OutcomeRule::Facts, "no memory for a fact");
    }
}

void RecordedOutcome::recordFact(std::string_view name, std::string_view json) {
    if (verdicts_ > 0) return breakContract(OutcomeRule::VerdictLast, "a fact after the verdict");
    if (!isName(name))
        return breakContract(OutcomeRule::Facts,
                             fmt::format("\"{}\" is not a fact's name", name.substr(0, kMaxNameBytes)));
    if (result_.facts.contains(name))
        return breakContract(OutcomeRule::Facts, fmt::format("fact \"{}\" twice", name));
    factBytes_ += json.size();
    if (result_.facts.size() >= limits_.maxFacts || factBytes_ > limits_.maxFactBytes)
        return breakContract(OutcomeRule::Facts, fmt::format("more than {} facts or {} bytes of them",
                                                             limits_.maxFacts, limits_.maxFactBytes));
    Result<Json> value = parseJson(json, {32, limits_.maxFactBytes});
    if (!value)
        return breakContract(OutcomeRule::Facts, fmt::format("fact \"{}\": {}", name, value.error().message));
    result_.facts[std::string(name)] = std::move(value).value();
}

ByteSink* RecordedOutcome::artifact(Slice name, Slice mediaType) noexcept {
    return open(name, mediaType, std::nullopt);
}

ByteSink* RecordedOutcome::appended(Slice name, Slice mediaType, std::uint32_t baseIndex) noexcept {
    if (baseIndex >= limits_.inputs) {
        breakContract(OutcomeRule::Artifacts, "appended() to an input that the call does not have");
        return open(name, mediaType, std::nullopt);
    }
    return open(name, mediaType, baseIndex);
}

// Never null, so that no plugin needs to look: what it writes into a sink that could not be opened is
// refused.
ByteSink* RecordedOutcome::open(Slice name, Slice mediaType,
                                std::optional<std::uint32_t> baseIndex) noexcept {
    static RefusingSink refusing;
    try {
        if (const Status added = addArtifact(name, mediaType, baseIndex); !added) {
            breakContract(verdicts_ > 0 ? OutcomeRule::VerdictLast : OutcomeRule::Artifacts,
                          added.error().message);
            return &refusing;
        }
        if (!result_.artifacts.back().file) return &refusing;
        return &sinks_.emplace_back(*this, result_.artifacts.size() - 1);
    } catch (...) {
        breakContract(OutcomeRule::Artifacts, "no memory for an artifact");
        return &refusing;
    }
}

Status RecordedOutcome::addArtifact(Slice name, Slice mediaType, std::optional<std::uint32_t> baseIndex) {
    if (verdicts_ > 0) return makeError(Errc::Invalid, "an artifact after the verdict");
    if (!isName(name))
        return makeError(Errc::Invalid, fmt::format("\"{}\" is not an artifact's name",
                                                    name.view().substr(0, kMaxNameBytes)));
    if (!isPrintable(mediaType, kMaxMediaTypeBytes) || mediaType.view().find('/') == std::string_view::npos)
        return makeError(Errc::Invalid, fmt::format("artifact \"{}\" without a media type", name.view()));
    for (const RecordedArtifact& artifact : result_.artifacts)
        if (artifact.name == name.view())
            return makeError(Errc::Invalid, fmt::format("artifact \"{}\" twice", name.view()));
    if (result_.artifacts.size() >= limits_.maxArtifacts)
        return makeError(Errc::Invalid, fmt::format("more than {} artifacts", limits_.maxArtifacts));
    if (!sinks_.empty()) sinks_.back().isOpen_ = false;
    RecordedArtifact artifact{std::string(name.view()), std::string(mediaType.view()), baseIndex, {}, 0, {}};
    auto file = openFile_();
    if (file)
        artifact.file = std::move(file).value();
    else if (!storage_)
        storage_ = file.error();
    result_.artifacts.push_back(std::move(artifact));
    return {};
}

bool RecordedOutcome::append(Sink& sink, Slice bytes) noexcept {
    if (!sink.isOpen_) {
        breakContract(OutcomeRule::VerdictLast, "a write into an artifact that was closed");
        return false;
    }
    if (storage_ || isLimitReached_) return false;
    RecordedArtifact& artifact = result_.artifacts[sink.artifact_];
    if (bytes.size > limits_.maxArtifactBytes - artifact.sizeBytes ||
        bytes.size > limits_.maxTotalBytes - totalBytes_) {
        isLimitReached_ = true;
        return false;
    }
    try {
        if (const Status written = writeAll(artifact.file.get(), bytes); !written) {
            storage_ = written.error();
            return false;
        }
    } catch (...) {
        breakContract(OutcomeRule::Artifacts, "no memory for a write");
        return false;
    }
    sink.hash_.update(bytes);
    artifact.sizeBytes += bytes.size;
    totalBytes_ += bytes.size;
    return true;
}

CallResult RecordedOutcome::take() {
    if (verdicts_ == 0) breakContract(OutcomeRule::OneVerdict, "no verdict");
    for (Sink& sink : sinks_) {
        sink.isOpen_ = false;
        result_.artifacts[sink.artifact_].sha256 = sink.hash_.digest();
    }
    if (break_.empty() && isLimitReached_ && result_.verdict == Verdict::Done)
        breakContract(OutcomeRule::RefusedWrite,
                      "done() although a write was refused: the artifact is not whole");
    CallResult result = std::move(result_);
    if (!break_.empty()) {
        result = CallResult{};
        result.reason = Reason::PluginFault;
        result.explanation = break_;
    } else if (storage_) {
        // Whatever the plugin made of the refused write, the cause is ours and passes.
        result = CallResult{};
        result.verdict = Verdict::RetryLater;
        result.reason = storage_->code == Errc::NoSpace ? Reason::StorageFull : Reason::StorageError;
        result.explanation = storage_->message;
    }
    if (result.verdict != Verdict::Done) result.artifacts.clear();
    if (result.verdict != Verdict::Done && result.verdict != Verdict::Rejected) result.facts = Json::object();
    return result;
}

}  // namespace greffe
