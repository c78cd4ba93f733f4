// SPDX-License-Identifier: Apache-2.0
#include "config/source_map.h"

#include "config/lua_lexer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

std::string wordsOf(std::string_view text) {
    std::string out;
    for (const LuaToken& token : lexLua(text))
        if (token.kind != LuaToken::Kind::End)
            out += fmt::format("{}@{}:{} ", token.text, token.line, token.column);
    return out;
}

TEST(LuaLexer, PlacesEveryWord) {
    EXPECT_EQ(wordsOf("a = 1\n  b={x}"), "a@1:1 =@1:3 1@1:5 b@2:3 =@2:4 {@2:5 x@2:6 }@2:7 ");
    EXPECT_EQ(wordsOf("x == y"), "x@1:1 ==@1:3 y@1:6 ");
}

TEST(LuaLexer, PassesOverTextsAndComments) {
    EXPECT_EQ(wordsOf("-- name = 1\nname --[[ name\n= ]] = [==[ } ]] ]==] \"a\\\"b}\""),
              "name@2:1 =@3:6  } ]] @3:8 a\\\"b}@3:23 ");
    EXPECT_EQ(wordsOf("#!/usr/bin/lua\nx"), "x@2:1 ");
}

TEST(LuaLexer, CountsCharactersNotBytes) {
    EXPECT_EQ(wordsOf("\"é€\" x"), "é€@1:1 x@1:6 ");
}

TEST(LuaLexer, EndsOnAnyText) {
    for (const char* broken : {"\"open", "[[open", "--[[open", "\\", "\"a\\", "[==", "'\n'", "\xff\xfe"})
        EXPECT_EQ(lexLua(broken).back().kind, LuaToken::Kind::End) << broken;
    EXPECT_EQ(lexLua(std::string(100'000, '[')).back().kind, LuaToken::Kind::End);
}

constexpr const char* kText = R"lua(local common = { 1, 2 }
return {
  settings = settings { spool = "/a",
    language = "fr" },
  pipelines = {
    pipeline { name = "one", steps = {
      seal { id = "a", when = function(d) return d.x, d.y end, level = "B-B" }, seal { id = "b", mark = { x = 1,
        page = "last" } },
      notify { to = { "x",
        "y" }, ["template"] = "t" },
    } },
  },
}
)lua";

std::string textOf(const SourcePlace& place) {
    return fmt::format("{}:{}", place.line, place.column);
}

class SourceMapOf : public testing::Test {
protected:
    SourceMapOf() { map.addFile("x.lua", kText); }
    std::string entry(int line, const char* kind, const TablePath& path) {
        return textOf(map.entry("x.lua", line, kind, path));
    }
    SourceMap map;
};

TEST_F(SourceMapOf, FindsTheKeysOfAConstructor) {
    EXPECT_EQ(entry(3, "settings", {std::string("spool")}), "3:25");
    EXPECT_EQ(entry(3, "settings", {std::string("language")}), "4:5");
    EXPECT_EQ(entry(6, "pipeline", {std::string("steps"), std::size_t{2}}), "7:81");
    EXPECT_EQ(entry(9, "notify", {std::string("to"), std::size_t{2}}), "10:9");
    EXPECT_EQ(entry(9, "notify", {std::string("template")}), "10:16");
}

TEST_F(SourceMapOf, IsNotMisledByFunctions) {
    EXPECT_EQ(entry(7, "seal", {std::string("level")}), "7:64");
}

TEST_F(SourceMapOf, TakesTheConstructorThatHasTheKey) {
    EXPECT_EQ(entry(7, "seal", {std::string("mark"), std::string("page")}), "8:9");
    EXPECT_EQ(entry(7, "seal", {std::string("mark"), std::string("width")}), "7:98");
}

TEST_F(SourceMapOf, FallsBackToTheConstructorAndTheLine) {
    EXPECT_EQ(entry(9, "notify", {std::string("via")}), "9:7");
    EXPECT_EQ(entry(12, "archive", {std::string("policy")}), "12:1");
    EXPECT_EQ(textOf(map.entry("none.lua", 4, "seal", {})), "4:0");
}

TEST_F(SourceMapOf, FindsTheKeysOfTheReturnedTable) {
    EXPECT_EQ(textOf(map.returned("x.lua", {std::string("pipelines")})), "5:3");
    EXPECT_EQ(textOf(map.returned("x.lua", {})), "2:8");
}

TEST_F(SourceMapOf, FindsWordsOnTheirLineOrBehindIt) {
    EXPECT_EQ(textOf(map.word("x.lua", 9, "y")), "10:9");
    EXPECT_EQ(textOf(map.word("x.lua", 9, "nowhere")), "9:1");
}

}  // namespace
}  // namespace greffe
