// SPDX-License-Identifier: Apache-2.0
// Scripts that want to stay, to grow or to get out. Each must end by itself within the limits: the caller's
// RLIMIT_CPU is there, and none of these may need it.
#include "support/lua_child.h"
#include "sys/files.h"
#include "workers/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace greffe {
namespace {

struct Hostile {
    std::string name;
    std::string text;
};

void PrintTo(const Hostile& hostile, std::ostream* out) {
    *out << hostile.name;
}

// The corpus beside the checkout, when it is there, and our own.
std::vector<Hostile> hostileScripts() {
    std::vector<Hostile> all = {
        {"pcall_pyramid", "local function f() pcall(f) return f() end f()"},
        {"pcall_forever", "while true do pcall(function() while true do end end) end"},
        {"xpcall_handler", "while true do xpcall(error, function() while true do end end) end"},
        {"goto_loop", "::again:: goto again"},
        {"float_loop", "for i = 1, math.huge do end"},
        {"sort_comparator", "table.sort({3, 2, 1}, function() while true do pcall(error) end end)"},
        {"sort_liar",
         "local t = {} for i = 1, 1000 do t[i] = i % 7 end table.sort(t, function() return true end) return "
         "t"},
        {"gsub_callback", "('x'):rep(10):gsub('.', function() while true do pcall(error) end end)"},
        {"close_later",
         "local mt = {} local t = setmetatable({}, mt) mt.__close = function() while true do end end "
         "do local x <close> = t end"},
        {"gc_later",
         "local mt = {} setmetatable({}, mt) mt.__gc = function() while true do end end "
         "for i = 1, 1e5 do setmetatable({}, mt) end"},
        {"index_chain",
         "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) return t[1]"},
        {"tostring_of_itself",
         "local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) return tostring(t)"},
        {"concat_in_pcall",
         "while true do pcall(function() local s = ('x'):rep(1048576) while true do s = s .. s end end) end"},
        {"concat_at_limit",
         "local s = ('x'):rep(1048576) for i = 1, 3 do s = s .. s end while true do local t = s .. 'y' end"},
        {"compare_long",
         "local a = ('x'):rep(1048576) for i = 1, 3 do a = a .. a end local b = a .. '' "
         "while true do if a ~= b then return end end"},
        {"interning", "local t = {} for i = 1, 1e9 do t['k' .. i] = i end"},
        {"closures", "local t = {} for i = 1, 1e9 do t[i] = function() return i end end"},
        {"garbage_at_limit",
         "local keep = {} for i = 1, 5e5 do keep[i] = {i} end while true do local t = {{}, {}} end"},
        {"move", "table.move({}, 1, 1e9, 2)"},
        {"insert_len", "table.insert(setmetatable({}, {__len = function() return 1e9 end}), 1, 0)"},
        {"remove_len", "table.remove(setmetatable({}, {__len = function() return 1e9 end}), 1)"},
        {"unpack", "return select('#', table.unpack({}, 1, 1e8))"},
        {"concat_len",
         "return table.concat(setmetatable({}, {__len = function() return 1e9 end, __index = function() "
         "return 'x' end}))"},
        {"rep_overflow",
         "pcall(string.rep, 'xx', math.maxinteger) pcall(string.rep, 'xx', math.mininteger) return "
         "('x'):rep(1e9)"},
        {"rep_separator", "return (''):rep(1e9, 'x')"},
        {"pattern_nested", "return (('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(30))"},
        {"pattern_lazy", "return (('a'):rep(600)):find('.-.-.-.-.-b')"},
        {"pattern_match", "return (('a'):rep(50000)):match(('(a-)'):rep(12) .. 'b')"},
        {"pattern_balance", "return (('('):rep(200000)):gsub('%b()', '')"},
        {"pattern_gmatch", "for a in (('a'):rep(5000)):gmatch('.-.-.-.-b') do end"},
        {"pattern_in_pcall", "while true do pcall(string.find, ('a'):rep(600), '.-.-.-.-.-b') end"},
        {"environment", "_ENV.string.rep = nil"},
        {"environment_swap",
         "local _ENV = setmetatable({}, {__index = function() while true do end end}) return x"},
        {"error_table", "local t = {} for i = 1, 1e6 do t[i] = {} end error(t)"},
        {"error_error", "error(setmetatable({}, {__tostring = function() while true do end end}))"},
        {"value_bomb", "local t = {} for i = 1, 60 do t = {t, t} end return t"},
        {"value_text_bomb",
         "local s = ('x'):rep(1000000) local t = {} for i = 1, 1e5 do t[i] = s end return t"},
        {"value_many",
         "local t = {} for i = 1, 500 do t[i] = {} for k = 1, 1000 do t[i][k] = k end end return t"},
        {"value_named", "local t = {} for i = 1, 1e5 do t['k' .. i] = i end return {t, t, t}"},
        {"nested_source", "return " + std::string(900'000, '(')},
        {"nested_tables", "return " + std::string(900'000, '{')},
        {"long_expression",
         [] {
             std::string text = "return 1";
             while (text.size() < 900'000)
                 text += "+1";
             return text;
         }()},
        {"pairs_huge", "local t = {} for i = 1, 1e6 do t[i] = i end for k in pairs(t) do end"},
        {"next_huge", "local t = {} for i = 1, 1e5 do t[i] = i end for k in next, t do end"},
        {"utf8_long", "local s = ('x'):rep(1048576) s = s .. s .. s while true do utf8.len(s) end"},
        {"lower_long",
         "local s = ('x'):rep(1048576) s = s .. s .. s while true do local t = s:lower():reverse() end"},
        {"number_long", "local s = ('1'):rep(1048576) s = s .. s .. s while true do tonumber(s) end"},
        {"codes_long",
         "local s = 'x' .. ('\\x80'):rep(1048575) local step = utf8.codes('x') "
         "while true do pcall(step, s, 1) end"},
        {"offset_long", "local s = ('\\xC3\\xA9'):rep(524288) while true do utf8.offset(s, -400000) end"},
        {"arithmetic_long", "local s = ('1'):rep(1048576) s = s .. s .. s while true do local x = s + 0 end"},
        {"floor_long", "local s = ('1'):rep(1048576) s = s .. s .. s while true do math.abs(s) end"},
        {"index_long",
         "local s = ('1'):rep(1048576) s = s .. s .. s while true do pcall(string.sub, 'x', s) end"},
        {"limit_long",
         "local s = ('1'):rep(1048576) s = s .. s .. s "
         "while true do pcall(function() for i = 1, s do break end end) end"},
        {"less_long",
         "local a = ('x'):rep(1048576) a = a .. a .. a local b = a .. 'y' while true do local t = a < b end"},
        {"pairs_often", "local t = {} for i = 1, 1e5 do t[i] = i end while true do pcall(pairs, t) end"},
        {"include_itself", "return include 'm.lua'"},
        {"constructor_flood", "local t = {} for i = 1, 1e9 do t[i] = step { i } end"},
        {"name_flood", "for i = 1, 1e9 do local x = _ENV['name' .. i] end"},
    };
    const std::string corpus = std::string(GREFFE_SOURCE_DIR) + "/../shared/corpus/hostile/generated";
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(corpus, none)) {
        const std::string name = entry.path().filename().string();
        if (name.rfind("lua-", 0) != 0) continue;
        if (Result<std::string> text = readFile(entry.path().string(), 1U << 20U))
            all.push_back({"corpus_" + name, *text});
    }
    for (Hostile& hostile : all)
        for (char& c : hostile.name)
            if (c == '-' || c == '.') c = '_';
    return all;
}

Json inputOf(const std::string& text) {
    return {{"files", Json::array({{{"name", "m.lua"}, {"text", text}}})},
            {"main", "m.lua"},
            {"names", Json::array({"step"})}};
}

// 2 s are the script's. The rest is for loading the module, a last look that comes late, and a full state to
// close.
constexpr double kMostCpuSeconds = 2.6;

TEST(LuaSandbox, EndsBeforeThePoolEndsIt) {
    EXPECT_GE(defaultLimits(PoolKind::Lua).cpuSecondsPerCall, 1.5 * kMostCpuSeconds);
}

class HostileLua : public testing::TestWithParam<Hostile> {};

TEST_P(HostileLua, EndsByItselfWithinItsLimits) {
    const ChildEnd end = callLuaInChild(LuaCall::Evaluate, inputOf(GetParam().text));
    ASSERT_TRUE(end.hasFinished()) << "ended by signal " << (end.wasKilled() ? WTERMSIG(end.status) : 0);
    EXPECT_FALSE(Json::parse(end.output, nullptr, false).is_discarded());
    EXPECT_THAT(end.output, testing::Not(testing::HasSubstr("\"failed\"")));
#ifndef GREFFE_SANITIZED
    static const long idleKib = callLuaInChild(LuaCall::Evaluate, inputOf("return {}")).peakKib;
    EXPECT_LE(end.cpuSeconds, kMostCpuSeconds);
    EXPECT_LE(end.peakKib - idleKib, 70 * 1024);
#endif
}

INSTANTIATE_TEST_SUITE_P(All, HostileLua, testing::ValuesIn(hostileScripts()),
                         [](const auto& one) { return one.param.name; });

TEST(LuaSandbox, HasNoDoorToTheOutside) {
    for (const char* name :
         {"load", "loadfile", "loadstring", "dofile", "require", "package", "io", "os", "debug", "coroutine",
          "collectgarbage", "print", "rawset", "rawget", "_G", "warn"}) {
        const Json answer =
            luaAnswer(LuaCall::Evaluate, inputOf("return { it = " + std::string(name) + " }"));
        EXPECT_EQ(memberOf(memberOf(answer, "main"), "it"), Json({{"@word", name}}))
            << name << " is more than a word";
    }
    for (const char* gone : {"string.dump", "string.pack", "math.random", "math.randomseed", "(''):dump()",
                             "('').dump", "getmetatable('')", "getmetatable(string)", "getmetatable(_ENV)"}) {
        const Json answer = luaAnswer(LuaCall::Evaluate,
                                      inputOf("local ok, it = pcall(function() return " + std::string(gone) +
                                              " end) return { it = ok and it or false }"));
        EXPECT_EQ(memberOf(memberOf(answer, "main"), "it"), Json(false)) << gone;
    }
}

TEST(LuaSandbox, ShowsNoAddress) {
    const Json answer = luaAnswer(
        LuaCall::Evaluate, inputOf("return { tostring({}), tostring(print), string.format('%s %s', {}, "
                                   "function() end), tostring(step), "
                                   "(pcall(string.format, '%p', {})), select(2, pcall(error, {})) == nil }"));
    EXPECT_EQ(memberOf(answer, "main"),
              Json::parse(R"(["table","table","table function","table",false,false])"));
}

TEST(LuaSandbox, StringFunctionsWorkAsTheManualSays) {
    const Json answer = luaAnswer(LuaCall::Evaluate, inputOf(R"lua(
local words = {}
for word, at in ("one two  three"):gmatch("(%a+)()") do words[#words + 1] = word .. at end
local list = { "b", "c" }
table.insert(list, 1, "a") table.insert(list, "d")
local removed = table.remove(list, 2)
local stable = { { 1, "x" }, { 0, "y" }, { 1, "z" } }
table.sort(stable, function(a, b) return a[1] < b[1] end)
return {
  words = words,
  sub = { ("hello world"):gsub("o", "0") },
  named = (("$name is $what"):gsub("%$(%w+)", { name = "Ann" })),
  called = (("abc"):gsub("%w", function(c) if c ~= "b" then return c:upper() end end)),
  swapped = (("key=value"):gsub("(%w+)=(%w+)", "%2=%1 %0 %%")),
  anchored = (("aaa"):gsub("^a", "b")),
  empty = { ("abc"):gsub("", "-") },
  limited = { ("aaaa"):gsub("a", "b", 2) },
  find = { ("a.b"):find(".", 1, true) },
  from = { ("hello"):find("l", -2) },
  beyond = ("x"):find("", 10) == nil,
  match = ("2026-11"):match("^(%d+)%-"),
  list = list, removed = removed, moved = table.move({ 1, 2, 3 }, 1, 3, 2),
  stable = { stable[1][2], stable[2][2], stable[3][2] },
  keys = (function() local s = "" for k in pairs({ b = 1, a = 2, 7, [true] = 3 }) do s = s .. tostring(k) .. " " end return s end)(),
  first = next({ b = 1, a = 2 }), none = next({}) == nil,
}
)lua"));
    const Json expected = Json::parse(R"({
      "words": ["one4", "two8", "three15"], "sub": ["hell0 w0rld", 2], "named": "Ann is $what", "called": "AbC",
      "swapped": "value=key key=value %", "anchored": "baa", "empty": ["-a-b-c-", 4], "limited": ["bbaa", 2],
      "find": [2, 2], "from": [4, 4], "beyond": true, "match": "2026", "list": ["a", "c", "d"], "removed": "b",
      "moved": [1, 1, 2, 3], "stable": ["y", "x", "z"], "keys": "1 a b true ", "first": "a", "none": true})");
    EXPECT_EQ(memberOf(answer, "main"), expected) << dumpJson(answer);
}

}  // namespace
}  // namespace greffe
