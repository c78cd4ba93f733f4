// SPDX-License-Identifier: Apache-2.0
#include "intake/folder_intake.h"

#include "base/bytes_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMostFollowed =
    20'000;  // names in the tracker: bounds memory under a burst of a million files
constexpr std::size_t kMostClaims = 64;  // per batch: one set of directory syncs serves them all
constexpr int kMostDepth = 32;
constexpr auto kPauseBetweenTries = std::chrono::milliseconds(1'000);

std::string joined(const std::string& directory, const std::string& name) {
    return directory.empty() ? name : directory + "/" + name;
}

bool endsWith(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// "x.pdf" → "x.json", the side-car's name.
std::string manifestNameOf(const std::string& name) {
    const auto dot = name.rfind('.');
    return (dot == std::string::npos || dot == 0 ? name : name.substr(0, dot)) + ".json";
}

}  // namespace

FolderIntake::FolderIntake(Reactor& reactor, FolderSettings settings,
                           std::shared_ptr<const FolderPlaces> places, IntakeServices& services)
    : reactor_(reactor),
      settings_(std::move(settings)),
      places_(std::move(places)),
      services_(services),
      tracker_(settings_.stableFor, kMostFollowed) {}

FolderIntake::~FolderIntake() {
    *isAlive_ = false;
    for (const auto timer : {lookTimer_, rescanTimer_, resumeTimer_})
        reactor_.cancel(timer);
}

Status FolderIntake::start() {
    GREFFE_TRY_ASSIGN(reader_, services_.store.openReader());
    GREFFE_TRY(recoverClaims());
    DirectoryWatch::Hints hints;
    hints.changed = [this](const std::string& directory, const std::string& name) {
        tracker_.disturb(joined(directory, name), std::chrono::steady_clock::now());
        look(directory, name);
        arm();
    };
    hints.lostTrack = [this] { rescan(); };
    watch_ = std::make_unique<DirectoryWatch>(reactor_, places_->rootPath(), std::move(hints));
    rescan();
    return {};
}

void FolderIntake::retarget(const FolderSettings& settings) {
    settings_ = settings;
}

Status FolderIntake::recoverClaims() {
    std::vector<std::string> batches;
    GREFFE_TRY(listDirectory(places_->claimed(), [&](const std::string& name) {
        batches.push_back(name);
        return true;
    }));
    std::sort(batches.begin(), batches.end());
    for (const std::string& batch : batches) {
        ++openBatches_[batch];  // held until everything of it is under way
        GREFFE_TRY(recoverDirectory(batch, ""));
        settled(batch);
    }
    return {};
}

Status FolderIntake::recoverDirectory(const std::string& batch, const std::string& directory) {
    GREFFE_TRY_ASSIGN(const UniqueFd dir, places_->claimDirectory(batch, directory, false));
    std::vector<std::string> names;
    GREFFE_TRY(listDirectory(dir.get(), [&](const std::string& name) {
        names.push_back(name);
        return true;
    }));
    std::set<std::string> companions;
    if (settings_.manifest != FolderSettings::Manifest::None)
        for (const std::string& name : names)
            if (!endsWith(name, ".json") &&
                std::find(names.begin(), names.end(), manifestNameOf(name)) != names.end())
                companions.insert(manifestNameOf(name));
    for (const std::string& name : names) {
        auto facts = factsAt(dir.get(), name);
        if (facts && facts->isDirectory() && settings_.isRecursive) {
            GREFFE_TRY(recoverDirectory(batch, joined(directory, name)));
            continue;
        }
        if (companions.count(name) != 0) continue;
        const Claim claim{batch, directory, name,
                          companions.count(manifestNameOf(name)) != 0 ? manifestNameOf(name) : ""};
        GREFFE_TRY_ASSIGN(const auto known, reader_->dossierByClaim(claim.id()));
        if (!known) {
            ++openBatches_[batch];
            admit(claim);
        } else if (!isFinal(known->state)) {
            GREFFE_TRY_ASSIGN(const auto moved,
                              places_->moveSource(known->source, known->id, Place::InProgress));
            static_cast<void>(moved);
        }  // a final one: the delivery finds it here and brings it to its place
    }
    return {};
}

void FolderIntake::rescan() {
    reactor_.cancel(rescanTimer_);
    sawMoreThanFits_ = false;
    scanDirectory("", 0);
    arm();
    rescanTimer_ = reactor_.callAfter(settings_.rescanEvery, [this] { rescan(); });
}

void FolderIntake::scanDirectory(const std::string& directory, int depth) {
    static_cast<void>(watch_->add(directory));  // without hints the rescan still sees everything
    auto dir = places_->dropDirectory(directory);
    if (!dir) {
        if (directory.empty()) fail(dir.error());
        return;
    }
    std::vector<std::string> subdirectories;
    const Status listed = listDirectory(dir->get(), [&](const std::string& name) {
        if (!isCandidate(directory, name)) return true;
        auto facts = factsAt(dir->get(), name);
        if (!facts) return true;
        if (facts->isDirectory()) {
            if (settings_.isRecursive && depth < kMostDepth) subdirectories.push_back(name);
            return true;
        }
        if (!tracker_.observe(joined(directory, name), *facts, std::chrono::steady_clock::now()))
            sawMoreThanFits_ = true;
        return !sawMoreThanFits_;
    });
    if (!listed) fail(listed.error());
    for (const std::string& name : subdirectories)
        scanDirectory(joined(directory, name), depth + 1);
}

bool FolderIntake::isCandidate(const std::string& directory, const std::string& name) const {
    if (name.empty() || name.front() == '.') return false;
    if (directory.empty() && FolderPlaces::isOurs(name)) return false;
    for (const std::string_view unfinished : {".part", ".tmp", ".crdownload", ".filepart"})
        if (endsWith(name, unfinished)) return false;
    if (!settings_.readyMarker.empty() && endsWith(name, settings_.readyMarker)) return false;
    return true;
}

void FolderIntake::look(const std::string& directory, const std::string& name) {
    if (!isCandidate(directory, name)) return;
    const std::string path = joined(directory, name);
    auto dir = places_->dropDirectory(directory);
    if (!dir) return tracker_.forget(path);
    auto facts = factsAt(dir->get(), name);
    if (!facts || facts->isDirectory()) return tracker_.forget(path);
    if (!settings_.readyMarker.empty() && !existsAt(dir->get(), name + settings_.readyMarker))
        return tracker_.forget(path);
    if (!tracker_.observe(path, *facts, std::chrono::steady_clock::now())) sawMoreThanFits_ = true;
}

void FolderIntake::arm() {
    reactor_.cancel(lookTimer_);
    if (const auto next = tracker_.nextLook()) lookTimer_ = reactor_.callAt(*next, [this] { takeDue(); });
}

void FolderIntake::takeDue() {
    for (const std::string& path : tracker_.dueForLook(std::chrono::steady_clock::now())) {
        const SplitPath split = splitPath(path);
        look(split.directory == "." ? "" : split.directory, split.name);
    }
    claimStable();
    arm();
}

void FolderIntake::claimStable() {
    if (std::string reason = services_.mayAdmit(); reason != pausedFor_) {
        pausedFor_ = std::move(reason);
        services_.paused(settings_.name, pausedFor_);
    }
    if (!pausedFor_.empty()) {
        reactor_.cancel(resumeTimer_);
        resumeTimer_ = reactor_.callAfter(kPauseBetweenTries, [this] { claimStable(); });
        return;
    }
    const std::vector<std::string> stable = tracker_.takeStable(kMostClaims);
    if (stable.empty()) {
        if (sawMoreThanFits_) rescan();
        return;
    }
    const std::string batch = services_.ids.next();
    std::set<std::string> touched;  // drop directories whose names changed
    std::vector<Claim> claims;
    for (const std::string& path : stable)
        if (auto claim = claimOne(batch, path, touched)) claims.push_back(std::move(*claim));
    // A claim must be durable before its row: after a power cut the file must not be back in the drop folder,
    // where it would become a second dossier.
    Status synced;
    const auto sync = [&synced](Result<UniqueFd> dir) {
        if (synced) synced = dir ? syncDirectory(dir->get()) : Status(dir.error());
    };
    for (const std::string& directory : touched) {
        sync(places_->claimDirectory(batch, directory, true));
        sync(places_->dropDirectory(directory));
    }
    if (synced) synced = syncDirectory(places_->claimed());
    if (!synced) {
        fail(synced.error());  // the files are in claimed/: the next start takes them up
        return;
    }
    openBatches_[batch] += claims.size() + 1;
    for (const Claim& claim : claims)
        admit(claim);
    settled(batch);
    // More may be stable: after what was posted meanwhile, so that hints and commits are not starved.
    reactor_.post([this, alive = isAlive_] {
        if (*alive) claimStable();
    });
}

std::optional<FolderIntake::Claim> FolderIntake::claimOne(const std::string& batch, const std::string& path,
                                                          std::set<std::string>& touched) {
    const SplitPath split = splitPath(path);
    Claim claim{batch, split.directory == "." ? "" : split.directory, split.name, ""};
    auto from = places_->dropDirectory(claim.directory);
    if (!from) return std::nullopt;
    if (settings_.manifest != FolderSettings::Manifest::None) {
        if (endsWith(claim.name, ".json")) return std::nullopt;  // comes with its document
        const std::string companion = manifestNameOf(claim.name);
        if (existsAt(from->get(), companion)) {
            claim.companion = companion;
        } else if (settings_.manifest == FolderSettings::Manifest::Required) {
            return std::nullopt;  // looked at again by the next rescan
        }
    }
    auto to = places_->claimDirectory(batch, claim.directory, true);
    if (!to) {
        fail(to.error());
        return std::nullopt;
    }
    const Status moved = renameNew(from->get(), claim.name, to->get(), claim.name);
    if (!moved) {
        // Gone again, or another node was quicker: nothing to do. Anything else is worth a word.
        if (moved.error().code != Errc::NotFound) fail(moved.error());
        return std::nullopt;
    }
    if (!claim.companion.empty() && !renameNew(from->get(), claim.companion, to->get(), claim.companion))
        claim.companion.clear();
    touched.insert(claim.directory);
    return claim;
}

void FolderIntake::admit(const Claim& claim) {
    auto dir = places_->claimDirectory(claim.batch, claim.directory, false);
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
    auto admitted = admission.admit(dir->get(), std::move(source));
    if (!admitted) {
        // The disk is full or failing: the file stays claimed, nothing is acknowledged, and it is tried
        // again.
        fail(admitted.error());
        reactor_.callAfter(kPauseBetweenTries, [this, claim, alive = isAlive_] {
            if (*alive) admit(claim);
        });
        return;
    }
    commitAdmission(claim, std::move(*admitted));
}

void FolderIntake::commitAdmission(const Claim& claim, AdmittedDossier admitted) {
    auto shared = std::make_shared<AdmittedDossier>(std::move(admitted));
    StoreWork work = [shared, intake = settings_.name](StoreTransaction& tx) -> Status {
        return writeAdmission(tx, *shared, "intake:" + intake);
    };
    services_.journal.submit(std::move(work), [this, shared, claim, alive = isAlive_](Status status) {
        reactor_.post([this, shared, claim, alive, status = std::move(status)] {
            if (!*alive) return;
            for (const DocumentRow& document : shared->documents)
                recentContent_.erase(toHex(document.blob));
            const bool wasThere = !status && status.error().code == Errc::Exists;
            if (!status && !wasThere) {
                fail(status.error());
                return;
            }
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
}

void FolderIntake::fail(const Error& error) {
    services_.failed(settings_.name, error);
}

}  // namespace greffe
