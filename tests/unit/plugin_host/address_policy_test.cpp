// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/address_policy.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

struct Case {
    const char* address;
    AddressKind kind;
};

constexpr Case kCases[] = {
    {"8.8.8.8", AddressKind::Public},
    {"1.0.0.0", AddressKind::Public},
    {"9.255.255.255", AddressKind::Public},
    {"11.0.0.0", AddressKind::Public},
    {"172.15.255.255", AddressKind::Public},
    {"172.32.0.0", AddressKind::Public},
    {"192.167.255.255", AddressKind::Public},
    {"192.169.0.0", AddressKind::Public},
    {"100.63.255.255", AddressKind::Public},
    {"100.128.0.0", AddressKind::Public},
    {"223.255.255.255", AddressKind::Public},
    {"2606:4700::1111", AddressKind::Public},
    {"64:ff9b::808:808", AddressKind::Public},
    {"10.0.0.0", AddressKind::Private},
    {"10.255.255.255", AddressKind::Private},
    {"172.16.0.1", AddressKind::Private},
    {"172.31.255.255", AddressKind::Private},
    {"192.168.0.1", AddressKind::Private},
    {"100.64.0.1", AddressKind::Private},
    {"100.127.255.255", AddressKind::Private},
    {"fc00::1", AddressKind::Private},
    {"fdff::1", AddressKind::Private},
    {"fec0::1", AddressKind::Private},
    {"64:ff9b::a00:1", AddressKind::Private},
    {"127.0.0.1", AddressKind::Loopback},
    {"127.255.255.254", AddressKind::Loopback},
    {"::1", AddressKind::Loopback},
    {"::ffff:127.0.0.1", AddressKind::Loopback},
    {"2002:7f00:1::", AddressKind::Loopback},
    {"169.254.1.1", AddressKind::LinkLocal},
    {"fe80::1", AddressKind::LinkLocal},
    {"febf::1", AddressKind::LinkLocal},
    {"169.254.169.254", AddressKind::Metadata},
    {"169.254.170.2", AddressKind::Metadata},
    {"100.100.100.200", AddressKind::Metadata},
    {"168.63.129.16", AddressKind::Metadata},
    {"fd00:ec2::254", AddressKind::Metadata},
    {"::ffff:169.254.169.254", AddressKind::Metadata},
    {"64:ff9b::a9fe:a9fe", AddressKind::Metadata},
    {"0.0.0.0", AddressKind::Special},
    {"0.1.2.3", AddressKind::Special},
    {"192.0.2.1", AddressKind::Special},
    {"198.18.0.1", AddressKind::Special},
    {"198.51.100.1", AddressKind::Special},
    {"203.0.113.1", AddressKind::Special},
    {"224.0.0.1", AddressKind::Special},
    {"240.0.0.1", AddressKind::Special},
    {"255.255.255.255", AddressKind::Special},
    {"::", AddressKind::Special},
    {"::7f00:1", AddressKind::Special},
    {"ff02::1", AddressKind::Special},
    {"2001::1", AddressKind::Special},
    {"2001:db8::1", AddressKind::Special},
};

TEST(AddressPolicy, KnowsWhatAnAddressIs) {
    for (const Case& each : kCases) {
        IpAddress address;
        ASSERT_TRUE(IpAddress::parse(each.address, address)) << each.address;
        EXPECT_EQ(addressKindName(kindOf(address)), addressKindName(each.kind)) << each.address;
    }
}

TEST(AddressPolicy, AllowsPublicOnesAndPrivateOnesOnRequest) {
    for (const Case& each : kCases) {
        IpAddress address;
        ASSERT_TRUE(IpAddress::parse(each.address, address));
        const bool isInside = each.kind == AddressKind::Loopback || each.kind == AddressKind::Private;
        EXPECT_EQ(refusalOf(address, false) == nullptr, each.kind == AddressKind::Public) << each.address;
        EXPECT_EQ(refusalOf(address, true) == nullptr, isInside || each.kind == AddressKind::Public)
            << each.address;
    }
}

TEST(AddressPolicy, DoesNotTakeADisguise) {
    for (const char* text : {"::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "2002:808:808::1"}) {
        IpAddress address;
        ASSERT_TRUE(IpAddress::parse(text, address));
        EXPECT_EQ(kindOf(address), AddressKind::Public) << text;
        EXPECT_NE(refusalOf(address, false), nullptr) << text;
    }
}

TEST(AddressPolicy, ReadsNumbersOnly) {
    IpAddress address;
    for (const char* text : {"", "localhost", "127.1", "0x7f.0.0.1", "[::1]", "1.2.3.4 ", "::1%lo"})
        EXPECT_FALSE(IpAddress::parse(text, address)) << text;
}

}  // namespace
}  // namespace greffe
