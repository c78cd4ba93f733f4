// SPDX-License-Identifier: Apache-2.0
#include "seal/der.h"

#include <gtest/gtest.h>
#include <openssl/asn1.h>

namespace greffe {
namespace {

// Every length form of X.690 8.1.3 around its borders, read back by OpenSSL.
TEST(Der, LengthsAtTheirBorders) {
    for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U, 16777216U}) {
        const std::string bytes = der::element(der::kOctetString, std::string(size, 'x'));
        EXPECT_EQ(bytes.size(), der::headerBytes(size) + size);
        const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
        long length = 0;
        int tag = 0;
        int kind = 0;
        EXPECT_EQ(ASN1_get_object(&at, &length, &tag, &kind, static_cast<long>(bytes.size())) & 0x80, 0)
            << size;
        EXPECT_EQ(static_cast<std::size_t>(length), size);
        EXPECT_EQ(tag, V_ASN1_OCTET_STRING);
    }
}

TEST(Der, ASetIsSortedByItsElementsBytes) {
    const std::string high = der::element(der::kInteger, "\x7f");
    const std::string low = der::element(der::kInteger, "\x01");
    const std::string octets = der::element(der::kOctetString, "\xff");
    EXPECT_EQ(der::setOf(der::kSet, {octets, high, low}), "\x31\x09" + low + high + octets);
}

TEST(Der, BytesAbove127SortBehindThoseBelow) {  // as unsigned: a signed comparison would turn it round
    const std::string big = der::element(der::kOctetString, "\x80");
    const std::string small = der::element(der::kOctetString, "\x7f");
    EXPECT_EQ(der::setOf(der::kSet, {big, small}), "\x31\x06" + small + big);
}

}  // namespace
}  // namespace greffe
