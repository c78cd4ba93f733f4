// SPDX-License-Identifier: Apache-2.0
// The story of a simulated dossier (control/story.h), with what the ledger holds back.
#pragma once

#include "control/story.h"
#include "simulate/world.h"

#include <string>

namespace greffe {

// Files of the configuration are named as its author does (own_paths.h). Errc::NotFound when the world has no
// such dossier.
Result<DossierStory> storyOf(World& world, const std::string& dossier, const std::string& language);

}  // namespace greffe
