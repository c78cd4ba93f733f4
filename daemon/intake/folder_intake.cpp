// SPDX-License-Identifier: Apache-2.0
// What is dropped: seen, followed until it is whole, put together with its manifest. What happens once it is
// ours is in folder_claims.cpp.
#include "intake/folder_intake.h"

#include "intake/dropped_folder.h"
#include "intake/waiting_receipt.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace greffe {
namespace {

// Names in the tracker: bounds memory under a burst of a million files.
constexpr std::size_t kMostFollowed = 20'000;
constexpr std::size_t kMostClaims = 64;  // per batch: one set of directory syncs serves them all
constexpr std::size_t kMostToldAtOnce = 256;
constexpr std::chrono::milliseconds kLookForMissingFolderEvery{5'000};
// A manifest is dropped before a document that may take long to write.
constexpr auto kLeastManifestPatience = std::chrono::minutes(10);

ManifestPairs::Times timesOf(const FolderSettings& settings) {
    // Where documents wait, both halves wait as long: what is rejected alone can be dropped again together.
    const auto wait = settings.manifestWait;
    return {wait, wait.count() > 0 ? wait : std::chrono::milliseconds(kLeastManifestPatience)};
}

}  // namespace

FolderIntake::FolderIntake(Reactor& reactor, FolderSettings settings,
                           std::shared_ptr<const FolderPlaces> places, IntakeServices& services)
    : reactor_(reactor),
      settings_(std::move(settings)),
      places_(std::move(places)),
      services_(services),
      tracker_(settings_.stableFor, kMostFollowed),
      pairs_(timesOf(settings_), kMostFollowed) {}

FolderIntake::~FolderIntake() {
    *isAlive_ = false;
    for (const auto timer : {lookTimer_, rescanTimer_, resumeTimer_})
        reactor_.cancel(timer);
}

Status FolderIntake::takeUpClaims() {
    GREFFE_TRY_ASSIGN(reader_, services_.store.openReader());
    removeWaitingReceipts(*places_);
    return recoverClaims();
}

Status FolderIntake::start() {
    GREFFE_TRY(takeUpClaims());
    watch();
    rescan();
    return {};
}

void FolderIntake::watch() {
    DirectoryWatch::Hints hints;
    hints.changed = [this](const std::string& directory, const std::string& name) {
        tracker_.disturb(pathBelow(directory, name), std::chrono::steady_clock::now());
        pairs_.disturb(pathBelow(directory, name));
        look(directory, name);
        if (const std::string& marker = settings_.readyMarker; !marker.empty() && name.ends_with(marker))
            look(directory, name.substr(0, name.size() - marker.size()));
        arm();
    };
    hints.lostTrack = [this] { rescanSoon(); };
    watch_ = std::make_unique<DirectoryWatch>(reactor_, places_->rootPath(), std::move(hints));
}

// Not from inside a hint: a rescan may put another watch in the place of the one that speaks.
void FolderIntake::rescanSoon() {
    if (std::exchange(isRescanPosted_, true)) return;
    reactor_.post([this, alive = isAlive_] {
        if (!*alive) return;
        isRescanPosted_ = false;
        rescan();
    });
}

void FolderIntake::retarget(const FolderSettings& settings) {
    const bool isSeenOtherwise = settings.manifest != settings_.manifest ||
                                 settings.isRecursive != settings_.isRecursive ||
                                 settings.readyMarker != settings_.readyMarker ||
                                 settings.hasArchivesAsDossiers != settings_.hasArchivesAsDossiers ||
                                 settings.hasFoldersAsDossiers != settings_.hasFoldersAsDossiers;
    settings_ = settings;
    // The receipts of those who wait say until when.
    for (const std::string& path : std::exchange(toldWaiting_, {})) {
        const SplitPath parts = splitBelow(path);
        removeWaitingReceipt(*places_, parts.directory, parts.name);
    }
    if (isSeenOtherwise) {
        // What was halfway to a claim under other rules begins anew.
        tracker_ = StabilityTracker(settings_.stableFor, kMostFollowed);
        pairs_ = ManifestPairs(timesOf(settings_), kMostFollowed);
        if (watch_ != nullptr) watch();
    } else {
        tracker_.setQuietFor(settings_.stableFor);
        pairs_.setTimes(timesOf(settings_));
    }
    if (watch_ == nullptr) return;  // not started yet
    tellWaiting();
    rescan();
}

void FolderIntake::retire(std::function<void()> retired) {
    isRetiring_ = true;
    retired_ = std::move(retired);
    for (const auto timer : {lookTimer_, rescanTimer_, resumeTimer_})
        reactor_.cancel(timer);
    watch_.reset();
    for (const std::string& path : std::exchange(toldWaiting_, {})) {
        const SplitPath parts = splitBelow(path);
        removeWaitingReceipt(*places_, parts.directory, parts.name);
    }
    if (openBatches_.empty()) reactor_.post(std::exchange(retired_, nullptr));
}

// Whether the path leads to a folder. To another one than before (removed and made again, mounted): that is
// the folder from now on.
bool FolderIntake::hasFolder() {
    auto next = places_->refreshed();
    if (!next) {
        setTrouble(next.error().text());
        return false;
    }
    if (*next) {
        places_ = std::make_shared<const FolderPlaces>(std::move(**next));
        watch();
        if (const Status recovered = recoverClaims(); !recovered) fail(recovered.error());
    }
    setTrouble("");
    return true;
}

void FolderIntake::setTrouble(const std::string& trouble) {
    if (trouble == trouble_) return;
    if (trouble.empty()) {
        if (services_.recovered) services_.recovered(settings_.name);
    } else {
        services_.failed(settings_.name,
                         makeError(Errc::NotFound, trouble));  // told when it changes: never kept quiet
    }
    trouble_ = trouble;
}

void FolderIntake::rescan() {
    if (isRetiring_) return;
    reactor_.cancel(rescanTimer_);
    if (!hasFolder()) {
        const auto again =
            std::min<std::chrono::milliseconds>(settings_.rescanEvery, kLookForMissingFolderEvery);
        rescanTimer_ = reactor_.callAfter(again, [this] { rescan(); });
        return report();
    }
    sawMoreThanFits_ = false;
    leftLying_.beginRound();
    if (leftLying_.summary().count == 0) claimTrouble_.clear();
    scanDirectory("", 0);
    for (const auto& [path, until] : pairs_.waitingDocuments()) {
        const SplitPath parts = splitBelow(path);
        auto dir = places_->dropDirectory(parts.directory);
        if (!dir || !existsAt(dir->get(), parts.name)) forgetWaiting(path);
    }
    arm();
    rescanTimer_ = reactor_.callAfter(settings_.rescanEvery, [this] { rescan(); });
}

void FolderIntake::scanDirectory(const std::string& directory, int depth) {
    static_cast<void>(watch_->add(directory));  // without hints the rescan still sees everything
    auto dir = places_->dropDirectory(directory);
    if (!dir) {
        if (directory.empty()) fail(dir.error());
        return leave(directory, dir.error());
    }
    std::vector<std::string> subdirectories;
    const Status listed = listDirectory(dir->get(), [&](const std::string& name) {
        if (!isCandidate(directory, name)) {
            noteUnfinished(directory, name);
            return true;
        }
        auto facts = factsAt(dir->get(), name);
        if (!facts) return true;
        if (facts->isDirectory()) {
            const std::string path = pathBelow(directory, name);
            if (settings_.isRecursive && depth < kMostDepth) subdirectories.push_back(name);
            if (settings_.isRecursive && depth >= kMostDepth)
                leave(path,
                      makeError(Errc::Invalid, fmt::format("it lies deeper than {} folders", kMostDepth),
                                "put what is to be taken nearer to the drop folder"));
            if (!settings_.hasFoldersAsDossiers) return true;
            facts = factsOfDropped(dir->get(), name);
            if (!facts) {
                leave(path, facts.error());
                return true;
            }
        }
        if (isMarkedReady(dir->get(), name)) follow(pathBelow(directory, name), *facts);
        return !sawMoreThanFits_;
    });
    if (!listed && directory.empty()) fail(listed.error());
    if (!listed) leave(directory, listed.error());
    for (const std::string& name : subdirectories)
        scanDirectory(pathBelow(directory, name), depth + 1);
}

// Nothing that is dropped stays without a word; what is only on its way (or gone already) gets none.
void FolderIntake::leave(const std::string& path, const Error& why) {
    if (path.empty() || why.code == Errc::NotFound) return;
    if (const auto told = leftLying_.note(path, why, std::chrono::steady_clock::now())) fail(*told);
}

void FolderIntake::noteUnfinished(const std::string& directory, const std::string& name) {
    if (!isUnfinishedName(name) || name.front() == '.') return;
    leave(pathBelow(directory, name),
          makeError(Errc::Busy, "its name says that it is still being written",
                    "its writer renames it when it is whole; files called so are never taken"));
}

bool FolderIntake::isCandidate(const std::string& directory, const std::string& name) const {
    if (name.empty() || name.front() == '.') return false;
    if (directory.empty() && FolderPlaces::isOurs(name)) return false;
    if (isUnfinishedName(name)) return false;
    if (!settings_.readyMarker.empty() && name.ends_with(settings_.readyMarker)) return false;
    return true;
}

// A manifest needs no marker of its own: its document has one.
bool FolderIntake::isMarkedReady(int dropDir, const std::string& name) const {
    if (settings_.readyMarker.empty()) return true;
    if (settings_.manifest != FolderSettings::Manifest::None && isManifestName(name)) return true;
    return existsAt(dropDir, name + settings_.readyMarker);
}

void FolderIntake::look(const std::string& directory, const std::string& name) {
    if (!isCandidate(directory, name)) return;
    const std::string path = pathBelow(directory, name);
    auto dir = places_->dropDirectory(directory);
    auto facts = dir ? factsOfDropped(dir->get(), name) : Result<FileFacts>(dir.error());
    if (!facts || (facts->isDirectory() && !settings_.hasFoldersAsDossiers)) {
        tracker_.forget(path);
        forgetWaiting(path);
        return;
    }
    if (!isMarkedReady(dir->get(), name)) return tracker_.forget(path);
    follow(path, *facts);
}

void FolderIntake::follow(const std::string& path, const FileFacts& facts) {
    if (pairs_.holds(path, facts)) return;
    if (!tracker_.observe(path, facts, std::chrono::steady_clock::now())) sawMoreThanFits_ = true;
}

void FolderIntake::arm() {
    reactor_.cancel(lookTimer_);
    if (isRetiring_ || *services_.isStopping) return;
    // What was found stable by a rescan, or by the second hint of one write, has no look of its own ahead of
    // it: without this it stays in the folder until something else happens there.
    if (pausedFor_.empty() && tracker_.hasStable()) claimSoon();
    auto next = tracker_.nextLook();
    // Not while paused: a time that is over would be over again at once.
    if (const auto deadline = pairs_.nextDeadline();
        deadline && pausedFor_.empty() && (!next || *deadline < *next))
        next = deadline;
    if (next) lookTimer_ = reactor_.callAt(*next, [this] { takeDue(); });
    report();
}

void FolderIntake::takeDue() {
    for (const std::string& path : tracker_.dueForLook(std::chrono::steady_clock::now())) {
        const SplitPath parts = splitBelow(path);
        look(parts.directory, parts.name);
    }
    claimStable();
    arm();
}

// After what was posted meanwhile, so that hints and commits are not starved.
void FolderIntake::claimSoon() {
    if (std::exchange(isClaimPosted_, true)) return;
    reactor_.post([this, alive = isAlive_] {
        if (!*alive) return;
        isClaimPosted_ = false;
        claimStable();
        arm();
    });
}

void FolderIntake::claimStable() {
    if (isRetiring_ || *services_.isStopping) return;
    if (std::string reason = services_.mayAdmit(); reason != pausedFor_) {
        pausedFor_ = std::move(reason);
        services_.paused(settings_.name, pausedFor_);
    }
    if (!pausedFor_.empty()) {
        reactor_.cancel(resumeTimer_);
        resumeTimer_ = reactor_.callAfter(kPauseBetweenTries, [this] { takeDue(); });
        return;
    }
    const std::vector<ManifestPairs::Ready> ready = takeReady();
    tellWaiting();
    if (ready.empty()) {
        if (sawMoreThanFits_) rescan();
        return;
    }
    const std::string batch = batchName(services_.ids.next(), settings_.isRecursive);
    std::set<std::string> touched;  // drop directories whose names changed
    std::vector<Claim> claims;
    std::optional<Error> noRoom;
    claimTrouble_.clear();
    for (const ManifestPairs::Ready& one : ready) {
        forgetWaiting(one.document);
        auto claim = claimOne(batch, one, touched);
        if (!claim) {
            noRoom = claim.error();  // the others would meet the same
            break;
        }
        if (*claim) claims.push_back(std::move(**claim));
    }
    if (!claims.empty()) claimTrouble_.clear();
    if (const Status synced = syncClaims(batch, touched); !synced) {
        failAdmission(synced.error());
        return putBackBatch(claims);
    }
    openBatches_[batch] += claims.size() + 1;
    for (const Claim& claim : claims) {
        if (*services_.isStopping) return;  // the next start finds the others claimed
        admit(claim);
    }
    settled(batch);
    if (!noRoom) return claimSoon();  // more may be stable
    // Those that were not claimed are found again by looking, after a pause.
    failAdmission(*noRoom);
    reactor_.cancel(rescanTimer_);
    rescanTimer_ = reactor_.callAfter(kPauseBetweenTries, [this] { rescan(); });
}

// What may be claimed now: whole files, and with manifests whole pairs and those whose time is over.
std::vector<ManifestPairs::Ready> FolderIntake::takeReady() {
    std::vector<ManifestPairs::Ready> ready;
    const SteadyTime now = std::chrono::steady_clock::now();
    for (StabilityTracker::Stable& stable : tracker_.takeStable(kMostClaims)) {
        // Folders and archives have theirs inside.
        const bool hasSideCar = settings_.manifest != FolderSettings::Manifest::None &&
                                !stable.facts.isDirectory() &&
                                !(settings_.hasArchivesAsDossiers && isArchiveName(stable.name));
        if (!hasSideCar) {
            ready.push_back({std::move(stable.name), "", stable.facts, {}});
        } else {
            static_cast<void>(
                pairs_.settle(stable.name, stable.facts, now));  // no room: the next rescan sees it
        }
    }
    for (ManifestPairs::Ready& one : pairs_.takeReady(kMostClaims, now))
        if (!mustStillWait(one)) ready.push_back(std::move(one));
    return ready;
}

// A half that is alone at the end of its time, while the other one is being written beside it, waits on.
bool FolderIntake::mustStillWait(const ManifestPairs::Ready& ready) {
    if (!ready.document.empty() && !ready.manifest.empty()) return false;
    const bool isDocument = ready.manifest.empty();
    const std::string& path = isDocument ? ready.document : ready.manifest;
    const SplitPath parts = splitBelow(path);
    auto dir = places_->dropDirectory(parts.directory);
    if (!dir) return false;
    bool isOtherThere = false;
    if (isDocument) {
        const std::string manifest = splitBelow(manifestPathOf(path)).name;
        auto facts = factsAt(dir->get(), manifest);
        isOtherThere = facts && !facts->isDirectory() && isCandidate(parts.directory, manifest);
    } else {
        static_cast<void>(listDirectory(dir->get(), [&](const std::string& name) {
            isOtherThere = name != parts.name && isCandidate(parts.directory, name) &&
                           manifestPathOf(name) == parts.name;
            return !isOtherThere;
        }));
    }
    if (!isOtherThere) return false;
    const SteadyTime now = std::chrono::steady_clock::now();
    static_cast<void>(pairs_.settle(path, isDocument ? ready.documentFacts : ready.manifestFacts, now));
    // A short time: its own is over, and a document without patience has none.
    pairs_.renew(path, now + std::max<std::chrono::milliseconds>(settings_.stableFor, kPauseBetweenTries) -
                           (isDocument ? timesOf(settings_).document : timesOf(settings_).manifest));
    return true;
}

void FolderIntake::tellWaiting() {
    if (settings_.manifestWait.count() == 0) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    const std::int64_t nowMs = toUnixMs(services_.clock.wall());
    std::size_t told = 0;
    for (const auto& [path, until] : pairs_.waitingDocuments()) {
        if (told >= kMostToldAtOnce) return;
        if (!toldWaiting_.insert(path).second) continue;
        ++told;
        const SplitPath parts = splitBelow(path);
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - now).count();
        const WaitingDocument document{parts.directory, parts.name, splitBelow(manifestPathOf(path)).name,
                                       nowMs, nowMs + std::max<std::int64_t>(0, left)};
        if (const Status written = writeWaitingReceipt(*places_, document); !written) fail(written.error());
    }
}

void FolderIntake::forgetWaiting(const std::string& path) {
    pairs_.forget(path);
    if (toldWaiting_.erase(path) == 0) return;
    const SplitPath parts = splitBelow(path);
    removeWaitingReceipt(*places_, parts.directory, parts.name);
}

void FolderIntake::report() {
    IntakeStatus status;
    status.followed = tracker_.size();
    status.waitingForManifest = pairs_.countWaitingDocuments();
    status.pausedFor = pausedFor_;
    status.trouble = trouble_;
    if (status.trouble.empty()) status.trouble = admissionTrouble_;
    if (status.trouble.empty()) status.trouble = claimTrouble_;
    status.leftLying = leftLying_.summary();
    if (status == reported_ || isRetiring_) return;
    reported_ = status;
    services_.changed(settings_.name, status);
}

void FolderIntake::fail(const Error& error) {
    if (const auto told = failures_.toTell(error, std::chrono::steady_clock::now()))
        services_.failed(settings_.name, *told);
}

// Until something is admitted again.
void FolderIntake::failAdmission(const Error& error) {
    fail(error);
    admissionTrouble_ = error.text();
    report();
}

}  // namespace greffe
