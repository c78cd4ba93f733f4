// SPDX-License-Identifier: Apache-2.0
// archive: builds the container that keeps the dossier (documents pool) and puts it into the archive's
// folder, below year and month.
//
// The moment of archiving is journaled before it begins: made again after a crash, the container has the same
// bytes, and the file that may already be there is recognised. The folder itself must exist, and be the one
// that dossiers were kept in before: written to the empty directory below a mount that is missing, they would
// lie where nobody looks for them. So it is given a file with an id, and the journal remembers which.
#include "dossier/kept_dossier.h"
#include "dossier/steps/steps.h"
#include "intake/placed_file.h"
#include "sys/files.h"
#include "sys/sync_point.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace greffe {
namespace {

// A call carries a descriptor for each document, and a message 127 of them.
constexpr std::size_t kMostDocuments = 120;
constexpr mode_t kReadOnly = 0440;  // kept is kept
constexpr const char* kIdFile = ".greffe-archive";
constexpr std::size_t kMostIdBytes = 128;

struct ArchiveFolder {
    std::string path;
    std::string knownId;  // of the folder that has been kept in so far; empty: none has
    std::string newId;    // for one that has none
};

struct PlacedContainer {
    std::string archiveId;
    std::string locator;  // below the archive's path
    Digest sha256{};
    SyncPoint::Mark mark;
};

// The id of the folder, which gets one when it is used for the first time.
Result<std::string> archiveId(int rootFd, const ArchiveFolder& archive) {
    auto fd = openRegularAt(rootFd, kIdFile);
    if (!fd && fd.error().code != Errc::NotFound) return fd.error();
    std::string id;
    if (fd) {
        GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd->get()));
        GREFFE_TRY_ASSIGN(
            const MappedFile text,
            MappedFile::map(fd->get(), 0, std::min<std::uint64_t>(facts.sizeBytes, kMostIdBytes)));
        id = text.bytes().substr(0, text.bytes().find('\n'));
    }
    if (!archive.knownId.empty() && id != archive.knownId)
        return makeError(
            Errc::NotFound,
            fmt::format("{} is not the archive that dossiers were kept in: {}/{} does not say {}",
                        archive.path, archive.path, kIdFile, archive.knownId),
            "mount what belongs there; of a folder that was moved, copy that file too");
    if (!id.empty()) return id;
    GREFFE_TRY(replaceFile(rootFd, kIdFile, archive.newId + "\n"));
    return archive.newId;
}

Result<PlacedContainer> placeContainer(const ArchiveFolder& archive, const std::string& folder,
                                       PlacedFile file, const CallArtifact& artifact, SyncPoint& syncPoint) {
    auto root = openDirectory(archive.path);
    if (!root)
        return makeError(root.error().code, root.error().message,
                         "create the archive's folder, or mount what it lies on; the step is tried again");
    UniqueFd at = std::move(*root);
    PlacedContainer placed;
    GREFFE_TRY_ASSIGN(placed.archiveId, archiveId(at.get(), archive));
    std::size_t start = 0;
    while (start < folder.size()) {
        const std::size_t slash = std::min(folder.find('/', start), folder.size());
        const std::string part = folder.substr(start, slash - start);
        start = slash + 1;
        GREFFE_TRY(makeDirectoryAt(at.get(), part));
        GREFFE_TRY_ASSIGN(at, openDirectoryAt(at.get(), part));
    }
    file.write = [&](int fd) -> Status {
        GREFFE_TRY(copyRange(artifact.fd->get(), 0, artifact.sizeBytes, fd));
        if (fchmod(fd, kReadOnly) != 0) return systemError("cannot make the container read-only", errno);
        return {};
    };
    GREFFE_TRY_ASSIGN(const MappedFile bytes, MappedFile::map(artifact.fd->get(), 0, artifact.sizeBytes));
    placed.sha256 = sha256(bytes.bytes());
    GREFFE_TRY_ASSIGN(const std::string name, placeFile(at.get(), file));
    placed.locator = folder + "/" + name;
    GREFFE_TRY_ASSIGN(placed.mark, syncPoint.watch(at.get()));
    return placed;
}

AuditRow keptAudit(const DossierRun& run, std::int64_t atMs, const Json& facts) {
    AuditRow row;
    row.atMs = atMs;
    row.actor = "engine";
    row.action = "dossier kept";
    row.dossier = run.id();
    row.detailJson = dumpJson(facts);
    return row;
}

// A later attempt keeps the moment of the first one: what that one may have placed is then found under the
// same name and with the same bytes, also when a month has ended in between.
std::int64_t firstAttemptMs(const DossierRun& run, const std::string& step, const std::string& item,
                            std::int64_t nowMs) {
    for (const EffectRow& effect : run.effects) {
        if (effect.step != step || effect.item != item) continue;
        const Json params = storedJson(effect.paramsJson);
        if (const std::int64_t earlier = numberOf(params, "archived_at_ms"); earlier > 0) return earlier;
    }
    return nowMs;
}

std::size_t countArchiveSteps(const std::vector<StepPlan>& steps) {
    std::size_t count = 0;
    for (const StepPlan& step : steps) {
        if (step.kind == "archive") ++count;
        for (const StepBranch& branch : step.branches)
            count += countArchiveSteps(branch.steps);
    }
    return count;
}

// A container of its own for every step that keeps and every item it keeps for: two of one name, and the
// second would take the place of the first. The plan of a dossier never changes, so the name never does.
std::string containerName(const DossierRun& run, const StepPlan& step, const std::string& item) {
    std::string name = run.id();
    if (countArchiveSteps(run.pipeline().steps) > 1) name += "-" + step.id;
    if (item.empty()) return name;
    name += "-" + item;
    std::replace(name.begin(), name.end(), '/', '-');
    return name;
}

class Archive final : public StepAction {
public:
    std::string_view name() const override { return "archive"; }
    EffectClass effectClass() const override { return EffectClass::Idempotent; }
    bool journalsParams() const override { return true; }

    Json freeze(const DossierRun& run, const StepPlan& step, Json options,
                std::int64_t nowMs) const override {
        options["archived_at_ms"] =
            firstAttemptMs(run, step.id, textOf(memberOf(options, "@item"), "path"), nowMs);
        if (!options.contains("retention_years"))
            options["retention_years"] = run.plan().settings.retentionYears;
        return options;
    }

    Task<StepEnd> run(StepContext& context) const override {
        DossierRun& run = context.run();
        const Json& params = context.params();
        const std::string archive = textOf(params, "archive");
        const InstancePlan* instance = context.instance("archive", archive);
        if (instance == nullptr)
            co_return StepEnd::rejected(Reason::ConfigurationError,
                                        fmt::format("the plan has no archive \"{}\"", archive));
        const Json options = storedJson(instance->optionsJson);
        const std::string path = textOf(options, "path");
        if (path.empty())
            co_return StepEnd::rejected(Reason::ConfigurationError,
                                        fmt::format("the archive \"{}\" has no path", archive));
        const std::vector<DocumentRow> kept = keptDocuments(run.documents);
        if (kept.empty() || kept.size() > kMostDocuments)
            co_return StepEnd::rejected(
                Reason::LimitExceeded,
                fmt::format("{} documents; a container keeps from 1 to {}", kept.size(), kMostDocuments));
        std::vector<CallInput> inputs;
        for (const DocumentRow& document : kept) {
            auto input = co_await context.open(document);
            if (!input) co_return StepEnd::storage(input.error(), context.effect().attempt);
            inputs.push_back(*input);
        }

        const std::int64_t archivedMs = numberOf(params, "archived_at_ms");
        KeptFacts facts;
        facts.step = context.step().id;
        facts.policy = textOf(params, "policy", "full");
        facts.archivedMs = archivedMs;
        facts.item = context.effect().item;
        facts.retentionUntil = retentionDate(archivedMs, numberOf(params, "retention_years"));
        const Json call = {{"options", params}, {"metadata", keptMetadata(run, kept, facts)}};
        const CallRequest build =
            callRequest("archive.build", instance->name, dumpJson(call), std::move(inputs));
        const CallOutcome built = co_await context.call(PoolKind::Documents, build, true);
        if (built.verdict != Verdict::Done) co_return StepEnd::from(built);
        if (built.artifacts.size() != 1)
            co_return StepEnd::rejected(Reason::PluginFault, "the archiver made no container");
        const CallArtifact container = built.artifacts.front();

        PlacedFile file;
        file.dossier = run.id();
        file.name = containerName(run, context.step(), context.effect().item) +
                    (container.mediaType == "application/zip" ? ".zip" : ".tar.zst");
        // Shared with the disk thread, which may outlive this coroutine when the daemon stops.
        auto result =
            std::make_shared<Result<PlacedContainer>>(makeError(Errc::Internal, "nothing was placed"));
        const std::string mark = "archive " + path;
        ArchiveFolder target{path, {}, context.newId()};
        auto known = context.mark(mark);
        if (!known) co_return StepEnd::storage(known.error(), context.effect().attempt);
        if (*known) target.knownId = textOf(storedJson(**known), "id");
        const std::function<Status()> place = [result, target, folder = keptFolder(archivedMs), file,
                                               container, &syncPoint = context.syncPoint()]() -> Status {
            *result = placeContainer(target, folder, file, container, syncPoint);
            return *result ? Status() : Status(result->error());
        };
        const Status done = co_await context.onDisk(place);
        if (!done) co_return StepEnd::storage(done.error(), context.effect().attempt);
        const PlacedContainer& placed = **result;
        // Before the journal says that it is kept: a device that fails costs this attempt, and the next one
        // writes the container anew.
        const Status safe = co_await context.reachesDisk(placed.mark);
        if (!safe)
            co_return StepEnd::storage(
                makeError(safe.error().code,
                          fmt::format("the archive \"{}\" does not hold what is written to it: {}", archive,
                                      safe.error().message),
                          safe.error().advice),
                context.effect().attempt);

        StepEnd end = StepEnd::from(built);
        end.facts["archive"] = archive;
        end.facts["locator"] = placed.locator;
        end.facts["sha256"] = toHex(placed.sha256);
        end.facts["size_bytes"] = container.sizeBytes;
        end.facts["retention_until"] = facts.retentionUntil;
        run.pending.audits.push_back(keptAudit(run, context.nowMs(), end.facts));
        if (target.knownId.empty()) run.pending.marks[mark] = dumpJson({{"id", placed.archiveId}});
        co_return end;
    }
};

}  // namespace

const StepAction& archiveStep() {
    static const Archive step;
    return step;
}

}  // namespace greffe
