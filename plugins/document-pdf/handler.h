// SPDX-License-Identifier: Apache-2.0
// The capability document-handler/1 for PDF: probe, inspect, validate.
#pragma once

#include "pdf/limits.h"

#include <greffe/capability/document_handler.h>
#include <greffe/host.h>

namespace greffe::document_pdf {

class PdfHandler final : public DocumentHandler {
public:
    void setLimits(const pdf::Limits& limits) { limits_ = limits; }
    // May be null; outlives the handler.
    void setCancelService(CancelService* service) { cancel_ = service; }

    std::uint32_t probe(Slice firstBytes) noexcept override;
    void inspect(const DocumentView& document, Outcome& outcome) noexcept override;
    void validate(const DocumentView& document, Slice profileJson, Outcome& outcome) noexcept override;

private:
    pdf::Limits limits_;
    CancelService* cancel_ = nullptr;
};

}  // namespace greffe::document_pdf
