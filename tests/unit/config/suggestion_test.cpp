// SPDX-License-Identifier: Apache-2.0
#include "config/suggestion.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

TEST(Suggestion, CountsLettersPutInLeftOutReplacedAndSwapped) {
    EXPECT_EQ(editDistance("", ""), 0);
    EXPECT_EQ(editDistance("", "abc"), 3);
    EXPECT_EQ(editDistance("profil", "profile"), 1);
    EXPECT_EQ(editDistance("profle", "profile"), 1);
    EXPECT_EQ(editDistance("porfile", "profile"), 1);
    EXPECT_EQ(editDistance("prefile", "profile"), 1);
    EXPECT_EQ(editDistance("kitten", "sitting"), 3);
    EXPECT_EQ(editDistance("sitting", "kitten"), 3);
}

TEST(Suggestion, FindsTheNearestNameAndNoFarOne) {
    const std::vector<std::string> names = {"seal",   "archive",   "validate",
                                            "notify", "page_size", "page_size_tolerance_millimetres"};
    EXPECT_EQ(closestName("sael", names), "seal");
    EXPECT_EQ(closestName("valdate", names), "validate");
    EXPECT_EQ(closestName("page_sice", names), "page_size");
    EXPECT_EQ(closestName("arch", names), "archive");
    EXPECT_EQ(closestName("seal", names), "");
    EXPECT_EQ(closestName("frobnicate", names), "");
    EXPECT_EQ(closestName("x", names), "");
    EXPECT_EQ(closestName("", names), "");
    EXPECT_EQ(closestName(std::string(100'000, 'a'), names), "");
}

}  // namespace
}  // namespace greffe
