// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/seal_operations.h"

#include "base/json.h"
#include "base/sha256.h"
#include "seal/stamp_check.h"

#include <greffe/capability/sealer.h>

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMaxTailBytes = 64U << 20U;

class TailSink final : public ByteSink {
public:
    bool write(Slice bytes) noexcept override {
        if (text_.size() + bytes.size > kMaxTailBytes) return false;
        try {
            text_.append(bytes.data, bytes.size);
            return true;
        } catch (...) {
            return false;
        }
    }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

// The digest of document‖tail without the gap. The gap lies in the tail: what was there before must be
// covered.
Result<Digest> digestAround(std::string_view document, std::string_view tail, const SealGap& gap) {
    if (gap.offset < document.size() || gap.size == 0 || gap.offset + gap.size < gap.offset ||
        gap.offset + gap.size > document.size() + tail.size())
        return makeError(Errc::Invalid, "the gap does not lie in the appended bytes");
    const std::size_t start = static_cast<std::size_t>(gap.offset - document.size());
    Sha256 hash;
    hash.update(document);
    hash.update(tail.substr(0, start));
    hash.update(tail.substr(start + static_cast<std::size_t>(gap.size)));
    return hash.digest();
}

}  // namespace

CallOutcome prepareSeal(HostedInstances& instances, const CallRequest& request,
                        const std::vector<DocumentView>& views) {
    CallOutcome problem;
    auto* sealer = findCapability<Sealer>(instances, request, problem);
    if (sealer == nullptr) return problem;
    TailSink tail;
    SealGap gap;
    CallOutcome outcome = recordCall(request, [&](RecordedOutcome& recorder) {
        sealer->prepare(views.front(), Slice(request.paramsJson), tail, gap, recorder);
    });
    if (outcome.verdict != Verdict::Done) return outcome;
    auto digest = digestAround(views.front().bytes, tail.text(), gap);
    if (!digest) return rejectedOutcome(Reason::PluginFault, digest.error().text());
    auto file = memoryFile("tail");
    if (!file || !writeAll(file->get(), tail.text()))
        return rejectedOutcome(Reason::OutOfMemory, "no room for the tail");
    CallArtifact artifact;
    artifact.name = "tail";
    artifact.mediaType = "application/octet-stream";
    artifact.fd = std::make_shared<UniqueFd>(std::move(*file));
    artifact.sizeBytes = tail.text().size();
    outcome.artifacts.push_back(std::move(artifact));
    Json facts = storedJson(outcome.factsJson);
    facts["gap_offset"] = gap.offset;
    facts["gap_size"] = gap.size;
    outcome.factsJson = dumpJson(facts);
    outcome.attachments.push_back({"digest", std::string(asBytes(*digest))});
    return outcome;
}

CallOutcome embedSeal(HostedInstances& instances, const CallRequest& request,
                      const std::vector<DocumentView>& views) {
    CallOutcome problem;
    auto* sealer = findCapability<Sealer>(instances, request, problem);
    if (sealer == nullptr) return problem;
    auto params = parseJson(request.paramsJson);
    if (!params || views.size() != 2) return rejectedOutcome(Reason::PluginFault, "seal.embed: wrong call");
    SealGap gap;
    gap.offset = static_cast<std::uint64_t>(numberOf(*params, "gap_offset"));
    gap.size = static_cast<std::uint64_t>(numberOf(*params, "gap_size"));
    const std::string_view digest = attachmentOf(request.attachments, "digest");
    const std::string_view cms = attachmentOf(request.attachments, "cms");
    const std::string_view token = attachmentOf(request.attachments, "token");
    // Anew, from the bytes at hand: a digest that came around through two other processes proves nothing.
    auto again = digestAround(views[0].bytes, views[1].bytes, gap);
    if (!again || asBytes(*again) != digest)
        return rejectedOutcome(Reason::BytesLost, "the prepared bytes are not those that were signed");
    if (!token.empty())
        if (const Status stamped = checkStamp(token, attachmentOf(request.attachments, "imprint"),
                                              attachmentOf(request.attachments, "nonce"));
            !stamped)
            return rejectedOutcome(Reason::BadAnswer, stamped.error().text());
    SealMaterial material;
    material.cms = Slice(cms);
    material.timestampToken = Slice(token);
    return recordCall(request, [&](RecordedOutcome& recorder) {
        TailSink tail;
        RecordedOutcome verdict;
        sealer->embed(views[0], views[1].bytes, gap, again->data(), material, tail, verdict);
        CallResult result = verdict.take();
        for (const auto& [name, value] : result.facts.items())
            recorder.fact(name, dumpJson(value));
        if (result.verdict == Verdict::Done) {
            if (tail.text().size() != views[1].bytes.size) {
                recorder.rejected(reasonCode(Reason::PluginFault),
                                  "the sealer changed the length of the tail");
                return;
            }
            ByteSink* sealed = recorder.appended("sealed", views[0].mediaType, 0);
            if (sealed != nullptr && sealed->write(Slice(tail.text()))) {
                recorder.done();
            } else {
                // Our own memory file, not the plugin's doing.
                recorder.retryLater(0, reasonCode(Reason::StorageError), "no room for the sealed document");
            }
        } else if (result.verdict == Verdict::Rejected) {
            recorder.rejected(reasonCode(result.reason), result.explanation);
        } else {
            recorder.retryLater(result.delaySeconds, reasonCode(result.reason), result.explanation);
        }
    });
}

}  // namespace greffe
