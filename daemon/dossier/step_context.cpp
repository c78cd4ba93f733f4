// SPDX-License-Identifier: Apache-2.0
// What steps see of the runner: pools, documents, the disk.
#include "dossier/runner_active.h"
#include "spool/blob_spool.h"
#include "sys/files.h"

#include <fmt/format.h>

namespace greffe {

const InstancePlan* Runner::Context::instance(std::string_view role, std::string_view name) {
    return instanceInUse(line_.run().plan().findInstance(role, name), inForce_->findInstance(role, name));
}

const std::shared_ptr<const Plan>& Runner::Context::planFor(PoolKind kind, const std::string& name) {
    const auto& admitted = line_.run().sharedPlan();
    const InstancePlan* const before = admitted->findPooled(poolName(kind), name);
    // What no plan sets up (the workers' number and memory, plugins without options) is the house's alone.
    if (before == nullptr && kind != PoolKind::Keys && kind != PoolKind::Providers) return inForce_;
    const InstancePlan* const now = inForce_->findPooled(poolName(kind), name);
    return instanceInUse(before, now) == now ? inForce_ : admitted;
}

Task<CallOutcome> Runner::Context::call(PoolKind kind, const CallRequest& given, bool isReplayable) {
    CallTarget* const target = runner_.services_.pool(planFor(kind, given.instance), kind, given.instance);
    if (target == nullptr) {
        CallOutcome outcome;
        outcome.verdict = Verdict::Rejected;
        outcome.reason = Reason::PluginMissing;
        outcome.explanation = fmt::format("no pool has the instance \"{}\"", given.instance);
        co_return outcome;
    }
    CallRequest request = given;
    request.id = runner_.nextCall_++;
    request.key = effect_.key;
    request.deadlineMs = std::int64_t{step_.deadlineSeconds} * 1'000;
    request.isSuspect = line_.branch().crashes > 0;
    Awaited<CallOutcome> answered([&](Awaited<CallOutcome>::Resolve resolve) {
        target->submit(std::move(request), isReplayable, std::move(resolve));
    });
    CallOutcome outcome = co_await answered;
    if (kind == PoolKind::Providers && outcome.reason != Reason::None)
        ++runner_.status_.providerErrors[{given.instance, std::string(reasonCode(outcome.reason))}];
    co_return outcome;
}

template <class T>
Task<T> Runner::Context::diskResult(const std::function<T()>& work) {
    Awaited<T> done([&](typename Awaited<T>::Resolve resolve) {
        Reactor& reactor = runner_.services_.reactor;
        runner_.services_.disk.post([&reactor, work, resolve] {
            // Shared: a Result is moved through std::function, which wants copies.
            auto result = std::make_shared<T>(work());
            reactor.post([resolve, result] { resolve(std::move(*result)); });
        });
    });
    T result = co_await done;
    co_return result;
}

Task<Status> Runner::Context::onDisk(const std::function<Status()>& work) {
    return diskResult<Status>(work);
}

// A work that writes nothing: the flush of its batch is what is waited for.
Task<Status> Runner::Context::reachesDisk(SyncPoint::Mark mark) {
    Awaited<Status> flushed([&](const Awaited<Status>::Resolve& resolve) {
        runner_.services_.journal.submit(
            [&syncPoint = runner_.services_.syncPoint, mark](StoreTransaction&) {
                return syncPoint.check(mark);
            },
            [&reactor = runner_.services_.reactor, resolve](Status status) {
                reactor.post([resolve, status = std::move(status)] { resolve(status); });
            });
    });
    Status status = co_await flushed;
    co_return status;
}

Task<Result<CallInput>> Runner::Context::open(const DocumentRow& document) {
    DossierRun& run = line_.run();
    if (const CallInput* known = run.openDocument(document.id)) co_return *known;
    const BlobRow* blob = run.blob(document.blob);
    if (blob == nullptr)
        co_return makeError(Errc::Corrupt,
                            fmt::format("document {}: its bytes are not in the spool", document.id));
    using Opened = Result<std::shared_ptr<UniqueFd>>;
    // Verified at every opening: what a step works on is what was hashed when it came in.
    const std::function<Opened()> openBlob = [spool = &runner_.services_.spool, row = *blob]() -> Opened {
        GREFFE_TRY_ASSIGN(UniqueFd opened, spool->openBlob(row, true));
        return std::make_shared<UniqueFd>(std::move(opened));
    };
    Opened fd = co_await diskResult<Opened>(openBlob);
    if (!fd) co_return fd.error();
    CallInput input;
    input.fd = std::move(*fd);
    input.sizeBytes = document.sizeBytes;
    input.sha256 = document.blob;
    input.slot = document.slot;
    input.name = document.name;
    input.mediaType = document.mediaType;
    run.keepOpen(document.id, input);
    co_return input;
}

Task<Result<NewDocument>> Runner::Context::keep(const CallArtifact& artifact, const DocumentRow* base,
                                                const std::string& name) {
    NewDocument document;
    document.slot = artifact.name;
    document.name = name;
    document.mediaType = artifact.mediaType;
    if (base != nullptr) document.derivedFrom = base->id;
    const bool isExtension = artifact.baseInput != CallArtifact::kNoBase;
    const BlobRow* baseBlob = base != nullptr ? line_.run().blob(base->blob) : nullptr;
    if (isExtension && baseBlob == nullptr)
        co_return makeError(Errc::Corrupt, fmt::format("artifact \"{}\" extends a document that is not there",
                                                       artifact.name));
    using Kept = Result<std::vector<BlobRow>>;
    const std::function<Kept()> keepBlob = [spool = &runner_.services_.spool, artifact, isExtension,
                                            row = isExtension ? *baseBlob : BlobRow{}]() -> Kept {
        if (!isExtension) {
            GREFFE_TRY_ASSIGN(const BlobRow kept, spool->addFromFile(artifact.fd->get(), artifact.sizeBytes));
            return std::vector<BlobRow>{kept};
        }
        GREFFE_TRY_ASSIGN(const MappedFile tail, MappedFile::map(artifact.fd->get(), 0, artifact.sizeBytes));
        GREFFE_TRY_ASSIGN(const BlobSpool::ExtendedBlob kept, spool->addExtended(row, tail.bytes()));
        return std::vector<BlobRow>{kept.tail, kept.whole};
    };
    Kept blobs = co_await diskResult<Kept>(keepBlob);
    if (!blobs) co_return blobs.error();
    document.blobs = std::move(*blobs);
    co_return document;
}

}  // namespace greffe
