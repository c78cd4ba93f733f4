// SPDX-License-Identifier: Apache-2.0
// Lending dossiers to operators: nobody changes rows that the runner holds in memory.
#include "dossier/runner.h"
#include "dossier/runner_active.h"

namespace greffe {

void Runner::whenIdle(const std::string& dossierId, std::function<void(Release release)> work) {
    const bool isFirst = !isWanted(dossierId);
    borrowers_[dossierId].push_back(std::move(work));
    if (isFirst && active_.count(dossierId) == 0 && !isAside(dossierId)) lend(dossierId);
}

void Runner::lend(const std::string& id) {
    // A copy: the borrower may give it back before it returns. A second release of the same loan does
    // nothing.
    const auto work = borrowers_.at(id).front();
    work([this, id, isBorrowed = std::make_shared<bool>(true)] {
        if (std::exchange(*isBorrowed, false)) takeBack(id);
    });
}

void Runner::takeBack(const std::string& id) {
    const auto found = borrowers_.find(id);
    found->second.pop_front();
    if (!found->second.empty()) return lend(id);
    borrowers_.erase(found);
    if (!isDraining_) wake();
}

}  // namespace greffe
