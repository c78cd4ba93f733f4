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
#include "intake/stability_tracker.h"
#include "spool/blob_spool.h"
#include "store/journal.h"
#include "sys/reactor.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace greffe {

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
};

class FolderIntake {
public:
    FolderIntake(Reactor& reactor, FolderSettings settings, std::shared_ptr<const FolderPlaces> places,
                 IntakeServices& services);
    ~FolderIntake();
    FolderIntake(const FolderIntake&) = delete;
    FolderIntake& operator=(const FolderIntake&) = delete;

    // Takes up what a crash left in claimed/, then begins to watch.
    Status start();
    // The folder's target changed (a new plan); claimed files keep theirs.
    void retarget(const FolderSettings& settings);
    void rescan();

private:
    struct Claim {
        std::string batch, directory, name, companion;
        std::string id() const {
            return directory.empty() ? batch + "/" + name : batch + "/" + directory + "/" + name;
        }
    };

    Status recoverClaims();
    Status recoverDirectory(const std::string& batch, const std::string& directory);
    void scanDirectory(const std::string& directory, int depth);
    void look(const std::string& directory, const std::string& name);
    bool isCandidate(const std::string& directory, const std::string& name) const;
    void arm();
    void takeDue();
    void claimStable();
    std::optional<Claim> claimOne(const std::string& batch, const std::string& path,
                                  std::set<std::string>& touched);
    void admit(const Claim& claim);
    void commitAdmission(const Claim& claim, AdmittedDossier admitted);
    void settled(const std::string& batch);
    void fail(const Error& error);

    Reactor& reactor_;
    FolderSettings settings_;
    std::shared_ptr<const FolderPlaces> places_;
    IntakeServices& services_;
    std::unique_ptr<StoreReader> reader_;
    StabilityTracker tracker_;
    std::unique_ptr<DirectoryWatch> watch_;
    Reactor::TimerId lookTimer_ = 0, rescanTimer_ = 0, resumeTimer_ = 0;
    std::map<std::string, std::size_t> openBatches_;  // files of a batch that are not in in-progress/ yet
    std::map<std::string, std::string>
        recentContent_;  // hex digest → dossier, of admissions not yet committed
    std::string pausedFor_;
    bool sawMoreThanFits_ = false;  // the tracker was full: look again when it has room
    std::shared_ptr<bool> isAlive_ = std::make_shared<bool>(true);
};

}  // namespace greffe
