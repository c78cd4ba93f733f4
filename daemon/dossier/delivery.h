// SPDX-License-Identifier: Apache-2.0
// Brings a dossier's end to the folders: results to out/, receipt (and reason) beside the source, the source
// to its place. All of it can be rebuilt from the journal and the spool, and doing it again changes nothing.
//
// Order: out/ → receipt → source. Whoever sees a source in done/ finds its receipt there. The commit that
// says "delivered" comes after, and its group commit syncs the file systems first.
//
// The folder is the one that the dossier's own plan names: an intake that was removed or moved since still
// owes its files their end where they were dropped. A folder that cannot be used is left alone for a while,
// and its dossiers stay undelivered.
//
// Lives on the engine's disk thread; what other threads may call says so.
#pragma once

#include "base/clock.h"
#include "config/plan.h"
#include "dossier/endings.h"
#include "dossier/receipt.h"
#include "intake/folder_places.h"
#include "spool/blob_spool.h"
#include "sys/sync_point.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

// Where a dossier's file was dropped.
struct SourceFolder {
    std::string path;      // empty: the plan does not say, though it should
    std::string language;  // of the reason text: "fr" or "en"
};
// By the plan that it was admitted under. None for what came from a queue or an operator: nobody waits at a
// folder.
std::optional<SourceFolder> sourceFolderOf(const Plan& plan, const SourceRow& source);

struct DeliveryJob {
    DossierRow dossier;
    std::optional<SourceFolder> folder;
    std::string supportContact;
    std::vector<DocumentRow> documents;
    std::map<Digest, BlobRow> blobs;  // of the documents that go to out/
    std::vector<MessageRow> messages;
    std::vector<SealNote> seals;
    std::vector<SignatureNote> signatures;
    std::vector<KeptNote> kept;
    std::vector<OutcomeNote> outcomes;
    std::string currentStep;
};

// The documents of a dossier that are its results: produced by a step, and nothing was derived from them.
std::vector<DocumentRow> resultsOf(const std::vector<DocumentRow>& documents);

// What was delivered, and what must be on disk before anybody says so.
struct Delivered {
    std::string namesJson = "{}";  // the names that were given
    std::vector<SyncPoint::Mark> marks;
};

class Delivery {
public:
    // A folder that nothing can be brought to now.
    struct Trouble {
        std::string error;
        std::int64_t sinceMs = 0;
    };

    Delivery(BlobSpool& spool, SyncPoint& syncPoint, const Clock& clock)
        : spool_(spool), syncPoint_(syncPoint), clock_(clock) {}

    // For a final dossier. Errors are the machine's; try again later.
    Result<Delivered> deliver(const DeliveryJob& job);
    // What was delivered there did not reach the disk. Any thread.
    void syncFailed(const SourceFolder& folder, const Error& error);
    // It did. Any thread.
    void succeeded(const SourceFolder& folder);
    // By path. Any thread.
    std::map<std::string, Trouble> troubles() const;
    // Brings a quarantined source back to in-progress/ and removes what told of the quarantine: an operator
    // lets it go on, or ends it for good. Doing it again changes nothing.
    Status takeBack(const DossierRow& dossier, const std::optional<SourceFolder>& folder,
                    const SourceContent& content);
    // For one that is under way, held or uncertain: a receipt in in-progress/ that says how it stands.
    Status writeLiveReceipt(const DeliveryJob& job);

private:
    using Places = std::shared_ptr<const FolderPlaces>;
    struct Folder {
        Trouble trouble;
        SteadyTime tryAgainAt{};
        std::chrono::milliseconds pause{0};
    };

    Result<Delivered> bring(const DeliveryJob& job);
    Result<Places> placesOf(const SourceFolder& folder);
    std::string waitsFor(const SourceFolder& folder) const;
    void note(Folder& folder, const Error& error);
    Result<std::vector<ReceiptFile>> deliverResults(const DeliveryJob& job, const FolderPlaces& places,
                                                    Delivered& delivered);
    Status deliverSource(const DeliveryJob& job, const FolderPlaces& places, Place place, ReceiptFacts& facts,
                         std::string& finalName, Delivered& delivered);
    ReceiptFacts factsOf(const DeliveryJob& job) const;

    BlobSpool& spool_;
    SyncPoint& syncPoint_;
    const Clock& clock_;
    std::map<std::string, Places> places_;  // by path
    mutable std::mutex mutex_;
    std::map<std::string, Folder> folders_;  // those in trouble, by path
};

}  // namespace greffe
