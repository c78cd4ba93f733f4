// SPDX-License-Identifier: Apache-2.0
// The thread of the intakes: one reactor, all drop folders and queues of the plan, and of the next plan after
// a reload.
//
// An intake is the folder or queue that its settings name. While that is the same its settings are changed in
// place; when it is another, or gone from the plan, the intake takes nothing more, finishes what it has in
// hand and goes. What comes to the place that it leaves waits until it has left.
#pragma once

#include "config/plan.h"
#include "intake/folder_intake.h"
#include "intake/queue_intake.h"
#include "sys/reactor.h"

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace greffe {

class IntakeThread {
public:
    explicit IntakeThread(IntakeServices services);
    ~IntakeThread();  // stops and joins
    IntakeThread(const IntakeThread&) = delete;
    IntakeThread& operator=(const IntakeThread&) = delete;

    // The drop folders that a plan has and the current one has not, opened: by intake.
    using Opened = std::map<std::string, std::shared_ptr<const FolderPlaces>>;
    // Any thread, one at a time. Nothing is taken yet: a plan whose folders cannot be opened does not come
    // into force. The Error names the intake.
    Result<Opened> open(const Plan& plan) const;
    // Any thread, one at a time: what is dropped from now on goes through this plan.
    void follow(const Plan& plan, const std::string& planId, Opened opened);
    // Claims again what a restored journal does not know (intake/forgotten_files.h); before start(). Returns
    // intake and path of each file.
    Result<std::vector<std::pair<std::string, std::string>>> reclaimForgotten(StoreReader& reader,
                                                                              UlidSource& ids);
    // Claims that a crash left to an intake of an earlier plan whose folder no intake has any more: they are
    // committed under that plan, as a reload would have done, and the folder is let go. Before start().
    // Returns the intakes' names and folders; what cannot be opened is told and waits for the next start.
    std::vector<std::pair<std::string, std::string>> takeUpClaimsOf(const Plan& earlier,
                                                                    const std::string& planId);
    void start();
    void stop();
    // Any thread. Every intake of the plan in force is there from the start.
    std::map<std::string, IntakeStatus> status() const;

private:
    // Where an intake takes from: two with the same place are never at work at once.
    struct Held {
        std::string name, place;
        std::unique_ptr<IntakeSource> source;
        bool isStarted = false, isRetiring = false;
    };
    using Intakes = std::list<Held>;

    struct Change;
    void apply(const Change& change);
    void retire(Held& held);
    void letGo(Held& held);
    void startThose();
    void startOne(Held& held);
    void finishClaims(const FolderSettings& settings);
    std::unique_ptr<IntakeSource> make(const FolderSettings& settings,
                                       const std::shared_ptr<const FolderPlaces>& places);

    IntakeServices services_;
    Reactor reactor_;
    Intakes intakes_;  // the intake thread's, those that are going included
    std::shared_ptr<bool> isAlive_ = std::make_shared<bool>(true);
    std::vector<std::pair<FolderSettings, std::shared_ptr<const FolderPlaces>>> folders_;  // before start()
    std::set<std::string>
        knownFolders_;  // before start(): those that some intake takes from, or that were seen
    std::thread thread_;
    mutable std::mutex mutex_;                   // of what other threads look at
    std::map<std::string, std::string> places_;  // of the plan in force, by intake
    std::map<std::string, IntakeStatus> status_;
};

FolderSettings folderSettings(const Plan& plan, const std::string& planId, const IntakePlan& intake);

}  // namespace greffe
