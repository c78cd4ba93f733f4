// SPDX-License-Identifier: Apache-2.0
// Versions and the build tag that the host and a plugin compare before either trusts the other.
//
// Rule (SPEC.md, ABI): the major must be equal, the plugin's minor at most the host's. Interfaces never
// change: a new revision gets a new id ("sealer/2"), a descriptor grows only at its end.
#pragma once

#include <cstdint>

namespace greffe {

inline constexpr std::uint32_t kDescriptorMagic = 0x46524547;  // "GERF", little-endian

#define GREFFE_STRINGIZE_(x) #x
#define GREFFE_STRINGIZE(x) GREFFE_STRINGIZE_(x)
#define GREFFE_ABI_MAJOR 1
#define GREFFE_ABI_MINOR 0
#define GREFFE_ABI_MAJOR_TEXT GREFFE_STRINGIZE(GREFFE_ABI_MAJOR)
#define GREFFE_ABI_MINOR_TEXT GREFFE_STRINGIZE(GREFFE_ABI_MINOR)

inline constexpr std::uint16_t kAbiMajor = GREFFE_ABI_MAJOR;
inline constexpr std::uint16_t kAbiMinor = GREFFE_ABI_MINOR;

// What must be equal on both sides for vtables and structs to mean the same thing. The vtable layout is the
// Itanium C++ ABI's; the compiler's name is here to be read by people in the refusal, the family decides.
#if defined(__x86_64__)
#define GREFFE_ABI_ARCH "x86_64"
#elif defined(__aarch64__)
#define GREFFE_ABI_ARCH "aarch64"
#else
#define GREFFE_ABI_ARCH "unknown"
#endif
#if defined(_GLIBCXX_USE_CXX11_ABI)
#define GREFFE_ABI_STRINGS GREFFE_STRINGIZE(_GLIBCXX_USE_CXX11_ABI)
#else
#define GREFFE_ABI_STRINGS "1"
#endif
#define GREFFE_BUILD_TAG "itanium;" GREFFE_ABI_ARCH ";cxx11abi=" GREFFE_ABI_STRINGS

}  // namespace greffe
