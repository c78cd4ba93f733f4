// SPDX-License-Identifier: Apache-2.0
#include "intake/manifest_pairs.h"

#include <algorithm>

namespace greffe {

bool isManifestName(std::string_view name) {
    constexpr std::string_view kEnd = ".json";
    return name.size() > kEnd.size() && name.substr(name.size() - kEnd.size()) == kEnd;
}

std::string manifestPathOf(const std::string& documentPath) {
    const auto slash = documentPath.rfind('/');
    const std::size_t nameStart = slash == std::string::npos ? 0 : slash + 1;
    const auto dot = documentPath.rfind('.');
    const bool hasExtension = dot != std::string::npos && dot > nameStart;
    return (hasExtension ? documentPath.substr(0, dot) : documentPath) + ".json";
}

ManifestPairs::ManifestPairs(Times times, std::size_t capacity) : times_(times), capacity_(capacity) {}

bool ManifestPairs::settle(const std::string& path, const FileFacts& facts, SteadyTime now) {
    const auto found = halves_.find(path);
    if (found != halves_.end()) {
        found->second.facts = facts;
        found->second.isWhole = true;
        return true;
    }
    if (halves_.size() >= capacity_) return false;
    halves_.emplace(path, Half{facts, now, true});
    return true;
}

void ManifestPairs::disturb(const std::string& path) {
    if (const auto found = halves_.find(path); found != halves_.end()) found->second.isWhole = false;
}

void ManifestPairs::forget(const std::string& path) {
    halves_.erase(path);
}

void ManifestPairs::renew(const std::string& path, SteadyTime now) {
    if (const auto found = halves_.find(path); found != halves_.end()) found->second.since = now;
}

bool ManifestPairs::holds(const std::string& path, const FileFacts& facts) const {
    const auto found = halves_.find(path);
    return found != halves_.end() && found->second.isWhole && found->second.facts == facts;
}

SteadyTime ManifestPairs::deadlineOf(const std::string& path, const Half& half) const {
    return half.since + (isManifestName(path) ? times_.manifest : times_.document);
}

std::vector<ManifestPairs::Ready> ManifestPairs::takeReady(std::size_t most, SteadyTime now) {
    std::vector<Ready> ready;
    for (const auto& [path, half] : halves_) {
        if (ready.size() >= most) break;
        if (!half.isWhole) continue;
        const bool isOverdue = now >= deadlineOf(path, half);
        if (isManifestName(path)) {
            if (isOverdue) ready.push_back({"", path, {}, half.facts});
            continue;
        }
        const auto manifest = halves_.find(manifestPathOf(path));
        if (manifest != halves_.end() && manifest->second.isWhole) {
            ready.push_back({path, manifest->first, half.facts, manifest->second.facts});
        } else if (isOverdue) {
            ready.push_back({path, "", half.facts, {}});
        }
    }
    // A manifest whose time is over may be in a pair as well; the pair wins.
    std::vector<Ready> taken;
    for (const bool wantsDocuments : {true, false})
        for (Ready& one : ready) {
            if (one.document.empty() == wantsDocuments) continue;
            const std::string& key = wantsDocuments ? one.document : one.manifest;
            if (halves_.count(key) == 0 || (!one.manifest.empty() && halves_.count(one.manifest) == 0))
                continue;
            halves_.erase(one.document);
            halves_.erase(one.manifest);
            taken.push_back(std::move(one));
        }
    return taken;
}

std::optional<SteadyTime> ManifestPairs::nextDeadline() const {
    std::optional<SteadyTime> next;
    for (const auto& [path, half] : halves_) {
        const SteadyTime at = deadlineOf(path, half);
        if (half.isWhole && (!next || at < *next)) next = at;
    }
    return next;
}

std::vector<std::pair<std::string, SteadyTime>> ManifestPairs::waitingDocuments() const {
    std::vector<std::pair<std::string, SteadyTime>> waiting;
    for (const auto& [path, half] : halves_)
        if (!isManifestName(path)) waiting.emplace_back(path, deadlineOf(path, half));
    return waiting;
}

std::size_t ManifestPairs::countWaitingDocuments() const {
    return static_cast<std::size_t>(std::count_if(
        halves_.begin(), halves_.end(), [](const auto& entry) { return !isManifestName(entry.first); }));
}

}  // namespace greffe
