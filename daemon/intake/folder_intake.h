// SPDX-License-Identifier: Apache-2.0
// One drop folder: sees files, waits until they are whole, takes them by rename, copies them into the spool,
// commits their dossier, and moves them to in-progress/. Nothing is read before it is ours, nothing is
// deleted at all.
//
//   hint or rescan → stable → claim (rename + directory sync) → copy and hash → commit → in-progress/ → the
//   engine
//
// A crash anywhere repeats from the claim: the claim's name is the key that a second admission trips over.
//
// Lives on the intake thread. Backpressure: when mayAdmit says why not, files stay where they are dropped.
#pragma once

#include "base/clock.h"
#include "base/ulid.h"
#include "intake/admission.h"
#include "intake/directory_watch.h"
#include "intake/folder_places.h"
#include "intake/intake_settings.h"
#include "intake/intake_source.h"
#include "intake/left_lying.h"
#include "intake/manifest_pairs.h"
#include "intake/stability_tracker.h"
#include "intake/told_failures.h"
#include "spool/blob_spool.h"
#include "store/journal.h"
#include "sys/reactor.h"
#include "workers/call.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace greffe {

// What operators see of a folder or a queue.
struct IntakeStatus {
    std::size_t followed = 0;            // seen, not whole yet
    std::size_t waitingForManifest = 0;  // whole documents whose side-car has not come
    std::string pausedFor;
    std::string trouble;  // why nothing can be taken: the folder is missing, the queue does not answer
    LeftLying::Summary leftLying;
    // Queues:
    std::uint64_t taken = 0;        // messages that became dossiers
    std::uint64_t recognised = 0;   // that came again
    std::uint64_t deadLetters = 0;  // that never can
    friend bool operator==(const IntakeStatus&, const IntakeStatus&) = default;
};

struct IntakeServices {
    Journal& journal;
    Store& store;
    BlobSpool& spool;
    UlidSource& ids;
    const Clock& clock;
    // Empty: go on. Otherwise the reason to pause, a label of greffe_intake_paused ("disk_low",
    // "backlog_full").
    std::function<std::string()> mayAdmit;
    // Any thread may be called from here: the engine posts it to itself.
    std::function<void(AdmittedDossier)> admitted;
    std::function<void(const std::string& intake, const std::string& reason)> paused;  // "" = no longer
    std::function<void(const std::string& intake, const Error& error)> failed;
    std::function<void(const std::string& intake)> recovered;  // the folder is there again
    std::function<void(const std::string& intake, const IntakeStatus& status)> changed;
    // A call to a provider's worker (of request.instance, as the plan has it). Any thread; `done` is called
    // on another.
    std::function<void(const std::string& planId, CallRequest request, std::function<void(CallOutcome)> done)>
        callProvider;
    // Set by whoever stops the intakes, on another thread: nothing more is begun, however much was dropped.
    std::shared_ptr<std::atomic<bool>> isStopping = std::make_shared<std::atomic<bool>>(false);
};

class FolderIntake final : public IntakeSource {
public:
    FolderIntake(Reactor& reactor, FolderSettings settings, std::shared_ptr<const FolderPlaces> places,
                 IntakeServices& services);
    ~FolderIntake() override;
    FolderIntake(const FolderIntake&) = delete;
    FolderIntake& operator=(const FolderIntake&) = delete;

    // Takes up what a crash left in claimed/, then begins to watch.
    Status start() override;
    // The first half of start() alone, for an intake that is not configured any more; retire() is next.
    Status takeUpClaims();
    // Claimed files keep their plan.
    void retarget(const FolderSettings& settings) override;
    void retire(std::function<void()> retired) override;
    void rescan();

private:
    struct Claim {
        std::string batch, directory, name, companion;
        int tries = 0;
        std::string id() const {
            return directory.empty() ? batch + "/" + name : batch + "/" + directory + "/" + name;
        }
    };

    // What is dropped: folder_intake.cpp.
    void watch();
    void rescanSoon();
    bool hasFolder();
    void setTrouble(const std::string& trouble);
    void scanDirectory(const std::string& directory, int depth);
    void look(const std::string& directory, const std::string& name);
    void follow(const std::string& path, const FileFacts& facts);
    void leave(const std::string& path, const Error& why);
    void noteUnfinished(const std::string& directory, const std::string& name);
    bool isCandidate(const std::string& directory, const std::string& name) const;
    bool isMarkedReady(int dropDir, const std::string& name) const;
    void arm();
    void takeDue();
    void claimSoon();
    void claimStable();
    std::vector<ManifestPairs::Ready> takeReady();
    bool mustStillWait(const ManifestPairs::Ready& ready);
    void tellWaiting();
    void forgetWaiting(const std::string& path);
    void report();

    // What is ours: folder_claims.cpp.
    Status recoverClaims();
    Status recoverDirectory(const std::string& batch, const std::string& directory);
    void removeMarker(int dropDir, const std::string& name) const;
    Status putBack(int claimDir, const std::string& directory, const std::string& name);
    // Empty when there is nothing to claim any more; an error when nothing at all can be claimed now.
    Result<std::optional<Claim>> claimOne(const std::string& batch, const ManifestPairs::Ready& ready,
                                          std::set<std::string>& touched);
    void cannotClaim(const std::string& path, const Error& why);
    Status syncClaims(const std::string& batch, const std::set<std::string>& touched);
    void putBackBatch(const std::vector<Claim>& claims);
    void admit(const Claim& claim);
    void admitLater(const Claim& claim);
    void commitAdmission(const Claim& claim, AdmittedDossier admitted);
    void settled(const std::string& batch);
    void fail(const Error& error);
    void failAdmission(const Error& error);

    Reactor& reactor_;
    FolderSettings settings_;
    std::shared_ptr<const FolderPlaces> places_;
    IntakeServices& services_;
    std::unique_ptr<StoreReader> reader_;
    StabilityTracker tracker_;
    ManifestPairs pairs_;
    std::set<std::string> toldWaiting_;  // documents with a receipt that says what they wait for
    std::unique_ptr<DirectoryWatch> watch_;
    Reactor::TimerId lookTimer_ = 0, rescanTimer_ = 0, resumeTimer_ = 0;
    std::map<std::string, std::size_t> openBatches_;  // files of a batch that are not in in-progress/ yet
    std::map<std::string, std::string>
        recentContent_;  // hex digest → dossier, of admissions not yet committed
    std::string pausedFor_;
    std::string trouble_;           // of the folder
    std::string admissionTrouble_;  // of what takes files from it: the spool, a sync; until one is taken
    // Why nothing could be claimed, until something is. A single file that nobody may move is left lying.
    std::string claimTrouble_;
    LeftLying leftLying_;
    ToldFailures failures_;
    std::optional<IntakeStatus> reported_;  // none: nothing yet
    bool sawMoreThanFits_ = false;          // the tracker was full: look again when it has room
    bool isClaimPosted_ = false, isRescanPosted_ = false;
    bool isRetiring_ = false;
    std::function<void()> retired_;
    std::shared_ptr<bool> isAlive_ = std::make_shared<bool>(true);
};

}  // namespace greffe
