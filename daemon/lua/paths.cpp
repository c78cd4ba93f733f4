// SPDX-License-Identifier: Apache-2.0
#include "lua/paths.h"

#include <vector>

namespace greffe::lua {

bool hasStar(std::string_view pattern) {
    return pattern.find('*') != std::string_view::npos;
}

std::optional<std::string> resolvePath(std::string_view file, std::string_view path) {
    if (path.empty() || path.front() == '/') return std::nullopt;
    const std::size_t slash = file.rfind('/');
    std::string whole(slash == std::string_view::npos ? std::string_view() : file.substr(0, slash + 1));
    whole += path;
    std::vector<std::string_view> parts;
    std::string_view rest = whole;
    while (!rest.empty()) {
        const std::size_t end = rest.find('/');
        const std::string_view part = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            parts.push_back(part);
        } else if (parts.empty()) {
            return std::nullopt;
        } else {
            parts.pop_back();
        }
    }
    std::string resolved;
    for (const std::string_view part : parts) {
        if (!resolved.empty()) resolved += '/';
        resolved += part;
    }
    return resolved;
}

bool matchesPath(std::string_view pattern, std::string_view name) {
    // Two cursors and the place of the last star: linear enough, and no recursion over somebody's pattern.
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resumeAt = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resumeAt = n;
        } else if (p < pattern.size() && pattern[p] == name[n]) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos && name[resumeAt] != '/') {
            p = star + 1;
            n = ++resumeAt;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

}  // namespace greffe::lua
