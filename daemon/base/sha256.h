// SPDX-License-Identifier: Apache-2.0
// SHA-256 whose half-way state can be kept: a document is hashed once while it arrives, and everything that
// is later appended to it (a seal, a revision) is hashed from there on. OpenSSL's EVP interface hides that
// state.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace greffe {

using Digest = std::array<unsigned char, 32>;

class Sha256 {
public:
    Sha256();

    void update(const void* bytes, std::size_t size);
    void update(std::string_view bytes) { update(bytes.data(), bytes.size()); }

    // The digest of all bytes so far; more may follow.
    Digest digest() const;

    // The state as 112 opaque bytes for the same machine and build; not a storage format.
    std::string saveState() const;
    // False when `state` is not a state of this build.
    bool restoreState(std::string_view state);

private:
    struct State {
        std::uint32_t words[8];
        std::uint32_t low, high;
        std::uint32_t block[16];
        unsigned int held, length;
    };
    State state_{};
};

Digest sha256(std::string_view bytes);

// The digest's own bytes, as a view of it.
inline std::string_view asBytes(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string toHex(std::string_view bytes);
std::string toHex(const Digest& digest);
// False for an odd length or a letter that is not hexadecimal.
bool fromHex(std::string_view hex, std::string& bytes);
bool fromHex(std::string_view hex, Digest& digest);

}  // namespace greffe
