// SPDX-License-Identifier: Apache-2.0
// What a source held when it was taken: tells whether a file of its name is the source, where inode numbers
// do not tell any more (the drop folder was copied to another disk, or came back from a backup).
//
// Any thread. Files are read in blocks, never mapped: others may write to the folder.
#pragma once

#include "base/sha256.h"
#include "store/rows.h"

#include <string>
#include <vector>

namespace greffe {

struct SourceContent {
    struct Member {
        std::string path;  // bytes, below a dropped folder; empty: the source is this file
        std::uint64_t sizeBytes = 0;
        Digest sha256{};
    };
    std::vector<Member> members;  // empty: nothing is known, nothing matches

    // Of the documents as they came.
    static SourceContent of(const std::vector<DocumentRow>& documents);
    // Sizes first, bytes only when all sizes fit.
    bool isIn(int dirFd, const std::string& name) const;
};

}  // namespace greffe
