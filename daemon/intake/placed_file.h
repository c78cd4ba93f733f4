// SPDX-License-Identifier: Apache-2.0
// Puts a finished file where people look for it, so that doing it twice leaves one file and nobody else's
// file is touched.
//
// Each file carries its dossier's id as an extended attribute: after a crash a name that is taken is
// recognised as our own (then its bytes are checked, for they may not have reached the disk) or as a
// stranger's (then the dossier's short id goes into the name). Nothing is synced here: mark the file system
// and let the commit do it.
#pragma once

#include "base/result.h"

#include <functional>
#include <string>

namespace greffe {

struct PlacedFile {
    std::string dossier;
    std::string name;                     // wanted; bytes
    std::function<Status(int fd)> write;  // appends the whole content to an empty file
};

// The name it got.
Result<std::string> placeFile(int dirFd, const PlacedFile& file);

// Whether some dossier, ours or one that nobody knows any more, put it there. False without extended attributes.
bool isPlacedFile(int dirFd, const std::string& name);

// Removes a file only if it is this dossier's.
Status removeOwnFile(int dirFd, const std::string& name, const std::string& dossier);

}  // namespace greffe
