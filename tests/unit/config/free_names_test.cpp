// SPDX-License-Identifier: Apache-2.0
#include "config/free_names.h"

#include "config/lua_annotations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace greffe {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> namesIn(std::string_view lua) {
    std::vector<std::string> names;
    for (const FreeName& free : freeNames(lua))
        names.push_back(free.name);
    return names;
}

TEST(FreeNames, AreFoundInsideFunctions) {
    EXPECT_THAT(namesIn("return function(d) return strng.upper(d.id) .. suffix end"),
                ElementsAre("strng", "suffix"));
    EXPECT_THAT(namesIn("if when then run(1) elseif other then run(2) end"),
                ElementsAre("when", "run", "other", "run"));
    EXPECT_THAT(namesIn("x = 1; return { [key] = value, name = given }"),
                ElementsAre("x", "key", "value", "given"));
    const auto found = freeNames("local a\nreturn  é_is_no_name, b");
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.back().name, "b");
    EXPECT_EQ(found.back().line, 2);
}

TEST(FreeNames, KnowEveryWayToDeclareOne) {
    EXPECT_THAT(namesIn("local a, b = 1, 2 return a + b"), IsEmpty());
    EXPECT_THAT(namesIn("local a <const>, b <close> = 1, nil return a, b"), IsEmpty());
    EXPECT_THAT(namesIn("local function f(n) return n == 0 and 1 or f(n - 1) end return f"), IsEmpty());
    EXPECT_THAT(namesIn("local t = {} function t.f(a, ...) return a, ... end function t:g(b) return self, b "
                        "end return t"),
                IsEmpty());
    EXPECT_THAT(namesIn("for i = 1, 10 do for k, v in t_of(i) do local s = k .. v .. i end end"),
                ElementsAre("t_of"));
    EXPECT_THAT(namesIn("local a = function(b) return b end return a"), IsEmpty());
}

TEST(FreeNames, AreNoFieldsKeysTextsOrLabels) {
    EXPECT_THAT(
        namesIn(
            "local d = {} return { when = d.facts.check, id = 'name', d:method(), [1] = [[text]] } -- words"),
        IsEmpty());
    EXPECT_THAT(namesIn("goto done ::done:: return nil, true, false"), IsEmpty());
    EXPECT_THAT(namesIn("local a = 1 return 0xFFp2, 1e5, a"), IsEmpty());
}

// xpcall was missing: a right configuration would have been refused.
TEST(FreeNames, AreNoneOfTheLibrarysThatEditorsKnow) {
    std::istringstream lines{std::string(libraryAnnotations())};
    int seen = 0;
    for (std::string line; std::getline(lines, line);) {
        const std::string start = "function ";
        const std::size_t end = line.find('(');
        if (line.rfind(start, 0) != 0 || end == std::string::npos) continue;
        const std::string name = line.substr(start.size(), end - start.size());
        if (name.find('.') != std::string::npos) continue;
        EXPECT_THAT(libraryNames(), Contains(name));
        ++seen;
    }
    EXPECT_GT(seen, 12);
}

TEST(FreeNames, EndWithAnyText) {
    for (const char* text :
         {"", "local", "local a <", "for", "function", "function f(", "local function", "a.", "::", "goto"})
        static_cast<void>(freeNames(text));
}

}  // namespace
}  // namespace greffe
