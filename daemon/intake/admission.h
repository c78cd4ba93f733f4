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

    // Errors are the machine's (disk, journal), and two about the file: NotFound, it is gone; Busy, it
    // changed while it was copied, so try again (not with `isLastTry`). Everything else about it is a verdict
    // in the rows.
    Result<AdmittedDossier> admit(int claimDirFd, SourceRow source, bool isLastTry = false);

    // What a queue delivered, or a file that it named, already open. The claim is made of the message's id,
    // or of the content when it has none. Errors as above.
    struct Delivery {
        std::string messageId;
        std::string sha256;  // hexadecimal: what the sender says of the bytes; empty when nothing
        bool isLastTry = false;
    };
    Result<AdmittedDossier> admitOpened(int fd, SourceRow source, const Delivery& delivery);
    // A delivery that cannot even be read.
    AdmittedDossier refuseUnread(SourceRow source, Reason reason, std::string explanation);

private:
    AdmittedDossier begin(const SourceRow& source, const std::string& step) const;
    AdmittedDossier refuse(AdmittedDossier admitted, Reason reason, std::string explanation) const;
    Result<DocumentRow> take(int fd, const std::string& slot, const std::string& name,
                             AdmittedDossier& admitted) const;
    // A regular file with one name and of a size that is taken; otherwise what is wrong with it.
    struct Refusal {
        Reason reason = Reason::None;
        std::string explanation;
    };
    Refusal judge(const Result<FileFacts>& facts) const;
    Refusal judgeSize(std::uint64_t sizeBytes) const;
    Result<Refusal> takeOpened(int fd, const std::string& name, const std::string& slot, bool isLastTry,
                               AdmittedDossier& admitted) const;
    // Skip or hold, when this content is here already; and remembers it.
    Result<AdmittedDossier> finish(AdmittedDossier admitted) const;
    // Opens, checks once more what was opened, and copies: a Refusal, a document, or the machine's Error.
    Result<Refusal> takeNamed(int dirFd, const std::string& name, const std::string& slot, bool isLastTry,
                              AdmittedDossier& admitted) const;
    // The file, or every file of the folder.
    Result<Refusal> takeSource(int claimDirFd, const SourceRow& source, bool isLastTry,
                               AdmittedDossier& admitted) const;
    Result<Refusal> takeFolder(int claimDirFd, const std::string& name, bool isLastTry,
                               AdmittedDossier& admitted) const;
    Refusal judgeManifest(int dirFd, const SourceRow& source) const;
    Refusal judgeOnlyFile(DocumentRow& document) const;  // gives it its slot
    // A dossier that received all of this before; empty when there is none.
    Result<std::string> earlierDossier(const AdmittedDossier& admitted) const;

    const FolderSettings& settings_;
    UlidSource& ids_;
    const Clock& clock_;
    BlobSpool& spool_;
    StoreReader& reader_;
    std::map<std::string, std::string>& recentContent_;
};

inline constexpr std::string_view kDocumentSlot = "document";
inline constexpr std::string_view kArchiveSlot = "@archive";  // an archive that is a dossier, as it came
inline constexpr std::string_view kMemberSlot =
    "@member";  // a file of a folder that is a dossier, as it came
inline constexpr std::string_view kManifestSlot = "@manifest";
// The step that reads it, before the pipeline's first.
inline constexpr std::string_view kManifestStep = "@manifest";
// The step that makes documents of an archive's members or a folder's files.
inline constexpr std::string_view kDocumentsStep = "@documents";

// Where a dossier begins that is let out of quarantine, or imported: at the step that its documents still
// owe, else at the pipeline's first. needsManifest: the pipeline has parties that only a manifest names.
// Empty when it has no bytes at all.
std::string stepAtRelease(const std::vector<DocumentRow>& documents, bool needsManifest,
                          const std::string& firstOfPipeline);

// The rows of an admission, in one transaction.
Status writeAdmission(StoreTransaction& tx, const AdmittedDossier& admitted, const std::string& actor);

}  // namespace greffe
