// SPDX-License-Identifier: Apache-2.0
// The two programs of poppler-utils that this plugin has run, with the words that bound what they do. A
// Refusal for whatever they make of a document that is not what they should; Stopped when the host was told
// to stop.
#pragma once

#include <greffe/programs.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace document_preview {

class Poppler {
public:
    static constexpr const char* kPrograms[] = {"pdfinfo", "pdftoppm"};

    Poppler(greffe::ProgramService& programs, std::uint32_t timeoutMs)
        : programs_(programs), timeoutMs_(timeoutMs) {}

    // At least one. What the document says of itself: it may have fewer.
    std::uint32_t countPages(std::string_view pdf) const;
    // PNG files, one behind the other. `side` bounds both width and height: a page box of kilometres costs as
    // many pixels as any other.
    std::string draw(std::string_view pdf, std::uint32_t firstPage, std::uint32_t lastPage,
                     std::uint32_t side) const;

private:
    std::string run(const char* program, const std::vector<std::string>& words, std::string_view pdf,
                    std::uint64_t maxOutputBytes) const;

    greffe::ProgramService& programs_;
    std::uint32_t timeoutMs_;
};

// The number behind the last "Pages:" at the beginning of a line; 0 when there is none. The last, because
// what stands above it (title, author) is the document's own text.
std::uint32_t pagesIn(std::string_view pdfinfoOutput);

}  // namespace document_preview
