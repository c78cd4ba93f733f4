// SPDX-License-Identifier: Apache-2.0
// Makes a dossier of a claimed file: looks at what it is, copies its bytes into the spool, and says what rows
// to commit. What may not be taken (a link, a pipe, too large, empty) becomes a dossier too, rejected at
// once: it owes a receipt.
//
// Lives on the intake thread.
#pragma once

#include "base/clock.h"
#include "base/ulid.h"
#include "intake/intake_settings.h"
#include "spool/blob_spool.h"
#include "store/store.h"

#include <greffe/reason.h>

#include <map>
#include <string>
#include <vector>

namespace greffe {

// A dossier as it is admitted: what is committed, and what the engine then wants without reading it back.
struct AdmittedDossier {
    DossierRow dossier;
    BranchRow branch;  // step empty when the dossier was refused at once
    std::vector<DocumentRow> documents;
    std::vector<BlobRow> blobs;
};

class Admission {
public:
    // recentContent: digests of admissions under way, which the reader cannot see yet.
    Admission(const FolderSettings& settings, UlidSource& ids, const Clock& clock, BlobSpool& spool,
              StoreReader& reader, std::map<std::string, std::string>& recentContent);

    // Errors are the machine's (disk, journal); everything about the file itself is a verdict in the rows.
    Result<AdmittedDossier> admit(int claimDirFd, SourceRow source);

private:
    AdmittedDossier refuse(AdmittedDossier admitted, Reason reason, std::string explanation) const;
    Result<DocumentRow> take(int fd, const std::string& slot, const std::string& name,
                             AdmittedDossier& admitted) const;

    const FolderSettings& settings_;
    UlidSource& ids_;
    const Clock& clock_;
    BlobSpool& spool_;
    StoreReader& reader_;
    std::map<std::string, std::string>& recentContent_;
};

inline constexpr std::string_view kDocumentSlot = "document";
inline constexpr std::string_view kManifestSlot = "@manifest";

// The rows of an admission, in one transaction.
Status writeAdmission(StoreTransaction& tx, const AdmittedDossier& admitted, const std::string& actor);

// What a file's first bytes say it is: "application/pdf", "application/zip", …, else
// "application/octet-stream".
std::string_view sniffMediaType(std::string_view firstBytes);

}  // namespace greffe
