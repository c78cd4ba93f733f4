// SPDX-License-Identifier: Apache-2.0
#include "intake/admission.h"

#include "base/bytes_text.h"
#include "base/failpoint.h"
#include "base/json.h"

#include <greffe/reason.h>

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

std::string_view kindOf(const FileFacts& facts) {
    switch (facts.mode & S_IFMT) {
        case S_IFLNK: return "a symbolic link";
        case S_IFIFO: return "a pipe";
        case S_IFSOCK: return "a socket";
        case S_IFBLK:
        case S_IFCHR: return "a device";
        case S_IFDIR: return "a directory";
        default: return "not a regular file";
    }
}

}  // namespace

std::string_view sniffMediaType(std::string_view firstBytes) {
    if (firstBytes.substr(0, 1024).find("%PDF-") != std::string_view::npos) return "application/pdf";
    if (firstBytes.substr(0, 4) == std::string_view("PK\3\4", 4)) return "application/zip";
    if (firstBytes.substr(0, 3) == "\xff\xd8\xff") return "image/jpeg";
    if (firstBytes.substr(0, 8) == "\x89PNG\r\n\x1a\n") return "image/png";
    if (firstBytes.substr(0, 5) == "<?xml") return "application/xml";
    return "application/octet-stream";
}

Admission::Admission(const FolderSettings& settings, UlidSource& ids, const Clock& clock, BlobSpool& spool,
                     StoreReader& reader, std::map<std::string, std::string>& recentContent)
    : settings_(settings),
      ids_(ids),
      clock_(clock),
      spool_(spool),
      reader_(reader),
      recentContent_(recentContent) {}

AdmittedDossier Admission::refuse(AdmittedDossier admitted, Reason reason, std::string explanation) const {
    const bool isTechnical = describe(reason).cls == ReasonClass::Technical;
    admitted.dossier.state = isTechnical ? DossierState::Quarantined : DossierState::Rejected;
    admitted.dossier.reason = reasonCode(reason);
    admitted.dossier.explanation = std::move(explanation);
    admitted.dossier.endedMs = admitted.dossier.createdMs;
    admitted.branch.step.clear();
    admitted.branch.state = admitted.dossier.state;
    return admitted;
}

Result<DocumentRow> Admission::take(int fd, const std::string& slot, const std::string& name,
                                    AdmittedDossier& admitted) const {
    GREFFE_TRY_ASSIGN(const BlobRow blob, spool_.addFromFile(fd, settings_.maxBytes));
    DocumentRow document;
    document.id = ids_.next();
    document.dossier = admitted.dossier.id;
    document.slot = slot;
    document.name = name;
    document.blob = blob.sha256;
    document.sizeBytes = blob.sizeBytes;
    document.createdMs = admitted.dossier.createdMs;
    GREFFE_TRY_ASSIGN(const UniqueFd kept, spool_.openBlob(blob, false));
    GREFFE_TRY_ASSIGN(const MappedFile head,
                      MappedFile::map(kept.get(), 0, std::min<std::uint64_t>(blob.sizeBytes, 4096)));
    document.mediaType = sniffMediaType(head.bytes());
    admitted.documents.push_back(document);
    admitted.blobs.push_back(blob);
    return document;
}

Result<AdmittedDossier> Admission::admit(int claimDirFd, SourceRow source) {
    GREFFE_FAILPOINT("intake.admit");
    AdmittedDossier admitted;
    DossierRow& dossier = admitted.dossier;
    dossier.id = ids_.next();
    dossier.type = settings_.dossierType;
    dossier.pipeline = settings_.pipeline;
    dossier.plan = settings_.planId;
    dossier.createdMs = dossier.updatedMs = toUnixMs(clock_.wall());
    admitted.branch.dossier = dossier.id;
    admitted.branch.step = settings_.firstStep;

    auto facts = factsAt(claimDirFd, source.name);
    if (!facts) return facts.error();
    source.device = facts->device;
    source.inode = facts->inode;
    source.sizeBytes = facts->sizeBytes;
    source.mtimeNs = facts->mtimeNs;
    dossier.source = source;

    if (!facts->isRegular())
        return refuse(
            std::move(admitted), Reason::NotARegularFile,
            fmt::format("{}: links are not followed, pipes and devices are not read", kindOf(*facts)));
    if (facts->links != 1)
        return refuse(std::move(admitted), Reason::NotARegularFile,
                      fmt::format("the file has {} hard links: somebody else could change it", facts->links));
    if (facts->sizeBytes == 0) return refuse(std::move(admitted), Reason::EmptyFile, "the file is empty");
    const auto tooLarge = [&] {
        return refuse(
            std::move(admitted), Reason::TooLarge,
            fmt::format("the file has {} bytes, this intake takes {}", facts->sizeBytes, settings_.maxBytes));
    };
    if (facts->sizeBytes > settings_.maxBytes) return tooLarge();

    GREFFE_TRY_ASSIGN(const UniqueFd fd, openRegularAt(claimDirFd, source.name));
    auto document = take(fd.get(), std::string(kDocumentSlot), source.name, admitted);
    if (!document && document.error().code == Errc::Invalid) return tooLarge();  // it grew while we copied
    if (!document) return document.error();
    if (!source.companion.empty()) {
        GREFFE_TRY_ASSIGN(const UniqueFd manifest, openRegularAt(claimDirFd, source.companion));
        GREFFE_TRY_ASSIGN(const DocumentRow kept,
                          take(manifest.get(), std::string(kManifestSlot), source.companion, admitted));
        static_cast<void>(kept);
    }
    if (!settings_.accepts.empty() && std::find(settings_.accepts.begin(), settings_.accepts.end(),
                                                document->mediaType) == settings_.accepts.end())
        return refuse(std::move(admitted), Reason::NotAccepted,
                      fmt::format("{} is not accepted here", document->mediaType));

    if (settings_.onDuplicate != FolderSettings::OnDuplicate::NewDossier) {
        GREFFE_TRY_ASSIGN(const auto earlier, reader_.dossiersWithContent(document->blob, 1));
        const auto recent = recentContent_.find(toHex(document->blob));
        const std::string first = !earlier.empty()                 ? earlier.front()
                                  : recent != recentContent_.end() ? recent->second
                                                                   : "";
        if (!first.empty()) {
            AdmittedDossier refused =
                refuse(std::move(admitted), Reason::Duplicate,
                       fmt::format("the same content was received before, as dossier {}", first));
            if (settings_.onDuplicate == FolderSettings::OnDuplicate::Hold) {
                refused.dossier.state = refused.branch.state = DossierState::Quarantined;
            }
            return refused;
        }
    }
    recentContent_.emplace(toHex(document->blob), dossier.id);
    return admitted;
}

Status writeAdmission(StoreTransaction& tx, const AdmittedDossier& admitted, const std::string& actor) {
    GREFFE_TRY(tx.insertDossier(admitted.dossier));
    for (const BlobRow& blob : admitted.blobs)
        GREFFE_TRY(tx.insertBlob(blob));
    for (const DocumentRow& document : admitted.documents)
        GREFFE_TRY(tx.insertDocument(document));
    if (!admitted.branch.step.empty()) GREFFE_TRY(tx.putBranch(admitted.branch));
    AuditRow audit;
    audit.atMs = admitted.dossier.createdMs;
    audit.actor = actor;
    audit.action = isFinal(admitted.dossier.state) ? "file refused" : "dossier admitted";
    audit.dossier = admitted.dossier.id;
    Json detail = {{"pipeline", admitted.dossier.pipeline}, {"plan", admitted.dossier.plan}};
    putBytes(detail, "name", admitted.dossier.source.name);
    if (!admitted.documents.empty()) detail["sha256"] = toHex(admitted.documents.front().blob);
    if (!admitted.dossier.reason.empty()) detail["reason"] = admitted.dossier.reason;
    audit.detailJson = dumpJson(detail);
    return tx.appendAudit(audit);
}

}  // namespace greffe
