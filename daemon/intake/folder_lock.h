// SPDX-License-Identifier: Apache-2.0
// A drop folder is taken from by one daemon. Two with spools of their own (a restore that is tried beside the
// house it was made from) would end one file twice, with two verdicts; each spool's lock knows nothing of the
// other. So whoever takes from a folder holds .greffe/lock in it.
//
// Delivering into a folder needs no lock: a dossier's own daemon knows where its file lies.
#pragma once

#include "base/result.h"
#include "sys/unique_fd.h"

#include <memory>
#include <string>
#include <utility>

namespace greffe {

class FolderLock {
public:
    // privateDir: <root>/.greffe. Within this process a folder is locked once and shared: it is opened anew
    // at reloads and when it was made anew. Errc::Busy while another process holds it. Any thread.
    static Result<std::shared_ptr<FolderLock>> take(int privateDir, const std::string& root);

    explicit FolderLock(UniqueFd fd) : fd_(std::move(fd)) {}

private:
    UniqueFd fd_;
};

}  // namespace greffe
