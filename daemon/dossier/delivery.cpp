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

namespace greffe {
namespace {

PlacedFile textFile(const std::string& dossier, std::string name, std::string text) {
    return {dossier, std::move(name), [text = std::move(text)](int fd) { return writeAll(fd, text); }};
}

// The name the source will get in `target`: its own, unless another file has it.
std::string nameIn(int target, const SourceRow& source, const std::string& dossier) {
    auto facts = factsAt(target, source.name);
    return facts && facts->inode != source.inode ? nameWithId(source.name, dossier) : source.name;
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

void Delivery::setFolder(const std::string& intake, Folder folder) {
    folders_[intake] = std::move(folder);
}

ReceiptFacts Delivery::factsOf(const DeliveryJob& job) const {
    ReceiptFacts facts;
    facts.dossier = job.dossier;
    const Ending* ending = endingOf(job.dossier.state);
    facts.verdict = ending != nullptr ? ending->verdict : stateName(job.dossier.state);
    facts.keptAs = job.keptAs;
    facts.keptUntil = job.keptUntil;
    facts.seals = job.seals;
    facts.messages = job.messages;
    facts.currentStep = job.currentStep;
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

Result<std::vector<ReceiptFile>> Delivery::deliverResults(const DeliveryJob& job,
                                                          const FolderPlaces& places) {
    std::vector<ReceiptFile> results;
    if (job.dossier.state != DossierState::Done) return results;
    GREFFE_TRY_ASSIGN(const UniqueFd out, places.directory(Place::Out, job.dossier.source.directory));
    for (const DocumentRow& document : resultsOf(job.documents)) {
        const auto blob = job.blobs.find(document.blob);
        if (blob == job.blobs.end())
            return makeError(Errc::NotFound, fmt::format("dossier {}: no blob for its result {}",
                                                         job.dossier.id, document.slot));
        PlacedFile file{job.dossier.id, document.name,
                        [&](int fd) { return spool_.copyBlobTo(blob->second, fd); }};
        GREFFE_TRY_ASSIGN(const std::string name, placeFile(out.get(), file));
        results.push_back({name, document.blob, document.sizeBytes});
    }
    GREFFE_TRY(syncPoint_.mark(out.get()));
    return results;
}

Status Delivery::deliverSource(const DeliveryJob& job, const Folder& folder, Place place, ReceiptFacts& facts,
                               std::string& finalName) {
    const SourceRow& source = job.dossier.source;
    GREFFE_TRY_ASSIGN(const UniqueFd target, folder.places->directory(place, source.directory));
    finalName = nameIn(target.get(), source, job.dossier.id);
    GREFFE_TRY_ASSIGN(
        const std::string receipt,
        placeFile(target.get(),
                  textFile(job.dossier.id, nameWithSuffix(finalName, kReceiptSuffix), receiptJson(facts))));
    static_cast<void>(receipt);
    if (place != Place::Done) {
        GREFFE_TRY_ASSIGN(
            const std::string reason,
            placeFile(target.get(), textFile(job.dossier.id, nameWithSuffix(finalName, kReasonSuffix),
                                             reasonText(facts, folder.language))));
        static_cast<void>(reason);
    }
    GREFFE_FAILPOINT("delivery.source");
    GREFFE_TRY_ASSIGN(const auto moved, folder.places->moveSource(source, job.dossier.id, place));
    static_cast<void>(moved);  // nowhere: somebody took it away; the spool still has its bytes
    GREFFE_TRY_ASSIGN(const UniqueFd live, folder.places->directory(Place::InProgress, source.directory));
    for (const std::string& name : {source.name, nameWithId(source.name, job.dossier.id)})
        GREFFE_TRY(removeOwnFile(live.get(), nameWithSuffix(name, kReceiptSuffix), job.dossier.id));
    return syncPoint_.mark(target.get());
}

Result<std::string> Delivery::deliver(const DeliveryJob& job) {
    const Ending* ending = endingOf(job.dossier.state);
    const auto folder = folders_.find(job.dossier.source.intake);
    // From a queue or the API there is no folder to bring anything to.
    if (ending == nullptr || !ending->place || folder == folders_.end()) return std::string("{}");
    ReceiptFacts facts = factsOf(job);
    GREFFE_TRY_ASSIGN(facts.results, deliverResults(job, *folder->second.places));
    std::string finalName;
    GREFFE_TRY(deliverSource(job, folder->second, *ending->place, facts, finalName));
    Json names = {{"place", kPlaceNames[static_cast<std::size_t>(*ending->place)]}};
    putBytes(names, "source", finalName);
    for (const ReceiptFile& result : facts.results) {
        Json file;
        putBytes(file, "name", result.name);
        names["out"].push_back(file);
    }
    return dumpJson(names);
}

Status Delivery::takeBack(const DossierRow& dossier) {
    const auto folder = folders_.find(dossier.source.intake);
    if (folder == folders_.end()) return {};
    const SourceRow& source = dossier.source;
    GREFFE_TRY_ASSIGN(const UniqueFd quarantine, folder->second.places->directory(Place::Quarantine, source.directory));
    GREFFE_TRY_ASSIGN(const UniqueFd inProgress, folder->second.places->directory(Place::InProgress, source.directory));
    GREFFE_TRY_ASSIGN(const auto found, folder->second.places->findSource(source, dossier.id, Place::Quarantine));
    if (found && found->place == Place::Quarantine) {
        // With its id: a later file of the same name may be under way.
        GREFFE_TRY(renameNew(quarantine.get(), found->name, inProgress.get(), nameWithId(source.name, dossier.id)));
        if (const std::string withId = nameWithId(source.companion, dossier.id); !source.companion.empty())
            for (const std::string& name : {withId, source.companion})
                if (renameNew(quarantine.get(), name, inProgress.get(), withId)) break;
    }
    for (const std::string& name : {source.name, nameWithId(source.name, dossier.id)})
        for (const std::string_view suffix : {kReceiptSuffix, kReasonSuffix})
            GREFFE_TRY(removeOwnFile(quarantine.get(), nameWithSuffix(name, suffix), dossier.id));
    return syncPoint_.mark(inProgress.get());
}

Status Delivery::writeLiveReceipt(const DeliveryJob& job) {
    const auto folder = folders_.find(job.dossier.source.intake);
    if (folder == folders_.end()) return {};
    const SourceRow& source = job.dossier.source;
    GREFFE_TRY_ASSIGN(const auto found,
                      folder->second.places->findSource(source, job.dossier.id, std::nullopt));
    if (!found || found->place != Place::InProgress) return {};
    GREFFE_TRY_ASSIGN(const std::string name,
                      placeFile(found->directory.get(),
                                textFile(job.dossier.id, nameWithSuffix(found->name, kReceiptSuffix),
                                         receiptJson(factsOf(job)))));
    static_cast<void>(name);
    return {};
}

}  // namespace greffe
