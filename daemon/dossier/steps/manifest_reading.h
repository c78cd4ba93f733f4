// SPDX-License-Identifier: Apache-2.0
// What the steps that read a manifest share: what the pipeline expects of it, and what it fills.
#pragma once

#include "base/json.h"
#include "config/plan.h"
#include "intake/slot_mapping.h"
#include "store/rows.h"

#include <string>
#include <vector>

namespace greffe {

// Params of the worker's manifest.read (plugin_host/manifest.h).
std::string expectedManifest(const PipelinePlan& pipeline, bool isSideCar);

// The pipeline's slots, as the intake maps files to them.
std::vector<SlotRule> slotRules(const PipelinePlan& pipeline);

// Type, parties and data of the dossier, from the facts of manifest.read.
void applyManifest(DossierRow& dossier, const Json& facts);

}  // namespace greffe
