// SPDX-License-Identifier: Apache-2.0
// Names are bytes, JSON and people want text. These carry one into the other without losing or smuggling
// anything.
#pragma once

#include "base/json_fwd.h"

#include <string>
#include <string_view>

namespace greffe {

bool isUtf8(std::string_view bytes);

// For people, logs and pages: control characters (C0, DEL, C1), bidirectional overrides, line separators and
// invalid bytes become \xNN or \u{NNNN}; a backslash becomes \\. Reversible in principle, harmless in a
// terminal.
std::string displayText(std::string_view bytes);

// Stores bytes under `key` when they are UTF-8, else under key + "_hex": always valid JSON, always exact.
void putBytes(Json& object, const std::string& key, std::string_view bytes);
// Reads either form; empty when neither is there.
std::string bytesOf(const Json& object, const std::string& key);

// At most maxBytes of UTF-8 text, cut between characters, never inside one.
std::string_view clipUtf8(std::string_view text, std::size_t maxBytes);

}  // namespace greffe
