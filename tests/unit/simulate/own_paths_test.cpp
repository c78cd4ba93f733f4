// SPDX-License-Identifier: Apache-2.0
#include "simulate/own_paths.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

OwnPaths of(const std::string& folder) {
    Plan plan;
    plan.sourcesJson = R"({"files":[{"name":"config/greffe.lua"},{"name":"config/pipelines/seal.lua"}]})";
    return OwnPaths(plan, folder);
}

TEST(OwnPaths, NameFilesOfThePlanAsTheAuthorDoes) {
    EXPECT_EQ(of("w").in("(config/pipelines/seal.lua:2: step, see config/greffe.lua:1)"),
              "(w/pipelines/seal.lua:2: step, see w/greffe.lua:1)");
    EXPECT_EQ(of("a/config").in("config/greffe.lua:1"), "a/config/greffe.lua:1");
    EXPECT_EQ(of("config").in("config/greffe.lua:1"), "config/greffe.lua:1");
}

TEST(OwnPaths, LeaveWhatIsNoPlaceInThePlan) {
    for (const char* text :
         {"", "config/greffe.lua", "/etc/config/greffe.lua:1", "config/other.lua:1", "myconfig/greffe.lua:3"})
        EXPECT_EQ(of("w").in(text), text);
    EXPECT_EQ(OwnPaths().in("config/greffe.lua:1"), "config/greffe.lua:1");
}

}  // namespace
}  // namespace greffe
