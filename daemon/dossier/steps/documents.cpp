// SPDX-License-Identifier: Apache-2.0
// @documents: the step that an intake puts before the pipeline for a folder or an archive that is one
// dossier. It takes the archive apart in a worker, reads manifest.json if there is one, and gives every file
// its slot. All of it or nothing: the documents are committed together, and one file without a place rejects
// the whole.
#include "base/bytes_text.h"
#include "base/media_type.h"
#include "dossier/steps/manifest_reading.h"
#include "dossier/steps/steps.h"
#include "intake/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace greffe {
namespace {

constexpr const char* kManifestName = "manifest.json";
constexpr const char* kArchivePlugin = "document-archive";

// A file of the folder or archive.
struct Member {
    std::string path;  // bytes
    std::string mediaType;
    std::uint64_t sizeBytes = 0;
    const DocumentRow* row = nullptr;  // of a folder: it is in the spool already
    CallArtifact artifact;             // of an archive: a memory file
    std::string slot;
};

const IntakePlan* intakeOf(const DossierRun& run) {
    for (const IntakePlan& intake : run.plan().intakes)
        if (intake.name == run.dossier.source.intake) return &intake;
    return nullptr;
}

ManifestUse manifestUse(const IntakePlan* intake) {
    return intake != nullptr ? intake->manifest : ManifestUse::Optional;
}

// An archive made of a folder holds that folder: what counts is below it.
void removeCommonFolder(std::vector<Member>& members) {
    if (members.empty()) return;
    const auto slash = members.front().path.find('/');
    if (slash == std::string::npos) return;
    const std::string folder = members.front().path.substr(0, slash + 1);
    for (const Member& member : members)
        if (member.path.compare(0, folder.size(), folder) != 0) return;
    for (Member& member : members)
        member.path.erase(0, folder.size());
}

class Documents final : public StepAction {
public:
    std::string_view name() const override { return kDocumentsStep; }
    EffectClass effectClass() const override { return EffectClass::Pure; }
    bool isExamination() const override { return true; }

    Task<StepEnd> run(StepContext& context) const override {
        DossierRun& run = context.run();
        std::vector<Member> members;
        std::optional<StepEnd> problem;
        if (const DocumentRow* archive = run.newest(kArchiveSlot)) {
            problem = co_await unpack(context, *archive, members);
            if (problem) co_return std::move(*problem);
        } else {
            for (const DocumentRow& document : run.documents) {
                if (document.slot != kMemberSlot) continue;
                Member member;
                member.path = document.name;
                member.mediaType = document.mediaType;
                member.sizeBytes = document.sizeBytes;
                member.row = &document;
                members.push_back(std::move(member));
            }
        }
        std::map<std::string, std::vector<std::string>> given;
        problem = co_await readManifest(context, members, given);
        if (problem) co_return std::move(*problem);
        problem = place(run, members, given);
        if (problem) co_return std::move(*problem);
        StepEnd end = co_await keep(context, members);
        co_return end;
    }

private:
    static Task<std::optional<StepEnd>> unpack(StepContext& context, const DocumentRow& archive,
                                               std::vector<Member>& members) {
        auto input = co_await context.open(archive);
        if (!input) co_return StepEnd::storage(input.error(), context.effect().attempt);
        const CallRequest request =
            callRequest("transform", kArchivePlugin, R"({"into":"members"})", {*input});
        const CallOutcome outcome = co_await context.call(PoolKind::Documents, request, true);
        StepEnd end = StepEnd::from(outcome);
        if (end.verdict != Verdict::Done) co_return end;
        const Json& listed = memberOf(end.facts, "members");
        for (const CallArtifact& artifact : outcome.artifacts) {
            const auto about = std::find_if(listed.begin(), listed.end(), [&](const Json& entry) {
                return textOf(entry, "artifact") == artifact.name;
            });
            if (about == listed.end())
                co_return StepEnd::rejected(Reason::PluginFault, "a member that the plugin does not name");
            Member member;
            member.path = bytesOf(*about, "name");
            member.mediaType = artifact.mediaType;
            member.sizeBytes = artifact.sizeBytes;
            member.artifact = artifact;
            // As in a dropped folder: file managers leave such names.
            if (baseNameOf(member.path).front() != '.') members.push_back(std::move(member));
        }
        removeCommonFolder(members);
        co_return std::nullopt;
    }

    // Reads manifest.json and takes it out of `members` (it stays in the list, with its slot).
    static Task<std::optional<StepEnd>> readManifest(StepContext& context, std::vector<Member>& members,
                                                     std::map<std::string, std::vector<std::string>>& given) {
        DossierRun& run = context.run();
        const ManifestUse use = manifestUse(intakeOf(run));
        if (use == ManifestUse::None) co_return std::nullopt;
        const auto manifest = std::find_if(members.begin(), members.end(),
                                           [](const Member& member) { return member.path == kManifestName; });
        if (manifest == members.end()) {
            if (use == ManifestUse::Required)
                co_return StepEnd::rejected(Reason::ManifestInvalid, "there is no manifest.json inside");
            if (run.pipeline().rolesOfManifest().empty()) co_return std::nullopt;
        }
        std::vector<CallInput> inputs;
        if (manifest != members.end()) {
            if (manifest->sizeBytes == 0)
                co_return StepEnd::rejected(Reason::ManifestInvalid, "manifest.json: the file is empty");
            auto input = co_await inputOf(context, *manifest);
            if (!input) co_return StepEnd::storage(input.error(), context.effect().attempt);
            inputs.push_back(*input);
        }
        const CallRequest request =
            callRequest("manifest.read", "", expectedManifest(run.pipeline(), false), std::move(inputs));
        const CallOutcome outcome = co_await context.call(PoolKind::Documents, request, true);
        StepEnd end = StepEnd::from(outcome);
        if (end.verdict != Verdict::Done) co_return end;
        if (manifest != members.end()) manifest->slot = kManifestSlot;
        applyManifest(run.dossier, end.facts);
        for (const auto& [slot, names] : memberOf(end.facts, "documents").items()) {
            if (names.is_string()) given[slot].push_back(names.get<std::string>());
            for (const Json& name : names)
                if (names.is_array() && name.is_string()) given[slot].push_back(name.get<std::string>());
        }
        co_return std::nullopt;
    }

    static Task<Result<CallInput>> inputOf(StepContext& context, const Member& member) {
        if (member.row != nullptr) {
            auto opened = co_await context.open(*member.row);
            co_return opened;
        }
        CallInput input;
        input.fd = member.artifact.fd;
        input.sizeBytes = member.sizeBytes;
        input.slot = kManifestSlot;
        input.name = member.path;
        input.mediaType = member.mediaType;
        co_return input;
    }

    // Gives every member its slot, or says why the dossier cannot be taken.
    static std::optional<StepEnd> place(const DossierRun& run, std::vector<Member>& members,
                                        const std::map<std::string, std::vector<std::string>>& given) {
        const IntakePlan* intake = intakeOf(run);
        std::vector<NamedFile> files;
        for (const Member& member : members) {
            if (!member.slot.empty()) continue;
            const std::string shown = displayText(member.path);
            if (member.sizeBytes == 0)
                return StepEnd::rejected(Reason::EmptyFile, shown + ": the file is empty");
            if (intake != nullptr && member.sizeBytes > intake->maxMebibytes << 20U)
                return StepEnd::rejected(Reason::TooLarge,
                                         fmt::format("{}: {} bytes, this intake takes {}", shown,
                                                     member.sizeBytes, intake->maxMebibytes << 20U));
            if (intake != nullptr && !acceptsMediaType(intake->accepts, member.mediaType))
                return StepEnd::rejected(Reason::NotAccepted,
                                         fmt::format("{}: {} is not accepted here", shown, member.mediaType));
            files.push_back({member.path, member.mediaType});
        }
        const bool isManifestRead = manifestUse(intake) != ManifestUse::None;
        const SlotMapping mapping = mapToSlots(slotRules(run.pipeline()), files, given,
                                               isManifestRead ? NamedBy::Manifest : NamedBy::FileName);
        if (!mapping.problem.empty()) return StepEnd::rejected(Reason::NotAccepted, mapping.problem);
        std::size_t next = 0;
        for (Member& member : members)
            if (member.slot.empty()) member.slot = mapping.slots[next++];
        return std::nullopt;
    }

    static Task<StepEnd> keep(StepContext& context, std::vector<Member>& members) {
        StepEnd end;
        for (const Member& member : members) {
            NewDocument document;
            const std::string name = baseNameOf(member.path);
            if (member.row != nullptr) {
                const BlobRow* blob = context.run().blob(member.row->blob);
                if (blob == nullptr)
                    co_return StepEnd::rejected(Reason::BytesLost, "a file of the folder has no bytes");
                document.name = name;
                document.mediaType = member.mediaType;
                document.blobs = {*blob};
            } else {
                auto kept = co_await context.keep(member.artifact, nullptr, name);
                if (!kept) co_return StepEnd::storage(kept.error(), context.effect().attempt);
                document = std::move(*kept);
            }
            document.slot = member.slot;
            Json fact = {{"slot", member.slot}, {"sha256", toHex(document.blobs.back().sha256)}};
            putBytes(fact, "name", member.path);
            end.facts["files"].push_back(std::move(fact));
            end.documents.push_back(std::move(document));
        }
        co_return end;
    }
};

}  // namespace

const StepAction& documentsStep() {
    static const Documents step;
    return step;
}

}  // namespace greffe
