// SPDX-License-Identifier: Apache-2.0
// The visible mark of a seal: a thin frame with lines of Helvetica in it, upright as the reader shows the
// page.
//
// Self-contained: its only resource is the standard font, not embedded. PDF/A wants every font embedded, so a
// visible mark takes an archival document's conformance away (README.md); an invisible seal does not.
#pragma once

#include "pdf/page_tree.h"
#include "seal_request.h"

#include <string>
#include <vector>

namespace greffe::seal_pades {

struct VisibleMark {
    std::string rect;        // "[x0 y0 x1 y1]" in the page's own coordinates
    int rotation = 0;        // for the widget's /MK /R
    std::string dictionary;  // of the form XObject, without /Length and its brackets
    std::string content;     // its stream
};

// InvalidOptions when the mark would leave the page, when a text has a character that Helvetica (WinAnsi)
// lacks, or when the lines do not fit at a size that can be read.
pdf::Expected<VisibleMark> drawMark(const pdf::Page& page, const Placement& placement,
                                    const std::vector<std::string>& lines);

// A number as PDF wants it: no exponent, at most four decimals.
std::string pdfNumber(double value);

}  // namespace greffe::seal_pades
