// SPDX-License-Identifier: Apache-2.0
// The plugin's instance: pages of a PDF as pictures. The document is read by pdfinfo and pdftoppm, which the
// host runs behind walls (greffe/programs.h); what they print is taken for what a stranger wrote, and looked
// through before anybody shows it (png_sieve.h).
#pragma once

#include "poppler.h"

#include <greffe/capability/preview.h>
#include <greffe/sdk/instance.h>

#include <cstdint>

namespace document_preview {

class DocumentPreview final : public greffe::sdk::InstanceBase<DocumentPreview>, public greffe::Preview {
public:
    using InstanceBase::InstanceBase;

    bool configure(greffe::Slice optionsJson, greffe::Problems& problems) noexcept override;
    // Fails where a program is not installed, with the name of its package.
    bool provision(greffe::Problems& problems) noexcept override;
    void* query(greffe::Slice capabilityId) noexcept override;

    void show(const greffe::DocumentView& document, const greffe::PreviewRequest& request,
              greffe::Outcome& outcome) noexcept override;

private:
    void drawPages(const Poppler& poppler, const greffe::DocumentView& document,
                   const greffe::PreviewRequest& request, std::uint32_t pages,
                   greffe::Outcome& outcome) const;

    std::uint32_t mostSidePixels_ = 2000, mostPages_ = 50, timeoutMs_ = 20'000;
};

}  // namespace document_preview
