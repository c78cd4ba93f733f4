// SPDX-License-Identifier: Apache-2.0
// Questions to the journal, on a read-only connection of their own. A writer never waits for it, nor it for
// the writer.
//
// Every statement that an engine asks often is answered by an index in the index's own order (a test reads
// the query plans); a statement that names its index says so with INDEXED BY, so that the plan cannot drift.
#pragma once

#include "store/sqlite.h"
#include "store/store.h"

namespace greffe {

class SqliteReader final : public StoreReader {
public:
    static Result<std::unique_ptr<SqliteReader>> open(const std::string& path);

    Result<std::optional<PlanRow>> plan(const std::string& id) override;
    Result<std::vector<PlanRow>> newestPlans(std::size_t limit) override;
    Result<std::optional<BlobRow>> blob(const Digest& sha256) override;
    Result<std::optional<DossierRow>> dossier(const std::string& id) override;
    Result<std::vector<DossierRow>> dossiers(const DossierFilter& filter) override;
    Result<std::optional<DossierRow>> dossierByClaim(const std::string& claim) override;
    Result<std::vector<std::string>> dossiersWithContent(const Digest& sha256, std::size_t limit) override;
    Result<std::vector<DocumentRow>> documents(const std::string& dossier) override;
    Result<std::vector<BranchRow>> branches(const std::string& dossier) override;
    Result<std::vector<EffectRow>> effects(const std::string& dossier) override;
    Result<std::vector<TaskRow>> tasks(const std::string& dossier, bool openOnly) override;
    Result<std::vector<MessageRow>> messages(const std::string& dossier) override;
    Result<std::vector<AuditRow>> audit(const std::string& dossier, std::int64_t afterSeq,
                                        std::size_t limit) override;
    Result<std::vector<InboxRow>> inbox(const std::string& dossier) override;
    Result<std::optional<InboxRow>> event(const std::string& provider, const std::string& eventId) override;
    Result<std::vector<InboxRow>> unmatchedInbox(const std::string& provider, std::size_t limit) override;
    Result<std::vector<BranchRow>> runnable(std::int64_t nowMs, const std::vector<std::string>& skip,
                                            std::size_t limit) override;
    Result<std::vector<BranchRow>> interrupted(std::size_t limit) override;
    Result<std::int64_t> nextDueMs(std::int64_t afterMs) override;
    Result<std::vector<BranchRow>> waitingFor(const std::string& waitKey) override;
    Result<std::vector<BranchRow>> waitingForKnownEvents() override;
    Result<std::vector<DossierRow>> undelivered(const std::string& afterId, std::size_t limit) override;
    Result<std::vector<DossierRow>> unsettled(const std::string& intake, const std::string& afterId,
                                              std::size_t limit) override;
    Result<std::optional<std::string>> mark(const std::string& name) override;
    Result<std::map<DossierState, std::int64_t>> countByState() override;
    Result<std::vector<PipelineCount>> countByPipeline() override;
    Result<std::vector<ShapeCell>> shape() override;
    Result<bool> isBlobUsed(const Digest& sha256) override;
    Result<std::vector<BlobRow>> blobsOfSegment(std::uint32_t segment) override;
    Result<std::vector<BlobRow>> blobs(const Digest& after, std::size_t limit) override;

    // For tests that read query plans.
    sqlite::Database& database() { return *database_; }

private:
    explicit SqliteReader(std::unique_ptr<sqlite::Database> database) : database_(std::move(database)) {}

    std::unique_ptr<sqlite::Database> database_;
};

}  // namespace greffe
