// SPDX-License-Identifier: Apache-2.0
#include "workers/call.h"

#include "base/bytes_text.h"
#include "base/json.h"
#include "sys/files.h"
#include "workers/frame_body.h"

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMostCalls = 64;
constexpr std::size_t kMostTextBytes = 4096;
constexpr std::size_t kMostAttachments = 16;
constexpr std::size_t kMostNameBytes = 64;
constexpr std::uint32_t kMostDelaySeconds = 31'536'000;

Error badFrame(std::string what) {
    return makeError(Errc::Corrupt, "worker frame: " + std::move(what), "the worker is stopped");
}

// A descriptor of the message by its place; each place may be used by several inputs.
class Descriptors {
public:
    explicit Descriptors(Message& message) {
        for (UniqueFd& fd : message.descriptors)
            shared_.push_back(std::make_shared<UniqueFd>(std::move(fd)));
    }
    std::shared_ptr<UniqueFd> at(std::uint32_t place) const {
        return place < shared_.size() ? shared_[place] : nullptr;
    }

private:
    std::vector<std::shared_ptr<UniqueFd>> shared_;
};

void writeInput(FieldWriter& fields, const CallInput& input, std::vector<int>& descriptors) {
    fields.u32(static_cast<std::uint32_t>(descriptors.size()));
    fields.u64(input.sizeBytes);
    fields.raw(asBytes(input.sha256));
    fields.bytes(input.slot);
    fields.bytes(input.name);
    fields.bytes(input.mediaType);
    descriptors.push_back(input.fd->get());
}

CallInput readInput(FieldReader& fields, const Descriptors& descriptors) {
    CallInput input;
    input.fd = descriptors.at(fields.u32());
    input.sizeBytes = fields.u64();
    const std::string_view digest = fields.raw(input.sha256.size());
    std::copy(digest.begin(), digest.end(), input.sha256.begin());
    input.slot = fields.bytes();
    input.name = fields.bytes();
    input.mediaType = fields.bytes();
    return input;
}

void writeAttachments(FieldWriter& fields, const std::vector<Attachment>& attachments) {
    fields.u32(static_cast<std::uint32_t>(attachments.size()));
    for (const Attachment& attachment : attachments) {
        fields.bytes(attachment.name);
        fields.bytes(attachment.bytes);
    }
}

Result<std::vector<Attachment>> readAttachments(FieldReader& fields) {
    std::vector<Attachment> attachments;
    const std::uint32_t count = fields.u32();
    if (count > kMostAttachments) return badFrame("more attachments than there may be");
    while (attachments.size() < count) {
        Attachment attachment;
        attachment.name = fields.bytes();
        attachment.bytes = fields.bytes();
        if (attachment.name.empty() || attachment.name.size() > kMostNameBytes ||
            std::any_of(attachments.begin(), attachments.end(),
                        [&](const Attachment& other) { return other.name == attachment.name; }))
            return badFrame("an attachment without a name of its own");
        attachments.push_back(std::move(attachment));
    }
    return attachments;
}

// A worker's facts are kept as they came, once they are known to be an object in strict JSON.
Result<std::string> readFacts(FieldReader& fields) {
    const std::string_view text = fields.bytes();
    if (text.empty()) return std::string("{}");
    JsonLimits limits;
    limits.maxBytes = MessageSocket::kMaxBodyBytes;
    auto facts = parseJson(text, limits);
    if (!facts) return badFrame(facts.error().message);
    if (!facts->is_object()) return badFrame("facts that are no object");
    return std::string(text);
}

Result<CallArtifact> readArtifact(FieldReader& fields, const Descriptors& descriptors) {
    CallArtifact artifact;
    artifact.name = fields.bytes();
    artifact.mediaType = fields.bytes();
    artifact.fd = descriptors.at(fields.u32());
    const std::int64_t base = fields.i64();
    if (artifact.name.empty() || artifact.fd == nullptr)
        return badFrame("an artifact without name or descriptor");
    if (base < CallArtifact::kNoBase || base >= static_cast<std::int64_t>(MessageSocket::kMaxDescriptors))
        return badFrame("an artifact behind an input that cannot be");
    artifact.baseInput = static_cast<std::int32_t>(base);
    // Sealed before its size is believed: the worker still holds it and must not change it while it is kept.
    if (!sealMemoryFile(artifact.fd->get())) return badFrame("an artifact that is not a memory file");
    auto facts = factsOf(artifact.fd->get());
    if (!facts) return badFrame("an artifact that cannot be looked at");
    artifact.sizeBytes = facts->sizeBytes;
    return artifact;
}

void writeOutcome(FieldWriter& fields, const CallOutcome& outcome, std::vector<int>& descriptors) {
    fields.u8(static_cast<std::uint8_t>(outcome.verdict));
    fields.bytes(outcome.reason == Reason::None ? std::string_view() : reasonCode(outcome.reason));
    fields.bytes(outcome.explanation);
    fields.u32(outcome.delaySeconds);
    fields.bytes(outcome.externalId);
    fields.i64(outcome.nextPollUnixMs);
    fields.i64(outcome.expiresAtUnixMs);
    fields.bytes(outcome.factsJson);
    writeAttachments(fields, outcome.attachments);
    fields.u32(static_cast<std::uint32_t>(outcome.artifacts.size()));
    for (const CallArtifact& artifact : outcome.artifacts) {
        fields.bytes(artifact.name);
        fields.bytes(artifact.mediaType);
        fields.u32(static_cast<std::uint32_t>(descriptors.size()));
        fields.i64(artifact.baseInput);
        descriptors.push_back(artifact.fd->get());
    }
}

Result<CallOutcome> readOutcome(FieldReader& fields, const Descriptors& descriptors) {
    CallOutcome outcome;
    const std::uint8_t verdict = fields.u8();
    if (verdict > static_cast<std::uint8_t>(Verdict::Uncertain)) return badFrame("unknown verdict");
    outcome.verdict = static_cast<Verdict>(verdict);
    if (const std::string_view code = fields.bytes(); !code.empty()) {
        const ReasonInfo* info = findReason(code);
        if (info == nullptr) return badFrame("unknown reason code");
        outcome.reason = info->reason;
    }
    outcome.explanation = clipUtf8(fields.bytes(), kMostTextBytes);
    outcome.delaySeconds = std::min(fields.u32(), kMostDelaySeconds);
    outcome.externalId = clipUtf8(fields.bytes(), kMostTextBytes);
    outcome.nextPollUnixMs = fields.i64();
    outcome.expiresAtUnixMs = fields.i64();
    GREFFE_TRY_ASSIGN(outcome.factsJson, readFacts(fields));
    GREFFE_TRY_ASSIGN(outcome.attachments, readAttachments(fields));
    const std::uint32_t count = fields.u32();
    if (count > MessageSocket::kMaxDescriptors) return badFrame("more artifacts than there may be");
    while (outcome.artifacts.size() < count) {
        GREFFE_TRY_ASSIGN(CallArtifact artifact, readArtifact(fields, descriptors));
        outcome.artifacts.push_back(std::move(artifact));
    }
    return outcome;
}

}  // namespace

std::string_view attachmentOf(const std::vector<Attachment>& attachments, std::string_view name) {
    for (const Attachment& attachment : attachments)
        if (attachment.name == name) return attachment.bytes;
    return {};
}

EncodedFrame encodeCalls(const std::vector<const CallRequest*>& calls) {
    EncodedFrame frame;
    FieldWriter fields;
    fields.u32(static_cast<std::uint32_t>(calls.size()));
    for (const CallRequest* call : calls) {
        fields.u64(call->id);
        fields.bytes(call->operation);
        fields.bytes(call->instance);
        fields.bytes(call->key);
        fields.i64(call->deadlineMs);
        fields.bytes(call->paramsJson);
        writeAttachments(fields, call->attachments);
        fields.u32(static_cast<std::uint32_t>(call->inputs.size()));
        for (const CallInput& input : call->inputs)
            writeInput(fields, input, frame.descriptors);
    }
    frame.body = fields.take();
    return frame;
}

Result<std::vector<CallRequest>> decodeCalls(Message& message) {
    const Descriptors descriptors(message);
    FieldReader fields(message.body);
    const std::uint32_t count = fields.u32();
    if (count > kMostCalls) return badFrame("more calls than there may be");
    std::vector<CallRequest> calls;
    while (calls.size() < count) {
        CallRequest call;
        call.id = fields.u64();
        call.operation = fields.bytes();
        call.instance = fields.bytes();
        call.key = fields.bytes();
        call.deadlineMs = fields.i64();
        const std::string_view params = fields.bytes();
        call.paramsJson = params.empty() ? "{}" : std::string(params);
        GREFFE_TRY_ASSIGN(call.attachments, readAttachments(fields));
        const std::uint32_t inputs = fields.u32();
        if (inputs > MessageSocket::kMaxDescriptors) return badFrame("more inputs than there may be");
        while (call.inputs.size() < inputs) {
            call.inputs.push_back(readInput(fields, descriptors));
            if (call.inputs.back().fd == nullptr) return badFrame("an input without a descriptor");
        }
        calls.push_back(std::move(call));
    }
    if (!fields.isAtEnd()) return badFrame("cut short, or bytes behind the last call");
    return calls;
}

EncodedFrame encodeAnswers(const std::vector<Answer>& answers, std::uint64_t residentBytes) {
    EncodedFrame frame;
    FieldWriter fields;
    fields.u64(residentBytes);
    fields.u32(static_cast<std::uint32_t>(answers.size()));
    for (const Answer& answer : answers) {
        fields.u64(answer.id);
        writeOutcome(fields, answer.outcome, frame.descriptors);
    }
    frame.body = fields.take();
    return frame;
}

Result<DecodedAnswers> decodeAnswers(Message& message) {
    const Descriptors descriptors(message);
    FieldReader fields(message.body);
    DecodedAnswers decoded;
    decoded.residentBytes = fields.u64();
    const std::uint32_t count = fields.u32();
    // None would still be a sign of life, and its deadline would begin anew.
    if (count == 0 || count > kMostCalls) return badFrame("no answer, or more than there may be");
    while (decoded.answers.size() < count) {
        Answer answer;
        answer.id = fields.u64();
        GREFFE_TRY_ASSIGN(answer.outcome, readOutcome(fields, descriptors));
        decoded.answers.push_back(std::move(answer));
    }
    if (!fields.isAtEnd()) return badFrame("cut short, or bytes behind the last answer");
    return decoded;
}

}  // namespace greffe
