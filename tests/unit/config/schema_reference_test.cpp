// SPDX-License-Identifier: Apache-2.0
#include "config/schema_reference.h"

#include "base/json.h"
#include "config/diagnostic.h"
#include "config/step_kinds.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <set>

namespace greffe {
namespace {

using testing::HasSubstr;

void forEachOption(const std::vector<Option>& options, const std::function<void(const Option&)>& each) {
    for (const Option& option : options) {
        each(option);
        if (option.inner) forEachOption(option.inner->options, each);
        if (option.item) each(*option.item);
    }
}

TEST(Schemas, FollowTheRulesOfNaming) {
    for (const Schema& schema : allSchemas()) {
        std::set<std::string> names;
        for (const Option& option : schema.options) {
            EXPECT_TRUE(names.insert(option.name).second)
                << schema.name << " has " << option.name << " twice";
            EXPECT_FALSE(option.doc.empty()) << schema.name << "." << option.name;
            EXPECT_NE(option.doc.back(), '.') << schema.name << "." << option.name;
            for (const char c : option.name)
                EXPECT_TRUE((c >= 'a' && c <= 'z') || c == '_') << option.name;
            EXPECT_EQ(option.name.find("_config"), std::string::npos) << option.name;
        }
        if (!schema.namedBy.empty()) {
            EXPECT_NE(schema.find(schema.namedBy), nullptr) << schema.name;
        }
    }
}

TEST(Schemas, HaveDefaultsThatFit) {
    for (const Schema& schema : allSchemas())
        forEachOption(schema.options, [&](const Option& option) {
            if (option.defaultJson.empty()) return;
            EXPECT_FALSE(option.isRequired)
                << schema.name << "." << option.name << " is required and has a default";
            const Json value = Json::parse(option.defaultJson, nullptr, false);
            ASSERT_FALSE(value.is_discarded()) << schema.name << "." << option.name;
            if (option.type == ValueType::Text) {
                EXPECT_TRUE(value.is_string()) << option.name;
            }
            if (option.type == ValueType::Integer) {
                EXPECT_TRUE(value.is_number_integer()) << option.name;
            }
            if (option.type == ValueType::Boolean) {
                EXPECT_TRUE(value.is_boolean()) << option.name;
            }
            if (option.minimum && value.is_number()) {
                EXPECT_GE(value.get<double>(), *option.minimum) << option.name;
            }
            if (option.maximum && value.is_number()) {
                EXPECT_LE(value.get<double>(), *option.maximum) << option.name;
            }
            if (!option.allowed.empty()) {
                EXPECT_THAT(option.allowed, testing::Contains(value.get<std::string>())) << option.name;
            }
        });
}

TEST(Schemas, KnowEveryStepKind) {
    for (const std::string& name : schemaNames(SchemaGroup::Step)) {
        EXPECT_NE(findStepKind(name), nullptr) << name;
        EXPECT_NE(findSchema(SchemaGroup::Step, name)->find("id"), nullptr) << name;
    }
    EXPECT_EQ(findStepKind("frobnicate"), nullptr);
}

TEST(SchemaReference, ShowsEveryConstructOptionAndCode) {
    const std::string page = referencePage();
    for (const Schema& schema : allSchemas()) {
        EXPECT_THAT(page, HasSubstr(fmt::format("### `{}`", schema.name)));
        for (const Option& option : schema.options)
            EXPECT_THAT(page, HasSubstr(fmt::format("| `{}` |", option.name)));
    }
    for (const DiagnosticCode& code : diagnosticCodes())
        EXPECT_THAT(page, HasSubstr(fmt::format("| `{}` |", code.code)));
    EXPECT_THAT(page,
                HasSubstr("| `level` | `B-B`, `B-T` | `\"B-B\"` | B-B, or B-T with a proof of the time |"));
    EXPECT_THAT(page,
                HasSubstr("| `mark.x` | number, 0 to 5000 | required | Millimetres from the left edge |"));
    EXPECT_THAT(page, HasSubstr("| `spool` | text | `\"/var/lib/greffe\"` | Folder of the journal and the "
                                "documents; a change needs a restart |"));
    EXPECT_EQ(page, referencePage());
}

TEST(SchemaReference, ShowsAPluginsOptions) {
    const PluginFacts plugin{
        "key-file",
        "0.1.0",
        "keys",
        {"digest-signer/1"},
        R"({"type":"object","properties":{"mode":{"type":"string","enum":["a","b"],"default":"a","description":"Which"}}})"};
    EXPECT_THAT(pluginReference(plugin), HasSubstr("| `mode` | `a`, `b` | `\"a\"` | Which |"));
}

TEST(LuaAnnotations, DefineEveryConstructorOnce) {
    const std::string text = luaAnnotations();
    for (const std::string& name : constructorNames()) {
        const std::string definition = fmt::format("\nfunction {}(options) end\n", name);
        const std::size_t first = text.find(definition);
        ASSERT_NE(first, std::string::npos) << name;
        EXPECT_EQ(text.find(definition, first + 1), std::string::npos) << name;
    }
    EXPECT_THAT(text, HasSubstr("---@class greffe.step.seal\n"));
    EXPECT_THAT(text, HasSubstr("---@field level? \"B-B\"|\"B-T\" B-B, or B-T with a proof of the time\n"));
    EXPECT_THAT(text, HasSubstr("---@field key string The key that seals\n"));
    EXPECT_THAT(text, HasSubstr("---@param options greffe.instance.archive|greffe.step.archive\n"));
    EXPECT_THAT(text, HasSubstr("---@field to (string)[]|fun(d: greffe.Dossier): any Addresses and roles\n"));
}

}  // namespace
}  // namespace greffe
