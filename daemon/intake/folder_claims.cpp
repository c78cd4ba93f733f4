// SPDX-License-Identifier: Apache-2.0
// What is ours: claimed by rename, copied, committed, moved to in-progress/; and what a crash left of that.
#include "base/failpoint.h"
#include "intake/dropped_folder.h"
#include "intake/folder_intake.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace greffe {

Status FolderIntake::recoverClaims() {
    std::vector<std::string> batches;
    GREFFE_TRY(listDirectory(places_->claimed(), [&](const std::string& name) {
        batches.push_back(name);
        return true;
    }));
    std::sort(batches.begin(), batches.end());
    for (const std::string& batch : batches) {
        ++openBatches_[batch];  // held until everything of it is under way
        Status recovered = recoverDirectory(batch, "");
        settled(batch);
        GREFFE_TRY(std::move(recovered));
    }
    return {};
}

Status FolderIntake::recoverDirectory(const std::string& batch, const std::string& directory) {
    GREFFE_TRY_ASSIGN(const UniqueFd dir, places_->claimDirectory(batch, directory, false));
    std::set<std::string> names;
    GREFFE_TRY(listDirectory(dir.get(), [&](const std::string& name) {
        names.insert(name);
        return true;
    }));
    const bool hasManifests = settings_.manifest != FolderSettings::Manifest::None;
    std::set<std::string> companions;
    const auto hasSideCar = [&](const std::string& name) {
        auto facts = factsAt(dir.get(), name);
        return hasManifests && !isManifestName(name) && facts && !facts->isDirectory() &&
               !(settings_.hasArchivesAsDossiers && isArchiveName(name)) &&
               names.count(manifestPathOf(name)) != 0;
    };
    for (const std::string& name : names)
        if (hasSideCar(name)) companions.insert(manifestPathOf(name));
    for (const std::string& name : names) {
        if (companions.count(name) != 0) continue;
        auto facts = factsAt(dir.get(), name);
        if (facts && facts->isDirectory() && isRecursiveBatch(batch, settings_.isRecursive)) {
            GREFFE_TRY(recoverDirectory(batch, pathBelow(directory, name)));
            continue;
        }
        Claim claim{batch, directory, name, ""};
        if (hasSideCar(name)) claim.companion = manifestPathOf(name);
        GREFFE_TRY_ASSIGN(const auto known, reader_->dossierByClaim(claim.id()));
        if (known && !isFinal(known->state)) {
            GREFFE_TRY_ASSIGN(const auto moved,
                              places_->moveSource(known->source, known->id, Place::InProgress));
            static_cast<void>(moved);
        } else if (!known && hasManifests && isManifestName(name)) {
            // A pair is claimed manifest first: its document is still in the drop folder.
            GREFFE_TRY(putBack(dir.get(), directory, name));
        } else if (!known) {
            auto drop = places_->dropDirectory(directory);
            if (drop && !existsAt(drop->get(), name)) removeMarker(drop->get(), name);
            ++openBatches_[batch];
            admit(claim);
        }  // a final one: the delivery finds it here and brings it to its place
    }
    return {};
}

// A marker that stayed would call the next file of that name complete before it is.
void FolderIntake::removeMarker(int dropDir, const std::string& name) const {
    if (!settings_.readyMarker.empty())
        static_cast<void>(removeFileAt(dropDir, name + settings_.readyMarker));
}

Status FolderIntake::putBack(int claimDir, const std::string& directory, const std::string& name) {
    GREFFE_TRY_ASSIGN(const UniqueFd drop, places_->dropDirectory(directory));
    std::string free = name;
    for (int i = 2; existsAt(drop.get(), free) && i < 1'000; ++i)
        free = nameWithSuffix(name, fmt::format("~{}.json", i));
    GREFFE_TRY(renameNew(claimDir, name, drop.get(), free));
    return syncDirectory(drop.get());
}

// A claim must be durable before its row: after a power cut the file must not be back in the drop folder,
// where it would become a second dossier.
Status FolderIntake::syncClaims(const std::string& batch, const std::set<std::string>& touched) {
    const auto sync = [](Result<UniqueFd> dir) {
        return dir ? syncDirectory(dir->get()) : Status(dir.error());
    };
    for (const std::string& directory : touched) {
        GREFFE_TRY(sync(places_->claimDirectory(batch, directory, true)));
        GREFFE_TRY(sync(places_->dropDirectory(directory)));
    }
    return syncDirectory(places_->claimed());
}

void FolderIntake::cannotClaim(const std::string& path, const Error& why) {
    claimTrouble_ = fmt::format("{}: nothing can be taken: {}", places_->rootPath(), why.message);
    leave(path,
          makeError(why.code, fmt::format("{}: {}", places_->rootPath(), why.message),
                    "let the daemon's user rename files there: write and execute on the folder, no sticky "
                    "bit, no read-only mount; it is tried again"));
}

Result<std::optional<FolderIntake::Claim>> FolderIntake::claimOne(const std::string& batch,
                                                                  const ManifestPairs::Ready& ready,
                                                                  std::set<std::string>& touched) {
    const SplitPath parts = splitBelow(ready.document.empty() ? ready.manifest : ready.document);
    Claim claim{batch, parts.directory, parts.name, ""};
    auto from = places_->dropDirectory(claim.directory);
    if (!from) return std::optional<Claim>();
    auto to = places_->claimDirectory(batch, claim.directory, true);
    if (!to) {
        if (to.error().code == Errc::NoSpace) return to.error();
        cannotClaim(pathBelow(claim.directory, claim.name), to.error());
        return std::optional<Claim>();
    }
    const auto take = [&](const std::string& name, const FileFacts& seen) {
        // Changed since it was whole: it is seen again by its hint or the next rescan.
        auto facts = factsOfDropped(from->get(), name);
        if (!facts || !(*facts == seen)) return false;
        const Status moved = renameNew(from->get(), name, to->get(), name);
        // Gone again, or another node was quicker: nothing to do. Anything else is told and stays in the
        // status.
        if (!moved && moved.error().code != Errc::NotFound)
            cannotClaim(pathBelow(claim.directory, name), moved.error());
        if (moved) leftLying_.forget(pathBelow(claim.directory, name));
        return moved.ok();
    };
    // The manifest first: a manifest alone in claimed/ is put back, a document alone there never had one.
    const bool isPair = !ready.document.empty() && !ready.manifest.empty();
    if (isPair) {
        claim.companion = splitBelow(ready.manifest).name;
        touched.insert(claim.directory);
        if (!take(claim.companion, ready.manifestFacts)) return std::optional<Claim>();
    }
    if (!take(claim.name, ready.document.empty() ? ready.manifestFacts : ready.documentFacts)) {
        if (isPair)
            if (const Status back = putBack(to->get(), claim.directory, claim.companion); !back)
                fail(back.error());
        return std::optional<Claim>();
    }
    touched.insert(claim.directory);
    removeMarker(from->get(), claim.name);
    return std::optional<Claim>(std::move(claim));
}

// Whether they are in claimed/ for good nobody knows: they are taken again by another rename, which is synced
// anew. What cannot be put back stays in claimed/, and the next start takes it up.
void FolderIntake::putBackBatch(const std::vector<Claim>& claims) {
    for (const Claim& claim : claims) {
        const auto from = places_->claimDirectory(claim.batch, claim.directory, false);
        const auto drop = places_->dropDirectory(claim.directory);
        if (!from || !drop) continue;
        bool isBack = false;
        for (const std::string& name : {claim.name, claim.companion}) {
            if (name.empty()) continue;
            const Status moved = renameNew(from->get(), name, drop->get(), name);
            if (!moved) fail(moved.error());
            isBack = isBack || (moved && name == claim.name);
        }
        // Its marker went when it was claimed: without one it would never be taken again.
        if (isBack && !settings_.readyMarker.empty())
            if (const Status marked = replaceFile(drop->get(), claim.name + settings_.readyMarker, "");
                !marked)
                fail(marked.error());
    }
    if (!claims.empty()) places_->removeEmptyBatch(claims.front().batch);
}

void FolderIntake::admit(const Claim& claim) {
    auto dir = places_->claimDirectory(claim.batch, claim.directory, false);
    if (!dir && dir.error().code != Errc::NotFound) {
        fail(dir.error());
        return admitLater(claim);
    }
    if (!dir) {
        fail(dir.error());
        settled(claim.batch);
        return;
    }
    SourceRow source;
    source.intake = settings_.name;
    source.directory = claim.directory;
    source.name = claim.name;
    source.claim = claim.id();
    source.companion = claim.companion;
    Admission admission(settings_, services_.ids, services_.clock, services_.spool, *reader_, recentContent_);
    auto admitted = admission.admit(dir->get(), std::move(source), claim.tries >= kMostTriesWhileChanging);
    if (admitted) {
        commitAdmission(claim, std::move(*admitted));
    } else if (admitted.error().code == Errc::NotFound) {
        // Somebody took it away between the claim and here: there is nothing left to admit.
        fail(admitted.error());
        admissionTrouble_.clear();
        report();
        settled(claim.batch);
    } else {
        // The disk is full or failing, or a writer still has the file open: it stays claimed, nothing is
        // acknowledged, and it is tried again.
        Claim next = claim;
        if (admitted.error().code == Errc::Busy) {
            ++next.tries;
        } else {
            failAdmission(admitted.error());
        }
        admitLater(next);
    }
}

void FolderIntake::admitLater(const Claim& next) {
    reactor_.callAfter(kPauseBetweenTries, [this, next, alive = isAlive_] {
        if (*alive) admit(next);
    });
}

void FolderIntake::commitAdmission(const Claim& claim, AdmittedDossier admitted) {
    auto shared = std::make_shared<AdmittedDossier>(std::move(admitted));
    StoreWork work = [shared, intake = settings_.name](StoreTransaction& tx) -> Status {
        GREFFE_FAILPOINT("intake.commit");
        return writeAdmission(tx, *shared, "intake:" + intake);
    };
    services_.journal.submit(std::move(work), [this, shared, claim, alive = isAlive_](Status status) {
        reactor_.post([this, shared, claim, alive, status = std::move(status)] {
            if (!*alive) return;
            for (const DocumentRow& document : shared->documents)
                recentContent_.erase(toHex(document.blob));
            const bool wasThere = !status && status.error().code == Errc::Exists;
            if (!status && !wasThere) {
                // Still in claimed/, and nobody was told of it: from the start.
                failAdmission(status.error());
                return admitLater(claim);
            }
            if (!std::exchange(admissionTrouble_, {}).empty()) report();
            auto moved = places_->moveSource(shared->dossier.source, shared->dossier.id, Place::InProgress);
            if (!moved) fail(moved.error());
            settled(claim.batch);
            if (!wasThere) services_.admitted(std::move(*shared));
        });
    });
}

void FolderIntake::settled(const std::string& batch) {
    const auto found = openBatches_.find(batch);
    if (found == openBatches_.end() || --found->second > 0) return;
    openBatches_.erase(found);
    places_->removeEmptyBatch(batch);
    if (isRetiring_ && openBatches_.empty() && retired_) reactor_.post(std::exchange(retired_, nullptr));
}

}  // namespace greffe
