// SPDX-License-Identifier: Apache-2.0
// Reads a configuration folder into the evaluator's input: main file, conf.d in name order, everything
// includable.
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"

#include <map>
#include <optional>
#include <string>

namespace greffe {

// name → value, or nothing when it is allowed and not set.
using AllowedEnvironment = std::map<std::string, std::optional<std::string>>;

// `folder` holds greffe.lua, perhaps conf.d/*.lua and other *.lua below. Names in messages and in the plan
// are `label`/…, so that they do not depend on where the folder is mounted. Folders called "tests" are left
// out, links to files are followed, what begins with a dot is not read. Errors: greffe.lua missing, more than
// 1000 files, 1 MiB a file.
Result<Json> readConfigFolder(const std::string& folder, const std::string& label,
                              const AllowedEnvironment& environment = {});

// The same for specs: `folder`/tests/*.lua are the layers, and everything else may be included, what lies in
// folders below tests/, too. Errc::NotFound when there are none.
Result<Json> readSpecFolder(const std::string& folder, const std::string& label);

}  // namespace greffe
