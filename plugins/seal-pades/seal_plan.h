// SPDX-License-Identifier: Apache-2.0
// From a document and a request to the tail that carries an unsigned seal: signature dictionary, field with
// its widget, appearance, and the splices in catalog, form and page that make readers find them.
#pragma once

#include "pdf/document.h"
#include "pdf/signature_inventory.h"
#include "seal_request.h"

#include <cstdint>
#include <string>

namespace greffe::seal_pades {

struct PreparedSeal {
    std::string tail;             // to append to the file
    std::uint64_t gapOffset = 0;  // of "<" of /Contents in the whole file
    std::uint64_t gapBytes = 0;   // both angle brackets included
    std::string fieldName;        // the one that was free
    std::size_t earlierSignatures = 0;
};

// The same document and request give the same bytes. Refusals: see signature_inventory.h and page_tree.h;
// InvalidOptions when a certification is asked for and is not the first signature.
pdf::Expected<PreparedSeal> prepareSeal(pdf::Document& document, const SealRequest& request);

// "D:20261122032454+00'00'".
std::string pdfDate(std::int64_t unixSeconds);

}  // namespace greffe::seal_pades
