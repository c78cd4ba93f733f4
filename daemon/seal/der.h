// SPDX-License-Identifier: Apache-2.0
// Writes DER (X.690): just what the seal's CMS needs, so that a seal is put together in microseconds from
// parts that were encoded once. Reading foreign ASN.1 is OpenSSL's work, in another pool.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::der {

inline constexpr unsigned char kInteger = 0x02;
inline constexpr unsigned char kOctetString = 0x04;
inline constexpr unsigned char kSequence = 0x30;
inline constexpr unsigned char kSet = 0x31;

// [number] constructed, context class.
constexpr unsigned char context(unsigned number) {
    return static_cast<unsigned char>(0xA0U | number);
}

// How many bytes tag and length take before `contentBytes` bytes.
std::size_t headerBytes(std::size_t contentBytes);
void appendHeader(std::string& out, unsigned char tag, std::size_t contentBytes);

std::string element(unsigned char tag, std::string_view content);
std::string element(unsigned char tag, std::initializer_list<std::string_view> parts);
// Elements in the order that DER wants in a SET OF: ascending by their encoding.
std::string setOf(unsigned char tag, std::vector<std::string> elements);

}  // namespace greffe::der
