// SPDX-License-Identifier: Apache-2.0
// Brings a dossier's end to the folders: results to out/, receipt (and reason) beside the source, the source
// to its place. All of it can be rebuilt from the journal and the spool, and doing it again changes nothing.
//
// Order: out/ → receipt → source. Whoever sees a source in done/ finds its receipt there. The commit that
// says "delivered" comes after, and its group commit syncs the file systems first.
//
// Lives on the engine's disk thread.
#pragma once

#include "base/clock.h"
#include "dossier/endings.h"
#include "dossier/receipt.h"
#include "intake/folder_places.h"
#include "spool/blob_spool.h"
#include "sys/sync_point.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace greffe {

struct DeliveryJob {
    DossierRow dossier;
    std::vector<DocumentRow> documents;
    std::map<Digest, BlobRow> blobs;  // of the documents that go to out/
    std::vector<MessageRow> messages;
    std::string keptAs, keptUntil;
    std::vector<SealNote> seals;
    std::string currentStep;
};

// The documents of a dossier that are its results: produced by a step, and nothing was derived from them.
std::vector<DocumentRow> resultsOf(const std::vector<DocumentRow>& documents);

class Delivery {
public:
    struct Folder {
        std::shared_ptr<const FolderPlaces> places;
        std::string language;  // of the reason text: "fr" or "en"
    };

    Delivery(BlobSpool& spool, SyncPoint& syncPoint, const Clock& clock)
        : spool_(spool), syncPoint_(syncPoint), clock_(clock) {}

    void setFolder(const std::string& intake, Folder folder);

    // For a final dossier. Returns deliveryJson: the names that were given. Errors are the machine's; try
    // again later.
    Result<std::string> deliver(const DeliveryJob& job);
    // Brings a quarantined source back to in-progress/ and removes what told of the quarantine: an operator lets it go on,
    // or ends it for good. Doing it again changes nothing.
    Status takeBack(const DossierRow& dossier);
    // For one that is under way, held or uncertain: a receipt in in-progress/ that says how it stands.
    Status writeLiveReceipt(const DeliveryJob& job);

private:
    Result<std::vector<ReceiptFile>> deliverResults(const DeliveryJob& job, const FolderPlaces& places);
    Status deliverSource(const DeliveryJob& job, const Folder& folder, Place place, ReceiptFacts& facts,
                         std::string& finalName);
    ReceiptFacts factsOf(const DeliveryJob& job) const;

    BlobSpool& spool_;
    SyncPoint& syncPoint_;
    const Clock& clock_;
    std::map<std::string, Folder> folders_;
};

}  // namespace greffe
