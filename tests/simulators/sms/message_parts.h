// SPDX-License-Identifier: Apache-2.0
// How many short messages a text takes (3GPP TS 23.038 and 23.040): 160 letters of the GSM alphabet or 70
// UTF-16 units in one, 153 or 67 in each of several. One letter outside the alphabet changes it for the whole
// text.
#pragma once

#include <string>
#include <string_view>

namespace greffe::simulators {

struct MessageParts {
    bool isGsm = true;  // false: UCS-2
    int units = 0;      // septets or UTF-16 units
    int parts = 1;
};

// Text that is no UTF-8 counts a unit a byte.
MessageParts partsOfMessage(std::string_view utf8);

}  // namespace greffe::simulators
