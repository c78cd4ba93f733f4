// SPDX-License-Identifier: Apache-2.0
// What the simulator does to PDF bytes: counts pages, and adds what a person signed as an incremental update
// with one visible stamp annotation a field. As in the vendor's sandbox there is no cryptographic signature.
// Everything before the update stays as it was uploaded, earlier signatures and seals too.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace greffe::simulators {

struct PdfFacts {
    int pages = 0;
    bool isProtected = false;  // encrypted, opens without a password
    int anchors = 0;           // "{{s1|signature|…}}" in plain sight; compressed text is not searched
};

// Errc::Unsupported for what is not a PDF, is damaged, or asks for a password.
Result<PdfFacts> examinePdf(const std::string& pdf);

// Origin at the page's top left corner, y downward, in points (sheet, 1.7).
struct PdfMark {
    std::uint32_t page = 1;  // a page that there is not: the last one
    double x = 0, y = 0, width = 85, height = 37;
};

// `pdf` followed by the update. `label` is UTF-8; letters beyond Latin-1 are shown as "?".
Result<std::string> addMarks(const std::string& pdf, const std::vector<PdfMark>& marks,
                             const std::string& label);

}  // namespace greffe::simulators
