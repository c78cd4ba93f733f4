// SPDX-License-Identifier: Apache-2.0
// `greffe plugin new`: a plugin of one's own, made from plugins/template.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace greffe {

// Copies the files below `templateDirectory` (links, hidden files and a folder "build" left out) to
// `targetDirectory`/<id>, with the template's id, namespace and class replaced by those of `id`: "sign-mine",
// "sign_mine", "SignMine". All or nothing. Returns the new folder.
// Errors: Invalid (not a plugin id, or the template's own), Exists (the folder is there), NotFound (no
// template).
Result<std::string> newPlugin(const std::string& templateDirectory, std::string_view id,
                              const std::string& targetDirectory);

}  // namespace greffe
