// SPDX-License-Identifier: Apache-2.0
#include "intake/left_lying.h"

#include "base/bytes_text.h"

#include <fmt/format.h>

namespace greffe {

void LeftLying::beginRound() {
    // One that was noted between two rounds belongs to the earlier of them.
    for (auto at = all_.begin(); at != all_.end();)
        at = at->second.round < round_ ? all_.erase(at) : std::next(at);
    beyond_ = std::exchange(beyondInRound_, 0);
    ++round_;
}

std::optional<Error> LeftLying::note(const std::string& path, const Error& why, Time now) {
    const auto known = all_.find(path);
    if (known == all_.end() && all_.size() >= kMost) {
        ++beyondInRound_;
        return std::nullopt;
    }
    One& one = known != all_.end() ? known->second : all_.emplace(path, One{"", now, 0, false}).first->second;
    one.round = round_;
    if (one.why != why.message) {
        one.why = why.message;
        one.isTold = false;
    }
    const bool isTime = why.code != Errc::Busy || now - one.since >= kPatience;
    if (one.isTold || !isTime) return std::nullopt;
    one.isTold = true;
    return makeError(why.code, fmt::format("{} is left where it lies: {}", displayText(path), why.message),
                     why.advice);
}

void LeftLying::forget(const std::string& path) {
    all_.erase(path);
}

LeftLying::Summary LeftLying::summary() const {
    Summary summary;
    summary.count = all_.size() + std::max(beyond_, beyondInRound_);
    for (const auto& [path, one] : all_) {
        if (summary.first.size() >= kMostShown) break;
        summary.first.emplace_back(path, one.why);
    }
    return summary;
}

}  // namespace greffe
