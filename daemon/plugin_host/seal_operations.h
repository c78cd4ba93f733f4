// SPDX-License-Identifier: Apache-2.0
// The two halves of a seal that the documents pool does: prepare (the tail with an empty gap, and the digest
// of everything but the gap) and embed (the tail with the gap filled, checked).
//
//   seal.prepare  inputs: document           params: the frozen seal options (sealer.h)
//                 facts: gap_offset, gap_size   attachment: digest   artifact: "tail"
//   seal.embed    inputs: document, tail     params: gap_offset, gap_size
//                 attachments: digest, cms; with a time-stamp also token and the imprint and nonce it was
//                 asked for artifact: "sealed", appended to the document
//
// A token that is not over this imprint with this nonce is rejected as bad_answer: the process that talked to
// the authority is not believed.
#pragma once

#include "plugin_host/operations.h"

namespace greffe {

CallOutcome prepareSeal(HostedInstances& instances, const CallRequest& request,
                        const std::vector<DocumentView>& views);
CallOutcome embedSeal(HostedInstances& instances, const CallRequest& request,
                      const std::vector<DocumentView>& views);

}  // namespace greffe
