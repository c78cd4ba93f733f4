// SPDX-License-Identifier: Apache-2.0
#include "config/schema_reference.h"

#include "base/json.h"
#include "config/diagnostic.h"
#include "config/spec_schema.h"
#include "config/step_kinds.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
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
    for (const Schema& schema : specSchemas()) {
        EXPECT_THAT(page, HasSubstr(fmt::format("### `{}`\n\n{}.\n{}", schema.name, schema.doc,
                                                schema.page.purpose)));
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

TEST(SchemaReference, HasAPageForEveryConstruct) {
    for (const Schema& schema : allSchemas()) {
        EXPECT_GT(schema.page.purpose.size(), 40U) << schema.name;
        EXPECT_FALSE(schema.page.example.empty()) << schema.name;
        if (schema.group != SchemaGroup::Step) continue;
        EXPECT_GT(schema.page.ends.size(), 40U) << schema.name;
        // Its options are shown, and what every step has only once.
        const std::string page = referencePage();
        const std::size_t start = page.find(fmt::format("\nHow it ends: {}\n", schema.page.ends));
        EXPECT_NE(start, std::string::npos) << schema.name;
        for (const Fact& fact : schema.page.facts)
            EXPECT_THAT(page.substr(start), HasSubstr(fmt::format("| `{}` | `{}` |", fact.name, fact.type)));
        for (const Reason reason : schema.page.reasons)
            EXPECT_THAT(page, HasSubstr(fmt::format("| `{}` |", reasonCode(reason))));
    }
}

TEST(SchemaReference, EveryLinkLeadsSomewhere) {
    const std::string page = referencePage();
    std::set<std::string> anchors;
    for (std::size_t at = 0; (at = page.find("\n#", at)) != std::string::npos; ++at) {
        std::string anchor;
        const std::size_t start = page.find(' ', at) + 1;
        for (const char c : page.substr(start, page.find('\n', start) - start)) {
            if (c == ' ') anchor += '-';
            if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-')
                anchor += static_cast<char>(std::tolower(c));
        }
        EXPECT_TRUE(anchors.insert(anchor).second) << "two headings are " << anchor;
    }
    std::size_t links = 0;
    for (std::size_t at = 0; (at = page.find("](#", at)) != std::string::npos; ++at, ++links)
        EXPECT_THAT(anchors, testing::Contains(page.substr(at + 3, page.find(')', at) - at - 3)));
    EXPECT_GT(links, allSchemas().size());
}

TEST(SchemaReference, TheKeptManualIsTheOneOfTheseSchemas) {
    const std::string file = std::string(GREFFE_SOURCE_DIR) + "/config/README.md";
    if (std::getenv("GREFFE_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << referencePage();
    const Result<std::string> kept = readFile(file, 1U << 20U);
    ASSERT_TRUE(kept) << kept.error().text();
    EXPECT_TRUE(*kept == referencePage())
        << "config/README.md is not what the schemas say. Write it anew, and read the difference:\n"
           "  GREFFE_UPDATE_GOLDEN=1 build/dev/tests/unit_config --gtest_filter='SchemaReference.*'";
}

TEST(Schemas, TellTheUnitOfANumber) {
    const Schema& seal = *findSchema(SchemaGroup::Step, "seal");
    EXPECT_EQ(unitOf(*seal.find("deadline_seconds")), "seconds");
    EXPECT_EQ(unitOf(*seal.find("mark")->inner->find("width")), "millimetres");
    EXPECT_EQ(unitOf(*seal.find("certify")), "");
}

}  // namespace
}  // namespace greffe
