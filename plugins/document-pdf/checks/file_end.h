// SPDX-License-Identifier: Apache-2.0
// Where a PDF ends, and what somebody put behind that.
#pragma once

#include "pdf/document.h"

#include <string_view>

namespace greffe::document_pdf {

// The bytes behind the last startxref, its offset and %%EOF, without the white space they begin with. Empty
// when the file ends where it should.
std::string_view bytesBehindEnd(const pdf::Document& document);

}  // namespace greffe::document_pdf
