// SPDX-License-Identifier: Apache-2.0
// Names of configuration files: '/'-separated, relative to wherever the caller read them from. No file is
// touched.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace greffe::lua {

bool hasStar(std::string_view pattern);
// `path` as written in `file`, without "." and ".."; nothing when it is absolute or climbs above the first
// folder.
std::optional<std::string> resolvePath(std::string_view file, std::string_view path);
// A star stands for any characters but '/'.
bool matchesPath(std::string_view pattern, std::string_view name);

}  // namespace greffe::lua
