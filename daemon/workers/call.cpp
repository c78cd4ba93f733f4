// SPDX-License-Identifier: Apache-2.0
#include "workers/call.h"

#include "base/bytes_text.h"
#include "base/json.h"
#include "sys/files.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr std::size_t kMostCalls = 64;
constexpr std::size_t kMostTextBytes = 4096;

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

Result<CallOutcome> decodeOutcome(const Json& json, const Descriptors& descriptors) {
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
    if (const Json& facts = memberOf(json, "facts"); facts.is_object()) outcome.factsJson = dumpJson(facts);
    for (const Json& entry : memberOf(json, "artifacts")) {
        CallArtifact artifact;
        artifact.name = textOf(entry, "name");
        artifact.mediaType = textOf(entry, "type");
        artifact.fd = descriptors.at(numberOf(entry, "fd", -1));
        artifact.baseInput = static_cast<std::int32_t>(numberOf(entry, "base", CallArtifact::kNoBase));
        if (artifact.name.empty() || artifact.fd == nullptr)
            return badFrame("an artifact without name or descriptor");
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

EncodedFrame encodeCalls(const std::vector<const CallRequest*>& calls) {
    EncodedFrame frame;
    // Params are JSON text already: they are put in as they are, neither parsed nor copied through a tree.
    frame.body = "[";
    for (const CallRequest* call : calls) {
        Json inputs = Json::array();
        for (const CallInput& input : call->inputs)
            inputs.push_back(encodeInput(input, frame.descriptors));
        if (frame.body.size() > 1) frame.body += ',';
        frame.body +=
            fmt::format(R"({{"id":{},"op":{},"instance":{},"key":{},"deadline":{},"inputs":{},"params":)",
                        call->id, dumpJson(call->operation), dumpJson(call->instance), dumpJson(call->key),
                        call->deadlineMs, dumpJson(inputs));
        frame.body += call->paramsJson.empty() ? "{}" : call->paramsJson;
        frame.body += '}';
    }
    frame.body += ']';
    return frame;
}

Result<std::vector<CallRequest>> decodeCalls(Message& message) {
    const Descriptors descriptors(message);
    JsonLimits limits;
    limits.maxBytes = MessageSocket::kMaxBodyBytes;
    GREFFE_TRY_ASSIGN(const Json body, parseJson(message.body, limits));
    if (!body.is_array() || body.size() > kMostCalls) return badFrame("not a list of calls");
    std::vector<CallRequest> calls;
    for (const Json& entry : body) {
        CallRequest call;
        call.id = static_cast<std::uint64_t>(numberOf(entry, "id"));
        call.operation = textOf(entry, "op");
        call.instance = textOf(entry, "instance");
        call.key = textOf(entry, "key");
        call.deadlineMs = numberOf(entry, "deadline");
        call.paramsJson = dumpJson(memberOf(entry, "params"));
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
    return calls;
}

EncodedFrame encodeAnswers(const std::vector<Answer>& answers, std::uint64_t residentBytes) {
    EncodedFrame frame;
    frame.body = fmt::format(R"({{"rss":{},"answers":[)", residentBytes);
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
        std::string text = dumpJson(json);
        if (outcome.factsJson.size() > 2) {
            text.pop_back();
            text += ",\"facts\":" + outcome.factsJson + "}";
        }
        if (!isFirst) frame.body += ',';
        isFirst = false;
        frame.body += text;
    }
    frame.body += "]}";
    return frame;
}

Result<DecodedAnswers> decodeAnswers(Message& message) {
    const Descriptors descriptors(message);
    JsonLimits limits;
    limits.maxBytes = MessageSocket::kMaxBodyBytes;
    auto body = parseJson(message.body, limits);
    if (!body) return badFrame(body.error().message);
    DecodedAnswers decoded;
    decoded.residentBytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, numberOf(*body, "rss")));
    const Json& list = memberOf(*body, "answers");
    if (!list.is_array() || list.size() > kMostCalls) return badFrame("not a list of answers");
    for (const Json& entry : list) {
        Answer answer;
        answer.id = static_cast<std::uint64_t>(numberOf(entry, "id"));
        GREFFE_TRY_ASSIGN(answer.outcome, decodeOutcome(entry, descriptors));
        decoded.answers.push_back(std::move(answer));
    }
    return decoded;
}

}  // namespace greffe
