// SPDX-License-Identifier: Apache-2.0
#include "dossier/delivery.h"

#include "base/bytes_text.h"
#include "base/failpoint.h"
#include "base/json.h"
#include "intake/admission.h"
#include "intake/placed_file.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace greffe {
namespace {

PlacedFile textFile(const std::string& dossier, std::string name, std::string text) {
    return {dossier, std::move(name), [text = std::move(text)](int fd) { return writeAll(fd, text); }};
}

// A folder that failed is not asked again at once: a share that hangs would hold up every other delivery.
constexpr std::chrono::milliseconds kFirstPause{2'000};
constexpr std::chrono::milliseconds kLongestPause{60'000};

Result<std::optional<FolderPlaces>> firstOpened(const std::string& path) {
    GREFFE_TRY_ASSIGN(FolderPlaces places, FolderPlaces::openKnown(path));
    return std::optional<FolderPlaces>(std::move(places));
}

}  // namespace

std::vector<DocumentRow> resultsOf(const std::vector<DocumentRow>& documents) {
    std::vector<DocumentRow> results;
    for (const DocumentRow& document : documents) {
        if (document.producedBy.empty()) continue;
        const bool isSuperseded =
            std::any_of(documents.begin(), documents.end(),
                        [&](const DocumentRow& other) { return other.derivedFrom == document.id; });
        if (!isSuperseded) results.push_back(document);
    }
    return results;
}

std::optional<SourceFolder> sourceFolderOf(const Plan& plan, const SourceRow& source) {
    if (source.intake.empty()) return std::nullopt;
    for (const IntakePlan& intake : plan.intakes) {
        if (intake.name != source.intake) continue;
        if (intake.kind != "folder") return std::nullopt;
        return SourceFolder{intake.path, intake.language};
    }
    return SourceFolder{};
}

Result<Delivery::Places> Delivery::placesOf(const SourceFolder& folder) {
    if (folder.path.empty())
        return makeError(Errc::Corrupt, "the dossier's plan does not know the intake that its file came from",
                         "restore the spool from a backup whose plans are whole");
    if (const std::string waits = waitsFor(folder); !waits.empty()) return makeError(Errc::Busy, waits);
    Places& held = places_[folder.path];
    auto opened = held != nullptr ? held->refreshed() : firstOpened(folder.path);
    if (!opened) {
        Error error = opened.error();
        if (error.advice.empty())
            error.advice =
                "make the folder usable again, or mount it; what is owed to it is brought as soon as it is "
                "there";
        const std::scoped_lock lock(mutex_);
        note(folders_[folder.path], error);
        return error;
    }
    if (*opened) held = std::make_shared<const FolderPlaces>(std::move(**opened));
    return held;
}

// Why the folder is left alone now; empty when it is not.
std::string Delivery::waitsFor(const SourceFolder& folder) const {
    const std::scoped_lock lock(mutex_);
    const auto found = folders_.find(folder.path);
    const bool isLeftAlone =
        found != folders_.end() && std::chrono::steady_clock::now() < found->second.tryAgainAt;
    return isLeftAlone ? found->second.trouble.error : std::string();
}

void Delivery::note(Folder& folder, const Error& error) {
    if (folder.trouble.error.empty()) folder.trouble.sinceMs = toUnixMs(clock_.wall());
    folder.trouble.error = error.text();
    folder.pause = std::clamp(folder.pause * 2, kFirstPause, kLongestPause);
    folder.tryAgainAt = std::chrono::steady_clock::now() + folder.pause;
}

void Delivery::syncFailed(const SourceFolder& folder, const Error& error) {
    const std::scoped_lock lock(mutex_);
    note(folders_[folder.path], error);
}

void Delivery::succeeded(const SourceFolder& folder) {
    const std::scoped_lock lock(mutex_);
    folders_.erase(folder.path);
}

std::map<std::string, Delivery::Trouble> Delivery::troubles() const {
    const std::scoped_lock lock(mutex_);
    std::map<std::string, Trouble> all;
    for (const auto& [path, folder] : folders_)
        all.emplace(path, folder.trouble);
    return all;
}

ReceiptFacts Delivery::factsOf(const DeliveryJob& job) const {
    ReceiptFacts facts;
    facts.dossier = job.dossier;
    const Ending* ending = endingOf(job.dossier.state);
    facts.verdict = ending != nullptr ? ending->verdict : stateName(job.dossier.state);
    facts.seals = job.seals;
    facts.signatures = job.signatures;
    facts.kept = job.kept;
    facts.outcomes = job.outcomes;
    facts.messages = job.messages;
    facts.currentStep = job.currentStep;
    facts.supportContact = job.supportContact;
    facts.atMs = toUnixMs(clock_.wall());
    bool isContainer = false;
    for (const DocumentRow& document : job.documents)
        isContainer = isContainer || document.slot == kArchiveSlot || document.slot == kMemberSlot;
    for (const DocumentRow& document : job.documents) {
        if (!document.producedBy.empty()) continue;
        const ReceiptFile file{document.name, document.blob, document.sizeBytes};
        if (document.slot == kManifestSlot) {
            facts.manifest = file;
        } else if (document.slot == kArchiveSlot || (!isContainer && !facts.received)) {
            facts.received = file;
        } else {
            facts.parts.push_back({document.slot, file});
        }
    }
    // A folder that was refused before its files had slots: its receipt names them as they came.
    const bool hasSlots =
        std::any_of(facts.parts.begin(), facts.parts.end(),
                    [](const ReceiptFacts::Part& part) { return part.slot != kMemberSlot; });
    if (hasSlots)
        facts.parts.erase(
            std::remove_if(facts.parts.begin(), facts.parts.end(),
                           [](const ReceiptFacts::Part& part) { return part.slot == kMemberSlot; }),
            facts.parts.end());
    return facts;
}

Result<std::vector<ReceiptFile>> Delivery::deliverResults(const DeliveryJob& job, const FolderPlaces& places,
                                                          Delivered& delivered) {
    std::vector<ReceiptFile> results;
    if (job.dossier.state != DossierState::Done) return results;
    GREFFE_TRY_ASSIGN(const UniqueFd out, places.directory(Place::Out, job.dossier.source.directory));
    std::vector<DocumentRow> documents = resultsOf(job.documents);
    // One order for ever: who has the plain name does not change when it is done again.
    std::sort(documents.begin(), documents.end(),
              [](const DocumentRow& a, const DocumentRow& b) { return a.id < b.id; });
    std::set<std::string> given;
    for (const DocumentRow& document : documents) {
        const auto blob = job.blobs.find(document.blob);
        if (blob == job.blobs.end())
            return makeError(Errc::NotFound, fmt::format("dossier {}: no blob for its result {}",
                                                         job.dossier.id, document.slot));
        const bool isFirst = given.insert(document.name).second;
        PlacedFile file{job.dossier.id, isFirst ? document.name : nameWithId(document.name, document.id),
                        [&](int fd) { return spool_.copyBlobTo(blob->second, fd); }, document.id};
        GREFFE_TRY_ASSIGN(const std::string name, placeFile(out.get(), file));
        results.push_back({name, document.blob, document.sizeBytes});
    }
    GREFFE_TRY_ASSIGN(const SyncPoint::Mark mark, syncPoint_.watch(out.get()));
    delivered.marks.push_back(mark);
    return results;
}

Status Delivery::deliverSource(const DeliveryJob& job, const FolderPlaces& places, Place place,
                               ReceiptFacts& facts, std::string& finalName, Delivered& delivered) {
    const SourceRow& source = job.dossier.source;
    const SourceContent content = SourceContent::of(job.documents);
    GREFFE_TRY_ASSIGN(const UniqueFd target, places.directory(place, source.directory));
    GREFFE_TRY_ASSIGN(const auto found, places.findSource(source, job.dossier.id, place, content));
    // The name that it has there, or will get: its own, unless another file has it.
    finalName = found && found->place == place        ? found->name
                : existsAt(target.get(), source.name) ? nameWithId(source.name, job.dossier.id)
                                                      : source.name;
    GREFFE_TRY_ASSIGN(
        const std::string receipt,
        placeFile(target.get(),
                  textFile(job.dossier.id, nameWithSuffix(finalName, kReceiptSuffix), receiptJson(facts))));
    static_cast<void>(receipt);
    if (place != Place::Done) {
        GREFFE_TRY_ASSIGN(
            const std::string reason,
            placeFile(target.get(), textFile(job.dossier.id, nameWithSuffix(finalName, kReasonSuffix),
                                             reasonText(facts, job.folder->language))));
        static_cast<void>(reason);
    }
    GREFFE_FAILPOINT("delivery.source");
    GREFFE_TRY_ASSIGN(const auto moved, places.moveSource(source, job.dossier.id, place, content));
    static_cast<void>(moved);  // nowhere: somebody took it away; the spool still has its bytes
    GREFFE_TRY_ASSIGN(const UniqueFd live, places.directory(Place::InProgress, source.directory));
    for (const std::string& name : {source.name, nameWithId(source.name, job.dossier.id)})
        GREFFE_TRY(removeOwnFile(live.get(), nameWithSuffix(name, kReceiptSuffix), job.dossier.id));
    GREFFE_TRY_ASSIGN(const SyncPoint::Mark mark, syncPoint_.watch(target.get()));
    delivered.marks.push_back(mark);
    return {};
}

Result<Delivered> Delivery::deliver(const DeliveryJob& job) {
    auto delivered = bring(job);
    if (delivered || delivered.error().code != Errc::NoSpace) return delivered;
    // Told of the folder, which is not left alone for it: a smaller one may still fit.
    Error full = delivered.error();
    full.message = fmt::format("{}: {}", displayText(job.folder->path), full.message);
    full.advice = "make room; what is owed to this folder is brought as soon as there is some";
    const std::scoped_lock lock(mutex_);
    Trouble& trouble = folders_[job.folder->path].trouble;
    if (trouble.error.empty()) trouble.sinceMs = toUnixMs(clock_.wall());
    trouble.error = full.text();
    return full;
}

Result<Delivered> Delivery::bring(const DeliveryJob& job) {
    Delivered delivered;
    const Ending* ending = endingOf(job.dossier.state);
    if (ending == nullptr || !ending->place || !job.folder) return delivered;
    GREFFE_TRY_ASSIGN(const Places places, placesOf(*job.folder));
    ReceiptFacts facts = factsOf(job);
    GREFFE_TRY_ASSIGN(facts.results, deliverResults(job, *places, delivered));
    std::string finalName;
    GREFFE_TRY(deliverSource(job, *places, *ending->place, facts, finalName, delivered));
    Json names = {{"place", kPlaceNames[static_cast<std::size_t>(*ending->place)]}};
    putBytes(names, "source", finalName);
    for (const ReceiptFile& result : facts.results) {
        Json file;
        putBytes(file, "name", result.name);
        names["out"].push_back(file);
    }
    delivered.namesJson = dumpJson(names);
    return delivered;
}

Status Delivery::takeBack(const DossierRow& dossier, const std::optional<SourceFolder>& folder,
                          const SourceContent& content) {
    if (!folder) return {};
    GREFFE_TRY_ASSIGN(const Places places, placesOf(*folder));
    const SourceRow& source = dossier.source;
    GREFFE_TRY_ASSIGN(const UniqueFd quarantine, places->directory(Place::Quarantine, source.directory));
    GREFFE_TRY_ASSIGN(const UniqueFd inProgress, places->directory(Place::InProgress, source.directory));
    GREFFE_TRY_ASSIGN(const auto found, places->findSource(source, dossier.id, Place::Quarantine, content));
    if (found && found->place == Place::Quarantine) {
        // With its id: a later file of the same name may be under way.
        GREFFE_TRY(
            renameNew(quarantine.get(), found->name, inProgress.get(), nameWithId(source.name, dossier.id)));
        if (const std::string withId = nameWithId(source.companion, dossier.id); !source.companion.empty())
            for (const std::string& name : {withId, source.companion})
                if (renameNew(quarantine.get(), name, inProgress.get(), withId)) break;
    }
    for (const std::string& name : {source.name, nameWithId(source.name, dossier.id)})
        for (const std::string_view suffix : {kReceiptSuffix, kReasonSuffix})
            GREFFE_TRY(removeOwnFile(quarantine.get(), nameWithSuffix(name, suffix), dossier.id));
    return syncFileSystem(inProgress.get());
}

Status Delivery::writeLiveReceipt(const DeliveryJob& job) {
    if (!job.folder) return {};
    GREFFE_TRY_ASSIGN(const Places places, placesOf(*job.folder));
    GREFFE_TRY_ASSIGN(const auto found, places->findSource(job.dossier.source, job.dossier.id, std::nullopt,
                                                           SourceContent::of(job.documents)));
    if (!found || found->place != Place::InProgress) return {};
    GREFFE_TRY_ASSIGN(const std::string name,
                      placeFile(found->directory.get(),
                                textFile(job.dossier.id, nameWithSuffix(found->name, kReceiptSuffix),
                                         receiptJson(factsOf(job)))));
    static_cast<void>(name);
    return {};
}

}  // namespace greffe
