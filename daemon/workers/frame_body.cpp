// SPDX-License-Identifier: Apache-2.0
#include "workers/frame_body.h"

namespace greffe {

void FieldWriter::integer(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i)
        body_.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
}

void FieldWriter::bytes(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    body_.append(value);
}

std::uint64_t FieldReader::integer(std::size_t size) {
    std::uint64_t value = 0;
    const std::string_view field = raw(size);
    for (std::size_t i = 0; i < field.size(); ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(field[i])) << (8 * i);
    return value;
}

std::string_view FieldReader::raw(std::size_t size) {
    if (size > rest_.size()) isWhole_ = false;
    if (!isWhole_) return {};
    const std::string_view field = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return field;
}

}  // namespace greffe
