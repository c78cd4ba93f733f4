// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "base/json_place.h"

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

TEST(Json, TellsWhereADoubledKeyStands) {
    auto parsed = parseJson("{\n  \"a\": {\"x\": 1},\n  \"q\\\"\": 1, \"q\\\"\": 2\n}");
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, HasSubstr("line 3 column 13: key \"q\"\" stands twice"));
}

TEST(Json, TellsWhereANumberIsTooLarge) {
    auto parsed = parseJson("{\n \"a\": 1e999\n}");
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, HasSubstr("line 2 column"));
}

TEST(Json, FindsTheLineOfAValue) {
    const std::string text =
        "{\n \"data\": {\"to\": [\"]\", {\"x\": -1.5e3}]},\n \"parties\": [\n  {\"role\": \"a\\\",\"},\n  {\"email\" : 3}\n ]\n}";
    ASSERT_TRUE(parseJson(text));
    const auto at = [&](const std::vector<std::string>& path) { return positionInText(text, placeInJson(text, path)); };
    EXPECT_EQ(at({}), "line 1 column 1");
    EXPECT_EQ(at({"parties"}), "line 3 column 2");
    EXPECT_EQ(at({"parties", "0"}), "line 4 column 3");
    EXPECT_EQ(at({"parties", "1", "email"}), "line 5 column 4");
    EXPECT_EQ(at({"parties", "7"}), "line 3 column 2") << "the nearest that is there";
    EXPECT_EQ(at({"data", "to", "1", "x"}), "line 2 column 24");
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
