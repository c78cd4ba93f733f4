// SPDX-License-Identifier: Apache-2.0
// The thread of the intakes: one reactor, all drop folders and queues of the plan.
#pragma once

#include "config/plan.h"
#include "dossier/delivery.h"
#include "intake/folder_intake.h"
#include "intake/queue_intake.h"
#include "sys/reactor.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace greffe {

class IntakeThread {
public:
    explicit IntakeThread(IntakeServices services);
    ~IntakeThread();  // stops and joins
    IntakeThread(const IntakeThread&) = delete;
    IntakeThread& operator=(const IntakeThread&) = delete;

    // Opens the folders and gives them to the delivery; before start(). Errors name the folder.
    Status open(const Plan& plan, const std::string& planId, Delivery& delivery);
    // Claims again what a restored journal does not know (intake/forgotten_files.h); before start(). Returns
    // intake and path of each file.
    Result<std::vector<std::pair<std::string, std::string>>> reclaimForgotten(StoreReader& reader, UlidSource& ids);
    void start();
    // Any thread: what is dropped from now on goes through the new plan. Folders that are new need a restart.
    void retarget(const Plan& plan, const std::string& planId);
    void stop();
    // Any thread.
    std::map<std::string, IntakeStatus> status() const;

private:
    IntakeServices services_;
    Reactor reactor_;
    std::map<std::string, std::unique_ptr<IntakeSource>> intakes_;
    std::vector<std::pair<FolderSettings, std::shared_ptr<const FolderPlaces>>> folders_;
    std::thread thread_;
    mutable std::mutex mutex_;  // of what other threads look at
    std::map<std::string, IntakeStatus> status_;
};

FolderSettings folderSettings(const Plan& plan, const std::string& planId, const IntakePlan& intake);

}  // namespace greffe
