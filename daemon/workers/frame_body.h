// SPDX-License-Identifier: Apache-2.0
// The fields of a frame that carries calls or answers, one behind the other: integers little-endian, bytes
// with their length (4 bytes) before them. Which fields stand in which order is in call.cpp.
//
// It was JSON once. Both ends are the same program, nobody reads it, and writing and parsing it cost the
// engine a fifth of its time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace greffe {

class FieldWriter {
public:
    void u8(std::uint8_t value) { integer(value, 1); }
    void u32(std::uint32_t value) { integer(value, 4); }
    void u64(std::uint64_t value) { integer(value, 8); }
    void i64(std::int64_t value) { integer(static_cast<std::uint64_t>(value), 8); }
    // With its length.
    void bytes(std::string_view value);
    // Without: the reader knows how long it is.
    void raw(std::string_view value) { body_.append(value); }

    std::string take() { return std::move(body_); }

private:
    void integer(std::uint64_t value, int size);

    std::string body_;
};

// Reads what a FieldWriter wrote. Views into the body: it must outlive this. From the first field that is
// not there on, everything reads as zero or empty and isWhole() stays false: ask once, behind the last field.
class FieldReader {
public:
    explicit FieldReader(std::string_view body) : rest_(body) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
    std::uint64_t u64() { return integer(8); }
    std::int64_t i64() { return static_cast<std::int64_t>(integer(8)); }
    std::string_view bytes() { return raw(u32()); }
    std::string_view raw(std::size_t size);

    bool isWhole() const { return isWhole_; }
    bool isAtEnd() const { return isWhole_ && rest_.empty(); }

private:
    std::uint64_t integer(std::size_t size);

    std::string_view rest_;
    bool isWhole_ = true;
};

}  // namespace greffe
