// SPDX-License-Identifier: Apache-2.0
#include "simulate/stand_in_signing.h"

#include "base/bytes_text.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

CallOutcome done(const Json& facts) {
    CallOutcome outcome;
    outcome.verdict = Verdict::Done;
    outcome.factsJson = dumpJson(facts);
    return outcome;
}

CallOutcome failed(Verdict verdict, Reason reason, std::string explanation) {
    CallOutcome outcome;
    outcome.verdict = verdict;
    outcome.reason = reason;
    outcome.explanation = std::move(explanation);
    return outcome;
}

// The bytes and a comment behind them, which every reader of PDFs passes over.
Result<CallArtifact> artifactOf(const std::string& name, const std::string& bytes) {
    CallArtifact artifact;
    artifact.name = name;
    artifact.mediaType = "application/pdf";
    artifact.sizeBytes = bytes.size();
    GREFFE_TRY_ASSIGN(UniqueFd fd, sealedMemoryFile("greffe-simulated-signature", bytes));
    artifact.fd = std::make_shared<UniqueFd>(std::move(fd));
    return artifact;
}

bool isCalled(const Json& signer, const Json& asked, const std::string& name) {
    const std::string id = textOf(signer, "id");
    return name.empty() || id == name || id.substr(0, id.rfind('-')) == name ||
           textOf(asked, "email") == name;
}

}  // namespace

StandInSigning::Request* StandInSigning::find(const std::string& instance, const std::string& remoteId) {
    const auto found = requests_.find(remoteId);
    return found == requests_.end() || found->second.instance != instance ? nullptr : &found->second;
}

Json StandInSigning::shown(const Request& request) {
    Json facts = {{"remote_id", request.id}, {"status", request.status}, {"signers", request.signers}};
    if (!request.reason.empty()) facts["reason"] = request.reason;
    return facts;
}

CallOutcome StandInSigning::send(const CallRequest& call) {
    const Json asked = storedJson(call.paramsJson);
    for (const auto& [id, known] : requests_)
        if (known.instance == call.instance &&
            textOf(known.asked, "external_id") == textOf(asked, "external_id"))
            return done(shown(known));
    Request request;
    request.instance = call.instance;
    request.id = fmt::format("simulated-{}", requests_.size() + 1);
    request.asked = asked;
    request.signers = Json::array();
    for (const Json& signer : memberOf(asked, "signers"))
        request.signers.push_back({{"id", textOf(signer, "id")},
                                   {"remote_id", request.id + "/" + textOf(signer, "id")},
                                   {"status", "notified"}});
    request.documents = call.inputs;
    return done(shown(requests_.emplace(request.id, std::move(request)).first->second));
}

CallOutcome StandInSigning::fetch(const Request& request) {
    CallOutcome outcome = done(Json::object());
    const auto add = [&](const std::string& name, const std::string& bytes) -> Status {
        GREFFE_TRY_ASSIGN(CallArtifact artifact, artifactOf(name, bytes));
        outcome.artifacts.push_back(std::move(artifact));
        return {};
    };
    const auto addAll = [&]() -> Status {
        for (std::size_t i = 0; i < request.documents.size(); ++i) {
            const CallInput& document = request.documents[i];
            GREFFE_TRY_ASSIGN(const MappedFile file,
                              MappedFile::map(document.fd->get(), 0, document.sizeBytes));
            GREFFE_TRY(add(fmt::format("document-{}", i),
                           fmt::format("{}\n% SIMULATION: signed in {}\n", file.bytes(), request.id)));
        }
        return add("proof-0", fmt::format("%PDF-1.4\n% SIMULATION: proof of {}\n%%EOF\n", request.id));
    };
    if (const Status added = addAll(); !added)
        return failed(Verdict::RetryLater, Reason::StorageError, added.error().text());
    return outcome;
}

CallOutcome StandInSigning::answer(const CallRequest& call) {
    if (call.operation == "sign.send") return send(call);
    const Json params = storedJson(call.paramsJson);
    const Json& sent = call.operation == "sign.cancel" ? memberOf(params, "sent") : params;
    Request* const request = find(call.instance, textOf(sent, "remote_id"));
    if (request == nullptr)
        return failed(Verdict::Rejected, Reason::UnknownRequest,
                      fmt::format("{} knows no such request (simulated)", call.instance));
    if (call.operation == "sign.status") return done(shown(*request));
    if (call.operation == "sign.fetch" && request->status == "signed") return fetch(*request);
    if (call.operation == "sign.cancel") {
        if (request->status == "waiting") {
            request->status = "cancelled";
            request->reason = textOf(params, "reason");
        }
        return done(Json::object());
    }
    return failed(Verdict::RetryLater, Reason::ProviderError, "not everybody has signed (simulated)");
}

Status StandInSigning::act(const std::string& instance, const std::string& remoteId,
                           const std::string& signer, Act act, const std::string& reason, WallTime now) {
    Request* const request = find(instance, remoteId);
    if (request == nullptr) return makeError(Errc::NotFound, "nobody was asked to sign");
    if (request->status != "waiting")
        return makeError(Errc::Invalid, fmt::format("the request has ended: {}", request->status));
    const Json& asked = memberOf(request->asked, "signers");
    bool isSomebody = false;
    for (std::size_t i = 0; i < request->signers.size(); ++i) {
        Json& one = request->signers[i];
        if (textOf(one, "status") == "signed") {
            if (boolOf(request->asked, "ordered")) continue;
        } else if (boolOf(request->asked, "ordered") && !isCalled(one, asked[i], signer)) {
            return makeError(Errc::Invalid, fmt::format("\"{}\" signs first", textOf(one, "id")));
        }
        if (!isCalled(one, asked[i], signer) || textOf(one, "status") == "signed") continue;
        isSomebody = true;
        if (act == Act::WrongCode) return {};
        if (act == Act::Refuse) {
            if (!boolOf(request->asked, "may_decline"))
                return makeError(Errc::Invalid, "the pipeline gives signers no way to say no");
            one["status"] = "refused";
            one["reason"] = reason;
            request->status = "refused";
            request->reason = reason;
            return {};
        }
        one["status"] = "signed";
        one["signed_unix"] = toUnixMs(now) / 1000;
        if (!signer.empty()) break;
    }
    if (!isSomebody)
        return makeError(Errc::NotFound,
                         fmt::format("nobody called \"{}\" has still to sign", displayText(signer)));
    const bool isSigned = std::all_of(request->signers.begin(), request->signers.end(),
                                      [](const Json& one) { return textOf(one, "status") == "signed"; });
    if (isSigned) request->status = "signed";
    return {};
}

Status StandInSigning::takeBack(const std::string& instance, const std::string& remoteId) {
    Request* const request = find(instance, remoteId);
    if (request == nullptr || request->status != "waiting")
        return makeError(Errc::NotFound, "no request waits for signatures");
    request->status = "cancelled";
    return {};
}

}  // namespace greffe
