// SPDX-License-Identifier: Apache-2.0
#include "intake/forgotten_files.h"

#include "intake/manifest_pairs.h"
#include "intake/placed_file.h"

#include <algorithm>
#include <set>

namespace greffe {
namespace {

constexpr std::size_t kDossiersAtOnce = 1'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kShortIdBytes = 8;

// What dossiers under way have in in-progress/, as paths below it: sources, and manifests beside them.
Result<std::set<std::string>> knownPaths(const FolderPlaces& places, const std::string& intake,
                                         StoreReader& reader) {
    std::set<std::string> known;
    const auto isTheSource = [](const SourceRow& source, const FileFacts& facts) {
        return facts.inode == source.inode || (facts.sizeBytes == source.sizeBytes &&
                                               facts.mtimeNs / kNsPerSecond == source.mtimeNs / kNsPerSecond);
    };
    std::string after;
    for (;;) {
        GREFFE_TRY_ASSIGN(const std::vector<DossierRow> rows,
                          reader.unsettled(intake, after, kDossiersAtOnce));
        if (rows.empty()) return known;
        for (const DossierRow& row : rows) {
            const SourceRow& source = row.source;
            GREFFE_TRY_ASSIGN(const UniqueFd dir, places.directory(Place::InProgress, source.directory));
            for (const std::string& name : {source.name, nameWithId(source.name, row.id)})
                if (auto facts = factsAt(dir.get(), name); facts && isTheSource(source, *facts))
                    known.insert(pathBelow(source.directory, name));
            if (!source.companion.empty())
                known.insert(pathBelow(source.directory, nameWithId(source.companion, row.id)));
        }
        after = rows.back().id;
    }
}

// "letter~7Q2M9XAC.json", the name of a manifest under way, as it was dropped: "letter.json".
std::string withoutId(const std::string& name) {
    const auto tilde = name.rfind('~');
    if (tilde == std::string::npos || tilde == 0 || name.size() - tilde - 1 < kShortIdBytes) return name;
    const std::string_view rest = std::string_view(name).substr(tilde + 1 + kShortIdBytes);
    return rest.empty() || rest.front() == '.' ? name.substr(0, tilde) + std::string(rest) : name;
}

class Reclaiming {
public:
    Reclaiming(const FolderPlaces& places, const FolderSettings& settings, const std::string& batch,
               std::set<std::string> known)
        : places_(places), settings_(settings), batch_(batch), known_(std::move(known)) {}

    Status takeFrom(const std::string& directory, int depth) {
        GREFFE_TRY_ASSIGN(const UniqueFd dir, places_.directory(Place::InProgress, directory));
        std::set<std::string> names;
        std::vector<std::string> inner;
        GREFFE_TRY(listDirectory(dir.get(), [&](const std::string& name) {
            if (known_.count(pathBelow(directory, name)) != 0) return true;
            auto facts = factsAt(dir.get(), name);
            if (!facts || name.front() == '.') return true;
            if (facts->isDirectory() && settings_.isRecursive) {
                inner.push_back(name);
            } else if (facts->isDirectory() ? settings_.hasFoldersAsDossiers : facts->isRegular()) {
                names.insert(name);
            }
            return true;
        }));
        GREFFE_TRY(takeNames(dir.get(), directory, names));
        for (const std::string& name : inner)
            if (depth < kMostDepth) GREFFE_TRY(takeFrom(pathBelow(directory, name), depth + 1));
        return {};
    }

    std::vector<std::string> taken;

private:
    Status takeNames(int from, const std::string& directory, const std::set<std::string>& names) {
        std::set<std::string> receipts;
        for (const std::string& name : names)
            if (name.ends_with(kReceiptSuffix) && isPlacedFile(from, name)) receipts.insert(name);
        if (names.size() == receipts.size()) return {};  // a receipt alone is nobody's source
        GREFFE_TRY_ASSIGN(const UniqueFd to, places_.claimDirectory(batch_, directory, true));
        for (const std::string& name : names) {
            if (receipts.count(name) != 0) continue;
            // What told of a dossier that is not known any more.
            if (const std::string receipt = nameWithSuffix(name, kReceiptSuffix);
                receipts.count(receipt) != 0)
                GREFFE_TRY(removeFileAt(from, receipt));
            GREFFE_TRY(renameNew(from, name, to.get(), nameWhenDropped(name, names)));
            taken.push_back(pathBelow(directory, name));
        }
        GREFFE_TRY(syncDirectory(to.get()));
        GREFFE_TRY(syncDirectory(from));
        return syncDirectory(places_.claimed());
    }

    // A manifest lies here with the id of its dossier in its name: beside its document it needs its own
    // again.
    std::string nameWhenDropped(const std::string& name, const std::set<std::string>& names) const {
        if (settings_.manifest == FolderSettings::Manifest::None || !isManifestName(name)) return name;
        const std::string bare = withoutId(name);
        const auto isItsDocument = [&](const std::string& other) {
            return other != name && !isManifestName(other) && manifestPathOf(other) == bare;
        };
        const bool isFree = names.count(bare) == 0 || bare == name;
        return isFree && std::any_of(names.begin(), names.end(), isItsDocument) ? bare : name;
    }

    const FolderPlaces& places_;
    const FolderSettings& settings_;
    const std::string batch_;
    const std::set<std::string> known_;
};

}  // namespace

Result<std::vector<std::string>> reclaimForgotten(const FolderPlaces& places, const FolderSettings& settings,
                                                  StoreReader& reader, const std::string& batch) {
    GREFFE_TRY_ASSIGN(std::set<std::string> known, knownPaths(places, settings.name, reader));
    Reclaiming reclaiming(places, settings, batch, std::move(known));
    GREFFE_TRY(reclaiming.takeFrom("", 0));
    return std::move(reclaiming.taken);
}

}  // namespace greffe
