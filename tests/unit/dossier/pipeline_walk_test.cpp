// SPDX-License-Identifier: Apache-2.0
#include "dossier/pipeline_walk.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

StepPlan step(std::string id, std::string kind = "seal", std::vector<StepBranch> branches = {}) {
    StepPlan plan;
    plan.id = std::move(id);
    plan.kind = std::move(kind);
    plan.branches = std::move(branches);
    return plan;
}

PipelinePlan pipeline() {
    PipelinePlan plan;
    plan.steps = {
        step("first"),
        step("size", "choose",
             {{"cases.large",
               {step("ask", "task", {{"on.no", {step("mend")}}, {"on.yes", {}}}), step("large")}},
              {"otherwise", {step("small")}}}),
        step("both", "parallel",
             {{"branches.keep", {step("keep")}},
              {"branches.all",
               {step("all", "each", {{"steps", {step("one"), step("two")}}}), step("after-all")}}}),
        step("last", "choose", {{"otherwise", {step("inside-last")}}}),
    };
    return plan;
}

std::string next(std::string_view id) {
    const PipelinePlan plan = pipeline();
    const StepPlan* found = nextStep(plan, id);
    return found == nullptr ? "" : found->id;
}

TEST(PipelineWalk, GoesAlongALine) {
    EXPECT_EQ(next("first"), "size");
    EXPECT_EQ(next("size"), "both");
    EXPECT_EQ(next("last"), "");
    EXPECT_EQ(next("@manifest"), "first") << "what an intake puts before the pipeline";
}

TEST(PipelineWalk, ComesBackFromAnInnerLineHoweverDeep) {
    EXPECT_EQ(next("small"), "both");
    EXPECT_EQ(next("large"), "both");
    EXPECT_EQ(next("mend"), "large");
    EXPECT_EQ(next("inside-last"), "");
}

TEST(PipelineWalk, ABranchEndsWithItsLine) {
    EXPECT_EQ(next("keep"), "");
    EXPECT_EQ(next("one"), "two");
    EXPECT_EQ(next("two"), "");
    EXPECT_EQ(next("all"), "after-all");
    EXPECT_EQ(next("after-all"), "");
    EXPECT_EQ(next("unknown"), "");
}

TEST(PipelineWalk, NamesOfBranchesLeadBackToTheirParents) {
    EXPECT_EQ(wayPath("", "both", "keep"), "both.keep");
    EXPECT_EQ(itemPath("both.all", "all", 3), "both.all/all[3]");
    EXPECT_EQ(parentPath("both.all/all[3]"), "both.all");
    EXPECT_EQ(parentPath("both.keep"), "");
    EXPECT_TRUE(isOpenedBy("both.all/all[3]", "both.all", "all"));
    EXPECT_FALSE(isOpenedBy("both.all/all[3]/x.y", "both.all", "all"));
    EXPECT_FALSE(isOpenedBy("both.all/allies[3]", "both.all", "all"));
    EXPECT_FALSE(isOpenedBy("", "", "all"));
}

TEST(PipelineWalk, AWaysNameCannotPretendToBeAPath) {
    const std::string path = wayPath("", "both", "a/b[7]%");
    EXPECT_EQ(parentPath(path), "");
    EXPECT_EQ(itemNumber(path), 0U);
    EXPECT_TRUE(isOpenedBy(path, "", "both"));
    EXPECT_NE(path, wayPath("", "both", "a%2Fb[7]%"));
}

TEST(PipelineWalk, TheItemIsTheInnermost) {
    EXPECT_EQ(itemOf("both.keep"), "");
    EXPECT_EQ(itemOf("outer[2]/inner[10]/both.keep"), "outer[2]/inner[10]");
    EXPECT_EQ(itemNumber("outer[2]/inner[10]/both.keep"), 10U);
    EXPECT_EQ(itemOrigin("outer[2]/inner[10]/both.keep").branch, "outer[2]");
    EXPECT_EQ(itemOrigin("outer[2]/inner[10]/both.keep").step, "inner");
}

TEST(PipelineWalk, ItemsOfOneEachDoNotSeeEachOther) {
    EXPECT_TRUE(isOfAnotherItem("all[1]", "all[2]"));
    EXPECT_TRUE(isOfAnotherItem("all[1]", "all[12]"));
    EXPECT_TRUE(isOfAnotherItem("all[12]", "all[1]"));
    EXPECT_TRUE(isOfAnotherItem("all[1]/inner[2]", "all[2]"));
    EXPECT_TRUE(isOfAnotherItem("all[1]", "all[2]/inner[1]"));
    EXPECT_TRUE(isOfAnotherItem("all[1]/inner[1]", "all[1]/inner[2]"));
    for (const auto& [other, ours] : {std::pair{"", "all[1]"},
                                      {"all[1]", ""},
                                      {"all[1]", "all[1]"},
                                      {"all[1]", "all[1]/inner[2]"},
                                      {"all[1]/inner[2]", "all[1]"},
                                      {"more[1]", "all[2]"},
                                      {"all[1]/a[1]", "all[1]/b[2]"}})
        EXPECT_FALSE(isOfAnotherItem(other, ours)) << other << " and " << ours;
    EXPECT_TRUE(isAround("", "all[1]"));
    EXPECT_TRUE(isAround("all[1]", "all[1]/inner[2]"));
    EXPECT_FALSE(isAround("all[1]", "all[1]2"));
    EXPECT_FALSE(isAround("all[1]/inner[2]", "all[1]"));
}

}  // namespace
}  // namespace greffe
