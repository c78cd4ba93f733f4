// SPDX-License-Identifier: Apache-2.0
// Where a signature stands and what it therefore speaks for (ISO 32000-2, 12.8.1).
//
// A byte range is believed only when it leaves out exactly the hex string of the dictionary that the
// cross-reference reaches: two ranges from the first byte, the gap nothing but <hex digits>, no key twice.
// Every published way of wrapping or hollowing out a signature breaks one of these.
#pragma once

#include "pdf/document.h"
#include "pdf/signature_inventory.h"
#include "signed_bytes.h"

#include <cstdint>
#include <string>

namespace greffe::document_pdf {

struct SignaturePlace {
    std::string why;        // why the range is not believed; empty when it is
    SignedBytes bytes;      // only when it is believed
    std::uint64_t end = 0;  // how far the signature reaches
    std::string contents;   // decoded, with its padding
};

SignaturePlace placeOf(pdf::Document& document, const pdf::Signature& signature);

// Signatures in the file's bytes, complete with a byte range around a hex string, that stand in none of the
// dictionaries at `knownOffsets` (where each one's /Contents begins).
std::uint32_t countLostSignatures(std::string_view file, const std::vector<std::uint64_t>& knownOffsets);

}  // namespace greffe::document_pdf
