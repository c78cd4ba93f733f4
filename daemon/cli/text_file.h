// SPDX-License-Identifier: Apache-2.0
// Text that a command writes where it was told to: whole or not at all.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace greffe {

// What stands there already is replaced; "-" is stdout.
Status writeTextFile(const std::string& path, std::string_view text);

// Errc::Exists when something of that name is there, whatever it is: nothing is ever overwritten. Folders on
// the way are made.
Status writeNewTextFile(const std::string& path, std::string_view text);

}  // namespace greffe
