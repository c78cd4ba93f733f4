// SPDX-License-Identifier: Apache-2.0
#include "intake/stability_tracker.h"

#include <algorithm>
#include <tuple>

namespace greffe {
namespace {

bool isSameFile(const FileFacts& a, const FileFacts& b) {
    return a.inode == b.inode && a.device == b.device && a.sizeBytes == b.sizeBytes &&
           a.mtimeNs == b.mtimeNs && a.mode == b.mode;
}

}  // namespace

StabilityTracker::StabilityTracker(std::chrono::milliseconds quietFor, std::size_t capacity)
    : quietFor_(quietFor), capacity_(capacity) {}

bool StabilityTracker::observe(const std::string& name, const FileFacts& facts, SteadyTime now) {
    const auto found = names_.find(name);
    if (found == names_.end()) {
        if (isFull()) return false;
        names_.emplace(name, Sight{facts, now, false});
        return true;
    }
    Sight& sight = found->second;
    if (!isSameFile(sight.facts, facts)) {
        sight = Sight{facts, now, false};
    } else if (now - sight.quietSince >= quietFor_) {
        sight.isStable = true;
    }
    return true;
}

void StabilityTracker::disturb(const std::string& name, SteadyTime now) {
    const auto found = names_.find(name);
    if (found == names_.end()) return;
    found->second.quietSince = now;
    found->second.isStable = false;
}

void StabilityTracker::forget(const std::string& name) {
    names_.erase(name);
}

std::vector<std::string> StabilityTracker::dueForLook(SteadyTime now) const {
    std::vector<std::string> due;
    for (const auto& [name, sight] : names_)
        if (!sight.isStable && now - sight.quietSince >= quietFor_) due.push_back(name);
    return due;
}

std::vector<StabilityTracker::Stable> StabilityTracker::takeStable(std::size_t most) {
    std::vector<Stable> stable;
    for (const auto& [name, sight] : names_)
        if (sight.isStable) stable.push_back({name, sight.facts});
    std::sort(stable.begin(), stable.end(), [](const Stable& a, const Stable& b) {
        return std::tie(a.facts.mtimeNs, a.name) < std::tie(b.facts.mtimeNs, b.name);
    });
    if (stable.size() > most) stable.resize(most);
    for (const Stable& one : stable)
        names_.erase(one.name);
    return stable;
}

bool StabilityTracker::hasStable() const {
    return std::any_of(names_.begin(), names_.end(), [](const auto& entry) { return entry.second.isStable; });
}

std::optional<SteadyTime> StabilityTracker::nextLook() const {
    std::optional<SteadyTime> next;
    for (const auto& [name, sight] : names_) {
        if (sight.isStable) continue;
        const SteadyTime at = sight.quietSince + quietFor_;
        if (!next || at < *next) next = at;
    }
    return next;
}

}  // namespace greffe
