// SPDX-License-Identifier: Apache-2.0
// Any bytes as a PDF: reading, page search, signature inventory and preparing a seal. Besides not crashing,
// whatever is accepted must keep the sealer's promise: the sealed file opens again, with one revision more
// and the old ones in place.
#include "pdf/document.h"
#include "pdf/page_tree.h"
#include "pdf/plain_reader.h"
#include "seal-pades/seal_plan.h"
#include "seal-pades/tail_check.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace greffe;
    const std::string file(reinterpret_cast<const char*>(data), size);
    pdf::Limits limits;
    limits.maxDecodedBytes = 1U << 20U;  // bombs would only slow the search down
    limits.maxDecodedTotalBytes = 4U << 20U;
    limits.ratioFreeBytes = 1U << 20U;
    limits.maxXrefEntries = 50'000;
    limits.maxObjectsRead = 2'000;
    const pdf::PlainReader plain(file);
    const auto document = pdf::Document::open(file, limits);
    if (!document) return 0;
    (void)pdf::findPage(**document, pdf::kLastPage);

    seal_pades::SealRequest request;
    request.signingTimeUnix = 1795300000;
    request.reserveBytes = 1024;
    request.name = "Étude";
    // The last byte chooses the kind of seal, so that the rest of the file stays a PDF.
    if ((size & 1U) != 0)
        request.placement = seal_pades::Placement{size % 4 == 1 ? 1U : pdf::kLastPage, 1, 1, 90, 20};
    if ((size & 4U) != 0) request.certify = 2;
    const auto seal = seal_pades::prepareSeal(**document, request);
    if (!seal) return 0;
    require(static_cast<bool>(seal_pades::checkTail(file, seal->tail, {seal->gapOffset, seal->gapBytes})));
    const std::string whole = file + seal->tail;
    limits.maxXrefEntries += 100;
    limits.maxRevisions += 1;
    const auto again = pdf::Document::open(whole, limits);
    require(again.ok());
    const auto& before = (*document)->xref().sections();
    const auto& after = (*again)->xref().sections();
    require(after.size() == before.size() + 1);
    for (std::size_t i = 0; i < before.size(); ++i)
        require(after[i + 1].offset == before[i].offset);
    return 0;
}
