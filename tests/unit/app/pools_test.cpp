// SPDX-License-Identifier: Apache-2.0
// Which plans share a pool of workers, and when a pool goes. No worker is started: a pool does that when it
// has work.
#include "app/pools.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::ElementsAre;

class PoolsTest : public ::testing::Test {
protected:
    static std::shared_ptr<Plan> planWith(std::uint32_t documentWorkers, std::uint32_t luaWorkers) {
        auto plan = std::make_shared<Plan>();
        plan->settings.documentWorkers = documentWorkers;
        plan->settings.luaWorkers = luaWorkers;
        return plan;
    }
    WorkerPool* documents(const std::shared_ptr<const Plan>& plan) {
        return pools_.find(plan, PoolKind::Documents, "");
    }
    WorkerPool* lua(const std::shared_ptr<const Plan>& plan) { return pools_.find(plan, PoolKind::Lua, ""); }
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& [name, status] : pools_.status())
            names.push_back(name);
        return names;
    }
    void turn() {
        reactor_.callAfter(std::chrono::milliseconds(0),
                           [this] { reactor_.post([this] { reactor_.stop(); }); });
        reactor_.run();
    }

    Reactor reactor_;
    Pools pools_{reactor_, {}, {}};
};

TEST_F(PoolsTest, PlansThatSayTheSameShareAPool) {
    EXPECT_EQ(documents(planWith(2, 1)), documents(planWith(2, 3)));
    EXPECT_EQ(lua(planWith(1, 3)), lua(planWith(2, 3)));
}

// A reload that changed only how many workers there may be, or what one may cost, changed nothing.
TEST_F(PoolsTest, WhatAPlanSaysOfWorkersMakesAnotherPool) {
    const auto before = planWith(2, 1);
    EXPECT_NE(documents(before), documents(planWith(3, 1)));
    EXPECT_NE(lua(before), lua(planWith(2, 2)));
    auto larger = planWith(2, 1);
    larger->settings.workerMemoryMebibytes = 512;
    EXPECT_NE(documents(before), documents(larger));
    auto shorter = planWith(2, 1);
    shorter->settings.workerSteps = 10;
    EXPECT_NE(documents(before), documents(shorter));
}

TEST_F(PoolsTest, TheLuaPoolHasTheWorkersOfItsSetting) {
    EXPECT_EQ(lua(planWith(1, 4))->mostWorkers(), 4U);
    EXPECT_EQ(lua(planWith(1, 0))->mostWorkers(), 1U) << "of a plan that an older version stored";
    EXPECT_EQ(documents(planWith(3, 1))->mostWorkers(), 3U);
}

TEST_F(PoolsTest, WhatNoPlanNeedsGoesAndWhatOneNeedsStays) {
    const auto before = planWith(2, 1);
    const auto after = planWith(3, 1);
    WorkerPool* kept = documents(after);
    WorkerPool* sharedByBoth = lua(before);
    documents(before);
    EXPECT_EQ(pools_.count(), 3U);
    pools_.keepOnly({before, after});
    EXPECT_EQ(pools_.count(), 3U);
    pools_.keepOnly({after});
    turn();
    EXPECT_EQ(pools_.count(), 2U);
    EXPECT_EQ(documents(after), kept);
    EXPECT_EQ(lua(after), sharedByBoth);
    EXPECT_THAT(names(), ElementsAre("documents", "lua"));
}

TEST_F(PoolsTest, AHundredReloadsLeaveOnePoolOfAKind) {
    for (std::uint32_t workers = 1; workers <= 100; ++workers) {
        const auto plan = planWith(workers, workers);
        documents(plan);
        lua(plan);
        pools_.keepOnly({plan});
        turn();
        ASSERT_EQ(pools_.count(), 2U) << workers;
    }
}

TEST_F(PoolsTest, AllOfThemDrain) {
    const auto plan = planWith(2, 1);
    documents(plan);
    lua(plan);
    pools_.keepOnly({});
    documents(plan);
    bool hasStopped = false;
    pools_.drain([&] {
        hasStopped = true;
        reactor_.stop();
    });
    reactor_.run();
    EXPECT_TRUE(hasStopped);
}

}  // namespace
}  // namespace greffe
