// SPDX-License-Identifier: Apache-2.0
// Is a stream what its dictionary says: where it ends, filters that exist, and data that decode to a bearable
// size? Images are not decoded: their codecs are a preview's risk, in another process.
#pragma once

#include "pdf/document.h"

#include <cstdint>

namespace greffe::document_pdf {

// Adds what the stream decodes to to `decodedBytes`; LimitExceeded once `maxTotal` is passed or the stream
// alone grows out of proportion (limits.h of the PDF core). Malformed for damage. Objects without a stream
// are fine. Memory: 64 KiB, unless the stream has several filters or is encrypted.
pdf::Check checkStream(pdf::Document& document, const pdf::Object& object, std::uint64_t maxTotal,
                       std::uint64_t& decodedBytes);

}  // namespace greffe::document_pdf
