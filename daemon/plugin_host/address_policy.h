// SPDX-License-Identifier: Apache-2.0
// Which network addresses the wire may open a connection to.
//
// A name is checked where it cannot change its mind any more: at the address that a socket is about to be
// opened to. Public addresses are always fine; loopback and private ones only where the instance's
// configuration says so (allow_private_address); link-local ones, those of cloud metadata services, and what
// is no address of a host at all, never.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace greffe {

enum class AddressKind : std::uint8_t {
    Public,
    Loopback,
    Private,    // RFC 1918, carrier NAT, unique local
    LinkLocal,  // 169.254/16, fe80::/10
    Metadata,   // where cloud machines keep their credentials
    Special,    // unspecified, multicast, documentation, reserved, tunnels that hide their end
};
std::string_view addressKindName(AddressKind kind);  // "loopback"

struct IpAddress {
    bool isV6 = false;
    // A v4 address in v6 clothes ("::ffff:192.0.32.10", 6to4). Treated like a private one at best, whatever
    // it holds: nobody publishes such a name but to get past a check. NAT64 is none: networks without v4 live
    // on it.
    bool isMapped = false;
    std::array<std::uint8_t, 16> bytes{};  // 4 used for v4

    // False for a family that is not IP.
    static bool from(const sockaddr* address, IpAddress& out);
    // Numbers only, "10.0.0.1" or "fe80::1"; false for anything else.
    static bool parse(std::string_view text, IpAddress& out);
    std::string text() const;
};

// A v4 address inside a v6 one is classified by what it holds.
AddressKind kindOf(const IpAddress& address);

// nullptr when a connection is allowed, else why not, in words for a log.
const char* refusalOf(const IpAddress& address, bool allowsPrivate);

}  // namespace greffe
