// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/operations.h"

#include "base/json.h"

#include <fmt/format.h>

namespace greffe {

CallOutcome rejectedOutcome(Reason reason, std::string explanation) {
    CallOutcome outcome;
    outcome.verdict = Verdict::Rejected;
    outcome.reason = reason;
    outcome.explanation = std::move(explanation);
    return outcome;
}

CallOutcome unreadableOutcome(const Error& error) {
    CallOutcome outcome = rejectedOutcome(Reason::StorageError, error.text());
    outcome.verdict = Verdict::RetryLater;
    return outcome;
}

CallOutcome doneOutcome(std::string factsJson) {
    CallOutcome outcome;
    outcome.verdict = Verdict::Done;
    outcome.factsJson = std::move(factsJson);
    return outcome;
}

CallOutcome unknownOperation(const CallRequest& request) {
    if (request.operation == "echo") {
        CallOutcome echoed = doneOutcome(request.paramsJson);
        echoed.attachments = request.attachments;
        return echoed;
    }
    return rejectedOutcome(Reason::PluginMissing,
                           fmt::format("this pool does not know the operation \"{}\"", request.operation));
}

Result<MappedInputs> MappedInputs::map(const CallRequest& request) {
    MappedInputs mapped;
    for (const CallInput& input : request.inputs) {
        GREFFE_TRY_ASSIGN(MappedFile file, MappedFile::map(input.fd->get(), 0, input.sizeBytes));
        DocumentView view;
        view.index = static_cast<std::uint32_t>(mapped.views_.size());
        view.slot = Slice(input.slot);
        view.name = Slice(input.name);
        view.mediaType = Slice(input.mediaType);
        view.bytes = Slice(file.bytes());
        std::copy(input.sha256.begin(), input.sha256.end(), view.sha256);
        mapped.files_.push_back(std::move(file));
        mapped.views_.push_back(view);
    }
    return mapped;
}

CallOutcome recordCall(const CallRequest& request, const std::function<void(RecordedOutcome&)>& use) {
    OutcomeLimits limits;
    limits.inputs = static_cast<std::uint32_t>(request.inputs.size());
    RecordedOutcome recorder(limits);
    use(recorder);
    return toOutcome(recorder.take());
}

CallOutcome toOutcome(CallResult result) {
    CallOutcome outcome;
    outcome.verdict = result.verdict;
    outcome.reason = result.reason;
    outcome.explanation = std::move(result.explanation);
    outcome.delaySeconds = result.delaySeconds;
    outcome.externalId = std::move(result.externalId);
    outcome.nextPollUnixMs = result.nextPollUnixMs;
    outcome.expiresAtUnixMs = result.expiresAtUnixMs;
    if (!result.facts.empty()) outcome.factsJson = dumpJson(result.facts);
    for (RecordedArtifact& artifact : result.artifacts) {
        CallArtifact sent;
        sent.name = std::move(artifact.name);
        sent.mediaType = std::move(artifact.mediaType);
        sent.fd = std::make_shared<UniqueFd>(std::move(artifact.file));
        sent.sizeBytes = artifact.sizeBytes;
        if (artifact.baseIndex) sent.baseInput = static_cast<std::int32_t>(*artifact.baseIndex);
        outcome.artifacts.push_back(std::move(sent));
    }
    return outcome;
}

}  // namespace greffe
