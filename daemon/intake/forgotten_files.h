// SPDX-License-Identifier: Apache-2.0
// Files in in-progress/ that no dossier of the journal knows: they were admitted after the backup that the
// journal came back from.
//
// They are claimed once more, in a batch of their own, where the intake's start finds them like those that a
// crash left behind: each becomes a dossier again. Called once after a restore, before the intake starts;
// calling it again changes nothing.
#pragma once

#include "intake/folder_places.h"
#include "intake/intake_settings.h"
#include "store/store.h"

#include <string>
#include <vector>

namespace greffe {

// A file counts as known when a dossier under way has it as its source: the same inode, or, where a folder
// was copied back too, the same name, size and second of change. `batch`: a fresh name (batchName). Returns
// their paths below in-progress/.
Result<std::vector<std::string>> reclaimForgotten(const FolderPlaces& places, const FolderSettings& settings,
                                                  StoreReader& reader, const std::string& batch);

}  // namespace greffe
