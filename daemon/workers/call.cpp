// SPDX-License-Identifier: Apache-2.0
#include "workers/call.h"

#include "base/bytes_text.h"
#include "base/json.h"
#include "sys/files.h"
#include "workers/frame_body.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMostCalls = 64;
constexpr std::size_t kMostTextBytes = 4096;
constexpr std::size_t kMostAttachments = 16;
constexpr std::size_t kMostNameBytes = 64;

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
    std::shared_ptr<UniqueFd> at(std::int64_t place) const {
        return place >= 0 && static_cast<std::size_t>(place) < shared_.size()
                   ? shared_[static_cast<std::size_t>(place)]
                   : nullptr;
    }

private:
    std::vector<std::shared_ptr<UniqueFd>> shared_;
};

Json encodeInput(const CallInput& input, std::vector<int>& descriptors) {
    Json json = {{"fd", descriptors.size()},
                 {"size", input.sizeBytes},
                 {"sha256", toHex(input.sha256)},
                 {"slot", input.slot},
                 {"type", input.mediaType}};
    putBytes(json, "name", input.name);
    descriptors.push_back(input.fd->get());
    return json;
}

// Puts the attachments' names and sizes into the head, and their bytes behind it.
Json encodeAttachments(const std::vector<Attachment>& attachments, std::string& sections) {
    Json json = Json::array();
    for (const Attachment& attachment : attachments) {
        json.push_back({{"name", attachment.name}, {"size", attachment.bytes.size()}});
        sections += attachment.bytes;
    }
    return json;
}

Result<std::vector<Attachment>> decodeAttachments(const Json& entry, FrameBody& body) {
    std::vector<Attachment> attachments;
    const Json& list = memberOf(entry, "attachments");
    if (list.is_null()) return attachments;
    if (!list.is_array() || list.size() > kMostAttachments)
        return badFrame("attachments that are no short list");
    for (const Json& given : list) {
        Attachment attachment;
        attachment.name = textOf(given, "name");
        if (attachment.name.empty() || attachment.name.size() > kMostNameBytes ||
            std::any_of(attachments.begin(), attachments.end(),
                        [&](const Attachment& other) { return other.name == attachment.name; }))
            return badFrame("an attachment without a name of its own");
        auto bytes = body.take(numberOf(given, "size", -1));
        if (!bytes) return badFrame(bytes.error().message);
        attachment.bytes = *bytes;
        attachments.push_back(std::move(attachment));
    }
    return attachments;
}

struct OpenedFrame {
    FrameBody body;
    Json head;
};

Result<OpenedFrame> openFrame(const Message& message) {
    JsonLimits limits;
    limits.maxBytes = MessageSocket::kMaxBodyBytes;
    auto body = FrameBody::split(message.body);
    if (!body) return badFrame(body.error().message);
    auto head = parseJson(body->head(), limits);
    if (!head) return badFrame(head.error().message);
    return OpenedFrame{*body, std::move(*head)};
}

// A worker's facts are kept as they came, once they are known to be an object in strict JSON.
Status decodeFacts(const Json& entry, FrameBody& body, std::string& factsJson) {
    const std::int64_t size = numberOf(entry, "facts");
    if (size == 0) return {};
    auto text = body.take(size);
    if (!text) return badFrame(text.error().message);
    JsonLimits limits;
    limits.maxBytes = MessageSocket::kMaxBodyBytes;
    auto facts = parseJson(*text, limits);
    if (!facts) return badFrame(facts.error().message);
    if (!facts->is_object()) return badFrame("facts that are no object");
    factsJson = *text;
    return {};
}

Result<CallOutcome> decodeOutcome(const Json& json, FrameBody& body, const Descriptors& descriptors) {
    CallOutcome outcome;
    const std::int64_t verdict = numberOf(json, "verdict", -1);
    if (verdict < 0 || verdict > static_cast<std::int64_t>(Verdict::Uncertain))
        return badFrame("unknown verdict");
    outcome.verdict = static_cast<Verdict>(verdict);
    if (const std::string code = textOf(json, "reason"); !code.empty()) {
        const ReasonInfo* info = findReason(code);
        if (info == nullptr) return badFrame("unknown reason code");
        outcome.reason = info->reason;
    }
    outcome.explanation = clipUtf8(textOf(json, "text"), kMostTextBytes);
    outcome.delaySeconds =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(numberOf(json, "delay"), 0, 31'536'000));
    outcome.externalId = clipUtf8(textOf(json, "external_id"), kMostTextBytes);
    outcome.nextPollUnixMs = numberOf(json, "next_poll");
    outcome.expiresAtUnixMs = numberOf(json, "expires_at");
    GREFFE_TRY(decodeFacts(json, body, outcome.factsJson));
    GREFFE_TRY_ASSIGN(outcome.attachments, decodeAttachments(json, body));
    for (const Json& entry : memberOf(json, "artifacts")) {
        CallArtifact artifact;
        artifact.name = textOf(entry, "name");
        artifact.mediaType = textOf(entry, "type");
        artifact.fd = descriptors.at(numberOf(entry, "fd", -1));
        const std::int64_t base = numberOf(entry, "base", CallArtifact::kNoBase);
        if (artifact.name.empty() || artifact.fd == nullptr)
            return badFrame("an artifact without name or descriptor");
        if (base < CallArtifact::kNoBase || base >= static_cast<std::int64_t>(MessageSocket::kMaxDescriptors))
            return badFrame("an artifact behind an input that cannot be");
        artifact.baseInput = static_cast<std::int32_t>(base);
        // Sealed before its size is believed: the worker still holds it and must not change it while it is
        // kept.
        if (!sealMemoryFile(artifact.fd->get())) return badFrame("an artifact that is not a memory file");
        auto facts = factsOf(artifact.fd->get());
        if (!facts) return badFrame("an artifact that cannot be looked at");
        artifact.sizeBytes = facts->sizeBytes;
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
    std::string head = "[";
    std::string sections;
    for (const CallRequest* call : calls) {
        Json inputs = Json::array();
        for (const CallInput& input : call->inputs)
            inputs.push_back(encodeInput(input, frame.descriptors));
        if (head.size() > 1) head += ',';
        head +=
            fmt::format(R"({{"id":{},"op":{},"instance":{},"key":{},"deadline":{},"inputs":{},"params":{})",
                        call->id, dumpJson(call->operation), dumpJson(call->instance), dumpJson(call->key),
                        call->deadlineMs, dumpJson(inputs), call->paramsJson.size());
        sections += call->paramsJson;
        if (!call->attachments.empty())
            head += ",\"attachments\":" + dumpJson(encodeAttachments(call->attachments, sections));
        head += '}';
    }
    head += ']';
    frame.body = joinFrameBody(head, sections);
    return frame;
}

Result<std::vector<CallRequest>> decodeCalls(Message& message) {
    const Descriptors descriptors(message);
    GREFFE_TRY_ASSIGN(OpenedFrame frame, openFrame(message));
    if (!frame.head.is_array() || frame.head.size() > kMostCalls) return badFrame("not a list of calls");
    std::vector<CallRequest> calls;
    for (const Json& entry : frame.head) {
        CallRequest call;
        call.id = static_cast<std::uint64_t>(numberOf(entry, "id"));
        call.operation = textOf(entry, "op");
        call.instance = textOf(entry, "instance");
        call.key = textOf(entry, "key");
        call.deadlineMs = numberOf(entry, "deadline");
        auto params = frame.body.take(numberOf(entry, "params", -1));
        if (!params) return badFrame(params.error().message);
        call.paramsJson = params->empty() ? "{}" : std::string(*params);
        GREFFE_TRY_ASSIGN(call.attachments, decodeAttachments(entry, frame.body));
        for (const Json& given : memberOf(entry, "inputs")) {
            CallInput input;
            input.fd = descriptors.at(numberOf(given, "fd", -1));
            input.sizeBytes = static_cast<std::uint64_t>(numberOf(given, "size"));
            input.slot = textOf(given, "slot");
            input.name = bytesOf(given, "name");
            input.mediaType = textOf(given, "type");
            if (input.fd == nullptr || !fromHex(textOf(given, "sha256"), input.sha256))
                return badFrame("a bad input");
            call.inputs.push_back(std::move(input));
        }
        calls.push_back(std::move(call));
    }
    if (!frame.body.isAtEnd()) return badFrame("bytes behind the last call");
    return calls;
}

EncodedFrame encodeAnswers(const std::vector<Answer>& answers, std::uint64_t residentBytes) {
    EncodedFrame frame;
    std::string head = fmt::format(R"({{"rss":{},"answers":[)", residentBytes);
    std::string sections;
    bool isFirst = true;
    for (const Answer& answer : answers) {
        const CallOutcome& outcome = answer.outcome;
        Json json = {{"id", answer.id}, {"verdict", static_cast<std::uint32_t>(outcome.verdict)}};
        if (outcome.reason != Reason::None) json["reason"] = reasonCode(outcome.reason);
        if (!outcome.explanation.empty()) json["text"] = outcome.explanation;
        if (outcome.delaySeconds != 0) json["delay"] = outcome.delaySeconds;
        if (outcome.verdict == Verdict::Waiting) {
            json["external_id"] = outcome.externalId;
            json["next_poll"] = outcome.nextPollUnixMs;
            json["expires_at"] = outcome.expiresAtUnixMs;
        }
        for (const CallArtifact& artifact : outcome.artifacts) {
            json["artifacts"].push_back({{"name", artifact.name},
                                         {"type", artifact.mediaType},
                                         {"fd", frame.descriptors.size()},
                                         {"base", artifact.baseInput}});
            frame.descriptors.push_back(artifact.fd->get());
        }
        if (outcome.factsJson.size() > 2) {
            json["facts"] = outcome.factsJson.size();
            sections += outcome.factsJson;
        }
        if (!outcome.attachments.empty())
            json["attachments"] = encodeAttachments(outcome.attachments, sections);
        if (!isFirst) head += ',';
        isFirst = false;
        head += dumpJson(json);
    }
    head += "]}";
    frame.body = joinFrameBody(head, sections);
    return frame;
}

Result<DecodedAnswers> decodeAnswers(Message& message) {
    const Descriptors descriptors(message);
    GREFFE_TRY_ASSIGN(OpenedFrame frame, openFrame(message));
    DecodedAnswers decoded;
    decoded.residentBytes =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, numberOf(frame.head, "rss")));
    const Json& list = memberOf(frame.head, "answers");
    if (!list.is_array() || list.size() > kMostCalls) return badFrame("not a list of answers");
    for (const Json& entry : list) {
        Answer answer;
        answer.id = static_cast<std::uint64_t>(numberOf(entry, "id"));
        GREFFE_TRY_ASSIGN(answer.outcome, decodeOutcome(entry, frame.body, descriptors));
        decoded.answers.push_back(std::move(answer));
    }
    if (!frame.body.isAtEnd()) return badFrame("bytes behind the last answer");
    return decoded;
}

}  // namespace greffe
