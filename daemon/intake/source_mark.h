// SPDX-License-Identifier: Apache-2.0
// Whose a dropped file is, written on the file itself: an extended attribute with the dossier's id. Without
// it an inode says too much: a file that somebody moves back from quarantine/ into the drop folder is another
// dossier's from then on, and both know it by the same inode.
//
// A mark counts on the file it was made for only: a copy that took attributes along (cp -a, a backup) is
// nobody's. On file systems without attributes, and on files we may read and not change, there is none.
#pragma once

#include <string>

namespace greffe {

// Best effort: a file that cannot be marked is known by its inode alone, as links and pipes are.
void markSource(int dirFd, const std::string& name, const std::string& dossier);

// Whether the file was marked for another dossier than this.
bool isSourceOfAnother(int dirFd, const std::string& name, const std::string& dossier);

}  // namespace greffe
