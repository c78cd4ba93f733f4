// SPDX-License-Identifier: Apache-2.0
#include "app/intake_thread.h"

#include "dossier/steps/manifest_reading.h"
#include "intake/forgotten_files.h"

namespace greffe {

FolderSettings folderSettings(const Plan& plan, const std::string& planId, const IntakePlan& intake) {
    FolderSettings settings;
    settings.name = intake.name;
    settings.path = intake.path;
    settings.provider = intake.provider;
    settings.referenceRoot = intake.referenceRoot;
    settings.isRecursive = intake.isRecursive;
    settings.manifest = static_cast<FolderSettings::Manifest>(intake.manifest);
    settings.manifestWait = std::chrono::seconds(intake.manifestWaitSeconds);
    settings.onDuplicate = static_cast<FolderSettings::OnDuplicate>(intake.onDuplicate);
    settings.stableFor = std::chrono::seconds(intake.stableSeconds);
    settings.rescanEvery = std::chrono::seconds(intake.rescanSeconds);
    settings.maxBytes = intake.maxMebibytes << 20U;
    settings.accepts = intake.accepts;
    settings.readyMarker = intake.readyMarker;
    settings.hasArchivesAsDossiers = intake.hasArchivesAsDossiers;
    settings.hasFoldersAsDossiers = intake.hasFoldersAsDossiers;
    settings.planId = planId;
    settings.pipeline = intake.pipeline;
    if (const PipelinePlan* pipeline = plan.findPipeline(intake.pipeline)) {
        settings.dossierType = pipeline->type;
        settings.slots = slotRules(*pipeline);
        if (!pipeline->steps.empty()) settings.firstStep = pipeline->steps.front().id;
    }
    return settings;
}

IntakeThread::IntakeThread(IntakeServices services) : services_(std::move(services)) {
    services_.changed = [this](const std::string& intake, const IntakeStatus& status) {
        const std::scoped_lock lock(mutex_);
        status_[intake] = status;
    };
}

IntakeThread::~IntakeThread() { stop(); }

Status IntakeThread::open(const Plan& plan, const std::string& planId, Delivery& delivery) {
    for (const IntakePlan& intake : plan.intakes) {
        if (intake.kind == "queue") {
            intakes_.emplace(intake.name, std::make_unique<QueueIntake>(reactor_, folderSettings(plan, planId, intake), services_));
            continue;
        }
        if (intake.kind != "folder") continue;
        GREFFE_TRY_ASSIGN(FolderPlaces opened, FolderPlaces::open(intake.path));
        const auto places = std::make_shared<const FolderPlaces>(std::move(opened));
        delivery.setFolder(intake.name, {places, intake.language});
        folders_.emplace_back(folderSettings(plan, planId, intake), places);
        intakes_.emplace(intake.name, std::make_unique<FolderIntake>(reactor_, folderSettings(plan, planId, intake), places,
                                                                     services_));
    }
    return {};
}

Result<std::vector<std::pair<std::string, std::string>>> IntakeThread::reclaimForgotten(StoreReader& reader, UlidSource& ids) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [settings, places] : folders_) {
        GREFFE_TRY_ASSIGN(const std::vector<std::string> paths,
                          greffe::reclaimForgotten(*places, settings, reader, ids.next()));
        for (const std::string& path : paths) all.emplace_back(settings.name, path);
    }
    return all;
}

void IntakeThread::start() {
    for (auto& [name, intake] : intakes_)
        reactor_.post([this, name = name, held = intake.get()] {
            if (const Status started = held->start(); !started) services_.failed(name, started.error());
        });
    thread_ = std::thread([this] { reactor_.run(); });
}

void IntakeThread::retarget(const Plan& plan, const std::string& planId) {
    for (const IntakePlan& intake : plan.intakes) {
        const auto found = intakes_.find(intake.name);
        if (found == intakes_.end()) continue;
        reactor_.post([held = found->second.get(), settings = folderSettings(plan, planId, intake)] { held->retarget(settings); });
    }
}

std::map<std::string, IntakeStatus> IntakeThread::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

void IntakeThread::stop() {
    if (!thread_.joinable()) return;
    reactor_.stop();
    thread_.join();
}

}  // namespace greffe
