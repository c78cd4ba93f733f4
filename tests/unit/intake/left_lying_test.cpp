// SPDX-License-Identifier: Apache-2.0
#include "intake/left_lying.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

using testing::HasSubstr;

const LeftLying::Time kStart{};
const Error kDenied = makeError(Errc::Denied, "nobody may read it");
const Error kBusy = makeError(Errc::Busy, "still being written");

TEST(LeftLying, IsToldOnceAndStaysInTheSummary) {
    LeftLying left;
    left.beginRound();
    EXPECT_THAT(left.note("a\n.pdf", kDenied, kStart)->text(), HasSubstr("a\\x0a.pdf is left where it lies"));
    EXPECT_FALSE(left.note("a\n.pdf", kDenied, kStart));
    left.beginRound();
    EXPECT_FALSE(left.note("a\n.pdf", kDenied, kStart));
    EXPECT_EQ(left.summary().count, 1U);
    EXPECT_TRUE(left.note("a\n.pdf", kBusy, kStart + LeftLying::kPatience)) << "another reason is news";
}

TEST(LeftLying, WhatMayOnlyBeSlowIsToldWhenItLasts) {
    LeftLying left;
    EXPECT_FALSE(left.note("a", kBusy, kStart));
    EXPECT_EQ(left.summary().count, 1U) << "to be seen, though";
    EXPECT_FALSE(left.note("a", kBusy, kStart + LeftLying::kPatience - std::chrono::seconds(1)));
    EXPECT_TRUE(left.note("a", kBusy, kStart + LeftLying::kPatience));
    EXPECT_FALSE(left.note("a", kBusy, kStart + LeftLying::kPatience));
}

TEST(LeftLying, ForgetsWhatIsNotSeenAnyMore) {
    LeftLying left;
    left.beginRound();
    left.note("a", kDenied, kStart);
    left.note("b", kDenied, kStart);
    left.beginRound();
    left.note("b", kDenied, kStart);
    EXPECT_EQ(left.summary().count, 2U) << "the round may still come to it";
    left.beginRound();
    EXPECT_EQ(left.summary().count, 1U);
    EXPECT_EQ(left.summary().first.front().first, "b");
    left.forget("b");
    EXPECT_EQ(left.summary().count, 0U);
}

TEST(LeftLying, IsBounded) {
    LeftLying left;
    left.beginRound();
    for (std::size_t i = 0; i < LeftLying::kMost + 5; ++i)
        left.note(std::to_string(i), kDenied, kStart);
    EXPECT_EQ(left.summary().count, LeftLying::kMost + 5);
    EXPECT_EQ(left.summary().first.size(), LeftLying::kMostShown);
    left.beginRound();
    EXPECT_EQ(left.summary().count, LeftLying::kMost + 5) << "until the next look has counted them";
}

}  // namespace
}  // namespace greffe
