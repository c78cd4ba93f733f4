// SPDX-License-Identifier: Apache-2.0
#include "simulate/own_paths.h"

#include "base/json.h"

namespace greffe {
namespace {

constexpr std::string_view kLabel = "config/";

// Not the end of a longer path.
bool isStartOfPath(const std::string& text, std::size_t at) {
    constexpr std::string_view kBefore = " (\"'\n\t";
    return at == 0 || kBefore.find(text[at - 1]) != std::string_view::npos;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
        if (isStartOfPath(text, at)) {
            text.replace(at, from.size(), to);
            at += to.size();
        } else {
            at += from.size();
        }
    }
    return text;
}

}  // namespace

OwnPaths::OwnPaths(const Plan& plan, const std::string& folder) {
    const Json sources = storedJson(plan.sourcesJson);
    for (const Json& file : memberOf(sources, "files")) {
        const std::string name = textOf(file, "name");
        if (name.compare(0, kLabel.size(), kLabel) == 0)
            files_.emplace_back(name + ":", folder + "/" + name.substr(kLabel.size()) + ":");
    }
}

std::string OwnPaths::in(const std::string& text) const {
    std::string own = text;
    for (const auto& [inPlan, given] : files_)
        own = replaced(std::move(own), inPlan, given);
    return own;
}

}  // namespace greffe
