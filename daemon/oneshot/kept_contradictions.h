// SPDX-License-Identifier: Apache-2.0
// Where manifest, receipt and journal of a kept dossier do not say the same: what the daemon writes into all
// of them at one moment (dossier/kept_dossier.cpp) must agree. A sentence each; none for an honest container.
//
// It proves that a container does not contradict itself, not that it is the office's: whoever makes all of it
// again is found out by its digest alone. Pure.
#pragma once

#include "oneshot/kept_story.h"

#include <string>
#include <vector>

namespace greffe {

std::vector<std::string> contradictionsIn(const KeptStory& story);

}  // namespace greffe
