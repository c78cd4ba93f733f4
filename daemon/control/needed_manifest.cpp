// SPDX-License-Identifier: Apache-2.0
#include "control/needed_manifest.h"

#include "base/json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace greffe {

Status checkManifestIsThere(const PipelinePlan& pipeline, const Json& manifest, const std::string& advice) {
    const std::vector<std::string> roles = pipeline.rolesOfManifest();
    if (roles.empty() || !manifest.is_null()) return {};
    return makeError(Errc::Invalid,
                     fmt::format("pipeline \"{}\" has the parties \"{}\", which only a manifest names",
                                 pipeline.name, fmt::join(roles, "\", \"")),
                     advice);
}

}  // namespace greffe
