// SPDX-License-Identifier: Apache-2.0
// The writes of one work, as SQL. Lives on the journal thread inside SqliteStore::commit.
#pragma once

#include "store/sqlite.h"
#include "store/store.h"

namespace greffe {

class SqliteTransaction final : public StoreTransaction {
public:
    explicit SqliteTransaction(sqlite::Database& database) : database_(database) {}

    Status insertPlan(const PlanRow& row) override;
    Status insertBlob(const BlobRow& row) override;
    Status insertDocument(const DocumentRow& row) override;
    Status insertDossier(const DossierRow& row) override;
    Status updateDossier(const DossierRow& row) override;
    Status putBranch(const BranchRow& row) override;
    Status deleteBranch(const std::string& dossier, const std::string& path) override;
    Status shiftRetries(std::int64_t byMs) override;
    Status putEffect(const EffectRow& row) override;
    Status putTask(const TaskRow& row) override;
    Status putMessage(const MessageRow& row) override;
    Status insertInbox(const InboxRow& row) override;
    Status matchInbox(const std::string& provider, const std::string& eventId,
                      const std::string& dossier) override;
    Status setMark(const std::string& name, const std::string& detailJson) override;
    Status removeMark(const std::string& name) override;
    Status appendAudit(AuditRow& row) override;
    Result<std::optional<DossierRow>> dossier(const std::string& id) override;
    Result<std::optional<BranchRow>> branch(const std::string& dossier, const std::string& path) override;

private:
    sqlite::Database& database_;
};

}  // namespace greffe
