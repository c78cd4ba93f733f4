// SPDX-License-Identifier: Apache-2.0
#include "simulate/pure_results.h"

#include "base/clock.h"
#include "base/json.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace greffe {
namespace {

// Nobody finds them on another day (nameOf), and they hold what documents hold.
constexpr std::chrono::milliseconds kKeptFor = std::chrono::hours(36);
constexpr std::size_t kMostBytes = 128U << 20U;
constexpr std::uint64_t kLargestResult = 32U << 20U;
constexpr std::size_t kDigestBytes = sizeof(Digest);

// A verdict about the document stays; one about the machine does not.
bool isLasting(const CallOutcome& outcome) {
    if (outcome.hasCrashed) return false;
    return outcome.verdict == Verdict::Done ||
           (outcome.verdict == Verdict::Rejected && describe(outcome.reason).cls == ReasonClass::Sender);
}

void addField(Sha256& hash, std::string_view field) {
    hash.update(fmt::format("{}:", field.size()));
    hash.update(field);
}

Result<std::string> bytesOf(const CallArtifact& artifact) {
    GREFFE_TRY_ASSIGN(const MappedFile mapped, MappedFile::map(artifact.fd->get(), 0, artifact.sizeBytes));
    return std::string(mapped.bytes());
}

Result<Digest> digestOf(const CallInput& input) {
    if (input.sha256 != Digest{}) return input.sha256;
    GREFFE_TRY_ASSIGN(const MappedFile mapped, MappedFile::map(input.fd->get(), 0, input.sizeBytes));
    return sha256(mapped.bytes());
}

// The date is in it: whether a certificate holds may be another question tomorrow.
Result<Digest> nameOf(const CallRequest& request, const std::string& builds) {
    Sha256 hash;
    for (const std::string_view field :
         {std::string_view(builds), std::string_view(request.operation), std::string_view(request.instance),
          std::string_view(request.paramsJson)})
        addField(hash, field);
    addField(hash, formatUtc(systemClock().wall()).substr(0, 10));
    for (const CallInput& input : request.inputs) {
        GREFFE_TRY_ASSIGN(const Digest digest, digestOf(input));
        addField(hash, toHex(digest));
        for (const std::string* text : {&input.slot, &input.name, &input.mediaType})
            addField(hash, *text);
    }
    for (const Attachment& attachment : request.attachments) {
        addField(hash, attachment.name);
        addField(hash, attachment.bytes);
    }
    return hash.digest();
}

// A line of JSON, then the bytes of artifacts and attachments one behind the other; a digest before it all.
Result<std::string> textOf(const CallOutcome& outcome) {
    Json head = {{"verdict", static_cast<int>(outcome.verdict)},
                 {"reason", reasonCode(outcome.reason)},
                 {"explanation", outcome.explanation},
                 {"facts", outcome.factsJson},
                 {"artifacts", Json::array()},
                 {"attachments", Json::array()}};
    std::string bytes;
    for (const CallArtifact& artifact : outcome.artifacts) {
        GREFFE_TRY_ASSIGN(const std::string content, bytesOf(artifact));
        head["artifacts"].push_back({{"name", artifact.name},
                                     {"media_type", artifact.mediaType},
                                     {"size", content.size()},
                                     {"base_input", artifact.baseInput}});
        bytes += content;
    }
    for (const Attachment& attachment : outcome.attachments) {
        head["attachments"].push_back({{"name", attachment.name}, {"size", attachment.bytes.size()}});
        bytes += attachment.bytes;
    }
    const std::string text = dumpJson(head) + "\n" + bytes;
    const Digest digest = sha256(text);
    return std::string(reinterpret_cast<const char*>(digest.data()), kDigestBytes) + text;
}

std::optional<CallOutcome> outcomeOf(std::string_view text) {
    if (text.size() < kDigestBytes) return std::nullopt;
    const Digest digest = sha256(text.substr(kDigestBytes));
    if (text.substr(0, kDigestBytes) !=
        std::string_view(reinterpret_cast<const char*>(digest.data()), kDigestBytes))
        return std::nullopt;
    text.remove_prefix(kDigestBytes);
    const std::size_t end = text.find('\n');
    const Json head = storedJson(text.substr(0, end));
    const ReasonInfo* const reason = findReason(greffe::textOf(head, "reason"));
    if (end == std::string_view::npos || !head.is_object()) return std::nullopt;
    text.remove_prefix(end + 1);
    CallOutcome outcome;
    outcome.verdict = static_cast<Verdict>(numberOf(head, "verdict"));
    outcome.reason = reason != nullptr ? reason->reason : Reason::None;
    outcome.explanation = greffe::textOf(head, "explanation");
    outcome.factsJson = greffe::textOf(head, "facts", "{}");
    const auto next = [&text](const Json& part) {
        const auto size =
            std::min<std::size_t>(text.size(), static_cast<std::size_t>(numberOf(part, "size")));
        const std::string_view bytes = text.substr(0, size);
        text.remove_prefix(size);
        return bytes;
    };
    for (const Json& part : memberOf(head, "artifacts")) {
        const std::string_view bytes = next(part);
        auto fd = sealedMemoryFile("greffe-result", bytes);
        if (!fd) return std::nullopt;
        outcome.artifacts.push_back({greffe::textOf(part, "name"), greffe::textOf(part, "media_type"),
                                     std::make_shared<UniqueFd>(std::move(*fd)), bytes.size(),
                                     static_cast<std::int32_t>(numberOf(part, "base_input"))});
    }
    for (const Json& part : memberOf(head, "attachments"))
        outcome.attachments.push_back({greffe::textOf(part, "name"), std::string(next(part))});
    return outcome;
}

}  // namespace

PureResults::PureResults(std::string folder) : folder_(std::move(folder)) {
    // Without a folder there is memory.
    if (!folder_.empty() && makeDirectories(folder_)) removeOld();
}

void PureResults::removeOld() const {
    const auto folder = openDirectory(folder_);
    if (!folder) return;
    const std::int64_t oldest = (toUnixMs(systemClock().wall()) - kKeptFor.count()) * 1'000'000;
    std::vector<std::string> old;
    static_cast<void>(listDirectory(folder->get(), [&](const std::string& name) {
        const auto facts = factsAt(folder->get(), name);
        if (facts && facts->isRegular() && facts->mtimeNs < oldest) old.push_back(name);
        return true;
    }));
    for (const std::string& name : old)
        static_cast<void>(removeFileAt(folder->get(), name));
}

std::optional<CallOutcome> PureResults::find(const Digest& work) {
    const std::scoped_lock lock(mutex_);
    if (const auto known = byWork_.find(work); known != byWork_.end()) {
        texts_.splice(texts_.begin(), texts_, known->second);
        return outcomeOf(texts_.front().second);
    }
    if (folder_.empty()) return std::nullopt;
    auto text = readFile(folder_ + "/" + toHex(work), kLargestResult);
    if (!text) return std::nullopt;
    auto outcome = outcomeOf(*text);
    if (outcome) remember(work, std::move(*text));
    return outcome;
}

void PureResults::keep(const Digest& work, const CallOutcome& outcome) {
    auto text = textOf(outcome);
    if (!text || text->size() > kLargestResult) return;
    const std::scoped_lock lock(mutex_);
    if (!folder_.empty()) {
        // Not synced: what a power cut leaves half is work to be done again.
        const std::string path = folder_ + "/" + toHex(work);
        const std::string part = fmt::format("{}.{}.part", path, getpid());
        const UniqueFd fd(open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (fd && (!writeAll(fd.get(), *text) || rename(part.c_str(), path.c_str()) != 0))
            static_cast<void>(unlink(part.c_str()));
    }
    remember(work, std::move(*text));
}

void PureResults::remember(const Digest& work, std::string text) {
    if (byWork_.count(work) != 0) return;
    bytes_ += text.size();
    texts_.emplace_front(work, std::move(text));
    byWork_[work] = texts_.begin();
    while (bytes_ > kMostBytes && texts_.size() > 1) {
        bytes_ -= texts_.back().second.size();
        byWork_.erase(texts_.back().first);
        texts_.pop_back();
    }
}

void RememberedCalls::submit(CallRequest request, bool isReplayable, Done done) {
    const auto work = nameOf(request, builds_);
    if (!work || !isReplayable) return documents_.submit(std::move(request), isReplayable, std::move(done));
    if (auto known = results_.find(*work)) {
        auto shared = std::make_shared<CallOutcome>(std::move(*known));
        return reactor_.post([shared, done = std::move(done)] { done(std::move(*shared)); });
    }
    documents_.submit(std::move(request), isReplayable,
                      [this, work = *work, done = std::move(done)](CallOutcome outcome) {
                          if (isLasting(outcome)) results_.keep(work, outcome);
                          done(std::move(outcome));
                      });
}

}  // namespace greffe
