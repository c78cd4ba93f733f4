// SPDX-License-Identifier: Apache-2.0
// "signature-provider/1": has documents signed by people, at a service over HTTP. Pool: providers. Effect
// class: once; sans-IO (http.h).
//
// One request: N documents, M signers. Its life, as the house knows it:
//
//   waiting ── all signed ──► signed                       the service has it, people are asked
//           ── a signer says no ──► refused
//           ── taken back at the service, or by cancel() ──► cancelled
//           ── its last day is over ──► expired
//
// The last four are final. A request that is a draft at the service has not been sent: people know nothing of
// it, and the house calls send() again.
//
// The documents' bytes stay where they are until the exchange that they were given to is released.
//
// Whatever a webhook says is only a hint to look: the state is what status() reads. So an event that is lost,
// doubled, late or forged changes nothing but the moment at which the house looks, and webhook and poll
// cannot disagree.
//
// What a service can do stands in the plugin's options schema, which is read without running the plugin:
//
//   "signature": {"levels": ["simple", "advanced", "qualified"], "authentication": ["none", "email", "sms"],
//                   "order": true, "placement": true, "decline": true, "cancel": true, "proof": true,
//                   "links": true, "reminders": true, "webhooks": true, "finds_requests": true,
//                   "max_signers": 100, "max_documents": 50}
//
// What is absent, it cannot do, and `greffe check` refuses a step that asks for it. finds_requests: a request
// can be found at the service by the house's external_id. Only then may send() be called again after nobody
// knows what became of the first call; without it such a dossier is `uncertain` and a person decides.
#pragma once

#include <greffe/capability/http.h>
#include <greffe/types.h>

namespace greffe {

class SignatureProvider {
public:
    static constexpr const char* kId = "signature-provider/1";

    // Sends a request out, in as many HTTP requests as it needs. requestJson:
    //
    //   {"external_id": "01JB…-3f9a2c81",      [A-Za-z0-9-], at most 64; the same when it is called again
    //    "name": "Lease of 3, rue du Port",    1 to 120 characters
    //    "level": "simple", "language": "fr", "ordered": false, "may_decline": true,
    //    "delivery": "provider" | "links",     who tells the signers: the service, or the house by links
    //    "expires_unix": 1798761599 | null,     seconds since 1970; then the house takes it back by itself,
    //    so
    //                                           a service that knows days only gets the day after
    //    "reminders": {"every_days": 7, "at_most": 3} | null, "note": "…" | null,
    //    "documents": [{"name": "lease.pdf"}],                  in the order of `documents`
    //    "signers": [{"id": "tenant-1", "first_name": "Anne", "last_name": "Le Goff",
    //                 "email": "anne@example.com", "phone": "+33600000001" | null, "language": "fr",
    //                 "authentication": "email",
    //                 "fields": [{"document": 0, "page": 1, "x": 77.5, "y": 581, "width": 120, "height":
    //                 50}]}]}
    //
    // Fields: PDF points (1/72 inch) on the page as a reader shows it, from its top left corner to the
    // field's; pages count from 1. Signers stand in the order in which they sign when "ordered".
    //
    // With finds_requests it first looks for external_id: a request that was sent already is taken as it is,
    // a draft is gone on with. Done = it is out: facts
    //   "remote_id": text, "status": text, "signers": [{"id", "remote_id", "status", "link"?}]
    // and whatever other facts the plugin wants to be given back (see below). Rejected = the service will not
    // take it like this (InvalidOptions with the signer and the field in the explanation). Uncertain = it may
    // be out, and cannot be looked for.
    virtual HttpExchange* send(Slice requestJson, const DocumentView* documents,
                               std::uint32_t count) noexcept = 0;

    // sentJson of the following: an object of all facts that send() ended with, and "documents" as they were
    // in the request.

    // Done: facts "status": one of the five words above, or "waiting" for a state that the plugin does not
    // know; "signers": [{"id", "remote_id", "status": waiting | notified | signed | refused | failed,
    // "signed_unix"?, "reason"?, "link"?}]; "reason": why it was refused or cancelled, or null.
    // Rejected(UnknownRequest) = the service does not know it any more.
    virtual HttpExchange* status(Slice sentJson) noexcept = 0;

    // What a signed request left: artifacts "document-0", "document-1", … in the order they were sent, and
    // with "proof": "proof-0", … (application/pdf). RetryLater where the service has them not ready yet.
    virtual HttpExchange* fetch(Slice sentJson) noexcept = 0;

    // Takes a request back. reason: one line, may be kept by the service. Done also for one that had ended
    // already: what became of it, status() says.
    virtual HttpExchange* cancel(Slice sentJson, Slice reason) noexcept = 0;

    // Proves that the service answers and takes the credentials; changes nothing there.
    virtual HttpExchange* health() noexcept = 0;

    // A message that came to the house's webhook address of this instance. headers: "name: value\n" lines,
    // names in lower case. Done = it is authentic: facts "event_id": text, the same for one that is told
    // again; "remote_id": text, or null for an event that is about no request. Rejected(Unauthorized) = it is
    // not authentic: nothing is kept of it.
    virtual void readEvent(Slice headers, Slice body, Outcome& outcome) noexcept = 0;

protected:
    ~SignatureProvider() = default;
};

}  // namespace greffe
