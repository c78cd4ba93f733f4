// SPDX-License-Identifier: Apache-2.0
// The texts; that the real program takes them is end_to_end_author's business.
#include "config/starting_point.h"

#include "config/schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(StartingPoint, ShowsEveryOptionOfItsStepsWithTheManualsWords) {
    const std::string text = startingPipeline("lease", startingParts("lease"));
    for (const char* kind : {"validate", "task", "seal", "archive", "notify"}) {
        const Schema& schema = *findSchema(SchemaGroup::Step, kind);
        EXPECT_THAT(text, HasSubstr(schema.doc)) << kind;
        for (const Option& option : schema.options) {
            if (commonStepOptions().size() > 0 &&
                std::any_of(commonStepOptions().begin(), commonStepOptions().end(),
                            [&](const Option& common) { return common.name == option.name; }))
                continue;
            EXPECT_THAT(text, testing::ContainsRegex(fmt::format("\n *(-- *)*{} = ", option.name))) << kind;
            EXPECT_THAT(text, HasSubstr(option.doc)) << kind;
        }
    }
    EXPECT_THAT(text, HasSubstr("\n      -- page_size = \"any\", "));
    EXPECT_THAT(text, HasSubstr("\n      -- certify = …, "));
    EXPECT_THAT(text, HasSubstr("(queue, fail, degrade)"));
}

TEST(StartingPoint, UsesWhatTheHouseHas) {
    Plan plan;
    InstancePlan stamped;
    stamped.role = "key";
    stamped.name = "stamped-only";
    stamped.hostOptionsJson = R"({"levels":["B-T"]})";
    InstancePlan key = stamped;
    key.name = "company";
    key.hostOptionsJson = R"({"levels":["B-B","B-T"]})";
    InstancePlan mail;
    mail.role = "notifier";
    mail.name = "post";
    plan.instances = {stamped, key, mail};
    IntakePlan intake;
    intake.kind = "folder";
    intake.path = "/srv/offices/leases";
    plan.intakes = {intake};
    const HouseParts parts = partsOf(plan, "letters");
    EXPECT_EQ(parts.key, "company");
    EXPECT_EQ(parts.notifier, "post");
    EXPECT_EQ(parts.archive, "");
    EXPECT_EQ(parts.dropFolder, "/srv/offices/letters");
    const std::string text = startingPipeline("letters", parts);
    EXPECT_THAT(text, HasSubstr("\n    seal {\n"));
    EXPECT_THAT(text, HasSubstr("\n      via = \"post\","));
    EXPECT_THAT(text, HasSubstr("greffe.lua has no archive yet:\n    -- archive {\n    --   id = \"keep\","));
}

TEST(StartingPoint, WritesAHouseInWhichASecretIsNamedByItsFile) {
    const std::string text = startingHouse("lease");
    EXPECT_THAT(text, HasSubstr("private_key = secret_file("));
    EXPECT_THAT(text, HasSubstr("include \"pipelines/*.lua\""));
    for (const Option& option : findSchema(SchemaGroup::Settings, "settings")->options)
        EXPECT_THAT(text, HasSubstr(option.name + " = "));
    EXPECT_THAT(text, Not(HasSubstr("…")));
}

}  // namespace
}  // namespace greffe
