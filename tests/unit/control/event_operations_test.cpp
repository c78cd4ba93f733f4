// SPDX-License-Identifier: Apache-2.0
// Webhooks at the control room: believed when their provider's plugin says so, kept when somebody waits.
#include "unit/control/control_fixture.h"

#include <gmock/gmock.h>

#include <thread>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class Hooks : public ControlOperations {
protected:
    Json hook(const std::string& body = "{}") const {
        return {{"provider", "esign"}, {"headers", "signature: sha256=0\n"}, {"body", body}};
    }
    static CallOutcome said(const Json& facts) {
        CallOutcome outcome;
        outcome.verdict = Verdict::Done;
        outcome.factsJson = dumpJson(facts);
        return outcome;
    }
    void waitsFor(const std::string& id, const std::string& remoteId) {
        ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) -> Status {
            BranchRow waiting = testBranch(id, DossierState::Waiting);
            waiting.waitKey = "event:esign:" + remoteId;
            return tx.putBranch(waiting);
        }));
    }
    bool becomesReady(const std::string& id) {
        for (int i = 0; i < 500; ++i) {
            if (reader_->branches(id).value().at(0).state == DossierState::Ready) return true;
            std::this_thread::sleep_for(milliseconds(10));
        }
        return false;
    }
};

TEST_F(Hooks, WakesWhoWaitsAndIsKeptOnce) {
    const std::string id = add(1, DossierState::Waiting);
    waitsFor(id, "req-1");
    house_.providerSays = said({{"event_id", "e-1"}, {"remote_id", "req-1"}});
    EXPECT_THAT(ask("hook.receive", hook(R"({"event_id": "e-1"})")).value()["dossiers"], ElementsAre(id));
    EXPECT_TRUE(becomesReady(id));
    EXPECT_EQ(reader_->inbox(id).value().size(), 1U);
    EXPECT_THAT(house_.asked, ElementsAre(R"({"event_id": "e-1"})"));
    EXPECT_TRUE(ask("hook.receive", hook())) << "told twice";
    EXPECT_EQ(reader_->inbox(id).value().size(), 1U);
    ASSERT_TRUE(store_->verifyAudit());
}

TEST_F(Hooks, IsRefusedWhereItsPluginDoesNotBelieveIt) {
    const std::string id = add(1, DossierState::Waiting);
    waitsFor(id, "req-1");
    house_.providerSays.verdict = Verdict::Rejected;
    house_.providerSays.reason = Reason::Unauthorized;
    house_.providerSays.explanation = "its signature is not the service's";
    EXPECT_EQ(refused("hook.receive", hook()).code, Errc::Denied);
    EXPECT_EQ(refused("hook.receive", {{"provider", "stranger"}, {"headers", ""}, {"body", ""}}).code,
              Errc::NotFound);
    house_.providerSays.reason = Reason::BadAnswer;
    EXPECT_EQ(refused("hook.receive", hook()).code, Errc::Invalid);
    house_.providerSays.verdict = Verdict::RetryLater;
    EXPECT_EQ(refused("hook.receive", hook()).code, Errc::Busy);
    EXPECT_TRUE(reader_->inbox(id).value().empty());
    EXPECT_EQ(reader_->branches(id).value().at(0).state, DossierState::Waiting);
}

// It was faster than the answer to the call that it is about.
TEST_F(Hooks, FindsWhoBeginsToWaitALittleLater) {
    const std::string id = add(1, DossierState::Ready);
    house_.providerSays = said({{"event_id", "e-1"}, {"remote_id", "req-1"}});
    EXPECT_TRUE(ask("hook.receive", hook()).value()["dossiers"].empty());
    EXPECT_TRUE(reader_->inbox(id).value().empty());
    waitsFor(id, "req-1");
    EXPECT_TRUE(becomesReady(id));
    EXPECT_EQ(reader_->inbox(id).value().size(), 1U);
}

TEST_F(Hooks, AboutNothingIsTakenAndLeavesNothing) {
    const std::string id = add(1, DossierState::Waiting);
    house_.providerSays = said({{"event_id", "e-1"}, {"remote_id", nullptr}});
    EXPECT_TRUE(ask("hook.receive", hook()));
    house_.providerSays = said({{"remote_id", "req-1"}});
    EXPECT_EQ(refused("hook.receive", hook()).code, Errc::Invalid) << "an event without an id";
    EXPECT_TRUE(reader_->inbox(id).value().empty());
}

}  // namespace
}  // namespace greffe
