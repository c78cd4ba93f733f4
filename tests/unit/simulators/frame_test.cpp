// SPDX-License-Identifier: Apache-2.0
// The frame around the simulators: plans of faults, the admin door, starting and ending.
#include "simulators/fault_plan.h"
#include "support/running_simulators.h"

#include <gmock/gmock.h>

namespace greffe::simulators {
namespace {

using ::testing::HasSubstr;

TEST(FaultPlan, EachEntryHappensAsOftenAsItSays) {
    FaultPlan plan({"a", "b", "c"}, {});
    ASSERT_TRUE(
        plan.set(Json::parse(R"([{"fault":"a"},{"fault":"b","times":2},{"fault":"c","times":0}])")).ok());
    std::string played;
    for (int i = 0; i < 6; ++i)
        played += textOf(plan.take().value_or(Json()), "fault");
    EXPECT_EQ(played, "abbccc");
    plan.clear();
    EXPECT_FALSE(plan.take());
}

TEST(FaultPlan, PlacesDoNotWaitForEachOther) {
    FaultPlan plan({"a", "b"}, {"mail", "rcpt"});
    ASSERT_TRUE(plan.set(Json::parse(R"([{"at":"mail","fault":"a"},{"at":"rcpt","fault":"b"}])")).ok());
    EXPECT_EQ(textOf(*plan.take("rcpt"), "fault"), "b");
    EXPECT_FALSE(plan.take("rcpt"));
    EXPECT_EQ(plan.rest().size(), 1U);
    EXPECT_EQ(textOf(*plan.take("mail"), "fault"), "a");
}

TEST(FaultPlan, WhatItDoesNotKnowIsNamedAndChangesNothing) {
    FaultPlan plan({"a"}, {"mail"});
    ASSERT_TRUE(plan.set(Json::parse(R"([{"at":"mail","fault":"a"}])")).ok());
    EXPECT_THAT(plan.set(Json::parse(R"([{"at":"mail","fault":"x"}])")).error().text(),
                HasSubstr("no fault \"x\" (one of: a)"));
    EXPECT_THAT(plan.set(Json::parse(R"([{"at":"x","fault":"a"}])")).error().text(),
                HasSubstr("no place \"x\" (one of: mail)"));
    EXPECT_FALSE(plan.set(Json::parse(R"([7])")).ok());
    EXPECT_FALSE(plan.set(Json::parse(R"({})")).ok());
    EXPECT_FALSE(plan.set(Json::parse(R"([{"at":"mail","fault":"a","times":-1}])")).ok());
    EXPECT_EQ(plan.rest().size(), 1U);
}

TEST(Simulators, TheAdminDoorSaysWhatIsWrong) {
    RunningSimulators world(R"({"tsa": {}})");
    EXPECT_THROW(world.received("smtp"), std::runtime_error);
    EXPECT_THROW(world.setFaults("tsa", "not json"), std::runtime_error);
    try {
        world.setFaults("tsa", R"([{"fault": "wrong_nonsense"}])");
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("HTTP 400"));
        EXPECT_THAT(error.what(), HasSubstr("wrong_nonce"));
    }
    EXPECT_THROW(world.receivedBytes("tsa", "0"), std::runtime_error);
}

TEST(Simulators, ABadStartSaysWhyAndEnds) {
    EXPECT_THROW(RunningSimulators(R"({"tsb": {}})"), std::runtime_error);
    EXPECT_THROW(RunningSimulators(R"({"tsa": {"key": "dsa"}})"), std::runtime_error);
    EXPECT_THROW(RunningSimulators("{}"), std::runtime_error);
}

TEST(Simulators, EndCleanly) {
    RunningSimulators world(R"({"tsa": {}, "smtp": {}})");
    EXPECT_TRUE(world.ready().contains("tsa"));
    EXPECT_TRUE(world.ready().contains("smtp"));
    EXPECT_EQ(world.stop(), 0);
}

}  // namespace
}  // namespace greffe::simulators
