// SPDX-License-Identifier: Apache-2.0
#include "config/json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

using testing::HasSubstr;

TEST(JsonSchema, BecomesOptionsOfOurs) {
    const Result<Schema> schema =
        readJsonSchema(R"({"type":"object","additionalProperties":false,"required":["url"],"properties":{
        "url":{"type":"string","format":"uri","description":"Where"},
        "key":{"type":"string","format":"secret"},
        "mode":{"type":"string","enum":["a","b"],"default":"a"},
        "port":{"type":"integer","minimum":1,"maximum":65535,"default":443},
        "list":{"type":"array","items":{"type":"string","minLength":2},"minItems":1},
        "proxy":{"type":"object","additionalProperties":false,"properties":{"host":{"type":"string"}},"required":["host"]}}})");
    ASSERT_TRUE(schema) << schema.error().text();
    EXPECT_FALSE(schema->isOpen);
    EXPECT_TRUE(schema->find("url")->isRequired);
    EXPECT_EQ(schema->find("url")->refers, Refers::Url);
    EXPECT_EQ(schema->find("url")->doc, "Where");
    EXPECT_EQ(schema->find("key")->type, ValueType::Secret);
    EXPECT_EQ(schema->find("mode")->allowed, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(schema->find("port")->defaultJson, "443");
    EXPECT_EQ(schema->find("port")->maximum, 65535);
    EXPECT_EQ(schema->find("list")->item->minimum, 2);
    EXPECT_TRUE(schema->find("proxy")->inner->find("host")->isRequired);
    EXPECT_TRUE(readJsonSchema("{}")->isOpen);
}

TEST(JsonSchema, AStepHasOptionsOfItsOwn) {
    constexpr const char* kText = R"({"type":"object","additionalProperties":false,
        "properties":{"limit":{"type":"integer"}},
        "step":{"type":"object","additionalProperties":false,"required":["into"],
                "properties":{"into":{"type":"string","enum":["a","b"]}}}})";
    ASSERT_TRUE(readJsonSchema(kText));
    EXPECT_EQ(readJsonSchema(kText)->find("into"), nullptr);
    const Result<Schema> step = readStepSchema(kText);
    ASSERT_TRUE(step) << step.error().text();
    EXPECT_TRUE(step->find("into")->isRequired);
    EXPECT_EQ(step->find("limit"), nullptr) << "an instance's option would be passed over in a step";
    EXPECT_FALSE(step->isOpen);
    const Result<Schema> none =
        readStepSchema(R"({"type":"object","properties":{"limit":{"type":"integer"}}})");
    EXPECT_TRUE(none->options.empty());
    EXPECT_FALSE(none->isOpen) << "without it a step takes no options";
    EXPECT_FALSE(readJsonSchema(R"({"type":"object","step":{"type":"array"}})"));
    EXPECT_FALSE(readJsonSchema(R"({"type":"object","step":{"type":"object","step":{}}})"));
}

TEST(JsonSchema, ProgramsAreNoOption) {
    const Result<Schema> schema = readJsonSchema(
        R"({"type":"object","additionalProperties":false,"properties":{},"programs":["pdftoppm"]})");
    ASSERT_TRUE(schema) << schema.error().text();
    EXPECT_TRUE(schema->options.empty());
}

TEST(JsonSchema, RefusesWhatItDoesNotUnderstand) {
    const auto problem = [](const char* text) {
        const Result<Schema> schema = readJsonSchema(text);
        return schema ? std::string("none") : schema.error().message;
    };
    EXPECT_THAT(problem(R"({"type":"array"})"), HasSubstr("\"type\" is \"object\""));
    EXPECT_THAT(problem(R"({"type":"object","patternProperties":{}})"), HasSubstr("patternProperties"));
    EXPECT_THAT(problem(R"({"type":"object","properties":{"a":{"type":"string","pattern":"x"}}})"),
                HasSubstr("at /a"));
    EXPECT_THAT(problem(R"({"type":"object","properties":{"a":{"type":"string","format":"date"}}})"),
                HasSubstr("format \"date\""));
    EXPECT_THAT(problem(R"({"type":"object","properties":{"a":{"type":["string","null"]}}})"),
                HasSubstr("\"type\" is one of"));
    EXPECT_THAT(problem(R"({"type":"object","properties":{"a":{"type":"array"}}})"), HasSubstr("items"));
    EXPECT_THAT(problem(R"({"type":"object","required":["b"],"properties":{"a":{"type":"string"}}})"),
                HasSubstr("required"));
    EXPECT_THAT(problem(R"({"type":"object","properties":{"a":{"type":"integer","maximum":5,"default":6}}})"),
                HasSubstr("does not fit"));
    EXPECT_THAT(
        problem(R"({"type":"object","properties":{"a":{"type":"string","enum":["x"],"default":"y"}}})"),
        HasSubstr("does not fit"));
    EXPECT_THAT(problem("{"), HasSubstr("line 1"));
    std::string deep = R"({"type":"object"})";
    for (int i = 0; i < 12; ++i)
        deep = R"({"type":"object","properties":{"a":)" + deep + "}}";
    EXPECT_THAT(problem(deep.c_str()), HasSubstr("nested"));
}

}  // namespace
}  // namespace greffe
