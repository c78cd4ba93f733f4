// SPDX-License-Identifier: Apache-2.0
// Whether folders are really apart: by device and inode, as links, mounts and other spellings of a path lead
// to them. `greffe check` compares the paths; this compares what they lead to.
//
// Looks at the disk. Any thread.
#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace greffe {

struct NamedFolder {
    std::string what;  // "intake \"drop\""
    std::string path;
};

// Every drop folder against every other one and against what is kept (the spool, archives). Errc::Invalid
// when two are one folder or one lies inside the other. A folder that is not there yet is judged by the
// nearest one above it that is; one that cannot be looked at is left to whoever opens it.
Status checkApart(const std::vector<NamedFolder>& drops, const std::vector<NamedFolder>& kept);

// Whether `inner` (there or not) is, or would be made, in one of these or is one of them: Errc::Invalid.
Status checkOutside(const NamedFolder& inner, const std::vector<NamedFolder>& folders);

}  // namespace greffe
