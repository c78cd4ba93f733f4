// SPDX-License-Identifier: Apache-2.0
#include "intake/told_failures.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ToldFailures, AFewOfAKindAreToldThenHowManyThereWere) {
    ToldFailures failures;
    ToldFailures::Time now{};
    const Error full = makeError(Errc::NoSpace, "one.pdf: no room");
    for (int i = 0; i < ToldFailures::kMostOfAKind; ++i)
        EXPECT_TRUE(failures.toTell(full, now)) << i;
    for (int i = 0; i < 1'000; ++i)
        EXPECT_FALSE(failures.toTell(full, now));
    now += ToldFailures::kFor;
    const auto told = failures.toTell(full, now);
    ASSERT_TRUE(told);
    EXPECT_THAT(told->message, HasSubstr("one.pdf: no room; 1000 like it were not told"));
    EXPECT_THAT(failures.toTell(full, now)->message, Not(HasSubstr("not told")));
}

TEST(ToldFailures, AnotherKindIsToldAllTheSame) {
    ToldFailures failures;
    const ToldFailures::Time now{};
    for (int i = 0; i <= ToldFailures::kMostOfAKind; ++i)
        failures.toTell(makeError(Errc::NoSpace, "no room"), now);
    EXPECT_TRUE(failures.toTell(makeError(Errc::Io, "the disk fails"), now));
}

}  // namespace
}  // namespace greffe
