// SPDX-License-Identifier: Apache-2.0
// What the ledger writes down, and how a service answers that was told to fall silent, refuse or break off.
#include "simulate/effect_ledger.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::HasSubstr;

class EffectLedgerTest : public ::testing::Test {
protected:
    CallOutcome ask(const std::string& operation) {
        CallRequest request;
        request.operation = operation;
        request.instance = "mail";
        request.key = "key-1";
        request.paramsJson = R"({"subject":"Hello"})";
        CallOutcome heard;
        ledger_.submit(std::move(request), false, [&](CallOutcome outcome) {
            heard = std::move(outcome);
            reactor_.stop();
        });
        reactor_.run();
        return heard;
    }

    Reactor reactor_;
    ManualClock clock_{fromUnixMs(1'795'300'000'000)};
    EffectLedger ledger_{reactor_, clock_, StandInAuthority::make(clock_.wall()).value()};
};

TEST_F(EffectLedgerTest, WritesDownWhatWouldHaveLeft) {
    const CallOutcome sent = ask("notify.send");
    EXPECT_EQ(sent.verdict, Verdict::Done);
    EXPECT_THAT(sent.factsJson, HasSubstr("nothing was sent"));
    ASSERT_EQ(ledger_.entries().size(), 1U);
    EXPECT_EQ(ledger_.entries()[0].instance, "mail");
    EXPECT_EQ(ledger_.entries()[0].key, "key-1");
    EXPECT_EQ(textOf(ledger_.entries()[0].params, "subject"), "Hello");
    EXPECT_EQ(ledger_.entries()[0].atMs, 1'795'300'000'000);
}

TEST_F(EffectLedgerTest, AServiceFallsSilentRefusesBreaksOffAndWorksAgain) {
    const std::pair<EffectLedger::Manner, Verdict> manners[] = {
        {EffectLedger::Manner::Silent, Verdict::RetryLater},
        {EffectLedger::Manner::Refuses, Verdict::Rejected},
        {EffectLedger::Manner::Unknown, Verdict::Uncertain},
        {EffectLedger::Manner::Works, Verdict::Done}};
    for (const auto& [manner, verdict] : manners) {
        ledger_.set("mail", manner);
        EXPECT_EQ(ask("notify.send").verdict, verdict);
        EXPECT_EQ(ledger_.entries().back().answer, verdict);
    }
}

TEST_F(EffectLedgerTest, AnOperationThatNobodyTaughtItIsNotDone) {
    const CallOutcome outcome = ask("pay");
    EXPECT_EQ(outcome.verdict, Verdict::Rejected);
    EXPECT_THAT(outcome.explanation, HasSubstr("\"pay\""));
}

}  // namespace
}  // namespace greffe
