// SPDX-License-Identifier: Apache-2.0
// The files of a job that a person named: one to read, one to write.
#pragma once

#include "base/result.h"
#include "workers/call.h"

#include <string>

namespace greffe {

// A regular file (links are followed: the path is the person's) with its digest and what its first bytes say
// it is. slot: "document".
Result<CallInput> openInputFile(const std::string& path);

// Errc::Exists when `path` is taken, otherwise what else keeps it from being written: asked before the work.
Status checkOutputFile(const std::string& path);

// Writes the bytes of `base` (none when null) followed by the artifact's under a new name, durable, or
// nothing. Never replaces a file. Errc::Corrupt when `base` is not what it was when it was opened.
Status writeOutputFile(const std::string& path, const CallInput* base, const CallArtifact& artifact);

}  // namespace greffe
