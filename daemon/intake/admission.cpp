// SPDX-License-Identifier: Apache-2.0
#include "intake/admission.h"

#include "base/bytes_text.h"
#include "base/failpoint.h"
#include "base/json.h"
#include "base/media_type.h"
#include "intake/dropped_folder.h"
#include "intake/manifest_pairs.h"

#include <greffe/reason.h>

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::uint64_t kMaxManifestBytes = 1U << 20U;

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

Admission::Refusal Admission::judge(const Result<FileFacts>& facts) const {
    if (facts->isDirectory())
        return {Reason::NotARegularFile,
                fmt::format("a folder that is not looked into: a dossier's folders are {} deep at most",
                            kMostFolderDepth)};
    if (!facts->isRegular())
        return {Reason::NotARegularFile,
                fmt::format("{}: links are not followed, pipes and devices are not read", kindOf(*facts))};
    if (facts->links != 1)
        return {Reason::NotARegularFile,
                fmt::format("the file has {} hard links: somebody else could change it", facts->links)};
    return judgeSize(facts->sizeBytes);
}

Admission::Refusal Admission::judgeSize(std::uint64_t sizeBytes) const {
    if (sizeBytes == 0) return {Reason::EmptyFile, "the file is empty"};
    if (sizeBytes > settings_.maxBytes)
        return {Reason::TooLarge,
                fmt::format("the file has {} bytes, this intake takes {}", sizeBytes, settings_.maxBytes)};
    return {};
}

Result<Admission::Refusal> Admission::takeNamed(int dirFd, const std::string& name, const std::string& slot,
                                                bool isLastTry, AdmittedDossier& admitted) const {
    auto opened = openRegularAt(dirFd, name);
    if (!opened && opened.error().code == Errc::Denied)
        return Refusal{Reason::NotAccepted, "the file may not be read: its permissions keep the service out"};
    if (!opened && opened.error().code == Errc::Invalid)  // put there in place of what was looked at
        return Refusal{Reason::NotARegularFile, "links are not followed, pipes and devices are not read"};
    if (!opened) return opened.error();
    const auto facts = factsOf(opened->get());
    if (!facts) return facts.error();
    if (Refusal refusal = judge(facts); refusal.reason != Reason::None) return refusal;
    return takeOpened(opened->get(), name, slot, isLastTry, admitted);
}

Result<Admission::Refusal> Admission::takeOpened(int fd, const std::string& name, const std::string& slot,
                                                 bool isLastTry, AdmittedDossier& admitted) const {
    GREFFE_TRY_ASSIGN(const FileFacts before, factsOf(fd));
    auto document = take(fd, slot, name, admitted);
    if (!document && document.error().code == Errc::Invalid)
        return Refusal{
            Reason::TooLarge,
            fmt::format("the file grew beyond the {} bytes that this intake takes", settings_.maxBytes)};
    if (!document) return document.error();
    // A writer that kept it open across the claim: what was copied may be half of the old and half of the
    // new.
    GREFFE_TRY_ASSIGN(const FileFacts after, factsOf(fd));
    if (after.sizeBytes == before.sizeBytes && after.mtimeNs == before.mtimeNs &&
        document->sizeBytes == before.sizeBytes)
        return Refusal{};
    if (isLastTry)
        return Refusal{Reason::Malformed,
                       "the file kept changing while it was read; its writer never closed it"};
    return makeError(Errc::Busy, fmt::format("{} changed while it was copied", displayText(name)));
}

Admission::Refusal Admission::judgeManifest(int dirFd, const SourceRow& source) const {
    if (settings_.manifest == FolderSettings::Manifest::None) return {};
    if (isManifestName(source.name))
        return {Reason::ManifestInvalid, "a manifest alone: no document of this name came beside it"};
    if (source.companion.empty()) {
        if (settings_.manifest == FolderSettings::Manifest::Optional) return {};
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings_.manifestWait).count();
        return {Reason::ManifestInvalid, fmt::format("its manifest {} did not come within {} seconds",
                                                     displayText(manifestPathOf(source.name)), seconds)};
    }
    const auto facts = factsAt(dirFd, source.companion);
    if (!facts) return {};  // taken away since: the document goes on without, or is refused by @manifest
    const std::string name = displayText(source.companion);
    if (!facts->isRegular()) return {Reason::ManifestInvalid, fmt::format("{}: {}", name, kindOf(*facts))};
    if (facts->sizeBytes == 0) return {Reason::ManifestInvalid, name + ": the file is empty"};
    if (facts->sizeBytes > kMaxManifestBytes)
        return {Reason::ManifestInvalid, fmt::format("{}: {} bytes, a manifest may have {}", name,
                                                     facts->sizeBytes, kMaxManifestBytes)};
    return {};
}

Result<std::string> Admission::earlierDossier(const AdmittedDossier& admitted) const {
    constexpr std::size_t kMostLookedAt = 100;
    std::vector<std::string> candidates;
    bool isFirst = true;
    for (const DocumentRow& document : admitted.documents) {
        if (document.slot == kManifestSlot) continue;
        GREFFE_TRY_ASSIGN(std::vector<std::string> having,
                          reader_.dossiersWithContent(document.blob, kMostLookedAt));
        if (const auto recent = recentContent_.find(toHex(document.blob)); recent != recentContent_.end())
            having.push_back(recent->second);
        if (isFirst) candidates = having;
        isFirst = false;
        candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                        [&](const std::string& id) {
                                            return std::find(having.begin(), having.end(), id) ==
                                                   having.end();
                                        }),
                         candidates.end());
    }
    return candidates.empty() ? std::string() : candidates.front();
}

Result<Admission::Refusal> Admission::takeFolder(int claimDirFd, const std::string& name, bool isLastTry,
                                                 AdmittedDossier& admitted) const {
    GREFFE_TRY_ASSIGN(const std::vector<FolderEntry> entries,
                      listDroppedFolder(claimDirFd, name, kMostFilesOfDossier));
    if (entries.empty()) return Refusal{Reason::EmptyFile, "the folder holds no file"};
    if (entries.size() > kMostFilesOfDossier)
        return Refusal{Reason::TooLarge,
                       fmt::format("the folder holds more than {} files", kMostFilesOfDossier)};
    GREFFE_TRY_ASSIGN(const UniqueFd folder, openDirectoryAt(claimDirFd, name));
    for (const FolderEntry& entry : entries) {
        const SplitPath parts = splitPath(entry.path);
        UniqueFd inner;
        int dirFd = folder.get();
        for (std::size_t at = 0; at != std::string::npos && parts.directory != ".";) {
            const auto slash = parts.directory.find('/', at);
            GREFFE_TRY_ASSIGN(inner, openDirectoryAt(dirFd, parts.directory.substr(at, slash - at)));
            dirFd = inner.get();
            at = slash == std::string::npos ? slash : slash + 1;
        }
        Refusal refusal = judge(entry.facts);
        if (refusal.reason == Reason::None) {
            GREFFE_TRY_ASSIGN(refusal,
                              takeNamed(dirFd, parts.name, std::string(kMemberSlot), isLastTry, admitted));
        }
        // One bad file is enough: half a dossier is worse than none.
        if (refusal.reason != Reason::None)
            return Refusal{refusal.reason,
                           fmt::format("{}: {}", displayText(entry.path), refusal.explanation)};
        admitted.documents.back().name = entry.path;
    }
    return Refusal{};
}

Result<Admission::Refusal> Admission::takeSource(int claimDirFd, const SourceRow& source, bool isLastTry,
                                                 AdmittedDossier& admitted) const {
    const auto facts = factsAt(claimDirFd, source.name);
    if (!facts) return facts.error();
    if (facts->isDirectory() && settings_.hasFoldersAsDossiers) {
        admitted.branch.step = kDocumentsStep;
        return takeFolder(claimDirFd, source.name, isLastTry, admitted);
    }
    if (Refusal refusal = judge(facts); refusal.reason != Reason::None) return refusal;
    const bool isArchive = settings_.hasArchivesAsDossiers && isArchiveName(source.name);
    if (isArchive) admitted.branch.step = kDocumentsStep;
    GREFFE_TRY_ASSIGN(Refusal refusal,
                      takeNamed(claimDirFd, source.name,
                                std::string(isArchive ? kArchiveSlot : kDocumentSlot), isLastTry, admitted));
    if (refusal.reason != Reason::None || isArchive) return refusal;
    if (refusal = judgeManifest(claimDirFd, source); refusal.reason != Reason::None) return refusal;
    if (refusal = judgeOnlyFile(admitted.documents.front()); refusal.reason != Reason::None) return refusal;
    if (source.companion.empty() || !existsAt(claimDirFd, source.companion)) return Refusal{};
    GREFFE_TRY_ASSIGN(
        refusal, takeNamed(claimDirFd, source.companion, std::string(kManifestSlot), isLastTry, admitted));
    if (refusal.reason == Reason::None) return refusal;
    return Refusal{Reason::ManifestInvalid,
                   fmt::format("{}: {}", displayText(source.companion), refusal.explanation)};
}

AdmittedDossier Admission::begin(const SourceRow& source, const std::string& step) const {
    AdmittedDossier admitted;
    DossierRow& dossier = admitted.dossier;
    dossier.id = ids_.next();
    dossier.type = settings_.dossierType;
    dossier.pipeline = settings_.pipeline;
    dossier.plan = settings_.planId;
    dossier.priority = settings_.priority;
    dossier.createdMs = dossier.updatedMs = toUnixMs(clock_.wall());
    dossier.source = source;
    admitted.branch.dossier = dossier.id;
    admitted.branch.step = step;
    return admitted;
}

Result<AdmittedDossier> Admission::admit(int claimDirFd, SourceRow source, bool isLastTry) {
    GREFFE_FAILPOINT("intake.admit");
    auto facts = factsAt(claimDirFd, source.name);
    if (!facts) return facts.error();
    source.device = facts->device;
    source.inode = facts->inode;
    source.sizeBytes = facts->sizeBytes;
    source.mtimeNs = facts->mtimeNs;
    AdmittedDossier admitted =
        begin(source, settings_.manifest == FolderSettings::Manifest::None ? settings_.firstStep
                                                                           : std::string(kManifestStep));
    GREFFE_TRY_ASSIGN(Refusal refusal, takeSource(claimDirFd, source, isLastTry, admitted));
    if (refusal.reason != Reason::None)
        return refuse(std::move(admitted), refusal.reason, std::move(refusal.explanation));
    return finish(std::move(admitted));
}

Result<AdmittedDossier> Admission::admitOpened(int fd, SourceRow source, const Delivery& delivery) {
    GREFFE_FAILPOINT("intake.admit");
    const std::string claim = fmt::format("queue:{}/", settings_.name);
    // Until the bytes were hashed; a refusal before that is this delivery's alone.
    source.claim =
        claim + (delivery.messageId.empty() ? "refused:" + ids_.next() : "id:" + delivery.messageId);
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd));
    source.sizeBytes = facts.sizeBytes;
    AdmittedDossier admitted = begin(source, settings_.firstStep);
    if (Refusal refusal = judgeSize(facts.sizeBytes); refusal.reason != Reason::None)
        return refuse(std::move(admitted), refusal.reason, std::move(refusal.explanation));
    GREFFE_TRY_ASSIGN(Refusal refusal,
                      takeOpened(fd, source.name, std::string(kDocumentSlot), delivery.isLastTry, admitted));
    if (refusal.reason != Reason::None)
        return refuse(std::move(admitted), refusal.reason, std::move(refusal.explanation));
    DocumentRow& document = admitted.documents.front();
    if (delivery.messageId.empty()) admitted.dossier.source.claim = claim + "sha256:" + toHex(document.blob);
    if (!delivery.sha256.empty() && delivery.sha256 != toHex(document.blob))
        return refuse(std::move(admitted), Reason::NotAccepted,
                      "the file's SHA-256 is not the one that the message names");
    if (const Refusal wrong = judgeOnlyFile(document); wrong.reason != Reason::None)
        return refuse(std::move(admitted), wrong.reason, wrong.explanation);
    return finish(std::move(admitted));
}

AdmittedDossier Admission::refuseUnread(SourceRow source, Reason reason, std::string explanation) {
    if (source.claim.empty()) source.claim = fmt::format("queue:{}/refused:{}", settings_.name, ids_.next());
    return refuse(begin(source, ""), reason, std::move(explanation));
}

// What a file that is a dossier alone is refused for: its type, or the documents that would be missing.
Admission::Refusal Admission::judgeOnlyFile(DocumentRow& document) const {
    if (!acceptsMediaType(settings_.accepts, document.mediaType))
        return {Reason::NotAccepted, fmt::format("{} is not accepted here", document.mediaType)};
    const SlotMapping mapping =
        mapToSlots(settings_.slots, {{document.name, document.mediaType}}, {}, NamedBy::FileName);
    if (!mapping.problem.empty()) return {Reason::NotAccepted, mapping.problem};
    document.slot = mapping.slots.front();
    return {};
}

Result<AdmittedDossier> Admission::finish(AdmittedDossier admitted) const {
    if (settings_.onDuplicate != FolderSettings::OnDuplicate::NewDossier) {
        GREFFE_TRY_ASSIGN(const std::string first, earlierDossier(admitted));
        if (!first.empty()) {
            AdmittedDossier refused =
                refuse(std::move(admitted), Reason::Duplicate,
                       fmt::format("the same content was received before, as dossier {}", first));
            if (settings_.onDuplicate == FolderSettings::OnDuplicate::Hold)
                refused.dossier.state = refused.branch.state = DossierState::Quarantined;
            return refused;
        }
    }
    for (const DocumentRow& document : admitted.documents)
        if (document.slot != kManifestSlot) recentContent_.emplace(toHex(document.blob), admitted.dossier.id);
    return admitted;
}

std::string stepAtRelease(const std::vector<DocumentRow>& documents, bool needsManifest,
                          const std::string& firstOfPipeline) {
    bool hasContainer = false, hasManifest = false, hasDocument = false;
    for (const DocumentRow& document : documents) {
        if (!document.producedBy.empty()) continue;
        hasContainer = hasContainer || document.slot == kArchiveSlot || document.slot == kMemberSlot;
        hasManifest = hasManifest || document.slot == kManifestSlot;
        hasDocument = hasDocument || document.slot.rfind('@', 0) != 0;
    }
    if (hasContainer && !hasDocument) return std::string(kDocumentsStep);
    if (!hasDocument) return {};
    return (hasManifest || needsManifest) && !hasContainer ? std::string(kManifestStep) : firstOfPipeline;
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
