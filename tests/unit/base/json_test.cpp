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
        "{\n \"data\": {\"to\": [\"]\", {\"x\": -1.5e3}]},\n \"parties\": [\n  {\"role\": \"a\\\",\"},\n  "
        "{\"email\" : 3}\n ]\n}";
    ASSERT_TRUE(parseJson(text));
    const auto at = [&](const std::vector<std::string>& path) {
        return positionInText(text, placeInJson(text, path));
    };
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

TEST(Json, SixtyFourLevelsAreTheLastThatIsTaken) {
    const auto nested = [](std::size_t levels) {
        std::string text;
        for (std::size_t i = 0; i < levels; ++i)
            text += i % 2 == 0 ? "[" : "{\"[{\\\"\":";
        text += "1";
        for (std::size_t i = levels; i-- > 0;)
            text += i % 2 == 0 ? "]" : "}";
        return text;
    };
    ASSERT_TRUE(parseJson(nested(64)));
    EXPECT_EQ(dumpJson(*parseJson(nested(64))), nested(64));
    auto deeper = parseJson("\n" + nested(65));
    ASSERT_FALSE(deeper);
    EXPECT_THAT(deeper.error().message, HasSubstr("line 2 column"));
    EXPECT_THAT(deeper.error().message, HasSubstr("deeper than 64"));
    EXPECT_TRUE(parseJson("[" + std::string(1000, ' ') + "[],{},[],{}]", {2, 4096})) << "breadth is no depth";
}

// The builder is our own: what it builds must be what the library would.
TEST(Json, BuildsWhatTheLibraryBuilds) {
    for (const char* text :
         {"null", "true", "false", "0", "-1", "18446744073709551615", "-9223372036854775808", "1.5e3", "\"\"",
          R"("é\u00e9\ud83d\ude00\n\"")", "[]", "{}", "[[],[[]],{},[{}]]",
          R"({"a":{"b":{"c":[1,{"d":2},3]},"e":4},"":5,"z":[{"a":1},{"a":2}]})",
          R"([{"k":[{"k":[{"k":[]}]}]},[1,2,[3,[4,[5]]]],{"x":null,"y":[null,true]}])"}) {
        auto parsed = parseJson(text);
        ASSERT_TRUE(parsed) << text << parsed.error().text();
        EXPECT_EQ(*parsed, Json::parse(text)) << text;
        EXPECT_EQ(parsed->type(), Json::parse(text).type()) << text;
    }
    std::string list = "[";
    for (int i = 0; i < 5000; ++i)
        list += (i == 0 ? "[" : ",[") + std::to_string(i) + ",{\"k\":[" + std::to_string(i) + "]}]";
    list += "]";
    EXPECT_EQ(*parseJson(list), Json::parse(list)) << "arrays that grow while an element is open";
}

TEST(Json, RefusesWhatTheLibraryRefuses) {
    for (const char* text :
         {"",         " ",          "[",     "{",      "[1",      "[1,",         "[,1]",  "{\"a\"}",
          "{\"a\":}", "{\"a\":1,}", "{a:1}", "[1]]",   "01",      "+1",          "1.",    ".5",
          "NaN",      "1e999",      "'a'",   "\"\t\"", "\"\\x\"", "\"\\ud800\"", "/**/1", "\xef\xbb\xbf[",
          "nul",      "[1 2]"})
        EXPECT_FALSE(parseJson(text)) << text;
}

TEST(Json, FindsADoubledKeyAtAnyLevel) {
    for (const char* text : {R"({"a":{"b":1,"b":2}})", R"([{"a":1},{"b":{},"c":[],"b":1}])",
                             R"({"a":{"a":{"a":1}},"a":2})", R"({"\u0061":1,"a":2})"})
        EXPECT_FALSE(parseJson(text)) << text;
    EXPECT_TRUE(parseJson(R"({"a":{"a":{"a":1}},"b":{"a":1}})"));
}

TEST(Json, NamesLineAndColumn) {
    auto parsed = parseJson("{\n  \"a\": tru\n}");
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, HasSubstr("line 2 column"));
}

TEST(Json, RefusesTrailingTextAndInvalidUtf8) {
    EXPECT_FALSE(parseJson("{} {}"));
    EXPECT_FALSE(parseJson("\"\xff\""));
    EXPECT_FALSE(parseJson(std::string_view("{}\0 unseen", 10))) << "a NUL is not the end";
}

TEST(Json, DumpsInvalidUtf8WithoutThrowing) {
    EXPECT_EQ(dumpJson(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace greffe
