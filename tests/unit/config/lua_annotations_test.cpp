// SPDX-License-Identifier: Apache-2.0
#include "config/lua_annotations.h"

#include "base/json.h"
#include "config/schema.h"
#include "config/spec_schema.h"
#include "support/lua_child.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace greffe {
namespace {

using testing::HasSubstr;
using testing::Not;

const PluginFacts kMail{"notify-smtp",
                        "0.1.0",
                        "providers",
                        {"notifier/1"},
                        R"({"type":"object","required":["host"],"additionalProperties":false,"properties":{
        "host":{"type":"string","description":"The server"},
        "password":{"type":"string","format":"secret","description":"For it"},
        "tls":{"type":"string","enum":["none","starttls"],"default":"starttls","description":"How"}}})"};

// The lines of a class, up to the next empty line.
std::string classOf(const std::string& text, const std::string& name) {
    const std::size_t start = text.find(fmt::format("---@class {}\n", name));
    return start == std::string::npos ? "" : text.substr(start, text.find("\n\n", start) - start);
}

// "string.find", "pairs" …: every function that the library's part declares.
std::set<std::string> declaredFunctions() {
    std::set<std::string> names;
    const std::string text(libraryAnnotations());
    for (std::size_t at = 0; (at = text.find("\nfunction ", at)) != std::string::npos; ++at) {
        const std::size_t start = at + 10;
        names.insert(text.substr(start, text.find('(', start) - start));
    }
    return names;
}

// What a script makes of it: the text that it puts into a setting.
std::string saidByScript(const std::string& script) {
    const std::string text = script + "\nreturn { settings = settings { support_contact = said } }";
    const Json sources = {{"files", {{{"name", "config/greffe.lua"}, {"text", text}}}},
                          {"main", "config/greffe.lua"},
                          {"conf_d", Json::array()},
                          {"env", Json::object()},
                          {"names", {"settings"}}};
    const Json answer = luaAnswer(LuaCall::Evaluate, sources);
    EXPECT_EQ(dumpJson(memberOf(answer, "diagnostics")), "[]");
    return textOf(memberOf(memberOf(memberOf(answer, "main"), "settings"), "@options"), "support_contact");
}

TEST(LuaAnnotations, DefineEveryConstructorOnce) {
    const std::string text = luaAnnotations();
    for (const std::string& name : constructorNames()) {
        const std::string definition = fmt::format("\nfunction {}(options) end\n", name);
        const std::size_t first = text.find(definition);
        ASSERT_NE(first, std::string::npos) << name;
        EXPECT_EQ(text.find(definition, first + 1), std::string::npos) << name;
    }
    for (const std::string& name : specConstructorNames())
        EXPECT_THAT(text, HasSubstr(fmt::format("\nfunction {}(options) end\n", name)));
    EXPECT_THAT(text, HasSubstr("---@return fun(spec: greffe.spec.spec|greffe.SpecEntry[]): greffe.Spec\n"));
    EXPECT_THAT(text, HasSubstr("---@param options greffe.instance.archive|greffe.step.archive\n"));
    EXPECT_THAT(text, HasSubstr("---@param options greffe.part.role|string\n"));
    EXPECT_THAT(text, HasSubstr("---@overload fun(options: greffe.part.role): greffe.made.role\n"));
}

TEST(LuaAnnotations, HaveEveryOptionWithItsTypeAndSentence) {
    const std::string text = luaAnnotations();
    const std::function<void(const std::string&, const std::vector<Option>&)> lookAt =
        [&](const std::string& name, const std::vector<Option>& options) {
            const std::string fields = classOf(text, name);
            ASSERT_NE(fields, "") << name;
            for (const Option& option : options) {
                EXPECT_THAT(fields, testing::ContainsRegex(fmt::format("---@field {}[?]? ", option.name)))
                    << name;
                EXPECT_THAT(fields, HasSubstr(option.doc)) << name;
                for (const std::string& value : option.allowed)
                    EXPECT_THAT(fields, HasSubstr(fmt::format("\"{}\"", value)))
                        << name << "." << option.name;
                if (option.inner != nullptr && !option.inner->options.empty())
                    lookAt(name + "." + option.name, option.inner->options);
            }
        };
    for (const Schema& schema : allSchemas())
        lookAt(fmt::format("greffe.{}.{}", nameOf(schema.group), schema.name), schema.options);
    const std::string seal = classOf(text, "greffe.step.seal");
    EXPECT_THAT(seal, HasSubstr("---@field key string The key that seals"));
    EXPECT_THAT(
        seal,
        HasSubstr(R"(---@field level? "B-B"|"B-T" B-B, or B-T with a proof of the time (default "B-B"))"));
    EXPECT_THAT(seal, HasSubstr("---@field reason? string|fun(d: greffe.Dossier, item: any): string "));
    EXPECT_THAT(seal, HasSubstr("---@field mark? greffe.step.seal.mark "));
    EXPECT_THAT(classOf(text, "greffe.step.choose"),
                HasSubstr("---@field by fun(d: greffe.Dossier, item: any): string "));
    EXPECT_THAT(classOf(text, "greffe.step.each"), HasSubstr("|fun(d: greffe.Dossier, item: any): any[] "));
    EXPECT_THAT(classOf(text, "greffe.step.task"), HasSubstr("---@field on? table<string, greffe.Outcome> "));
    EXPECT_THAT(classOf(text, "greffe.pipeline.pipeline"),
                HasSubstr("---@field intake? (greffe.made.folder|greffe.made.queue)[] "));
}

TEST(LuaAnnotations, SayWhatFunctionsAreGiven) {
    const std::string text = luaAnnotations();
    for (const ViewClass& type : dossierView()) {
        const std::string fields = classOf(text, "greffe." + type.name);
        for (const Fact& field : type.fields)
            EXPECT_THAT(fields, HasSubstr("---@field " + field.name)) << type.name;
    }
    EXPECT_THAT(classOf(text, "greffe.facts.seal"), HasSubstr("---@field timestamp? table "));
    EXPECT_THAT(text, HasSubstr("---@class greffe.Facts: greffe.facts.validate, greffe.facts.seal, "));
    EXPECT_THAT(text, HasSubstr("---@field pipelines? (greffe.made.pipeline)[] "));
}

TEST(LuaAnnotations, KnowTheOptionsOfInstalledPlugins) {
    EXPECT_THAT(luaAnnotations(), Not(HasSubstr("notify_smtp")));
    const std::vector<PluginFacts> plugins = {kMail,
                                              {"strange", "1", "providers", {"notifier/1"}, "no JSON"}};
    const std::string text = luaAnnotations(plugins);
    EXPECT_THAT(text, HasSubstr("---@class greffe.plugin.notify_smtp.notifier: greffe.instance.notifier\n"
                                "---@field plugin \"notify-smtp\" "));
    EXPECT_THAT(text, HasSubstr("---@field password? greffe.Secret For it\n"));
    EXPECT_THAT(text, HasSubstr("---@field tls? \"none\"|\"starttls\" How (default \"starttls\")\n"));
    EXPECT_THAT(text,
                HasSubstr("---@param options greffe.instance.notifier|greffe.plugin.notify_smtp.notifier\n"));
    EXPECT_THAT(text, Not(HasSubstr("greffe.plugin.strange")));
}

// The sandbox complains of names that are no locals: the text is Lua, but not for it. So does everything else
// that is wrong with it as Lua, under another code.
TEST(LuaAnnotations, AreLua) {
    const std::vector<PluginFacts> plugins = {kMail};
    const Json sources = {{"files", {{{"name", "config/greffe.lua"}, {"text", luaAnnotations(plugins)}}}},
                          {"main", "config/greffe.lua"},
                          {"conf_d", Json::array()},
                          {"env", Json::object()},
                          {"names", constructorNames()}};
    const Json answer = luaAnswer(LuaCall::Evaluate, sources);
    std::set<std::string> codes;
    for (const Json& diagnostic : memberOf(answer, "diagnostics"))
        codes.insert(textOf(diagnostic, "code"));
    EXPECT_THAT(codes, testing::Contains("global_assignment"));
    EXPECT_THAT(codes, Not(testing::Contains("lua_syntax")));
}

TEST(LuaAnnotations, DeclareTheLibraryOfTheSandboxAndNothingElse) {
    const std::set<std::string> declared = declaredFunctions();
    EXPECT_GT(declared.size(), 60U);
    std::string script = "local said = \"\"\n";
    for (const std::string& name : declared)
        script += fmt::format("if type({0}) ~= \"function\" then said = said .. \" {0}\" end\n", name);
    EXPECT_EQ(saidByScript(script), "") << "declared, but not there";
    // The other way round: every name of Lua 5.4 that the sandbox has is declared.
    constexpr std::string_view kNames[] = {
        "assert",          "collectgarbage", "dofile",         "error",          "getmetatable",
        "ipairs",          "load",           "loadfile",       "next",           "pairs",
        "pcall",           "print",          "rawequal",       "rawget",         "rawlen",
        "rawset",          "require",        "select",         "setmetatable",   "tonumber",
        "tostring",        "type",           "warn",           "xpcall",         "string.byte",
        "string.char",     "string.dump",    "string.find",    "string.format",  "string.gmatch",
        "string.gsub",     "string.len",     "string.lower",   "string.match",   "string.pack",
        "string.packsize", "string.rep",     "string.reverse", "string.sub",     "string.unpack",
        "string.upper",    "table.concat",   "table.insert",   "table.move",     "table.pack",
        "table.remove",    "table.sort",     "table.unpack",   "math.abs",       "math.acos",
        "math.asin",       "math.atan",      "math.ceil",      "math.cos",       "math.deg",
        "math.exp",        "math.floor",     "math.fmod",      "math.log",       "math.max",
        "math.min",        "math.modf",      "math.rad",       "math.random",    "math.randomseed",
        "math.sin",        "math.sqrt",      "math.tan",       "math.tointeger", "math.type",
        "math.ult",        "utf8.char",      "utf8.codepoint", "utf8.codes",     "utf8.len",
        "utf8.offset"};
    script = "local said = \"\"\n";
    for (const std::string_view name : kNames) {
        if (declared.count(std::string(name)) != 0) continue;
        const std::size_t dot = name.find('.');
        // A name of the base library that is not there is a word of the configuration.
        const std::string there =
            dot == std::string_view::npos ? "" : fmt::format("type({}) == \"function\"", name);
        if (!there.empty()) script += fmt::format("if {} then said = said .. \" {}\" end\n", there, name);
    }
    EXPECT_EQ(saidByScript(script), "") << "there, but not declared";
}

TEST(LuaAnnotations, SettingsOfTheLanguageServerNameTheLibrary) {
    const Json settings = Json::parse(languageServerSettings(".greffe"));
    EXPECT_EQ(settings["workspace.library"], Json::array({".greffe"}));
    EXPECT_EQ(settings["runtime.version"], "Lua 5.4");
    EXPECT_EQ(settings["runtime.builtin"]["io"], "disable");
}

}  // namespace
}  // namespace greffe
