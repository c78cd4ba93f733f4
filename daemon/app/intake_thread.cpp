// SPDX-License-Identifier: Apache-2.0
#include "app/intake_thread.h"

#include "dossier/house_folders.h"
#include "dossier/steps/manifest_reading.h"
#include "intake/folders_apart.h"
#include "intake/forgotten_files.h"

#include <fmt/format.h>

#include <algorithm>

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
        settings.priority = static_cast<std::int32_t>(pipeline->priority);
        settings.slots = slotRules(*pipeline);
        if (!pipeline->steps.empty()) settings.firstStep = pipeline->steps.front().id;
    }
    return settings;
}

namespace {

constexpr std::chrono::milliseconds kStartAgainAfter{5'000};

// Of a queue: the instance with everything that is configured of it, for another broker or queue is another
// place.
std::string placeOf(const Plan& plan, const IntakePlan& intake) {
    if (intake.kind == "folder") return "folder " + intake.path;
    std::string place = "queue " + intake.provider;
    for (const InstancePlan& instance : plan.instances) {
        if (instance.name != intake.provider) continue;
        place += "\n" + instance.plugin + "\n" + instance.optionsJson + "\n" + instance.hostOptionsJson;
        for (const auto& [option, path] : instance.secrets)
            place += "\n" + option + " " + path;
    }
    return place;
}

Status checkFoldersApart(const Plan& plan) {
    return checkApart(dropFolders(plan), keptFolders(plan));
}

// Without making anything: the folder may not be mounted, or not be Greffe's any more.
bool hasClaims(const std::string& folder) {
    const auto claimed = openDirectory(folder + "/.greffe/claimed");
    bool isEmpty = true;
    if (claimed)
        static_cast<void>(listDirectory(claimed->get(), [&](const std::string&) { return isEmpty = false; }));
    return !isEmpty;
}

bool isKnownKind(const IntakePlan& intake) {
    return intake.kind == "folder" || intake.kind == "queue";
}

}  // namespace

struct IntakeThread::Change {
    struct One {
        FolderSettings settings;
        std::string place;
    };
    std::map<std::string, One> wanted;  // by name
    Opened opened;
};

IntakeThread::IntakeThread(IntakeServices services) : services_(std::move(services)) {
    services_.changed = [this](const std::string& intake, const IntakeStatus& status) {
        const std::scoped_lock lock(mutex_);
        status_[intake] = status;
    };
}

IntakeThread::~IntakeThread() {
    stop();
    *isAlive_ = false;
}

Result<IntakeThread::Opened> IntakeThread::open(const Plan& plan) const {
    std::map<std::string, std::string> current;
    {
        const std::scoped_lock lock(mutex_);
        current = places_;
    }
    GREFFE_TRY(checkFoldersApart(plan));
    Opened opened;
    for (const IntakePlan& intake : plan.intakes) {
        if (intake.kind != "folder") continue;
        if (const auto found = current.find(intake.name);
            found != current.end() && found->second == placeOf(plan, intake))
            continue;
        auto places = FolderPlaces::openToTakeFrom(intake.path);
        if (!places)
            return makeError(
                places.error().code, fmt::format("intake \"{}\": {}", intake.name, places.error().message),
                !places.error().advice.empty()
                    ? places.error().advice
                    : "make the folder, let the daemon's user write to it, or correct the intake's path");
        opened.emplace(intake.name, std::make_shared<const FolderPlaces>(std::move(*places)));
    }
    return opened;
}

void IntakeThread::follow(const Plan& plan, const std::string& planId, Opened opened) {
    auto change = std::make_shared<Change>();
    change->opened = std::move(opened);
    std::map<std::string, std::string> places;
    for (const IntakePlan& intake : plan.intakes) {
        if (!isKnownKind(intake)) continue;
        places[intake.name] = placeOf(plan, intake);
        change->wanted[intake.name] = {folderSettings(plan, planId, intake), places[intake.name]};
    }
    {
        const std::scoped_lock lock(mutex_);
        places_ = std::move(places);
    }
    for (const IntakePlan& intake : plan.intakes)
        if (!thread_.joinable() && !intake.path.empty()) knownFolders_.insert(intake.path);
    if (!thread_.joinable())
        for (const auto& [name, folder] : change->opened)
            folders_.emplace_back(change->wanted.at(name).settings, folder);
    reactor_.post([this, change] { apply(*change); });
}

void IntakeThread::apply(const Change& change) {
    std::map<std::string, Change::One> missing = change.wanted;
    for (Held& held : intakes_) {
        if (held.isRetiring) continue;
        const auto wanted = missing.find(held.name);
        if (wanted != missing.end() && wanted->second.place == held.place) {
            held.source->retarget(wanted->second.settings);
            missing.erase(wanted);
        } else {
            retire(held);
        }
    }
    for (const auto& [name, one] : missing) {
        const auto opened = change.opened.find(name);
        auto source = make(one.settings, opened != change.opened.end() ? opened->second : nullptr);
        intakes_.push_back({name, one.place, std::move(source)});
    }
    startThose();
}

std::unique_ptr<IntakeSource> IntakeThread::make(const FolderSettings& settings,
                                                 const std::shared_ptr<const FolderPlaces>& places) {
    if (places == nullptr) return std::make_unique<QueueIntake>(reactor_, settings, services_);
    return std::make_unique<FolderIntake>(reactor_, settings, places, services_);
}

void IntakeThread::retire(Held& held) {
    {
        const std::scoped_lock lock(mutex_);
        status_.erase(held.name);
    }
    letGo(held);
}

void IntakeThread::letGo(Held& held) {
    held.isRetiring = true;
    held.source->retire([this, source = held.source.get()] {
        intakes_.remove_if([source](const Held& one) { return one.source.get() == source; });
        startThose();
    });
}

// Those whose place is free by now.
void IntakeThread::startThose() {
    for (Held& held : intakes_) {
        const bool isPlaceTaken = std::any_of(intakes_.begin(), intakes_.end(), [&](const Held& other) {
            return other.isRetiring && other.place == held.place;
        });
        if (!held.isStarted && !held.isRetiring && !isPlaceTaken) startOne(held);
    }
}

void IntakeThread::startOne(Held& held) {
    held.isStarted = true;
    const Status started = held.source->start();
    if (started) return;
    services_.failed(held.name, started.error());
    IntakeStatus status;
    status.trouble = started.error().text();
    services_.changed(held.name, status);
    reactor_.callAfter(kStartAgainAfter, [this, source = held.source.get(), alive = isAlive_] {
        if (!*alive) return;
        for (Held& one : intakes_)
            if (one.source.get() == source && !one.isRetiring) return startOne(one);
    });
}

Result<std::vector<std::pair<std::string, std::string>>> IntakeThread::reclaimForgotten(StoreReader& reader,
                                                                                        UlidSource& ids) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [settings, places] : folders_) {
        GREFFE_TRY_ASSIGN(
            const std::vector<std::string> paths,
            greffe::reclaimForgotten(*places, settings, reader, batchName(ids.next(), settings.isRecursive)));
        for (const std::string& path : paths)
            all.emplace_back(settings.name, path);
    }
    return all;
}

std::vector<std::pair<std::string, std::string>> IntakeThread::takeUpClaimsOf(const Plan& earlier,
                                                                              const std::string& planId) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const IntakePlan& intake : earlier.intakes) {
        if (intake.kind != "folder" || !knownFolders_.insert(intake.path).second) continue;
        if (!hasClaims(intake.path)) continue;
        found.emplace_back(intake.name, intake.path);
        reactor_.post([this, settings = folderSettings(earlier, planId, intake)] { finishClaims(settings); });
    }
    return found;
}

void IntakeThread::finishClaims(const FolderSettings& settings) {
    auto places = FolderPlaces::openToTakeFrom(settings.path);
    if (!places) return services_.failed(settings.name, places.error());
    auto intake = std::make_unique<FolderIntake>(
        reactor_, settings, std::make_shared<const FolderPlaces>(std::move(*places)), services_);
    const Status taken = intake->takeUpClaims();
    if (!taken) services_.failed(settings.name, taken.error());
    Held& held = intakes_.emplace_back(Held{settings.name, "folder " + settings.path, std::move(intake)});
    held.isStarted = true;
    letGo(held);  // the status of its name is another intake's, if anybody's
}

void IntakeThread::start() {
    folders_.clear();
    thread_ = std::thread([this] { reactor_.run(); });
}

std::map<std::string, IntakeStatus> IntakeThread::status() const {
    const std::scoped_lock lock(mutex_);
    std::map<std::string, IntakeStatus> all = status_;
    for (const auto& [name, place] : places_)
        all.try_emplace(name);  // it has had nothing to say yet
    return all;
}

void IntakeThread::stop() {
    if (!thread_.joinable()) return;
    *services_.isStopping = true;
    reactor_.stop();
    thread_.join();
}

}  // namespace greffe
