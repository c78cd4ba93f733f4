// SPDX-License-Identifier: Apache-2.0
// Finds pages. /Count is never believed (a file may claim two thousand million pages); leaves are counted.
#pragma once

#include "document.h"

#include <cstdint>

namespace greffe::pdf {

struct Box {
    double left = 0, bottom = 0, right = 0, top = 0;

    double width() const { return right - left; }
    double height() const { return top - bottom; }
};

struct Page {
    const Object* object = nullptr;
    Box visible;          // the crop box inside the media box, in user space
    int rotation = 0;     // clockwise, 0, 90, 180 or 270
    double userUnit = 1;  // points per unit
};

// Page `number`, counted from 1; the last one for kLastPage. NoPages when the document has none,
// InvalidOptions when it has fewer, Malformed for a tree with loops or damaged nodes on the way there.
inline constexpr std::uint32_t kLastPage = 0;
Expected<Page> findPage(Document& document, std::uint32_t number);

}  // namespace greffe::pdf
