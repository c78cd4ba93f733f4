// SPDX-License-Identifier: Apache-2.0
#include "intake/waiting_receipt.h"

#include "base/bytes_text.h"
#include "base/json.h"
#include "intake/placed_file.h"

#include <fmt/format.h>

#include <functional>

namespace greffe {
namespace {

// In the place of a dossier's id: what tells these receipts from a dossier's.
constexpr const char* kWaitingOwner = "@waiting";
constexpr const char* kSign = "\"waiting_for_manifest\"";

std::string text(const WaitingDocument& document) {
    Json receipt = {{"state", "waiting_for_manifest"},
                    {"verdict", "waiting_for_manifest"},
                    {"seen_at", formatUtc(fromUnixMs(document.sinceMs))},
                    {"until", formatUtc(fromUnixMs(document.untilMs))},
                    {"explanation", fmt::format("waits for {} beside it", displayText(document.manifest))}};
    putBytes(receipt, "file", document.name);
    putBytes(receipt, "waits_for", document.manifest);
    if (!document.directory.empty()) putBytes(receipt, "directory", document.directory);
    return prettyJson(receipt) + "\n";
}

}  // namespace

Status writeWaitingReceipt(const FolderPlaces& places, const WaitingDocument& document) {
    GREFFE_TRY_ASSIGN(const UniqueFd dir, places.directory(Place::InProgress, document.directory));
    PlacedFile file{kWaitingOwner,
                    nameWithSuffix(document.name, kReceiptSuffix),
                    [&](int fd) { return writeAll(fd, text(document)); },
                    {},
                    kSign};
    // Taken by a dossier under way with a file of the same name: its receipt is worth more.
    if (existsAt(dir.get(), file.name)) GREFFE_TRY(removeOwnFile(dir.get(), file.name, kWaitingOwner, kSign));
    if (existsAt(dir.get(), file.name)) return {};
    GREFFE_TRY_ASSIGN(const std::string name, placeFile(dir.get(), file));
    static_cast<void>(name);
    return {};
}

void removeWaitingReceipt(const FolderPlaces& places, const std::string& directory, const std::string& name) {
    auto dir = places.directory(Place::InProgress, directory);
    if (dir)
        static_cast<void>(
            removeOwnFile(dir->get(), nameWithSuffix(name, kReceiptSuffix), kWaitingOwner, kSign));
}

void removeWaitingReceipts(const FolderPlaces& places) {
    const std::function<void(int, int)> clean = [&](int dir, int depth) {
        std::vector<std::string> names;
        static_cast<void>(listDirectory(dir, [&](const std::string& name) {
            names.push_back(name);
            return true;
        }));
        for (const std::string& name : names) {
            auto facts = factsAt(dir, name);
            if (!facts) continue;
            if (facts->isDirectory()) {
                auto inner = openDirectoryAt(dir, name);
                if (inner && depth < kMostDepth) clean(inner->get(), depth + 1);
            } else if (name.size() > kReceiptSuffix.size() &&
                       name.compare(name.size() - kReceiptSuffix.size(), kReceiptSuffix.size(),
                                    kReceiptSuffix) == 0) {
                static_cast<void>(removeOwnFile(dir, name, kWaitingOwner, kSign));
            }
        }
    };
    if (auto root = places.directory(Place::InProgress, "")) clean(root->get(), 0);
}

}  // namespace greffe
