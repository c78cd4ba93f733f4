// SPDX-License-Identifier: Apache-2.0
// One sentence about a dossier, for the person who asks "why is it still there": what it waits for, who must
// do what, when it is tried next. In French or English. Pure.
#pragma once

#include "dossier/operator_moves.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// Times are told in UTC.
std::string explainDossier(const DossierRows& rows, std::string_view language);

}  // namespace greffe
