// SPDX-License-Identifier: Apache-2.0
// What a program that may have been taken over by a document calls a picture, before a browser sees it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace document_preview {

struct Picture {
    std::string png;  // written anew: head, pixels, end
    std::uint32_t width = 0, height = 0;
};

// Takes one PNG file from the front of `bytes`. Only pixels are kept: every other chunk (text, colour
// profiles, times) is left out, check sums are verified, and the pixels are unpacked once, to the byte that
// width and height announce, so that nobody else unpacks a bomb. A Refusal when anything is not as it must
// be: not a PNG, wider or higher than `side`, not eight bits a sample, interlaced, cut.
Picture takePicture(std::string_view& bytes, std::uint32_t side);

}  // namespace document_preview
