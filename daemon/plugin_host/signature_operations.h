// SPDX-License-Identifier: Apache-2.0
// What the providers pool does with a signature provider (capability/signature_provider.h):
//
//   sign.send     params: the request; inputs: its documents      facts: what send() says
//   sign.status   params: the facts of sign.send                  facts: "status", "signers", "reason"
//   sign.fetch    the same                                        artifacts: document-0, …, proof-0, …
//   sign.cancel   params: {"sent": those facts, "reason": text}
//   sign.event    attachments: headers, body                      facts: "event_id", "remote_id"
#pragma once

#include "workers/call.h"

#include <string_view>
#include <vector>

namespace greffe {

class HttpExchange;
class SignatureProvider;

inline constexpr std::string_view kReadSignatureEvent = "sign.event";

bool isSignatureExchange(std::string_view operation);

// A new exchange, whose owner the caller becomes. `documents` outlive it.
HttpExchange* signatureExchange(SignatureProvider& provider, const CallRequest& request,
                                const std::vector<DocumentView>& documents);

// How many HTTP requests such an exchange may make: those of any other, and three for each document and each
// signer (SPEC.md, HTTP-1).
std::uint32_t mostRequestsOf(const CallRequest& request);

CallOutcome readSignatureEvent(SignatureProvider& provider, const CallRequest& request);

}  // namespace greffe
