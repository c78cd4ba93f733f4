// SPDX-License-Identifier: Apache-2.0
// Finds the raw bytes of a stream behind its dictionary.
#pragma once

#include "expected.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace greffe::pdf {

// Whether the keyword "stream" follows at `position`.
bool isStreamAt(std::string_view file, std::size_t position);

// The bytes between "stream" and "endstream". `position` is where the dictionary ended. Without a usable
// `length` the next "endstream" ends them; with one, "endstream" must follow it.
Expected<std::string_view> streamBytes(std::string_view file, std::size_t position,
                                       std::optional<std::int64_t> length);

}  // namespace greffe::pdf
