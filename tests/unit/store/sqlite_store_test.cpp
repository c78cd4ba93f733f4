// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_store.h"

#include "support/store_rows.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

class SqliteStoreTest : public testing::Test {
protected:
    SqliteStoreTest() { reopen(); }

    void reopen() {
        reader_.reset();
        store_.reset();
        auto store = openSqliteStore(folder_.path());
        ASSERT_TRUE(store) << store.error().text();
        store_ = std::move(*store);
        auto reader = store_->openReader();
        ASSERT_TRUE(reader) << reader.error().text();
        reader_ = std::move(*reader);
    }

    Status commit(const StoreWork& work) { return commitOne(*store_, work); }

    void admit(const DossierRow& row) {
        const Status done =
            commit([&](StoreTransaction& transaction) { return transaction.insertDossier(row); });
        ASSERT_TRUE(done) << done.error().text();
    }

    TemporaryDirectory folder_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
};

TEST_F(SqliteStoreTest, EveryFieldOfADossierComesBack) {
    DossierRow row = testDossier(testId(1));
    row.space = "north";
    row.state = DossierState::Held;
    row.dataJson = R"({"rent":1200})";
    row.partiesJson = R"([{"name":"Anne"}])";
    row.source.directory = std::string("a\xff\n\x01", 4);
    row.source.name = std::string("b\0c\xfe", 4);
    row.source.claim = "01J/\xff name";
    row.source.companion = std::string("c\0\xfd", 3);
    row.source.device = 0xfedcba9876543210ULL;  // all 64 bits in use
    row.source.inode = ~0ULL;
    row.reason = "attempts_exhausted";
    row.explanation = std::string("with a \0 inside", 15);
    row.deliveryJson = R"({"out":"x.pdf"})";
    row.isDelivered = true;
    row.priority = -7;
    row.endedMs = 9;
    admit(row);
    reopen();
    const auto found = reader_->dossier(row.id);
    ASSERT_TRUE(found && *found);
    const DossierRow& back = **found;
    EXPECT_EQ(back.space, row.space);
    EXPECT_EQ(back.type, row.type);
    EXPECT_EQ(back.pipeline, row.pipeline);
    EXPECT_EQ(back.plan, row.plan);
    EXPECT_EQ(back.state, row.state);
    EXPECT_EQ(back.dataJson, row.dataJson);
    EXPECT_EQ(back.partiesJson, row.partiesJson);
    EXPECT_EQ(back.source.intake, row.source.intake);
    EXPECT_EQ(back.source.directory, row.source.directory);
    EXPECT_EQ(back.source.name, row.source.name);
    EXPECT_EQ(back.source.claim, row.source.claim);
    EXPECT_EQ(back.source.companion, row.source.companion);
    EXPECT_EQ(back.source.device, row.source.device);
    EXPECT_EQ(back.source.inode, row.source.inode);
    EXPECT_EQ(back.source.sizeBytes, row.source.sizeBytes);
    EXPECT_EQ(back.source.mtimeNs, row.source.mtimeNs);
    EXPECT_EQ(back.reason, row.reason);
    EXPECT_EQ(back.explanation, row.explanation);
    EXPECT_EQ(back.deliveryJson, row.deliveryJson);
    EXPECT_TRUE(back.isDelivered);
    EXPECT_EQ(back.priority, row.priority);
    EXPECT_EQ(back.createdMs, row.createdMs);
    EXPECT_EQ(back.updatedMs, row.updatedMs);
    EXPECT_EQ(back.endedMs, row.endedMs);
}

TEST_F(SqliteStoreTest, AnUpdateChangesEverythingButIdClaimAndCreation) {
    admit(testDossier(testId(1)));
    DossierRow row = testDossier(testId(1));
    row.space = "south";
    row.type = "E";
    row.pipeline = "other";
    row.plan = std::string(64, 'b');
    row.state = DossierState::Done;
    row.dataJson = "{\"a\":1}";
    row.partiesJson = "[1]";
    row.source = {"in", "dir", "name", "another claim", "side-car", 1, 2, 3, 4};
    row.reason = "r";
    row.explanation = "e";
    row.deliveryJson = "{\"d\":1}";
    row.isDelivered = true;
    row.priority = 5;
    row.createdMs = 1;
    row.updatedMs = 2;
    row.endedMs = 3;
    ASSERT_TRUE(commit([&](StoreTransaction& transaction) { return transaction.updateDossier(row); }));
    const auto found = reader_->dossier(row.id);
    ASSERT_TRUE(found && *found);
    const DossierRow& back = **found;
    EXPECT_EQ(back.space, "south");
    EXPECT_EQ(back.type, "E");
    EXPECT_EQ(back.pipeline, "other");
    EXPECT_EQ(back.plan, row.plan);
    EXPECT_EQ(back.state, DossierState::Done);
    EXPECT_EQ(back.dataJson, row.dataJson);
    EXPECT_EQ(back.partiesJson, row.partiesJson);
    EXPECT_EQ(back.source.intake, "in");
    EXPECT_EQ(back.source.directory, "dir");
    EXPECT_EQ(back.source.name, "name");
    EXPECT_EQ(back.source.companion, "side-car");
    EXPECT_EQ(back.source.device, 1U);
    EXPECT_EQ(back.source.inode, 2U);
    EXPECT_EQ(back.source.sizeBytes, 3U);
    EXPECT_EQ(back.source.mtimeNs, 4);
    EXPECT_EQ(back.reason, "r");
    EXPECT_EQ(back.explanation, "e");
    EXPECT_EQ(back.deliveryJson, row.deliveryJson);
    EXPECT_TRUE(back.isDelivered);
    EXPECT_EQ(back.priority, 5);
    EXPECT_EQ(back.updatedMs, 2);
    EXPECT_EQ(back.endedMs, 3);
    EXPECT_EQ(back.source.claim, testDossier(testId(1)).source.claim);
    EXPECT_EQ(back.createdMs, testDossier(testId(1)).createdMs);
}

TEST_F(SqliteStoreTest, AClaimIsAdmittedOnce) {
    admit(testDossier(testId(1)));
    DossierRow again = testDossier(testId(2));
    again.source.claim = testDossier(testId(1)).source.claim;
    const Status refused =
        commit([&](StoreTransaction& transaction) { return transaction.insertDossier(again); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Exists);
    const auto found = reader_->dossierByClaim(again.source.claim);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((**found).id, testId(1));
    EXPECT_FALSE(*reader_->dossierByClaim("another"));
}

TEST_F(SqliteStoreTest, DossiersWithoutAClaimAreMany) {
    for (const int number : {1, 2, 3}) {
        DossierRow row = testDossier(testId(static_cast<std::uint64_t>(number)));
        row.source = {};
        admit(row);
    }
    EXPECT_EQ(reader_->dossiers({})->size(), 3U);
    EXPECT_FALSE(*reader_->dossierByClaim(""));
}

TEST_F(SqliteStoreTest, AWorkThatFailsIsUndoneAlone) {
    const auto insert = [](std::uint64_t number) {
        return [number](StoreTransaction& transaction) {
            return transaction.insertDossier(testDossier(testId(number)));
        };
    };
    const auto statuses = store_->commit({
        insert(1),
        [&](StoreTransaction& transaction) -> Status {
            GREFFE_TRY(insert(2)(transaction));
            AuditRow audit = testAudit(testId(2));
            GREFFE_TRY(transaction.appendAudit(audit));
            return makeError(Errc::Invalid, "not this one");
        },
        insert(3),
        [&](StoreTransaction& transaction) -> Status {
            GREFFE_TRY(insert(4)(transaction));
            throw std::runtime_error("thrown by a library");
        },
        [&](StoreTransaction& transaction) -> Status {
            AuditRow audit = testAudit(testId(3));
            GREFFE_TRY(transaction.appendAudit(audit));
            EXPECT_EQ(audit.seq, 1) << "an undone link left a gap";
            return {};
        },
    });
    ASSERT_TRUE(statuses) << statuses.error().text();
    ASSERT_EQ(statuses->size(), 5U);
    EXPECT_TRUE((*statuses)[0]);
    EXPECT_EQ((*statuses)[1].error().message, "not this one");
    EXPECT_TRUE((*statuses)[2]);
    EXPECT_NE((*statuses)[3].error().message.find("thrown by a library"), std::string::npos);
    EXPECT_TRUE((*statuses)[4]);
    EXPECT_TRUE(*reader_->dossier(testId(1)));
    EXPECT_FALSE(*reader_->dossier(testId(2)));
    EXPECT_TRUE(*reader_->dossier(testId(3)));
    EXPECT_FALSE(*reader_->dossier(testId(4)));
    EXPECT_TRUE(store_->verifyAudit());
    EXPECT_EQ(reader_->countByState()->at(DossierState::Ready), 2);
}

TEST_F(SqliteStoreTest, ATransactionSeesItsOwnWrites) {
    ASSERT_TRUE(commit([](StoreTransaction& transaction) -> Status {
        GREFFE_TRY(transaction.insertDossier(testDossier(testId(1))));
        EXPECT_TRUE(*transaction.dossier(testId(1)));
        EXPECT_FALSE(*transaction.branch(testId(1), ""));
        GREFFE_TRY(transaction.putBranch(testBranch(testId(1))));
        EXPECT_TRUE(*transaction.branch(testId(1), ""));
        return transaction.deleteBranch(testId(1), "");
    }));
    EXPECT_TRUE(reader_->branches(testId(1))->empty());
}

TEST_F(SqliteStoreTest, WhatIsNotThereCannotBeChanged) {
    const auto codeOf = [&](const StoreWork& work) {
        const Status done = commit(work);
        return done ? Errc::Internal : done.error().code;
    };
    EXPECT_EQ(codeOf([](auto& t) { return t.updateDossier(testDossier(testId(1))); }), Errc::NotFound);
    EXPECT_EQ(codeOf([](auto& t) { return t.putBranch(testBranch(testId(1))); }), Errc::NotFound);
    EXPECT_EQ(codeOf([](auto& t) { return t.matchInbox("p", "e", "d"); }), Errc::NotFound);
    admit(testDossier(testId(1)));
    EXPECT_EQ(codeOf([](auto& t) { return t.putBranch(testBranch(testId(1), DossierState::RetryWait)); }),
              Errc::Invalid)
        << "a retry without a time would never run";
}

TEST_F(SqliteStoreTest, TheSecondBlobOfADigestIsIgnored) {
    BlobRow first;
    first.sha256 = sha256("x");
    first.sizeBytes = 1;
    first.segment = 3;
    first.offset = 128;
    first.createdMs = 7;
    BlobRow second = first;
    second.segment = 4;
    BlobRow extended;
    extended.sha256 = sha256("xy");
    extended.sizeBytes = 2;
    extended.kind = BlobKind::Extended;
    extended.base = first.sha256;
    extended.tail = sha256("y");
    ASSERT_TRUE(commit([&](StoreTransaction& transaction) -> Status {
        GREFFE_TRY(transaction.insertBlob(first));
        GREFFE_TRY(transaction.insertBlob(second));
        return transaction.insertBlob(extended);
    }));
    const auto found = reader_->blob(first.sha256);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((**found).segment, 3U);
    EXPECT_EQ((**found).offset, 128U);
    EXPECT_EQ((**found).kind, BlobKind::Segment);
    const auto whole = reader_->blob(extended.sha256);
    ASSERT_TRUE(whole && *whole);
    EXPECT_EQ((**whole).base, extended.base);
    EXPECT_EQ((**whole).tail, extended.tail);
    EXPECT_EQ(reader_->blobsOfSegment(3)->size(), 1U);
    EXPECT_TRUE(reader_->blobsOfSegment(4)->empty());
    EXPECT_TRUE(*reader_->isBlobUsed(first.sha256));
    EXPECT_FALSE(*reader_->isBlobUsed(extended.tail));
}

TEST_F(SqliteStoreTest, AWholeCopyTakesTheRowOfADamagedOne) {
    BlobRow first;
    first.sha256 = sha256("x");
    first.sizeBytes = 1;
    first.segment = 3;
    first.offset = 128;
    BlobRow whole = first;
    whole.segment = 4;
    whole.replacesDamaged = true;
    BlobRow other = whole;
    other.segment = 5;
    other.sizeBytes = 2;  // what is not even as long is another thing
    ASSERT_TRUE(commit([&](StoreTransaction& transaction) -> Status {
        GREFFE_TRY(transaction.insertBlob(first));
        GREFFE_TRY(transaction.insertBlob(whole));
        return transaction.insertBlob(other);
    }));
    EXPECT_EQ(reader_->blob(first.sha256).value()->segment, 4U);
}

TEST_F(SqliteStoreTest, DocumentsAreFoundByContent) {
    const Digest content = sha256("content");
    ASSERT_TRUE(commit([&](StoreTransaction& transaction) -> Status {
        for (const std::uint64_t number : {3, 1, 2}) {
            GREFFE_TRY(transaction.insertDossier(testDossier(testId(number))));
            DocumentRow document = testDocument(testId(10 + number), testId(number), content);
            if (number == 2) document.producedBy = "convert";
            document.name = std::string("\xff\0", 2);
            GREFFE_TRY(transaction.insertDocument(document));
        }
        return transaction.insertDocument(testDocument(testId(20), testId(3), content));
    }));
    EXPECT_EQ(*reader_->dossiersWithContent(content, 10), (std::vector<std::string>{testId(1), testId(3)}));
    EXPECT_EQ(reader_->dossiersWithContent(content, 1)->size(), 1U);
    DossierRow rejected = testDossier(testId(1));
    rejected.state = DossierState::Rejected;
    ASSERT_TRUE(commit([&](StoreTransaction& transaction) { return transaction.updateDossier(rejected); }));
    EXPECT_EQ(*reader_->dossiersWithContent(content, 10), std::vector<std::string>{testId(3)})
        << "who drops a rejected file again asks anew";
    EXPECT_TRUE(reader_->dossiersWithContent(sha256("else"), 10)->empty());
    const auto documents = reader_->documents(testId(3));
    ASSERT_EQ(documents->size(), 2U);
    EXPECT_EQ(documents->front().name, std::string("\xff\0", 2));
    EXPECT_EQ(documents->front().blob, content);
    EXPECT_TRUE(*reader_->isBlobUsed(content))
        << "a document needs its blob even when the blob's row is missing";
}

TEST_F(SqliteStoreTest, EffectsTasksMessagesAndInboxComeBack) {
    EffectRow effect;
    effect.dossier = testId(1);
    effect.branch = "each[1]";
    effect.step = "sign";
    effect.item = "anne";
    effect.attempt = 2;
    effect.key = "k";
    effect.paramsJson = "{\"p\":1}";
    effect.startedMs = 5;
    TaskRow task;
    task.id = testId(2);
    task.dossier = testId(1);
    task.ask = "officer";
    task.answersJson = "[\"validate\"]";
    task.createdMs = 5;
    MessageRow message;
    message.id = "m";
    message.dossier = testId(1);
    message.state = "sending";
    InboxRow event;
    event.provider = "sign-esign";
    event.eventId = "e1";
    event.body = std::string("{\0\xff}", 4);
    event.receivedMs = 6;
    ASSERT_TRUE(commit([&](StoreTransaction& transaction) -> Status {
        GREFFE_TRY(transaction.putEffect(effect));
        EffectRow otherBranch = effect;
        otherBranch.branch = "each[2]";
        GREFFE_TRY(transaction.putEffect(otherBranch));
        GREFFE_TRY(transaction.putTask(task));
        GREFFE_TRY(transaction.putMessage(message));
        return transaction.insertInbox(event);
    }));
    EXPECT_EQ(reader_->tasks("", true)->size(), 1U);
    EXPECT_EQ(reader_->unmatchedInbox("sign-esign", 10)->size(), 1U);
    EXPECT_TRUE(reader_->unmatchedInbox("another", 10)->empty());

    effect.state = EffectState::Done;
    effect.factsJson = "{\"f\":1}";
    effect.reason = "r";
    effect.explanation = "x";
    effect.endedMs = 9;
    task.answer = "validate";
    task.answeredBy = "anne";
    task.comment = "ok";
    task.answeredMs = 8;
    message.state = "sent";
    ASSERT_TRUE(commit([&](StoreTransaction& transaction) -> Status {
        GREFFE_TRY(transaction.putEffect(effect));
        GREFFE_TRY(transaction.putTask(task));
        GREFFE_TRY(transaction.putMessage(message));
        EXPECT_EQ(transaction.insertInbox(event).error().code, Errc::Exists);
        return transaction.matchInbox("sign-esign", "e1", testId(1));
    }));
    const auto effects = reader_->effects(testId(1));
    ASSERT_EQ(effects->size(), 2U);
    EXPECT_EQ(effects->front().branch, "each[1]");
    EXPECT_EQ(effects->front().item, "anne");
    EXPECT_EQ(effects->front().attempt, 2);
    EXPECT_EQ(effects->front().state, EffectState::Done);
    EXPECT_EQ(effects->front().key, "k");
    EXPECT_EQ(effects->front().paramsJson, "{\"p\":1}");
    EXPECT_EQ(effects->front().factsJson, "{\"f\":1}");
    EXPECT_EQ(effects->front().endedMs, 9);
    EXPECT_EQ(effects->back().state, EffectState::Intent);
    EXPECT_TRUE(reader_->tasks("", true)->empty());
    EXPECT_EQ(reader_->tasks("", false)->size(), 1U);
    EXPECT_TRUE(reader_->tasks(testId(1), true)->empty());
    EXPECT_EQ(reader_->tasks(testId(1), false)->front().answeredBy, "anne");
    EXPECT_EQ(reader_->messages(testId(1))->front().state, "sent");
    EXPECT_TRUE(reader_->unmatchedInbox("sign-esign", 10)->empty());
}

TEST_F(SqliteStoreTest, AMarkStaysUntilItIsRemoved) {
    const auto reader = store_->openReader().value();
    EXPECT_EQ(reader->mark("restored").value(), std::nullopt);
    const auto set = [&](const char* detail) {
        return commitOne(*store_, [&](StoreTransaction& tx) { return tx.setMark("restored", detail); });
    };
    ASSERT_TRUE(set("{}"));
    ASSERT_TRUE(set(R"({"made_at_ms":1})"));
    EXPECT_EQ(reader->mark("restored").value(), R"({"made_at_ms":1})");
    EXPECT_EQ(reader->mark("other").value(), std::nullopt);
    const auto remove = [](StoreTransaction& tx) { return tx.removeMark("restored"); };
    ASSERT_TRUE(commitOne(*store_, remove));
    EXPECT_EQ(reader->mark("restored").value(), std::nullopt);
    EXPECT_TRUE(commitOne(*store_, remove));
}

TEST_F(SqliteStoreTest, ThePlanIsKeptOnce) {
    const PlanRow plan{std::string(64, 'a'), "{}", 1};
    ASSERT_TRUE(commit([&](StoreTransaction& transaction) -> Status {
        GREFFE_TRY(transaction.insertPlan(plan));
        return transaction.insertPlan(plan);
    }));
    EXPECT_EQ((**reader_->plan(plan.id)).text, "{}");
    EXPECT_FALSE(*reader_->plan("b"));
}

// A configuration that somebody goes back to is the newest again: files claimed under it are admitted under
// it.
TEST_F(SqliteStoreTest, PlansStandInTheOrderInWhichTheyLastCameIntoForce) {
    const PlanRow first{std::string(64, 'a'), "{}", 1}, second{std::string(64, 'b'), "{}", 2};
    PlanRow again = first;
    again.createdMs = 3;
    for (const PlanRow& plan : {first, second, again})
        ASSERT_TRUE(commit([&](StoreTransaction& transaction) { return transaction.insertPlan(plan); }));
    const auto plans = reader_->newestPlans(2).value();
    ASSERT_EQ(plans.size(), 2U);
    EXPECT_EQ(plans[0].id, first.id);
}

}  // namespace
}  // namespace greffe
