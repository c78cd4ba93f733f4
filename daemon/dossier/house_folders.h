// SPDX-License-Identifier: Apache-2.0
// The folders that a plan names, with what they are: for whoever sees to it that they are apart
// (intake/folders_apart.h). Pure.
#pragma once

#include "config/plan.h"
#include "intake/folders_apart.h"

#include <vector>

namespace greffe {

std::vector<NamedFolder> dropFolders(const Plan& plan);
// The spool and the archives.
std::vector<NamedFolder> keptFolders(const Plan& plan);

}  // namespace greffe
