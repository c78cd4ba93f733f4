// SPDX-License-Identifier: Apache-2.0
#include "intake/folder_places.h"

#include "base/bytes_text.h"
#include "base/ulid.h"
#include "intake/source_mark.h"

#include <fmt/format.h>

#include <functional>
#include <vector>

namespace greffe {
namespace {

constexpr std::string_view kPrivate = ".greffe";
const std::string kClaimed = ".greffe/claimed";
constexpr const char* kRecursiveSuffix = ".r";
constexpr const char* kFlatSuffix = ".f";
constexpr std::size_t kMaxNameBytes = 255;

// Opens `path` below `dirFd` one component at a time, never through a link, making what is missing when
// asked.
Result<UniqueFd> openBelow(int dirFd, const std::string& path, bool make) {
    GREFFE_TRY_ASSIGN(UniqueFd at, openDirectoryAt(dirFd, "."));
    std::size_t start = 0;
    while (start < path.size()) {
        const auto slash = std::min(path.find('/', start), path.size());
        const std::string part = path.substr(start, slash - start);
        start = slash + 1;
        if (part.empty()) continue;
        if (part == "." || part == "..")
            return makeError(Errc::Invalid, fmt::format("{}: not a subfolder", path));
        if (make) GREFFE_TRY(makeDirectoryAt(at.get(), part));
        GREFFE_TRY_ASSIGN(at, openDirectoryAt(at.get(), part));
    }
    return at;
}

bool isSameDirectory(const Result<FileFacts>& a, const Result<FileFacts>& b) {
    return a && b && a->inode == b->inode && a->device == b->device;
}

}  // namespace

std::string nameWithId(std::string_view name, std::string_view dossier, std::size_t maxBytes) {
    const auto dot = name.rfind('.');
    const bool hasExtension = dot != std::string_view::npos && dot > 0 && name.size() - dot <= 16;
    const std::string_view stem = hasExtension ? name.substr(0, dot) : name;
    const std::string tail = fmt::format("~{}{}", shortId(dossier), hasExtension ? name.substr(dot) : "");
    return std::string(clipUtf8(stem, maxBytes - std::min(maxBytes, tail.size()))) + tail;
}

std::string nameWithSuffix(std::string_view name, std::string_view suffix) {
    return std::string(clipUtf8(name, kMaxNameBytes - suffix.size())) + std::string(suffix);
}

bool FolderPlaces::isOurs(std::string_view nameInRoot) {
    if (nameInRoot == kPrivate) return true;
    for (const std::string_view place : kPlaceNames)
        if (nameInRoot == place) return true;
    return false;
}

std::string batchName(const std::string& ulid, bool isRecursive) {
    return ulid + (isRecursive ? kRecursiveSuffix : kFlatSuffix);
}

bool isRecursiveBatch(const std::string& batch, bool isRecursiveNow) {
    if (batch.ends_with(kFlatSuffix)) return false;
    return batch.ends_with(kRecursiveSuffix) || isRecursiveNow;
}

Result<FolderPlaces> FolderPlaces::open(const std::string& root) {
    FolderPlaces places;
    places.rootPath_ = root;
    GREFFE_TRY_ASSIGN(places.root_, openDirectory(root));
    GREFFE_TRY_ASSIGN(places.claimed_, openBelow(places.root(), kClaimed, true));
    for (std::size_t i = 0; i < kPlaceNames.size(); ++i) {
        GREFFE_TRY_ASSIGN(places.places_[i], openBelow(places.root(), std::string(kPlaceNames[i]), true));
    }
    GREFFE_TRY(syncDirectory(places.root()));
    return places;
}

Status FolderPlaces::lock() {
    GREFFE_TRY_ASSIGN(const UniqueFd privateDir, openBelow(root(), std::string(kPrivate), false));
    GREFFE_TRY_ASSIGN(lock_, FolderLock::take(privateDir.get(), rootPath_));
    return {};
}

Result<FolderPlaces> FolderPlaces::openToTakeFrom(const std::string& root) {
    GREFFE_TRY_ASSIGN(FolderPlaces places, open(root));
    GREFFE_TRY(places.lock());
    return places;
}

Result<FolderPlaces> FolderPlaces::openKnown(const std::string& root) {
    GREFFE_TRY_ASSIGN(const UniqueFd at, openDirectory(root));
    if (!openBelow(at.get(), kClaimed, false))
        return makeError(
            Errc::NotFound,
            fmt::format("{} is not the folder that files were taken from: it has no {}", root, kClaimed),
            fmt::format("mount what belongs there; if it was emptied on purpose, make {}/{}", root,
                        kClaimed));
    return open(root);
}

bool FolderPlaces::hasAllOf(int rootNow) const {
    const auto claimedNow = openBelow(rootNow, kClaimed, false);
    if (!claimedNow || !isSameDirectory(factsOf(claimedNow->get()), factsOf(claimed()))) return false;
    for (std::size_t i = 0; i < kPlaceNames.size(); ++i)
        if (!isSameDirectory(factsAt(rootNow, std::string(kPlaceNames[i])), factsOf(places_[i].get())))
            return false;
    return true;
}

Result<std::optional<FolderPlaces>> FolderPlaces::refreshed() const {
    GREFFE_TRY_ASSIGN(const UniqueFd now, openDirectory(rootPath_));
    GREFFE_TRY_ASSIGN(const FileFacts found, factsOf(now.get()));
    GREFFE_TRY_ASSIGN(const FileFacts held, factsOf(root()));
    if (isSameDirectory(found, held) && hasAllOf(now.get())) return std::optional<FolderPlaces>();
    // On another file system an empty directory is a mount point, not a folder that somebody made anew.
    GREFFE_TRY_ASSIGN(FolderPlaces next,
                      found.device == held.device ? open(rootPath_) : openKnown(rootPath_));
    if (lock_ != nullptr) GREFFE_TRY(next.lock());
    return std::optional<FolderPlaces>(std::move(next));
}

Result<UniqueFd> FolderPlaces::directory(Place place, const std::string& directory) const {
    return openBelow(places_[static_cast<std::size_t>(place)].get(), directory, true);
}

Result<UniqueFd> FolderPlaces::claimDirectory(const std::string& batch, const std::string& directory,
                                              bool make) const {
    return openBelow(claimed(), batch + "/" + directory, make);
}

void FolderPlaces::removeEmptyBatch(const std::string& batch) const {
    // Depth first; rmdir refuses what is not empty, so nothing is lost by trying.
    const std::function<void(int, const std::string&)> removeTree = [&](int parent, const std::string& name) {
        auto dir = openDirectoryAt(parent, name);
        if (!dir) return;
        std::vector<std::string> entries;
        static_cast<void>(listDirectory(dir->get(), [&](const std::string& entry) {
            entries.push_back(entry);
            return true;
        }));
        for (const std::string& entry : entries)
            removeTree(dir->get(), entry);
        static_cast<void>(removeDirectoryAt(parent, name));
    };
    removeTree(claimed(), batch);
}

Result<UniqueFd> FolderPlaces::dropDirectory(const std::string& directory) const {
    return openBelow(root(), directory, false);
}

Result<std::optional<FolderPlaces::Found>> FolderPlaces::findSource(const SourceRow& source,
                                                                    const std::string& dossier,
                                                                    std::optional<Place> alsoIn,
                                                                    const SourceContent& content) const {
    if (const auto slash = source.claim.find('/'); slash != std::string::npos) {
        auto batch = claimDirectory(source.claim.substr(0, slash), source.directory, false);
        if (batch && existsAt(batch->get(), source.name))
            return std::optional<Found>(Found{std::move(*batch), source.name, std::nullopt});
    }
    const std::string withId = nameWithId(source.name, dossier);
    // The surest sign first. Under its own name only when it is this very file: another of the same name may
    // have come first, and in a copied folder it may even have this inode.
    using IsSource = std::function<bool(Place, int dirFd, const std::string& name, const FileFacts& facts)>;
    const IsSource signs[] = {
        // Not the device number alone: it changes from mount to mount.
        [&](Place, int, const std::string&, const FileFacts& facts) {
            return facts.inode == source.inode &&
                   (facts.device == source.device ||
                    (facts.sizeBytes == source.sizeBytes && facts.mtimeNs == source.mtimeNs));
        },
        [&](Place place, int dirFd, const std::string& name, const FileFacts& facts) {
            // At an end lie files of dossiers that ended before, perhaps with the same name and content.
            const bool mayBeAnothers =
                place != Place::InProgress && name != withId && facts.device == source.device;
            return !mayBeAnothers && content.isIn(dirFd, name);
        },
        [&](Place, int, const std::string&, const FileFacts& facts) { return facts.inode == source.inode; },
    };
    for (const IsSource& isSource : signs)
        for (const std::optional<Place> place : {std::optional(Place::InProgress), alsoIn}) {
            if (!place) continue;
            GREFFE_TRY_ASSIGN(UniqueFd dir, directory(*place, source.directory));
            // With the id first: whoever has the same name and content without it is another dossier's.
            for (const std::string& name : {withId, source.name}) {
                const auto facts = factsAt(dir.get(), name);
                if (facts && isSource(*place, dir.get(), name, *facts) &&
                    !isSourceOfAnother(dir.get(), name, dossier))
                    return std::optional<Found>(Found{std::move(dir), name, place});
            }
        }
    return std::optional<Found>();
}

Result<std::optional<std::string>> FolderPlaces::moveSource(const SourceRow& source,
                                                            const std::string& dossier, Place place,
                                                            const SourceContent& content) const {
    if (!source.companion.empty()) moveCompanion(source, dossier, place);
    return moveMain(source, dossier, place, content);
}

Result<std::optional<std::string>> FolderPlaces::moveMain(const SourceRow& source, const std::string& dossier,
                                                          Place place, const SourceContent& content) const {
    GREFFE_TRY_ASSIGN(auto found, findSource(source, dossier, place, content));
    if (!found) return std::optional<std::string>();
    if (found->place == place) return std::optional(found->name);
    // Before it goes where others look for theirs. Not synced: after a power cut its inode tells.
    markSource(found->directory.get(), found->name, dossier);
    GREFFE_TRY_ASSIGN(const UniqueFd target, directory(place, source.directory));
    std::string name = source.name;
    Status moved = renameNew(found->directory.get(), found->name, target.get(), name);
    if (!moved && moved.error().code == Errc::Exists) {
        name = nameWithId(source.name, dossier);
        moved = renameNew(found->directory.get(), found->name, target.get(), name);
    }
    GREFFE_TRY(std::move(moved));
    return std::optional(name);
}

void FolderPlaces::moveCompanion(const SourceRow& source, const std::string& dossier, Place place) const {
    // Under way it always carries the dossier's id: two manifests of one name cannot be told apart otherwise.
    // Its content is in the spool; a move that fails costs the sender the sight of it, nothing more.
    const std::string withId = nameWithId(source.companion, dossier);
    auto target = directory(place, source.directory);
    auto inProgress = directory(Place::InProgress, source.directory);
    auto claim = claimDirectory(source.claim.substr(0, source.claim.find('/')), source.directory, false);
    if (!target || !inProgress) return;
    const std::string wanted = place == Place::InProgress ? withId : source.companion;
    const auto move = [&](int from, const std::string& name) {
        if (!existsAt(from, name)) return;
        const Status moved = renameNew(from, name, target->get(), wanted);
        if (!moved && moved.error().code == Errc::Exists)
            static_cast<void>(renameNew(from, name, target->get(), withId));
    };
    if (claim) move(claim->get(), source.companion);
    if (place != Place::InProgress) move(inProgress->get(), withId);
}

std::string pathBelow(const std::string& directory, const std::string& name) {
    return directory.empty() ? name : directory + "/" + name;
}

SplitPath splitBelow(const std::string& path) {
    SplitPath parts = splitPath(path);
    if (parts.directory == ".") parts.directory.clear();
    return parts;
}

}  // namespace greffe
