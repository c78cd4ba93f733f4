// SPDX-License-Identifier: Apache-2.0
// The body of a frame that carries calls or answers: a JSON head, and behind it sections of raw bytes.
//
//   4 bytes: size of the head, little-endian | head | section | section | …
//
// The head says how long each section is; the sections stand in the order in which the head names them,
// without anything between or behind them. Bytes (a signature, a digest) and JSON that only the receiver's
// plugin reads go in sections: in the head they would be parsed and written again on both sides.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe {

// head | sections, as they go into Message::body.
std::string joinFrameBody(std::string_view head, std::string_view sections);

// Cuts a body apart. Views into the body: it must outlive this.
class FrameBody {
public:
    // Errc::Corrupt when the head is longer than the body.
    static Result<FrameBody> split(std::string_view body);

    std::string_view head() const { return head_; }
    // The next section. Errc::Corrupt when `size` is negative or more than what is left.
    Result<std::string_view> take(std::int64_t size);
    // Nothing may be left when all was taken.
    bool isAtEnd() const { return rest_.empty(); }

private:
    FrameBody(std::string_view head, std::string_view rest) : head_(head), rest_(rest) {}

    std::string_view head_;
    std::string_view rest_;
};

}  // namespace greffe
