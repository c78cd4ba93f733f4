// SPDX-License-Identifier: Apache-2.0
#include "store/row_codec.h"

namespace greffe {
namespace {

// Reads one column after the other, in the order of the column lists.
class Columns {
public:
    explicit Columns(const sqlite::Cursor& cursor) : cursor_(cursor) {}

    void operator()(std::string& value) { value = cursor_.text(at_++); }
    void operator()(Digest& value) { value = cursor_.digest(at_++); }
    void operator()(bool& value) { value = cursor_.integer(at_++) != 0; }
    void operator()(DossierState& value) { value = static_cast<DossierState>(cursor_.integer(at_++)); }
    void operator()(EffectState& value) { value = static_cast<EffectState>(cursor_.integer(at_++)); }
    void operator()(BlobKind& value) { value = static_cast<BlobKind>(cursor_.integer(at_++)); }
    void operator()(std::int64_t& value) { value = cursor_.integer(at_++); }
    void operator()(std::uint64_t& value) { value = static_cast<std::uint64_t>(cursor_.integer(at_++)); }
    void operator()(std::int32_t& value) { value = static_cast<std::int32_t>(cursor_.integer(at_++)); }
    void operator()(std::uint32_t& value) { value = static_cast<std::uint32_t>(cursor_.integer(at_++)); }

    template <class First, class Second, class... More>
    void operator()(First& first, Second& second, More&... more) {
        (*this)(first);
        (*this)(second, more...);
    }

private:
    const sqlite::Cursor& cursor_;
    int at_ = 0;
};

}  // namespace

PlanRow readPlan(const sqlite::Cursor& cursor) {
    PlanRow row;
    Columns{cursor}(row.id, row.text, row.createdMs);
    return row;
}

BlobRow readBlobRow(const sqlite::Cursor& cursor) {
    BlobRow row;
    Columns{cursor}(row.sha256, row.sizeBytes, row.kind, row.segment, row.offset, row.base, row.tail,
                    row.createdMs);
    return row;
}

DocumentRow readDocument(const sqlite::Cursor& cursor) {
    DocumentRow row;
    Columns{cursor}(row.id, row.dossier, row.slot, row.name, row.mediaType, row.blob, row.sizeBytes,
                    row.derivedFrom, row.producedBy, row.createdMs, row.item);
    return row;
}

DossierRow readDossier(const sqlite::Cursor& cursor) {
    DossierRow row;
    SourceRow& source = row.source;
    Columns{cursor}(row.id, row.space, row.type, row.pipeline, row.plan, row.state, row.dataJson,
                    row.partiesJson, source.intake, source.directory, source.name, source.claim,
                    source.companion, source.device, source.inode, source.sizeBytes, source.mtimeNs,
                    row.reason, row.explanation, row.deliveryJson, row.isDelivered, row.priority,
                    row.createdMs, row.updatedMs, row.endedMs);
    return row;
}

BranchRow readBranch(const sqlite::Cursor& cursor) {
    BranchRow row;
    Columns{cursor}(row.dossier, row.path, row.state, row.step, row.attempt, row.crashes, row.dueMs,
                    row.waitKey);
    return row;
}

EffectRow readEffect(const sqlite::Cursor& cursor) {
    EffectRow row;
    Columns{cursor}(row.dossier, row.step, row.item, row.attempt, row.branch, row.state, row.key,
                    row.paramsJson, row.factsJson, row.reason, row.explanation, row.startedMs, row.endedMs);
    return row;
}

TaskRow readTask(const sqlite::Cursor& cursor) {
    TaskRow row;
    Columns{cursor}(row.id, row.dossier, row.branch, row.step, row.ask, row.answersJson, row.answer,
                    row.answeredBy, row.comment, row.createdMs, row.expiresMs, row.answeredMs);
    return row;
}

MessageRow readMessage(const sqlite::Cursor& cursor) {
    MessageRow row;
    Columns{cursor}(row.id, row.dossier, row.step, row.via, row.recipient, row.subject, row.state,
                    row.answersJson, row.createdMs, row.updatedMs);
    return row;
}

InboxRow readInbox(const sqlite::Cursor& cursor) {
    InboxRow row;
    Columns{cursor}(row.provider, row.eventId, row.body, row.dossier, row.receivedMs);
    return row;
}

AuditRow readAudit(const sqlite::Cursor& cursor) {
    AuditRow row;
    Columns{cursor}(row.seq, row.atMs, row.actor, row.action, row.dossier, row.detailJson, row.previous,
                    row.hash);
    return row;
}

}  // namespace greffe
