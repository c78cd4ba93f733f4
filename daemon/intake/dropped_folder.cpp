// SPDX-License-Identifier: Apache-2.0
#include "intake/dropped_folder.h"

#include "base/bytes_text.h"
#include "base/sha256.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

namespace greffe {
namespace {

Status listInto(int dirFd, const std::string& prefix, int depth, std::size_t most,
                std::vector<FolderEntry>& entries) {
    std::vector<std::string> names;
    GREFFE_TRY(listDirectory(dirFd, [&](const std::string& name) {
        if (name.front() != '.') names.push_back(name);
        return true;
    }));
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
        if (entries.size() > most) return {};
        auto facts = factsAt(dirFd, name);
        if (!facts) {
            if (facts.error().code == Errc::NotFound) continue;  // gone between the two looks
            return facts.error();
        }
        // Below the deepest level a folder counts as an entry, and is refused as one (Admission::judge).
        if (!facts->isDirectory() || depth >= kMostFolderDepth) {
            entries.push_back({prefix + name, *facts});
            continue;
        }
        GREFFE_TRY_ASSIGN(const UniqueFd inner, openDirectoryAt(dirFd, name));
        GREFFE_TRY(listInto(inner.get(), prefix + name + "/", depth + 1, most, entries));
    }
    return {};
}

}  // namespace

Result<std::vector<FolderEntry>> listDroppedFolder(int dirFd, const std::string& name, std::size_t most) {
    GREFFE_TRY_ASSIGN(const UniqueFd folder, openDirectoryAt(dirFd, name));
    std::vector<FolderEntry> entries;
    GREFFE_TRY(listInto(folder.get(), "", 0, most, entries));
    return entries;
}

Result<FileFacts> factsOfDropped(int dirFd, const std::string& name) {
    GREFFE_TRY_ASSIGN(FileFacts facts, factsAt(dirFd, name));
    if (!facts.isDirectory()) return facts;
    GREFFE_TRY_ASSIGN(const std::vector<FolderEntry> entries,
                      listDroppedFolder(dirFd, name, kMostFilesOfDossier));
    // People make a folder first and fill it then.
    if (entries.empty()) return makeError(Errc::NotFound, name + ": nothing is in it yet");
    Sha256 hash;
    facts.sizeBytes = 0;
    for (const FolderEntry& entry : entries) {
        if (isUnfinishedName(entry.path))
            return makeError(Errc::Busy, fmt::format("\"{}\" in it is, by its name, still being written",
                                                     displayText(entry.path)));
        hash.update(fmt::format("{}\n{}\n{}\n{}\n{}\n", entry.path.size(), entry.facts.inode,
                                entry.facts.sizeBytes, entry.facts.mtimeNs, entry.facts.mode));
        hash.update(entry.path);
        facts.sizeBytes += entry.facts.sizeBytes;
    }
    const Digest digest = hash.digest();
    std::memcpy(&facts.mtimeNs, digest.data(), sizeof facts.mtimeNs);
    facts.links = static_cast<std::uint32_t>(entries.size());
    return facts;
}

namespace {

bool endsWithOneOf(std::string_view name, std::initializer_list<std::string_view> ends) {
    return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) {
        return name.size() > end.size() && name.substr(name.size() - end.size()) == end;
    });
}

}  // namespace

bool isArchiveName(std::string_view name) {
    return endsWithOneOf(name, {".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst"});
}

bool isUnfinishedName(std::string_view name) {
    return endsWithOneOf(name, {".part", ".tmp", ".crdownload", ".filepart"});
}

}  // namespace greffe
