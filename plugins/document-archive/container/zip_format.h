// SPDX-License-Identifier: Apache-2.0
// The records of a zip file (PKWARE APPNOTE 6.3), for its reader and its writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::container {

inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::uint32_t kEndSignature = 0x06054b50;
inline constexpr std::uint32_t kEnd64Signature = 0x06064b50;
inline constexpr std::uint32_t kLocator64Signature = 0x07064b50;
inline constexpr std::uint32_t kDescriptorSignature = 0x08074b50;

inline constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56,
                             kLocator64Bytes = 20;

inline constexpr std::uint16_t kFlagEncrypted = 1U << 0U, kFlagDescriptor = 1U << 3U, kFlagPatch = 1U << 5U,
                               kFlagStrongEncryption = 1U << 6U, kFlagUtf8 = 1U << 11U,
                               kFlagMasked = 1U << 13U;
inline constexpr std::uint16_t kMethodStored = 0, kMethodDeflated = 8;
inline constexpr std::uint16_t kExtraZip64 = 0x0001, kExtraUnicodeName = 0x7075;
inline constexpr std::uint16_t kSaturated16 = 0xffff;
inline constexpr std::uint32_t kSaturated32 = 0xffffffff;

// Little-endian fields of a record. The caller has made sure that they are there.
inline std::uint16_t u16(std::string_view record, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(record[at + i]); };
    return static_cast<std::uint16_t>(byte(0) | byte(1) << 8U);
}
inline std::uint32_t u32(std::string_view record, std::size_t at) {
    return u16(record, at) | static_cast<std::uint32_t>(u16(record, at + 2)) << 16U;
}
inline std::uint64_t u64(std::string_view record, std::size_t at) {
    return u32(record, at) | static_cast<std::uint64_t>(u32(record, at + 4)) << 32U;
}

inline void put16(std::string& record, std::uint64_t value) {
    record += static_cast<char>(value & 0xffU);
    record += static_cast<char>(value >> 8U & 0xffU);
}
inline void put32(std::string& record, std::uint64_t value) {
    put16(record, value);
    put16(record, value >> 16U);
}
inline void put64(std::string& record, std::uint64_t value) {
    put32(record, value);
    put32(record, value >> 32U);
}

}  // namespace greffe::container
