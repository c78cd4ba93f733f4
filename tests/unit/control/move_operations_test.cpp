// SPDX-License-Identifier: Apache-2.0
// Operators move dossiers: what is committed, what is given back, what is refused.
#include "unit/control/control_fixture.h"

#include <gmock/gmock.h>

#include <future>
#include <thread>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ControlOperations, AMoveIsCommittedWithItsAuditRowAndTheDossierGivenBack) {
    const std::string id = add(1, DossierState::Held);
    const Json answer = ask("dossier.retry", {{"dossier", id}, {"reason", "mended"}}).value();
    EXPECT_EQ(textOf(answer, "state"), "ready");
    EXPECT_EQ(reader_->dossier(id).value()->state, DossierState::Ready);
    EXPECT_EQ(reader_->branches(id).value().at(0).state, DossierState::Ready);
    const auto audit = reader_->audit(id, 0, 10).value();
    ASSERT_EQ(audit.size(), 1U);
    EXPECT_EQ(audit[0].action, "dossier retried");
    EXPECT_EQ(audit[0].actor.rfind("operator:", 0), 0U);
    EXPECT_EQ(house_.borrowed, house_.released);
}

TEST_F(ControlOperations, AMoveThatIsRefusedChangesNothingAndGivesBack) {
    const std::string id = add(1, DossierState::Waiting);
    EXPECT_EQ(refused("dossier.retry", {{"dossier", id}, {"reason", "why not"}}).code, Errc::Invalid);
    EXPECT_EQ(reader_->dossier(id).value()->state, DossierState::Waiting);
    EXPECT_TRUE(reader_->audit(id, 0, 10).value().empty());
    EXPECT_EQ(house_.borrowed, 1);
    EXPECT_EQ(house_.released, 1);
}

TEST_F(ControlOperations, ADossierThatStaysUnderWayIsBusy) {
    const std::string id = add(1, DossierState::Held);
    house_.busy = id;
    const Error error = refused("dossier.cancel", {{"dossier", id}, {"reason", "enough"}});
    EXPECT_EQ(error.code, Errc::Busy);
    EXPECT_EQ(reader_->dossier(id).value()->state, DossierState::Held);
}

TEST_F(ControlOperations, CancelRemovesTheBranchesAndOwesTheDelivery) {
    const std::string id = add(1, DossierState::RetryWait);
    ASSERT_TRUE(ask("dossier.cancel", {{"dossier", id}, {"reason", "sent twice"}}));
    const auto row = reader_->dossier(id).value();
    EXPECT_EQ(row->state, DossierState::Cancelled);
    EXPECT_EQ(row->explanation, "sent twice");
    EXPECT_TRUE(reader_->branches(id).value().empty());
    EXPECT_EQ(reader_->undelivered("", 10).value().size(), 1U);
}

TEST_F(ControlOperations, ResolveSaysWhatHappened) {
    const std::string id = add(1, DossierState::Uncertain);
    ASSERT_TRUE(ask("dossier.resolve",
                    {{"dossier", id}, {"happened", true}, {"reason", "seen in the provider's list"}}));
    EXPECT_EQ(reader_->branches(id).value().at(0).waitKey, "confirmed:check");
    EXPECT_FALSE(ask("dossier.resolve", {{"dossier", id}, {"happened", false}, {"reason", "again"}}))
        << "it is settled";
}

TEST_F(ControlOperations, AReleasedFileIsTakenBackBeforeTheRowsSaySo) {
    const std::string id = add(1, DossierState::Quarantined);
    const BlobRow blob = spool_->addBytes("bytes").value();
    ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) -> Status {
        GREFFE_TRY(tx.insertBlob(blob));
        return tx.insertDocument(testDocument(testId(7), id, blob.sha256));
    }));
    house_.takeBackResult = makeError(Errc::Io, "the folder is gone");
    EXPECT_EQ(refused("quarantine.release", {{"dossier", id}, {"reason", "harmless"}}).code, Errc::Io);
    EXPECT_EQ(reader_->dossier(id).value()->state, DossierState::Quarantined);
    house_.takeBackResult = Status();
    ASSERT_TRUE(ask("dossier.retry", {{"dossier", id}, {"reason", "harmless"}}))
        << "retry of a quarantined one is a release";
    EXPECT_EQ(reader_->dossier(id).value()->plan, "plan-2");
    EXPECT_THAT(house_.broughtBack, ElementsAre(id, id));
    EXPECT_EQ(house_.borrowed, house_.released);
}

TEST_F(ControlOperations, ATaskIsAnsweredOnceInTheOperatorsName) {
    const std::string id =
        add(1, DossierState::Waiting, [](DossierRow&, BranchRow& branch) { branch.step = "verify"; });
    TaskRow task;
    task.id = testId(50);
    task.dossier = id;
    task.step = "verify";
    task.ask = "clerk";
    task.answersJson = R"(["yes","no"])";
    ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) { return tx.putTask(task); }));
    EXPECT_EQ(ask("task.list", {{"ask", "clerk"}}).value()["tasks"].size(), 1U);
    EXPECT_EQ(ask("task.list", {{"ask", "notary"}}).value()["tasks"].size(), 0U);
    EffectRow effect;
    effect.dossier = id;
    effect.step = "verify";
    effect.attempt = 1;
    effect.paramsJson = R"({"question":"Is it signed?","@item":{"value":{"name":"Anne"}}})";
    effect.factsJson = dumpJson({{"task", task.id}});
    ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) { return tx.putEffect(effect); }));
    const Json asked = ask("task.list", Json::object()).value()["tasks"][0];
    EXPECT_EQ(textOf(asked, "question"), "Is it signed?");
    EXPECT_EQ(textOf(asked, "item"), "Anne") << "two tasks of one step are told apart";
    EXPECT_EQ(refused("task.answer", {{"task", task.id}, {"answer", "perhaps"}}).code, Errc::Invalid);
    ASSERT_TRUE(ask("task.answer", {{"task", task.id}, {"answer", "yes"}, {"reason", "all good"}}));
    const auto rows = reader_->tasks(id, false).value();
    EXPECT_EQ(rows.at(0).answer, "yes");
    EXPECT_EQ(rows.at(0).comment, "all good");
    EXPECT_EQ(rows.at(0).answeredBy, actor());
    EXPECT_EQ(reader_->branches(id).value().at(0).state, DossierState::Ready);
    EXPECT_EQ(refused("task.answer", {{"task", task.id}, {"answer", "no"}}).code, Errc::NotFound);
    EXPECT_FALSE(ask("task.list", {{"all", true}})) << "not of all dossiers ever";
    EXPECT_EQ(ask("task.list", {{"all", true}, {"dossier", id}}).value()["tasks"].size(), 1U);
}

TEST_F(ControlOperations, AnEventIsKeptOnceAndWakesWhoWaits) {
    const std::string id = add(1, DossierState::Waiting,
                               [](DossierRow&, BranchRow& branch) { branch.waitKey = "event:esign:42"; });
    const Json params = {{"provider", "esign"},
                         {"event", "e-1"},
                         {"about", "42"},
                         {"body", "{}"},
                         {"reason", "their page says so"}};
    const Json first = ask("event.send", params).value();
    EXPECT_TRUE(boolOf(first, "is_new"));
    EXPECT_THAT(first["dossiers"], ElementsAre(id));
    for (int i = 0; i < 500 && reader_->branches(id).value().at(0).state != DossierState::Ready; ++i)
        std::this_thread::sleep_for(milliseconds(10));
    EXPECT_EQ(reader_->branches(id).value().at(0).state, DossierState::Ready);
    const Json second = ask("event.send", params).value();
    EXPECT_FALSE(boolOf(second, "is_new"));
    ASSERT_TRUE(store_->verifyAudit());
}

// The wait and the event meet in the journal: the one that looked for waiters before the wait was committed
// looks again.
TEST_F(ControlOperations, AnEventWakesAWaitThatWasCommittedJustBeforeIt) {
    const std::string id = add(1, DossierState::Ready);
    std::promise<void> opened;
    std::shared_future<void> open(opened.get_future());
    std::promise<void> begun;
    journal_->submit(
        [&begun, open](StoreTransaction&) -> Status {
            begun.set_value();
            open.wait();
            return {};
        },
        [](const Status&) {});
    begun.get_future().wait();  // the journal is busy: what follows is one batch
    journal_->submit(
        [id](StoreTransaction& tx) -> Status {
            BranchRow waiting = testBranch(id, DossierState::Waiting);
            waiting.waitKey = "event:esign:" + id;
            return tx.putBranch(waiting);
        },
        [](const Status&) {});
    std::thread later([&] {
        std::this_thread::sleep_for(milliseconds(300));  // until the operation has looked for waiters
        opened.set_value();
    });
    const Json answer =
        ask("event.send", {{"provider", "esign"}, {"event", "e-3"}, {"about", id}, {"reason", "now"}})
            .value();
    later.join();
    EXPECT_THAT(answer["dossiers"], ElementsAre(id));
    for (int i = 0; i < 500 && reader_->branches(id).value().at(0).state != DossierState::Ready; ++i)
        std::this_thread::sleep_for(milliseconds(10));
    EXPECT_EQ(reader_->branches(id).value().at(0).state, DossierState::Ready);
}

TEST_F(ControlOperations, AnEventBeforeTheWaitIsKeptWithItsDossier) {
    const std::string id = add(1, DossierState::Held);
    ASSERT_TRUE(
        ask("event.send", {{"provider", "esign"}, {"event", "e-2"}, {"about", id}, {"reason", "early"}}));
    EXPECT_EQ(reader_->inbox(id).value().size(), 1U);
}

// An event whose id was used for another dossier is kept for nobody: whoever sends it must hear that.
TEST_F(ControlOperations, AnEventThatReachesNobodyIsRefused) {
    const std::string one = add(1, DossierState::Held), other = add(2, DossierState::Held);
    const std::string ended = add(3, DossierState::Done);
    const auto event = [](const char* id, const std::string& about) {
        return Json{{"provider", "bank"}, {"event", id}, {"about", about}, {"reason", "seen"}};
    };
    ASSERT_TRUE(ask("event.send", event("e-1", one)));
    EXPECT_TRUE(ask("event.send", event("e-1", one))) << "told twice";
    const Error twice = refused("event.send", event("e-1", other));
    EXPECT_EQ(twice.code, Errc::Exists);
    EXPECT_THAT(twice.text(), HasSubstr("nothing was kept for " + other));
    EXPECT_TRUE(reader_->inbox(other).value().empty());
    EXPECT_EQ(refused("event.send", event("e-2", "nobody")).code, Errc::NotFound);
    EXPECT_EQ(refused("event.send", event("e-3", ended)).code, Errc::Invalid);
    EXPECT_TRUE(ask("event.send", event("e-2", other))) << "nothing was kept of what was refused";
}

// Both were addressed before either was committed: one of them is kept, and the other hears that it was not.
TEST_F(ControlOperations, OfTwoEventsOfOneIdAtOnceTheSecondIsRefused) {
    const std::string one = add(1, DossierState::Held), other = add(2, DossierState::Held);
    std::promise<void> opened, begun;
    std::shared_future<void> open(opened.get_future());
    journal_->submit(
        [&begun, open](StoreTransaction&) -> Status {
            begun.set_value();
            open.wait();
            return {};
        },
        [](const Status&) {});
    begun.get_future().wait();
    std::vector<Result<Json>> answers(2, Result<Json>(makeError(Errc::Internal, "no answer")));
    std::vector<std::thread> senders;
    for (std::size_t i = 0; i < 2; ++i)
        senders.emplace_back([&, i] {
            answers[i] = connect()->ask("event.send", {{"provider", "bank"},
                                                       {"event", "e-9"},
                                                       {"about", i == 0 ? one : other},
                                                       {"reason", "seen"}});
        });
    std::this_thread::sleep_for(milliseconds(300));  // until both have looked
    opened.set_value();
    for (std::thread& sender : senders)
        sender.join();
    const std::size_t kept = answers[0] ? 0 : 1;
    ASSERT_TRUE(answers[kept]) << answers[kept].error().text();
    ASSERT_FALSE(answers[1 - kept]) << "kept for nobody, and nobody was told";
    EXPECT_EQ(answers[1 - kept].error().code, Errc::Exists) << answers[1 - kept].error().text();
    EXPECT_EQ(reader_->inbox(kept == 0 ? one : other).value().size(), 1U);
    EXPECT_TRUE(reader_->inbox(kept == 0 ? other : one).value().empty());
}

}  // namespace
}  // namespace greffe
