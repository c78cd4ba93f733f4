// SPDX-License-Identifier: Apache-2.0
#include "loader/host_services/host_temporary_files.h"

#include "sys/files.h"

namespace greffe {

int HostTemporaryFiles::open() noexcept {
    if (opened_ >= max_) return -1;
    try {
        auto file = directory_ ? openUnnamed(directory_.get(), 0600) : memoryFile("greffe-temporary");
        if (!file) return -1;
        ++opened_;
        return file->release();
    } catch (...) {
        return -1;
    }
}

}  // namespace greffe
