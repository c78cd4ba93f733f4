// SPDX-License-Identifier: Apache-2.0
// What a notify step says and to whom, made once and then kept: recipients, rendered texts, Message-IDs,
// attachments.
//
// Pure. A Message-ID is derived from the effect's key and the address, so that whatever is sent again, by a
// retry, after a crash or by hand, carries the same one and a reader's mailbox shows it once.
#pragma once

#include "dossier/dossier_run.h"

namespace greffe {

// The step's options with, added to them:
//   "messages":    [{"message_id", "recipient", "to": [{"name", "address"}], "subject", "text", "html"?,
//   "language",
//                    "event", "date_unix", "dossier", "step", "attachments": [{"document": index, "name"}]}]
//   "attachments": [{"id": of the document}], in the order of those indices
// or "problem": a sentence that says why there is nothing to send.
Json freezeMessages(const DossierRun& run, const StepPlan& step, Json options, std::int64_t nowMs);

}  // namespace greffe
