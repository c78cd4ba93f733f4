// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <greffe/sdk/json.h>

#include <gmock/gmock.h>

#include <random>

namespace greffe::sdk {
namespace {

using testing::HasSubstr;

std::string problemOf(std::string_view text) {
    std::string problem;
    return JsonValue::parse(text, &problem) ? "" : problem;
}

TEST(SdkJson, ReadsEveryKind) {
    const auto json = JsonValue::parse(
        R"( {"null":null,"yes":true,"no":false,"n":-12,"big":9223372036854775807,"huge":1e400x0} )");
    EXPECT_FALSE(json);
    const auto good = JsonValue::parse(
        R"( {"null":null,"yes":true,"n":-12,"big":9223372036854775807,"bigger":9223372036854775808,"r":2.5e1,
            "t":"a\"\\\/\b\f\n\r\té€😀é","list":[1,[2],{}],"o":{"k":"v"}} )");
    ASSERT_TRUE(good);
    const JsonValue& value = *good;
    EXPECT_TRUE(value["null"].isNull());
    EXPECT_TRUE(value["yes"].flag());
    EXPECT_EQ(value["n"].whole(), -12);
    EXPECT_EQ(value["big"].whole(), INT64_MAX);
    EXPECT_FALSE(value["bigger"].isWhole());
    EXPECT_DOUBLE_EQ(value["bigger"].number(), 9223372036854775808.0);
    EXPECT_DOUBLE_EQ(value["r"].number(), 25);
    EXPECT_EQ(value["t"].text(), "a\"\\/\b\f\n\r\t\u00e9\u20ac\U0001F600\u00e9");
    EXPECT_EQ(value["list"].items().size(), 3U);
    EXPECT_EQ(value["o"]["k"].text(), "v");
    EXPECT_EQ(value["o"]["absent"]["deeper"].text("fallback"), "fallback");
    EXPECT_EQ(value["n"].text("fallback"), "fallback") << "another kind";
    EXPECT_EQ(value["r"].whole(7), 7);
}

TEST(SdkJson, RoundsWhatIsTooSmall) {
    EXPECT_DOUBLE_EQ(JsonValue::parse("-1e-999")->number(1), 0);
}

TEST(SdkJson, RefusesWhatIsNotStrict) {
    const std::pair<std::string, const char*> wrongs[] = {
        {"", "not a JSON value"},
        {"nul", "not a JSON value"},
        {"{} {}", "text behind"},
        {"[1,]", "not a JSON value"},
        {"[1 2]", "expected"},
        {R"({"a":1,"a":2})", "twice"},
        {R"({"a" 1})", "':' expected"},
        {R"({a:1})", "expected"},
        {R"({"a":1)", "expected"},
        {"01", "leading zero"},
        {"-", "not a JSON value"},
        {"1.", "fraction"},
        {"1e", "exponent"},
        {"1e999", "out of range"},
        {"+1", "not a JSON value"},
        {"\"a", "without end"},
        {"\"a\nb\"", "control character"},
        {"\"\\x\"", "unknown escape"},
        {"\"\\u12x4\"", "hexadecimal"},
        {"\"\\ud800\"", "surrogate"},
        {"\"\\udc00\"", "surrogate"},
        {"\"\\ud800\\u0041\"", "surrogate"},
        {"\"\xff\"", "not UTF-8"},
        {"\"\xc0\x80\"", "not UTF-8"},
        {"\"\xed\xa0\x80\"", "not UTF-8"},
        {"\"\xf4\x90\x80\x80\"", "not UTF-8"},
        {"\"\xe2\x82\"", "not UTF-8"},
        {std::string("\0", 1), "not a JSON value"},
        {std::string("1\0", 2), "text behind"},
        {"'a'", "not a JSON value"},
        {"NaN", "not a JSON value"},
        {std::string(33, '[') + std::string(33, ']'), "too deep"},
        {std::string(2'000'000, '['), "too deep"},
    };
    for (const auto& [text, message] : wrongs)
        EXPECT_THAT(problemOf(text), HasSubstr(message)) << text.substr(0, 60);
    EXPECT_EQ(problemOf(std::string(32, '[') + std::string(32, ']')), "");
    EXPECT_THAT(problemOf(R"({"a": tru})"), HasSubstr("byte 6")) << "says where";
}

TEST(SdkJson, WritesWhatOthersRead) {
    JsonValue value = JsonValue::object();
    value.set("z", 1).set("a", JsonValue::array().add("x\"\\\n\x01").add(2.5).add(true).add(JsonValue()));
    value.set("z", std::uint64_t{UINT64_MAX})
        .set("size", std::size_t{12})
        .set("bad",
             "a\xff"
             "b");
    const std::string text = value.dump();
    EXPECT_EQ(text,
              "{\"z\":18446744073709551616,\"a\":[\"x\\\"\\\\\\u000a\\u0001\",2.5,true,null],\"size\":12,"
              "\"bad\":\"a\xEF\xBF\xBD"
              "b\"}");
    EXPECT_TRUE(parseJson(text)) << "the daemon's own reader";
    EXPECT_EQ(JsonValue(1.0 / 0.0).dump(), "null");
}

// Two readers that disagree would let a document say one thing to a plugin and another to the host.
TEST(SdkJson, AgreesWithTheDaemonsReader) {
    const std::string seed =
        R"({"a":[1,-2.5e3,"té\n\u00e9",{"b":null,"c":true}],"d":{"e":"\ud83d\ude00","f":[[]]}})";
    std::mt19937 random(7);
    const std::string_view letters = "{}[]\",:0123456789.eE+-\\u tfn\x80\xc3\xff\n";
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = seed;
        for (unsigned change = 0; change < 1 + random() % 3; ++change) {
            const std::size_t at = random() % text.size();
            switch (random() % 3) {
                case 0: text[at] = letters[random() % letters.size()]; break;
                case 1: text.erase(at, 1 + random() % 3); break;
                default: text.insert(at, 1, letters[random() % letters.size()]); break;
            }
        }
        const auto ours = JsonValue::parse(text);
        const auto theirs = parseJson(text, {32, 1U << 20U});
        ASSERT_EQ(ours.has_value(), theirs.ok()) << text << "\n" << (theirs ? "" : theirs.error().message);
        if (!ours) continue;
        ++accepted;
        EXPECT_EQ(parseJson(ours->dump()).value(), *theirs) << text;
    }
    EXPECT_GT(accepted, 500);
}

}  // namespace
}  // namespace greffe::sdk
