// SPDX-License-Identifier: Apache-2.0
#include "config/schema_description.h"

#include "base/json.h"
#include "config/diagnostic.h"
#include "config/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

const Json& named(const Json& list, std::string_view name, std::string_view key = "name") {
    static const Json kNone;
    for (const Json& each : list)
        if (textOf(each, std::string(key)) == name) return each;
    return kNone;
}

// Every option of the schemas stands in the JSON, tables and items of lists included.
void compare(const Option& option, const Json& json) {
    EXPECT_EQ(textOf(json, "doc"), option.doc) << option.name;
    EXPECT_EQ(boolOf(json, "required"), option.isRequired) << option.name;
    EXPECT_EQ(json.contains("default"), !option.defaultJson.empty()) << option.name;
    if (!option.allowed.empty()) {
        EXPECT_EQ(json["allowed"], Json(option.allowed)) << option.name;
    }
    if (option.minimum) {
        EXPECT_EQ(json["minimum"].get<double>(), *option.minimum) << option.name;
    }
    if (option.inner != nullptr)
        for (const Option& inner : option.inner->options)
            compare(inner, named(json["options"], inner.name));
    if (option.item != nullptr) {
        EXPECT_NE(textOf(json["item"], "type"), "") << option.name;
    }
}

TEST(SchemaDescription, HasEveryConstructOptionAndCode) {
    const Json all = describeSchemas();
    EXPECT_EQ(all["format"], 1);
    EXPECT_EQ(all["constructs"].size(), allSchemas().size());
    std::size_t at = 0;
    for (const Schema& schema : allSchemas()) {
        const Json& construct = all["constructs"][at++];
        EXPECT_EQ(textOf(construct, "name"), schema.name);
        EXPECT_EQ(textOf(construct, "group"), nameOf(schema.group));
        EXPECT_EQ(textOf(construct, "example"), schema.page.example);
        ASSERT_EQ(construct["options"].size(), schema.options.size()) << schema.name;
        for (const Option& option : schema.options)
            compare(option, named(construct["options"], option.name));
        EXPECT_EQ(construct.contains("step"), schema.group == SchemaGroup::Step);
    }
    EXPECT_EQ(all["diagnostics"].size(), diagnosticCodes().size());
    EXPECT_EQ(all["sections"].size(), allSections().size());
    EXPECT_EQ(textOf(named(all["reasons"], "not_a_pdf", "code"), "class"), "sender");
    EXPECT_EQ(textOf(named(all["functions"], "Dossier"), "name"), "Dossier");
}

TEST(SchemaDescription, SaysTypesUnitsAndLimits) {
    const Json all = describeSchemas();
    const Json& seal = named(all["constructs"], "seal");
    const Json& mark = named(seal["options"], "mark");
    EXPECT_EQ(textOf(mark, "type"), "table");
    const Json& x = named(mark["options"], "x");
    EXPECT_EQ(
        dumpJson(
            {{"type", x["type"]}, {"unit", x["unit"]}, {"minimum", x["minimum"]}, {"maximum", x["maximum"]}}),
        R"({"maximum":5000,"minimum":0,"type":"number","unit":"millimetres"})");
    EXPECT_EQ(textOf(named(seal["options"], "key"), "names"), "key");
    EXPECT_EQ(textOf(named(seal["options"], "reason"), "function"), "value");
    EXPECT_EQ(textOf(seal["step"], "effect"), "idempotent");
    EXPECT_EQ(seal["step"]["deadline_seconds"], 120);
    EXPECT_EQ(textOf(named(seal["step"]["facts"], "degraded"), "type"), "boolean");
    EXPECT_THAT(seal["step"]["reasons"], testing::Contains(Json("key_unusable")));
    EXPECT_EQ(named(named(all["constructs"], "settings")["options"], "spool")["restart"], true);
    EXPECT_EQ(textOf(named(all["constructs"], "slot"), "named_by"), "name");
}

TEST(SchemaDescription, TellsOfPluginsAndOfTheirTrouble) {
    const std::vector<PluginFacts> plugins = {
        {"notify-mine",
         "1.2.3",
         "providers",
         {"notifier/1"},
         R"({"type":"object","properties":{"wait_seconds":{"type":"integer","minimum":1,"default":5,"description":"How long"}},
             "step":{"type":"object","properties":{"x":{"type":"boolean","description":"X"}}}})"},
        {"odd-one", "0.1", "documents", {"transformer/1"}, "[]"}};
    const Json all = describeSchemas(plugins);
    const Json& mine = named(all["plugins"], "notify-mine", "id");
    EXPECT_EQ(mine["constructors"], Json::array({"notifier"}));
    EXPECT_EQ(textOf(mine, "pool"), "providers");
    const Json& wait = named(mine["options"], "wait_seconds");
    EXPECT_EQ(wait["default"], 5);
    EXPECT_EQ(textOf(wait, "unit"), "seconds");
    EXPECT_EQ(textOf(named(mine["step_options"], "x"), "type"), "boolean");
    const Json& odd = named(all["plugins"], "odd-one", "id");
    EXPECT_NE(textOf(odd, "problem"), "");
    EXPECT_FALSE(odd.contains("options"));
    EXPECT_EQ(odd["constructors"], Json::array({"provider"}));
}

TEST(SchemaDescription, IsTheSameEachTime) {
    EXPECT_EQ(dumpJson(describeSchemas()), dumpJson(describeSchemas()));
}

}  // namespace
}  // namespace greffe
