// SPDX-License-Identifier: Apache-2.0
// "temporary-files/1": unnamed files for a plugin that cannot open paths. Not thread-safe.
#pragma once

#include "sys/unique_fd.h"

#include <greffe/host.h>

namespace greffe {

class HostTemporaryFiles final : public TemporaryFileService {
public:
    // `directory`: a descriptor, opened before the sandbox closed, of a directory on a file system with
    // O_TMPFILE. An invalid one means memory files, which count against the worker's memory.
    HostTemporaryFiles(UniqueFd directory, unsigned maxFilesPerCall)
        : directory_(std::move(directory)), max_(maxFilesPerCall) {}

    int open() noexcept override;
    // Before each call into a plugin.
    void begin() { opened_ = 0; }

private:
    UniqueFd directory_;
    unsigned max_;
    unsigned opened_ = 0;
};

}  // namespace greffe
