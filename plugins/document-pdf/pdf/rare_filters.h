// SPDX-License-Identifier: Apache-2.0
// The filters that object and cross-reference streams hardly ever have. LZW and ASCII85 are PoDoFo's: the
// only place of the PDF core where PoDoFo reads bytes of a foreign file; it gets one bounded stream, no
// dictionary, and a sink that ends it at the cap. ASCIIHex and RunLength are ours: PoDoFo 0.9.8 decodes "48>"
// to two bytes, and runs to something else than what was encoded (the tests show both).
#pragma once

#include "expected.h"
#include "filters.h"

#include <string>
#include <string_view>

namespace greffe::pdf {

// LZW, ASCII85, ASCIIHex and RunLength. LimitExceeded when the output would pass `maxBytes`.
Expected<std::string> decodeRareFilter(Filter::Kind kind, std::string_view raw, std::size_t maxBytes);

}  // namespace greffe::pdf
