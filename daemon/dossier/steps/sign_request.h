// SPDX-License-Identifier: Apache-2.0
// What a sign step asks of its provider, frozen before the first call (capability/signature_provider.h says
// what stands in it).
#pragma once

#include "base/json.h"
#include "dossier/dossier_run.h"

#include <cstdint>

namespace greffe {

// The options with what the step works from: "external_id", "request", "sends": [{"id", "slot"}] of the
// documents, "expires_unix_ms"; or "problem", a sentence for whoever wrote the pipeline or the manifest.
Json freezeSignatureRequest(const DossierRun& run, const StepPlan& step, Json options, std::int64_t nowMs);

}  // namespace greffe
