// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/signature_operations.h"

#include "base/json.h"
#include "plugin_host/exchange_run.h"
#include "plugin_host/operations.h"

#include <greffe/capability/signature_provider.h>

namespace greffe {
namespace {

constexpr std::string_view kSend = "sign.send", kStatus = "sign.status", kFetch = "sign.fetch",
                           kCancel = "sign.cancel";
constexpr std::uint32_t kRequestsEach = 3;

}  // namespace

bool isSignatureExchange(std::string_view operation) {
    return operation == kSend || operation == kStatus || operation == kFetch || operation == kCancel;
}

HttpExchange* signatureExchange(SignatureProvider& provider, const CallRequest& request,
                                const std::vector<DocumentView>& documents) {
    if (request.operation == kSend)
        return provider.send(Slice(request.paramsJson), documents.data(),
                             static_cast<std::uint32_t>(documents.size()));
    if (request.operation == kStatus) return provider.status(Slice(request.paramsJson));
    if (request.operation == kFetch) return provider.fetch(Slice(request.paramsJson));
    const Json params = storedJson(request.paramsJson);
    const std::string sent = dumpJson(memberOf(params, "sent"));
    const std::string reason = textOf(params, "reason");
    return provider.cancel(Slice(sent), Slice(reason));
}

std::uint32_t mostRequestsOf(const CallRequest& request) {
    const Json params = storedJson(request.paramsJson);
    const Json& sent = request.operation == kCancel ? memberOf(params, "sent") : params;
    const std::size_t parts = memberOf(sent, "documents").size() + memberOf(sent, "signers").size();
    return ExchangeRun::kMostRequests + kRequestsEach * static_cast<std::uint32_t>(parts);
}

CallOutcome readSignatureEvent(SignatureProvider& provider, const CallRequest& request) {
    return recordCall(request, [&](RecordedOutcome& outcome) {
        provider.readEvent(Slice(attachmentOf(request.attachments, "headers")),
                           Slice(attachmentOf(request.attachments, "body")), outcome);
    });
}

}  // namespace greffe
