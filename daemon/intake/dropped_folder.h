// SPDX-License-Identifier: Apache-2.0
// A dropped folder that is one dossier: what is in it, and when it is whole.
//
// Links are seen as links and never followed. Names that begin with a dot are passed over: file managers
// leave them.
#pragma once

#include "base/result.h"
#include "sys/files.h"

#include <string>
#include <vector>

namespace greffe {

struct FolderEntry {
    std::string path;  // bytes, below the folder
    FileFacts facts;   // never a directory
};

// Sorted by path. Stops behind `most` entries and gives most + 1: more than that is refused anyway.
Result<std::vector<FolderEntry>> listDroppedFolder(int dirFd, const std::string& name, std::size_t most);

// Of a file: its own facts. Of a folder: facts that change whenever anything inside does, so that a folder is
// stable when a file is: two looks agree. Errc::NotFound while nothing is in it, Errc::Busy while a file with
// an unfinished name is.
Result<FileFacts> factsOfDropped(int dirFd, const std::string& name);

// "x.zip", "x.tar.zst" and their like: by name, since an office document is a zip, too.
bool isArchiveName(std::string_view name);

// "x.pdf.part" and the like: what programs write before they rename.
bool isUnfinishedName(std::string_view name);

inline constexpr std::size_t kMostFilesOfDossier = 120;
inline constexpr int kMostFolderDepth = 8;  // of folders in a dropped one

}  // namespace greffe
