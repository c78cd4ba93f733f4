// SPDX-License-Identifier: Apache-2.0
// Whether a document can go into a pipeline without a manifest. Pure.
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "config/plan.h"

#include <string>

namespace greffe {

// Errc::Invalid when the pipeline has parties that only a manifest names, and there is none. advice: how the
// caller is given one.
Status checkManifestIsThere(const PipelinePlan& pipeline, const Json& manifest, const std::string& advice);

}  // namespace greffe
