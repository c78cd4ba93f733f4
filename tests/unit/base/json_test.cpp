// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

using testing::HasSubstr;

TEST(Json, ReadsWhatIsRight) {
    auto parsed = parseJson(R"({"a":[1,"x",null,true]})");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(dumpJson(*parsed), R"({"a":[1,"x",null,true]})");
}

TEST(Json, RefusesADoubledKey) {
    auto parsed = parseJson(R"({"to":"a","to":"b"})");
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, HasSubstr("\"to\" stands twice"));
}

TEST(Json, RefusesDepthBeforeBuildingIt) {
    const std::string deep(100'000, '[');
    auto parsed = parseJson(deep);
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, HasSubstr("deeper than 64"));
}

TEST(Json, NamesLineAndColumn) {
    auto parsed = parseJson("{\n  \"a\": tru\n}");
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, HasSubstr("line 2 column"));
}

TEST(Json, RefusesTrailingTextAndInvalidUtf8) {
    EXPECT_FALSE(parseJson("{} {}"));
    EXPECT_FALSE(parseJson("\"\xff\""));
}

TEST(Json, DumpsInvalidUtf8WithoutThrowing) { EXPECT_EQ(dumpJson(Json("a\xff")), "\"a\xEF\xBF\xBD\""); }

}  // namespace
}  // namespace greffe
