// SPDX-License-Identifier: Apache-2.0
// Puts a finished file where people look for it, so that doing it twice leaves one file and nobody else's
// file is touched.
//
// Each file carries its owner as an extended attribute: after a crash a name that is taken is recognised as
// our own (then it is written anew, for its bytes may not have reached the disk, and after a sync that failed
// they cannot be trusted to) or as a stranger's (then a short id goes into the name). A stranger's file is
// read only where there are no attributes, and never mapped: whoever may write to the folder could cut it
// short under us. Nothing is synced here: mark the file system and let the commit do it.
#pragma once

#include "base/result.h"

#include <functional>
#include <string>

namespace greffe {

struct PlacedFile {
    std::string dossier;
    std::string name;                     // wanted; bytes
    std::function<Status(int fd)> write;  // appends the whole content to an empty file
    // Set for a result: two of one dossier may want the same name, and neither may take the other's place.
    // Empty for what a dossier has one of (receipts): news replaces it.
    std::string document = {};
    // Text by which an older one of its kind is known where there are no attributes; empty: the dossier's id.
    std::string sign = {};
};

// The name it got.
Result<std::string> placeFile(int dirFd, const PlacedFile& file);

// Whether some dossier, ours or one that nobody knows any more, put it there. False without extended
// attributes.
bool isPlacedFile(int dirFd, const std::string& name);

// Removes a file only if it is this dossier's. Where the attribute is missing (the file system has none, or
// somebody copied the folder) a receipt is known by `sign` in its text: the dossier's id when empty.
Status removeOwnFile(int dirFd, const std::string& name, const std::string& dossier,
                     const std::string& sign = {});

}  // namespace greffe
