// SPDX-License-Identifier: Apache-2.0
#include "outline/function_excerpt.h"

#include "base/json.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

constexpr const char* kFile = "config/pipelines/x.lua";

std::string excerpt(const std::string& text, int line = 1, const std::string& option = "when") {
    Plan plan;
    plan.sourcesJson = dumpJson({{"files", {{{"name", kFile}, {"text", text}}}}});
    return functionExcerpt(plan, {"path", kFile, line}, option);
}

TEST(FunctionExcerpt, IsWhatAFunctionReturns) {
    EXPECT_EQ(excerpt("seal { when = function(d) return d.data.x == 1 end }"), "d.data.x == 1");
    EXPECT_EQ(excerpt("a = 1,\nwhen = function(d)\n  return d.data.x\n    and  d.y\nend,", 2),
              "d.data.x and d.y");
    EXPECT_EQ(excerpt("when = function(d, item) return item end"), "item");
}

TEST(FunctionExcerpt, IsTheWholeFunctionWhenItDoesMore) {
    EXPECT_EQ(excerpt("when = function(d) if d.x then return 1 end return 2 end, id = 'y'"),
              "function(d) if d.x then return 1 end return 2 end");
    EXPECT_EQ(excerpt("when = function(d) local n = 0 for i = 1, 3 do n = n + i end return n end"),
              "function(d) local n = 0 for i = 1, 3 do n = n + i end return n end");
    EXPECT_EQ(excerpt("when = function(d) repeat local x = 1 until x return x end }"),
              "function(d) repeat local x = 1 until x return x end");
}

TEST(FunctionExcerpt, IsEmptyWhereItWouldSayTheWrongThing) {
    EXPECT_EQ(excerpt("when = isUrgent"), "");
    EXPECT_EQ(excerpt("a { when = function(d) return 1 end }, b { when = function(d) return 2 end }"), "");
    EXPECT_EQ(excerpt("by = function(d) return 1 end"), "");
    EXPECT_EQ(excerpt("when = function(d) return 1 end", 2), "");
    EXPECT_EQ(excerpt("when = function(d) return '" + std::string(100, 'x') + "' end"), "");
    EXPECT_EQ(excerpt("when = function(d) return"), "");
    EXPECT_EQ(functionExcerpt(Plan(), {"path", kFile, 1}, "when"), "");
}

TEST(FunctionExcerpt, AWordInATextIsNoWord) {
    EXPECT_EQ(excerpt("when = function(d) return d.x == 'end' end, x = 'return'"), "d.x == 'end'");
}

}  // namespace
}  // namespace greffe
