// SPDX-License-Identifier: Apache-2.0
#include "document_preview.h"

#include "png_sieve.h"

#include <greffe/sdk/document.h>
#include <greffe/sdk/options.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace document_preview {

using greffe::Reason;
namespace sdk = greffe::sdk;

namespace {

constexpr std::uint32_t kLeastSidePixels = 16;

// Readers take a header anywhere in the first kilobyte.
bool looksLikePdf(std::string_view bytes) {
    return bytes.substr(0, 1024).find("%PDF-") != std::string_view::npos;
}

std::string artifactName(std::uint32_t page) {
    char name[32];
    std::snprintf(name, sizeof name, "page-%04u", page);
    return name;
}

}  // namespace

bool DocumentPreview::configure(greffe::Slice optionsJson, greffe::Problems& problems) noexcept {
    return sdk::guarded(problems, [&] {
        sdk::OptionsReader options(optionsJson, problems);
        mostSidePixels_ = static_cast<std::uint32_t>(options.whole("max_side_pixels", 2000, 100, 4000));
        mostPages_ = static_cast<std::uint32_t>(options.whole("max_pages", 50, 1, 100));
        timeoutMs_ = static_cast<std::uint32_t>(options.whole("timeout_seconds", 20, 1, 60)) * 1000U;
        return options.finish();
    });
}

bool DocumentPreview::provision(greffe::Problems& problems) noexcept {
    return sdk::guarded(problems, [&] {
        auto* programs = host().service<greffe::ProgramService>();
        if (programs == nullptr) {
            problems.error("", "this host runs no programs (programs/1), and pages are drawn by one");
            return false;
        }
        bool isGood = true;
        for (const char* program : Poppler::kPrograms) {
            sdk::StringSink why;
            if (programs->isThere(program, why)) continue;
            problems.error("", why.text());
            isGood = false;
        }
        return isGood;
    });
}

void* DocumentPreview::query(greffe::Slice capabilityId) noexcept {
    return capabilityId.view() == greffe::Preview::kId ? static_cast<greffe::Preview*>(this) : nullptr;
}

void DocumentPreview::show(const greffe::DocumentView& document, const greffe::PreviewRequest& request,
                           greffe::Outcome& outcome) noexcept {
    sdk::refusable(outcome, [&] {
        auto* programs = host().service<greffe::ProgramService>();
        if (programs == nullptr) throw sdk::Refusal(Reason::PluginMissing, "this host runs no programs");
        if (!looksLikePdf(document.bytes))
            throw sdk::Refusal(Reason::NotAPdf, "only PDFs have pictures here");
        const Poppler poppler(*programs, timeoutMs_);
        const std::uint32_t pages = poppler.countPages(document.bytes);
        sdk::fact(outcome, "pages", pages);
        drawPages(poppler, document, request, pages, outcome);
        outcome.done();
    });
}

void DocumentPreview::drawPages(const Poppler& poppler, const greffe::DocumentView& document,
                                const greffe::PreviewRequest& request, std::uint32_t pages,
                                greffe::Outcome& outcome) const {
    const std::uint32_t count = std::min(request.mostPages, mostPages_);
    if (count == 0) return;
    const std::uint32_t first = std::max(request.firstPage, 1U);
    if (first > pages)
        throw sdk::Refusal(Reason::PageCount, "there is no page " + std::to_string(first) +
                                                  ": the document has " + std::to_string(pages));
    const std::uint32_t last = first + std::min(count, pages - first + 1) - 1;
    const std::uint32_t side =
        std::clamp(request.longestSide, kLeastSidePixels, std::max(mostSidePixels_, kLeastSidePixels));
    const std::string printed = poppler.draw(document.bytes, first, last, side);
    std::string_view rest = printed;
    sdk::JsonValue images = sdk::JsonValue::array();
    for (std::uint32_t page = first; page <= last; ++page) {
        const Picture picture = takePicture(rest, side);
        const std::string name = artifactName(page);
        sdk::ArtifactWriter(outcome, name, "image/png").write(picture.png);
        images.add(sdk::JsonValue::object()
                       .set("artifact", name)
                       .set("page", page)
                       .set("width", picture.width)
                       .set("height", picture.height));
    }
    if (!rest.empty()) throw sdk::Refusal(Reason::Malformed, "pdftoppm wrote more than the pages asked for");
    sdk::fact(outcome, "images", images);
}

}  // namespace document_preview
