// SPDX-License-Identifier: Apache-2.0
// The subfolders of one intake, and where a dropped file can be:
//
//   <root>/x.pdf                          dropped, not ours yet
//   <root>/.greffe/claimed/<batch>/x.pdf  taken by rename; its row may or may not be committed
//                                         (below <batch> the subdirectory it was dropped in is kept;
//                                         <batch> is a ulid, with ".r" when there may be such, else ".f")
//   <root>/in-progress/x.pdf              its dossier is under way; a live receipt stands beside it
//   <root>/done|rejected|quarantine/      the end, with the final receipt
//   <root>/out/                           sealed results
//
// A file is always in exactly one of them. For a file dropped in a subdirectory the same subdirectory is made
// below each. Thread-safe: only descriptors, no state besides them.
//
// Descriptors outlive names: when the folder is removed and made again, or unmounted and mounted, these lead
// to what is gone. Whoever keeps one asks refreshed() before each use that matters.
#pragma once

#include "base/result.h"
#include "intake/folder_lock.h"
#include "intake/source_content.h"
#include "store/rows.h"
#include "sys/files.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace greffe {

inline constexpr std::string_view kReceiptSuffix = ".receipt.json";  // beside the file it is of
inline constexpr int kMostDepth = 32;                                // of subdirectories that are looked into

enum class Place : std::uint8_t { InProgress, Done, Rejected, Quarantine, Out };
inline constexpr std::array<std::string_view, 5> kPlaceNames = {"in-progress", "done", "rejected",
                                                                "quarantine", "out"};

// The name of a batch of claims says whether directories below it are the drop folder's own, and not claimed
// themselves: `recursive` may be another today than when a crash left the batch.
std::string batchName(const std::string& ulid, bool isRecursive);
// A name that says nothing, of an earlier version, is taken for what the folder is now.
bool isRecursiveBatch(const std::string& batch, bool isRecursiveNow);

class FolderPlaces {
public:
    // Creates what is missing. Fails when the root is not a directory we may write to.
    static Result<FolderPlaces> open(const std::string& root);
    // The same, and nobody else takes from it as long as these places are held (folder_lock.h): Errc::Busy
    // while another daemon does.
    static Result<FolderPlaces> openToTakeFrom(const std::string& root);
    // As open(), for a folder that files were taken from before. Errc::NotFound when nothing in it shows
    // that: most likely it is a mount point with nothing mounted, and what is written there is never seen
    // again.
    static Result<FolderPlaces> openKnown(const std::string& root);
    // What the path leads to now, when that is something else than these or one of the subfolders is gone (it
    // is made again); empty when it is still these. An error while the folder is missing.
    Result<std::optional<FolderPlaces>> refreshed() const;

    int root() const { return root_.get(); }
    int claimed() const { return claimed_.get(); }
    const std::string& rootPath() const { return rootPath_; }

    // <place>/<directory>, made when missing.
    Result<UniqueFd> directory(Place place, const std::string& directory) const;
    // <root>/<directory>: where files are dropped.
    Result<UniqueFd> dropDirectory(const std::string& directory) const;
    // .greffe/claimed/<batch>/<directory>, made when `make`.
    Result<UniqueFd> claimDirectory(const std::string& batch, const std::string& directory, bool make) const;

    // Where the source of a dossier is now, looked for in claimed/, in-progress/ and `alsoIn`; empty when it
    // is nowhere (somebody took it away). By its inode; where the folder was copied and inodes are new, by
    // its name and `content`. Never a file that is marked as another dossier's (source_mark.h).
    struct Found {
        UniqueFd directory;
        std::string name;
        std::optional<Place> place;  // none: claimed
    };
    Result<std::optional<Found>> findSource(const SourceRow& source, const std::string& dossier,
                                            std::optional<Place> alsoIn,
                                            const SourceContent& content = {}) const;

    // Moves the source to `place` from wherever it is; fine when it is there already. Returns its name there:
    // its own, or, when that is taken by another file, one with the dossier's short id. Empty when the source
    // is nowhere.
    Result<std::optional<std::string>> moveSource(const SourceRow& source, const std::string& dossier,
                                                  Place place, const SourceContent& content = {}) const;

    // Removes a batch directory and its subdirectories if nothing is left in them.
    void removeEmptyBatch(const std::string& batch) const;

    static bool isOurs(std::string_view nameInRoot);  // ".greffe", "in-progress", …

private:
    FolderPlaces() = default;
    Status lock();
    bool hasAllOf(int rootNow) const;
    Result<std::optional<std::string>> moveMain(const SourceRow& source, const std::string& dossier,
                                                Place place, const SourceContent& content) const;
    void moveCompanion(const SourceRow& source, const std::string& dossier, Place place) const;

    std::string rootPath_;
    UniqueFd root_, claimed_;
    std::array<UniqueFd, kPlaceNames.size()> places_;
    std::shared_ptr<FolderLock> lock_;
};

// Paths as they stand below an intake's root: "" is the root itself, never ".".
std::string pathBelow(const std::string& directory, const std::string& name);
SplitPath splitBelow(const std::string& path);

// "letter.pdf" → "letter~7Q2M9XAC.pdf"; shortened, never inside a character, so that it fits `maxBytes` with
// `suffix`.
std::string nameWithId(std::string_view name, std::string_view dossier, std::size_t maxBytes = 255);
// name + suffix, the name shortened to fit 255 bytes.
std::string nameWithSuffix(std::string_view name, std::string_view suffix);

}  // namespace greffe
