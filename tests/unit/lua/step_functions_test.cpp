// SPDX-License-Identifier: Apache-2.0
#include "support/lua_child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

using testing::HasSubstr;

Json sourcesOf(const std::string& text) {
    return {{"files", Json::array({{{"name", "m.lua"}, {"text", text}}})},
            {"main", "m.lua"},
            {"names", Json::array({"pipeline", "seal"})}};
}

const Json kDossier = Json::parse(R"({"id":"01J","data":{"amount":12.5,"count":3,"paid":true,"note":null},
    "facts":{"check":{"pages":4}},"documents":["a","b","c"],"zebra":1,"apple":2})");

// What the function f of a file that returns {f = …} gives for the dossier.
Json call(const std::string& body, const Json& dossier = kDossier) {
    const Json answer = luaAnswer(
        LuaCall::Prepare, {{"sources", sourcesOf("return { f = function(d, item) " + body + " end }")},
                           {"calls", Json::array({{{"path", "f"}, {"dossier", dossier}}})}});
    const Json& results = memberOf(answer, "results");
    return results.is_array() && results.size() == 1 ? results[0] : answer;
}

TEST(StepFunctions, ReadTheDossier) {
    EXPECT_EQ(memberOf(call("return d.facts.check.pages > 3 and d.data.paid"), "value"), Json(true));
    EXPECT_EQ(memberOf(call("return { #d.documents, d.documents[2], d.data.amount, d.data.note == nil, "
                            "d.nothing == nil }"),
                       "value"),
              Json::parse(R"([3,"b",12.5,true,true])"));
    EXPECT_EQ(memberOf(call("return nil"), "value"), Json());
    EXPECT_EQ(
        memberOf(call("return { n = d.data.count // 2, s = ('%05.1f'):format(d.data.amount) }"), "value"),
        Json::parse(R"({"n":1,"s":"012.5"})"));
}

TEST(StepFunctions, WalkTheDossierInOneOrder) {
    EXPECT_EQ(memberOf(call("local s = '' for k in pairs(d) do s = s .. k .. ' ' end return s"), "value"),
              Json("apple data documents facts id zebra "));
    EXPECT_EQ(memberOf(call("local s = '' for i, v in ipairs(d.documents) do s = s .. i .. v end return s"),
                       "value"),
              Json("1a2b3c"));
    EXPECT_EQ(memberOf(call("return { next(d.data), next(d.facts.check, 'pages') == nil, "
                            "table.concat(d.documents, '-'), table.unpack(d.documents) }"),
                       "value"),
              Json::parse(R"(["amount",true,"a-b-c","a","b","c"])"));
}

TEST(StepFunctions, CannotChangeTheDossier) {
    for (const char* attempt :
         {"d.id = 'x'", "d.facts.check.pages = 1", "d.new = 1", "d.documents[4] = 'd'",
          "d.documents[1] = nil", "table.insert(d.documents, 'd')", "table.remove(d.documents)",
          "table.sort(d.documents, function(a, b) return a > b end)", "setmetatable(d, {})",
          "getmetatable(d).__index = nil"}) {
        const Json result = call(
            std::string("local ok = pcall(function() ") + attempt +
            " end) return { ok, d.id, d.facts.check.pages, #d.documents, d.documents[1], d.new == nil }");
        EXPECT_EQ(memberOf(result, "value"), Json::parse(R"([false,"01J",4,3,"a",true])"))
            << attempt << " " << dumpJson(result);
    }
    EXPECT_THAT(textOf(call("d.id = 'x'"), "message"), HasSubstr("read-only"));
}

TEST(StepFunctions, StopAtTheirLimitsAndLetTheNextOneWork) {
    const Json answer = luaAnswer(
        LuaCall::Prepare,
        {{"sources",
          sourcesOf(
              "return { spin = function() while true do pcall(error) end end,\n"
              "grow = function() local t = {} while true do t[#t + 1] = ('x'):rep(100000) end end,\n"
              "huge = function() local a = ('x'):rep(1000000) return a..a..a..a..a..a..a..a..a..a end,\n"
              "bomb = function() return (('a'):rep(600)):find('.-.-.-.-.-b') end,\n"
              "fail = function(d) return d.a.b end,\n"
              "good = function(d) return d.id end }")},
         {"calls", Json::array({{{"path", "spin"}},
                                {{"path", "grow"}},
                                {{"path", "huge"}},
                                {{"path", "bomb"}},
                                {{"path", "fail"}, {"dossier", kDossier}},
                                {{"path", "good"}, {"dossier", kDossier}},
                                {{"path", "missing"}}})}});
    const Json& results = memberOf(answer, "results");
    ASSERT_EQ(results.size(), 7U) << dumpJson(answer);
    EXPECT_EQ(textOf(results[0], "code"), "lua_cpu_limit");
    // Filling 8 MiB may take longer than the 50 ms where fresh pages are dear: either limit ends it.
    EXPECT_THAT(textOf(results[1], "code"), testing::AnyOf("lua_memory_limit", "lua_cpu_limit"));
    EXPECT_EQ(numberOf(results[1], "line"), 2);
    EXPECT_EQ(textOf(results[2], "code"), "lua_memory_limit");
    EXPECT_EQ(textOf(results[3], "code"), "lua_cpu_limit");
    EXPECT_EQ(textOf(results[4], "message"), "attempt to index a nil value (field 'a')");
    EXPECT_EQ(numberOf(results[4], "line"), 5);
    EXPECT_EQ(memberOf(results[5], "value"), Json("01J"));
    EXPECT_EQ(textOf(results[6], "code"), "function_unknown");
}

TEST(StepFunctions, ReturnDataOnly) {
    EXPECT_EQ(textOf(call("return function() end"), "code"), "value_not_data");
    EXPECT_EQ(textOf(call("return { x = seal }"), "code"), "lua_runtime");
    EXPECT_EQ(textOf(call("local t = {} t.t = t return t"), "code"), "value_too_deep");
    EXPECT_EQ(textOf(call("local t = {} for i = 1, 20000 do t[i] = i end return t"), "code"),
              "value_too_large");
    EXPECT_EQ(textOf(call("return 0 / 0"), "code"), "number_not_finite");
    EXPECT_EQ(memberOf(call("return d.facts"), "value"), Json::parse(R"({"check":{"pages":4}})"));
    EXPECT_EQ(memberOf(call("return { all = d.documents }"), "value"),
              Json::parse(R"({"all":["a","b","c"]})"));
}

TEST(StepFunctions, SeeNoUnknownNames) {
    EXPECT_THAT(textOf(call("return complte"), "message"), HasSubstr("unknown name 'complte'"));
    EXPECT_THAT(textOf(call("counter = 1"), "message"), HasSubstr("keeps nothing between calls"));
    EXPECT_THAT(textOf(call("return env('HOME')"), "message"), HasSubstr("for configuration files"));
    EXPECT_THAT(textOf(call("return include 'x.lua'"), "message"), HasSubstr("for configuration files"));
}

TEST(StepFunctions, AreToldWhatIsReadOnly) {
    EXPECT_THAT(textOf(call("d.facts.check.pages = 1"), "message"), HasSubstr("the dossier is read-only"));
    const Json answer = luaAnswer(
        LuaCall::Prepare, {{"sources", sourcesOf("local seen = { deep = {} }\n"
                                                 "return { f = function(d) seen.deep.last = d.id end }")},
                           {"calls", Json::array({{{"path", "f"}, {"dossier", kDossier}}})}});
    const std::string said = textOf(memberOf(answer, "results")[0], "message");
    EXPECT_THAT(said, HasSubstr("made outside the function"));
    EXPECT_THAT(said, testing::Not(HasSubstr("dossier")));
}

TEST(StepFunctions, KeepNothingBetweenCalls) {
    const std::string text =
        "local count, seen, first = 0, {}, nil\n"
        "local limits = { small = { pages = 3 } }\n"
        "local function up() count = count + 1 return count end\n"
        "return { f = function(d) first = first or d.id local n = up() + up()\n"
        "  return { n, first, pcall(function() seen.x = 1 end), pcall(function() limits.small.pages = 9 "
        "end), limits.small.pages } end }";
    Json calls = Json::array();
    for (const char* id : {"a", "b", "c"})
        calls.push_back({{"path", "f"}, {"dossier", {{"id", id}}}});
    const Json answer = luaAnswer(LuaCall::Prepare, {{"sources", sourcesOf(text)}, {"calls", calls}});
    const Json& results = memberOf(answer, "results");
    ASSERT_EQ(results.size(), 3U) << dumpJson(answer);
    for (int i = 0; i < 3; ++i) {
        const Json value = memberOf(results[static_cast<std::size_t>(i)], "value");
        EXPECT_EQ(value[0], Json(3));
        EXPECT_EQ(value[1], calls[static_cast<std::size_t>(i)]["dossier"]["id"]);
        EXPECT_EQ(value[2], Json(false));
    }
}

TEST(StepFunctions, GiveTheSameAnswerInEveryProcess) {
    // Lua's own hash seed, and so the order of its tables, differs from state to state (M17).
    const std::string text =
        "local words = { delta = 1, alpha = 2, charlie = 3, bravo = 4, echo = 5, foxtrot = 6 }\n"
        "return { f = function(d) local out = {} for k, v in pairs(words) do out[#out + 1] = k .. v end\n"
        "  for k in pairs({ z = 1, y = 2, x = 3, w = 4 }) do out[#out + 1] = k end\n"
        "  for k in pairs(d) do out[#out + 1] = k end return table.concat(out, ' ') .. tostring(out) end }";
    std::set<std::string> answers;
    for (int i = 0; i < 12; ++i)
        answers.insert(dumpJson(
            luaAnswer(LuaCall::Prepare, {{"sources", sourcesOf(text)},
                                         {"calls", Json::array({{{"path", "f"}, {"dossier", kDossier}}})}})));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_THAT(*answers.begin(),
                HasSubstr("alpha2 bravo4 charlie3 delta1 echo5 foxtrot6 w x y z apple data"));
}

TEST(StepFunctions, AreFoundByTheirPlaceInThePlan) {
    const Json sources = sourcesOf(
        "return { pipelines = { pipeline { name = 'a' }, pipeline { name = 'b', steps = { seal { id = 's', "
        "reason = function(d) return 'for ' .. d.id end } } } } }");
    const Json tree = luaAnswer(LuaCall::Evaluate, sources);
    const Json reason = tree["main"]["pipelines"][1]["@options"]["steps"][0]["@options"]["reason"];
    EXPECT_EQ(reason,
              Json::parse(R"({"@function":{"file":"m.lua","line":1,"path":"pipelines.b.steps[1].reason"}})"));
    const Json answer = luaAnswer(
        LuaCall::Prepare,
        {{"sources", sources},
         {"calls", Json::array({{{"path", "pipelines.b.steps[1].reason"}, {"dossier", kDossier}}})}});
    EXPECT_EQ(memberOf(memberOf(answer, "results")[0], "value"), Json("for 01J"));
}

TEST(StepFunctions, AskForSourcesOnlyOnce) {
    const Json sources = sourcesOf("return { f = function(d, item) return item.name end }");
    const Json calls = Json::array({{{"path", "f"}, {"item", {{"name", "x"}}}}});
    const ChildEnd end = runContained(kLuaCpuSeconds, [&] {
        const Result<EvaluatorLibrary> library = openLuaModule();
        const Json before = *library->prepare({{"sources_sha256", "00"}, {"calls", calls}});
        const Json with = *library->prepare({{"sources", sources}, {"calls", calls}});
        const Result<Json> wrong =
            library->prepare({{"sources", sources}, {"sources_sha256", "00"}, {"calls", calls}});
        return dumpJson({before, with, wrong.ok()});
    });
    EXPECT_EQ(end.output, R"([{"needs_sources":true},{"results":[{"ok":true,"value":"x"}]},false])");
}

}  // namespace
}  // namespace greffe
