// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace greffe {
namespace {

using Kind = AddressKind;

struct Row4 {
    std::uint32_t network;
    int bits;
    Kind kind;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
    return a << 24U | b << 16U | c << 8U | d;
}

// First match counts: single metadata addresses stand before the networks that hold them.
constexpr Row4 kRows4[] = {
    {v4(169, 254, 169, 254), 32, Kind::Metadata},  // AWS, Azure, Google, OpenStack
    {v4(169, 254, 170, 2), 32, Kind::Metadata},    // AWS containers
    {v4(169, 254, 170, 23), 32, Kind::Metadata},   // AWS pods
    {v4(100, 100, 100, 200), 32, Kind::Metadata},  // Alibaba
    {v4(168, 63, 129, 16), 32, Kind::Metadata},    // Azure's wire server: a public number that is none
    {v4(192, 0, 0, 192), 32, Kind::Metadata},      // Oracle
    {v4(0, 0, 0, 0), 8, Kind::Special},
    {v4(10, 0, 0, 0), 8, Kind::Private},
    {v4(100, 64, 0, 0), 10, Kind::Private},
    {v4(127, 0, 0, 0), 8, Kind::Loopback},
    {v4(169, 254, 0, 0), 16, Kind::LinkLocal},
    {v4(172, 16, 0, 0), 12, Kind::Private},
    {v4(192, 0, 0, 0), 24, Kind::Special},
    {v4(192, 0, 2, 0), 24, Kind::Special},
    {v4(192, 88, 99, 0), 24, Kind::Special},
    {v4(192, 168, 0, 0), 16, Kind::Private},
    {v4(198, 18, 0, 0), 15, Kind::Special},
    {v4(198, 51, 100, 0), 24, Kind::Special},
    {v4(203, 0, 113, 0), 24, Kind::Special},
    {v4(224, 0, 0, 0), 3, Kind::Special},  // multicast, reserved, broadcast
};

struct Row6 {
    const char* network;
    int bits;
    Kind kind;
};

constexpr Row6 kRows6[] = {
    {"fd00:ec2::254", 128, Kind::Metadata},  // AWS
    {"fd20:ce::254", 128, Kind::Metadata},   // Google
    {"::1", 128, Kind::Loopback},
    {"::", 96, Kind::Special},  // unspecified, and v4-compatible addresses of long ago
    {"fe80::", 10, Kind::LinkLocal},
    {"fec0::", 10, Kind::Private},  // site-local, withdrawn but still routed in places
    {"fc00::", 7, Kind::Private},
    {"ff00::", 8, Kind::Special},
    {"64:ff9b:1::", 48, Kind::Private},  // a site's own translation
    {"100::", 64, Kind::Special},
    {"2001::", 23, Kind::Special},  // Teredo and other protocols' own
    {"2001:db8::", 32, Kind::Special},
    {"3fff::", 20, Kind::Special},
    {"5f00::", 16, Kind::Special},
};

bool startsWith(const std::array<std::uint8_t, 16>& bytes, const std::uint8_t* prefix, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(prefix, prefix + whole, bytes.begin())) return false;
    const int rest = bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xffU << (8 - rest));
    return (bytes[whole] & mask) == (prefix[whole] & mask);
}

Kind kindOf4(const std::uint8_t* bytes) {
    const std::uint32_t number = v4(bytes[0], bytes[1], bytes[2], bytes[3]);
    for (const Row4& row : kRows4)
        if ((number ^ row.network) >> (32 - row.bits) == 0) return row.kind;
    return Kind::Public;
}

constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::uint8_t kTranslated[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};
constexpr std::uint8_t kNat64[12] = {0, 0x64, 0xff, 0x9b};
constexpr std::uint8_t k6to4[2] = {0x20, 0x02};

// Where a v6 address carries a v4 one, or -1.
int embeddedV4At(const std::array<std::uint8_t, 16>& bytes) {
    for (const std::uint8_t* prefix : {kMapped, kTranslated, kNat64})
        if (startsWith(bytes, prefix, 96)) return 12;
    return startsWith(bytes, k6to4, 16) ? 2 : -1;
}

bool isDisguised(const std::array<std::uint8_t, 16>& bytes) {
    return embeddedV4At(bytes) >= 0 && !startsWith(bytes, kNat64, 96);
}

}  // namespace

std::string_view addressKindName(AddressKind kind) {
    switch (kind) {
        case Kind::Public: return "public";
        case Kind::Loopback: return "loopback";
        case Kind::Private: return "private";
        case Kind::LinkLocal: return "link-local";
        case Kind::Metadata: return "metadata";
        case Kind::Special: break;
    }
    return "special";
}

bool IpAddress::from(const sockaddr* address, IpAddress& out) {
    out = {};
    if (address->sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        std::memcpy(out.bytes.data(), &in.sin_addr, 4);
        return true;
    }
    if (address->sa_family != AF_INET6) return false;
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    std::memcpy(out.bytes.data(), &in.sin6_addr, 16);
    out.isV6 = true;
    out.isMapped = isDisguised(out.bytes);
    return true;
}

bool IpAddress::parse(std::string_view text, IpAddress& out) {
    out = {};
    const std::string terminated(text);
    if (inet_pton(AF_INET, terminated.c_str(), out.bytes.data()) == 1) return true;
    if (inet_pton(AF_INET6, terminated.c_str(), out.bytes.data()) != 1) return false;
    out.isV6 = true;
    out.isMapped = isDisguised(out.bytes);
    return true;
}

std::string IpAddress::text() const {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(isV6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof text);
    return text;
}

AddressKind kindOf(const IpAddress& address) {
    if (!address.isV6) return kindOf4(address.bytes.data());
    if (const int at = embeddedV4At(address.bytes); at >= 0) return kindOf4(address.bytes.data() + at);
    for (const Row6& row : kRows6) {
        std::array<std::uint8_t, 16> prefix{};
        inet_pton(AF_INET6, row.network, prefix.data());
        if (startsWith(address.bytes, prefix.data(), row.bits)) return row.kind;
    }
    return Kind::Public;
}

const char* refusalOf(const IpAddress& address, bool allowsPrivate) {
    switch (kindOf(address)) {
        case Kind::Public:
            return address.isMapped && !allowsPrivate ? "a v4 address inside a v6 one" : nullptr;
        case Kind::Loopback: return allowsPrivate ? nullptr : "a loopback address";
        case Kind::Private: return allowsPrivate ? nullptr : "a private address";
        case Kind::LinkLocal: return "a link-local address";
        case Kind::Metadata: return "the address of a metadata service";
        case Kind::Special: break;
    }
    return "not the address of a host";
}

}  // namespace greffe
