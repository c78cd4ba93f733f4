// SPDX-License-Identifier: Apache-2.0
// What steps see of a dossier with many items, and what that costs.
#include "dossier/dossier_run.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <ctime>

namespace greffe {
namespace {

using ::testing::ElementsAre;

EffectRow effectOf(const std::string& branch, const std::string& step, const Json& facts) {
    EffectRow effect;
    effect.branch = branch;
    effect.step = step;
    effect.attempt = 1;
    effect.state = EffectState::Done;
    effect.factsJson = dumpJson(facts);
    return effect;
}

class DossierRuns : public ::testing::Test {
protected:
    DossierRuns() {
        auto plan = std::make_shared<Plan>();
        plan->pipelines.resize(1);
        plan_ = plan;
    }
    DossierRun run(std::vector<EffectRow> effects = {}) const {
        return {plan_, plan_->pipelines[0], {}, {}, {}, {}, std::move(effects)};
    }
    static EffectRow opened(const std::string& branch, const std::string& step, std::size_t items) {
        EffectRow each = effectOf(branch, step, Json::object());
        each.state = EffectState::Intent;
        Json params = {{"as", "tenant"}, {"items", Json::array()}};
        for (std::size_t i = 1; i <= items; ++i)
            params["items"].push_back({{"name", fmt::format("tenant {}", i)}, {"mail", "a@client.test"}});
        each.paramsJson = dumpJson(params);
        return each;
    }

    std::shared_ptr<const Plan> plan_;
};

// An item's second step asks what its first one found, whatever the other items found meanwhile.
TEST_F(DossierRuns, AnItemSeesItsOwnFactsAndNotThoseOfTheItemsBesideIt) {
    const DossierRun dossier =
        run({effectOf("", "check", {{"pages", 3}}), opened("", "all", 12),
             effectOf("all[2]", "name", {{"number", 2}}), effectOf("all[1]", "name", {{"number", 1}}),
             effectOf("all[12]", "name", {{"number", 12}})});
    const Json ours = dossier.view("all[2]")["facts"];
    EXPECT_EQ(ours["name"]["number"], 2) << ours.dump();
    EXPECT_EQ(ours["check"]["pages"], 3);
    EXPECT_EQ(dossier.view("all[2]/both.left")["facts"], ours) << "a way inside the item is in the item";
    EXPECT_FALSE(dossier.view("all[3]")["facts"].contains("name")) << "its own turn has not come";
    const Json outside = dossier.view()["facts"]["name"];
    ASSERT_TRUE(outside.is_array());
    EXPECT_THAT((std::vector<int>{outside[0]["number"].get<int>(), outside[1]["number"].get<int>(),
                                  outside[2]["number"].get<int>()}),
                ElementsAre(2, 1, 12))
        << "in the order in which they happened";
}

TEST_F(DossierRuns, ItemsOfAnotherEachAreAListAndNestedOnesTheirOwn) {
    const DossierRun dossier = run(
        {effectOf("early[1]", "first", {{"n", 1}}), effectOf("early[2]", "first", {{"n", 2}}),
         effectOf("all[1]", "name", {{"n", 1}}), effectOf("all[1]/inner[1]", "deep", {{"n", 11}}),
         effectOf("all[1]/inner[2]", "deep", {{"n", 12}}), effectOf("all[1]/other[1]", "side", {{"n", 13}}),
         effectOf("all[2]/inner[1]", "deep", {{"n", 21}}),
         effectOf("late.way/items[1]", "last", {{"n", 31}})});
    const Json item = dossier.view("all[1]")["facts"];
    EXPECT_EQ(item["first"].size(), 2U);
    EXPECT_EQ(item["name"]["n"], 1);
    EXPECT_EQ(item["deep"].size(), 2U) << item.dump();
    EXPECT_EQ(item["last"].size(), 1U);
    const Json inner = dossier.view("all[1]/inner[2]")["facts"];
    EXPECT_EQ(inner["deep"]["n"], 12) << inner.dump();
    EXPECT_EQ(inner["name"]["n"], 1) << "of the item around it";
    EXPECT_EQ(inner["side"].size(), 1U);
    EXPECT_EQ(dossier.view()["facts"]["deep"].size(), 3U);
}

TEST_F(DossierRuns, AnEffectIsRecordedOnceAnAttempt) {
    DossierRun dossier = run();
    EffectRow effect = effectOf("", "seal", Json::object());
    effect.state = EffectState::Intent;
    dossier.record(effect);
    ASSERT_NE(dossier.openIntent("", "seal"), nullptr);
    effect.state = EffectState::Failed;
    dossier.record(effect);
    EXPECT_EQ(dossier.openIntent("", "seal"), nullptr);
    effect.attempt = 2;
    dossier.record(effect);
    EXPECT_EQ(dossier.effects.size(), 2U);
    EXPECT_EQ(dossier.attemptsOf("", "seal"), 2);
    EXPECT_EQ(dossier.attemptsOf("all[1]", "seal"), 0);
}

// What the runner asks at every step of every item, in processor time.
double secondsFor(DossierRun dossier, std::size_t items) {
    const std::clock_t began = std::clock();
    for (std::size_t number = 1; number <= items; ++number) {
        const std::string branch = fmt::format("all[{}]", number);
        for (const char* step : {"name", "tell"}) {
            EXPECT_EQ(dossier.openIntent(branch, step), nullptr);
            EXPECT_EQ(dossier.attemptsOf(branch, step), 0);
            EXPECT_EQ(dossier.item(branch)["number"], number);
            EXPECT_TRUE(dossier.view(branch)["facts"].is_object());
            dossier.record(effectOf(branch, step, {{"number", number}}));
        }
    }
    return static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
}

TEST_F(DossierRuns, FourTimesTheItemsCostFourTimesTheTime) {
    double least = 1e9;
    for (int tries = 0; tries < 5 && least > 3; ++tries) {
        const double few = secondsFor(run({opened("", "all", 1'000)}), 1'000);
        const double many = secondsFor(run({opened("", "all", 4'000)}), 4'000);
        least = std::min(least, many / few / 4);
    }
    EXPECT_LT(least, 3) << "times what they should cost; quadratic is 4";
}

TEST_F(DossierRuns, FewDocumentsStayOpen) {
    DossierRun dossier = run();
    auto first = std::make_shared<UniqueFd>();
    const std::weak_ptr<UniqueFd> watched = first;
    CallInput input;
    input.fd = std::move(first);
    dossier.keepOpen("D0", std::move(input));
    EXPECT_NE(dossier.openDocument("D0"), nullptr);
    for (int i = 1; i <= 100; ++i)
        dossier.keepOpen(fmt::format("D{}", i), CallInput());
    EXPECT_EQ(dossier.openDocument("D0"), nullptr);
    EXPECT_TRUE(watched.expired()) << "its descriptor is closed";
    EXPECT_NE(dossier.openDocument("D100"), nullptr);
}

}  // namespace
}  // namespace greffe
