// SPDX-License-Identifier: Apache-2.0
#include "app/spool_lock.h"

#include "sys/file_lock.h"
#include "sys/files.h"

#include <fmt/format.h>

namespace greffe {

Result<UniqueFd> lockSpool(const std::string& spool) {
    GREFFE_TRY(makeDirectories(spool));
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(spool));
    return lockFile(directory.get(), "lock", fmt::format("{}: another greffe works on this spool", spool),
                    "stop it first, or give this one a spool of its own");
}

}  // namespace greffe
