// SPDX-License-Identifier: Apache-2.0
#include "workers/frame_body.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr std::size_t kLengthBytes = 4;

}  // namespace

std::string joinFrameBody(std::string_view head, std::string_view sections) {
    std::string body;
    body.reserve(kLengthBytes + head.size() + sections.size());
    for (std::size_t i = 0; i < kLengthBytes; ++i)
        body.push_back(static_cast<char>(head.size() >> (8 * i) & 0xFFU));
    body.append(head);
    body.append(sections);
    return body;
}

Result<FrameBody> FrameBody::split(std::string_view body) {
    std::size_t headBytes = 0;
    for (std::size_t i = 0; i < kLengthBytes && i < body.size(); ++i)
        headBytes |= static_cast<std::size_t>(static_cast<unsigned char>(body[i])) << (8 * i);
    if (body.size() < kLengthBytes || headBytes > body.size() - kLengthBytes)
        return makeError(Errc::Corrupt, "a body that is shorter than its head");
    return FrameBody(body.substr(kLengthBytes, headBytes), body.substr(kLengthBytes + headBytes));
}

Result<std::string_view> FrameBody::take(std::int64_t size) {
    if (size < 0 || static_cast<std::uint64_t>(size) > rest_.size())
        return makeError(Errc::Corrupt,
                         fmt::format("a section of {} bytes where {} are left", size, rest_.size()));
    const std::string_view section = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(section.size());
    return section;
}

}  // namespace greffe
