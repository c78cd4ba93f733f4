// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

// GB-33: SHA-256, in 64 hexadecimal digits. GB-34: it gives nothing away because it is this one and no other.
TEST(Sha256, KnownAnswer) {  // FIPS 180-2, appendix B.1
    EXPECT_EQ(toHex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, AKeptStateGoesOnWhereItStopped) {
    const std::string text(1000, 'x');
    for (const std::size_t cut : {0U, 1U, 63U, 64U, 65U, 999U}) {
        Sha256 first;
        first.update(text.substr(0, cut));
        Sha256 second;
        ASSERT_TRUE(second.restoreState(first.saveState()));
        second.update(text.substr(cut));
        EXPECT_EQ(second.digest(), sha256(text)) << "cut at " << cut;
    }
}

TEST(Sha256, AForeignStateIsRefused) {
    Sha256 hash;
    EXPECT_FALSE(hash.restoreState("short"));
    EXPECT_FALSE(hash.restoreState(std::string(hash.saveState().size(), '\xff')));
    EXPECT_EQ(hash.digest(), sha256(""));
}

TEST(Hex, RoundTripAndRefusals) {
    std::string bytes;
    EXPECT_TRUE(fromHex("00ffA5", bytes));
    EXPECT_EQ(toHex(bytes), "00ffa5");
    EXPECT_FALSE(fromHex("0", bytes));
    EXPECT_FALSE(fromHex("zz", bytes));
}

}  // namespace
}  // namespace greffe
