// SPDX-License-Identifier: Apache-2.0
// A document that an operator, or a program, hands over without a drop folder: its bytes come as a
// descriptor, and it is admitted as a dropped one is.
#include "base/bytes_text.h"
#include "base/media_type.h"
#include "control/needed_manifest.h"
#include "control/operation.h"
#include "dossier/steps/manifest_reading.h"
#include "intake/slot_mapping.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

using Kind = ParameterSpec::Kind;
using CallPtr = std::shared_ptr<OperationCall>;

constexpr std::uint64_t kSniffedBytes = 4096;

Status checkName(const std::string& name) {
    if (!isFileName(name))
        return makeError(Errc::Invalid, fmt::format("\"{}\" is no file name", displayText(name)));
    return {};
}

// Everything about the dossier but its document.
Result<AdmittedDossier> newDossier(ControlDesk& desk, const Json& params) {
    const auto running = desk.house.running();
    const std::string name = textOf(params, "pipeline");
    const PipelinePlan* pipeline = running->plan->findPipeline(name);
    if (pipeline == nullptr || pipeline->steps.empty())
        return makeError(Errc::NotFound, fmt::format("there is no pipeline \"{}\"", displayText(name)),
                         "greffe shape shows those there are");
    AdmittedDossier admitted;
    DossierRow& dossier = admitted.dossier;
    dossier.id = desk.ids.next();
    dossier.type = pipeline->type;
    dossier.pipeline = name;
    dossier.plan = running->id;
    dossier.priority = static_cast<std::int32_t>(pipeline->priority);
    dossier.createdMs = dossier.updatedMs = desk.nowMs();
    dossier.source.name = textOf(params, "name");
    if (const std::string key = textOf(params, "key"); !key.empty()) dossier.source.claim = "import/" + key;
    GREFFE_TRY(checkName(dossier.source.name));
    admitted.branch.dossier = dossier.id;
    return admitted;
}

DocumentRow newDocument(ControlDesk& desk, const AdmittedDossier& admitted, const BlobRow& blob) {
    DocumentRow document;
    document.id = desk.ids.next();
    document.dossier = admitted.dossier.id;
    document.blob = blob.sha256;
    document.sizeBytes = blob.sizeBytes;
    document.createdMs = admitted.dossier.createdMs;
    return document;
}

Status takeFile(ControlDesk& desk, int fd, const Plan& plan, AdmittedDossier& admitted) {
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd));
    if (!facts.isRegular()) return makeError(Errc::Invalid, "only regular files are imported");
    if (facts.sizeBytes == 0) return makeError(Errc::Invalid, "the file is empty");
    GREFFE_TRY_ASSIGN(const BlobRow blob, desk.spool.addFromFile(fd, plan.settings.maxMebibytes << 20U));
    GREFFE_TRY_ASSIGN(const UniqueFd kept, desk.spool.openBlob(blob, false));
    GREFFE_TRY_ASSIGN(const MappedFile head,
                      MappedFile::map(kept.get(), 0, std::min(blob.sizeBytes, kSniffedBytes)));
    DocumentRow document = newDocument(desk, admitted, blob);
    document.name = admitted.dossier.source.name;
    document.mediaType = sniffMediaType(head.bytes());
    const SlotMapping mapping = mapToSlots(slotRules(*plan.findPipeline(admitted.dossier.pipeline)),
                                           {{document.name, document.mediaType}}, {}, NamedBy::FileName);
    if (!mapping.problem.empty()) return makeError(Errc::Invalid, mapping.problem);
    document.slot = mapping.slots.front();
    admitted.dossier.source.sizeBytes = blob.sizeBytes;
    admitted.documents.push_back(std::move(document));
    admitted.blobs.push_back(blob);
    return {};
}

// Kept as the side-car of a dropped file is: the same step reads it, by the same rules.
Status takeManifest(ControlDesk& desk, const Json& manifest, AdmittedDossier& admitted) {
    if (manifest.is_null()) return {};
    GREFFE_TRY_ASSIGN(const BlobRow blob, desk.spool.addBytes(dumpJson(manifest)));
    DocumentRow document = newDocument(desk, admitted, blob);
    document.slot = kManifestSlot;
    document.name = "manifest.json";
    document.mediaType = "application/json";
    admitted.documents.push_back(std::move(document));
    admitted.blobs.push_back(blob);
    return {};
}

// The dossier that has this key already. Only a repetition is answered with it: the same name for something
// else would be a document that nobody took.
Result<Json> earlierImport(ControlDesk& desk, const AdmittedDossier& admitted, const Error& refused) {
    GREFFE_TRY_ASSIGN(const auto reader, desk.store.openReader());
    GREFFE_TRY_ASSIGN(const auto earlier, reader->dossierByClaim(admitted.dossier.source.claim));
    if (!earlier) return refused;
    GREFFE_TRY_ASSIGN(const std::vector<DocumentRow> documents, reader->documents(earlier->id));
    const auto isThere = [&documents](const DocumentRow& wanted) {
        return std::any_of(documents.begin(), documents.end(), [&](const DocumentRow& one) {
            return one.producedBy.empty() && one.slot == wanted.slot && one.blob == wanted.blob;
        });
    };
    const auto received = std::count_if(documents.begin(), documents.end(),
                                        [](const DocumentRow& one) { return one.producedBy.empty(); });
    if (earlier->pipeline == admitted.dossier.pipeline &&
        static_cast<std::size_t>(received) == admitted.documents.size() &&
        std::all_of(admitted.documents.begin(), admitted.documents.end(), isThere))
        return Json{{"dossier", earlier->id}, {"is_new", false}};
    return makeError(Errc::Exists,
                     fmt::format("this key was given before, to something else: dossier {}, \"{}\" for "
                                 "pipeline \"{}\"; nothing was imported",
                                 earlier->id, displayText(earlier->source.name), earlier->pipeline),
                     "import this under a key of its own");
}

Result<Json> importFile(ControlDesk& desk, const OperationCall& call, AdmittedDossier admitted) {
    const auto running = desk.house.running();
    const PipelinePlan* pipeline = running->plan->findPipeline(admitted.dossier.pipeline);
    if (running->id != admitted.dossier.plan || pipeline == nullptr)
        return makeError(Errc::Busy, "the configuration was just reloaded", "try again");
    GREFFE_TRY_ASSIGN(const auto reader, desk.store.openReader());
    if (const AdmissionPause pause = desk.house.admissionPause(*reader); !pause.reason.empty())
        return makeError(Errc::NoSpace, "nothing is taken just now: " + pause.text, pause.advice);
    const Json& manifest = memberOf(call.params, "manifest");
    const bool needsManifest = !pipeline->rolesOfManifest().empty();
    GREFFE_TRY(checkManifestIsThere(
        *pipeline, manifest, "hand the manifest over as well (greffe dossier import … --manifest FILE)"));
    GREFFE_TRY(takeFile(desk, call.descriptors.front().get(), *running->plan, admitted));
    GREFFE_TRY(takeManifest(desk, manifest, admitted));
    admitted.branch.step = stepAtRelease(admitted.documents, needsManifest, pipeline->steps.front().id);
    const Status committed =
        desk.journal.run([&](StoreTransaction& tx) { return writeAdmission(tx, admitted, call.actor); });
    if (!committed && committed.error().code == Errc::Exists && !admitted.dossier.source.claim.empty())
        return earlierImport(desk, admitted, committed.error());
    if (!committed) return committed.error();
    const std::string id = admitted.dossier.id;
    const std::string digest = toHex(admitted.documents.front().blob);
    desk.house.admitted(std::move(admitted));
    return Json{{"dossier", id}, {"is_new", true}, {"sha256", digest}};
}

void import(ControlDesk& desk, const CallPtr& call) {
    if (call->descriptors.size() != 1)
        return call->reply->finish(
            makeError(Errc::Invalid, "dossier.import: the file's descriptor must come with the request"));
    auto admitted = newDossier(desk, call->params);
    if (!admitted) return call->reply->finish(admitted.error());
    const Status started = desk.jobs.start([&desk, call, made = *admitted](const std::atomic<bool>&) {
        call->reply->finish(importFile(desk, *call, made));
    });
    if (!started) call->reply->finish(started.error());
}

}  // namespace

std::vector<Operation> importOperations() {
    return {
        {"dossier.import",
         {{"name", Kind::Text, true}, {"pipeline", Kind::Text, true}, {"manifest", Kind::Object}, {"key"}},
         import}};
}

}  // namespace greffe
