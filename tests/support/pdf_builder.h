// SPDX-License-Identifier: Apache-2.0
// Makes small PDFs for tests, in every shape that a cross-reference can have.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace greffe {

class PdfBuilder {
public:
    enum class Xref { Table, Stream, Hybrid };

    // One page of A4, an empty catalog: objects 1 (catalog), 2 (pages), 3 (page), 4 (content).
    static PdfBuilder onePage();

    // Gives object `number` the text between "obj" and "endobj".
    PdfBuilder& set(std::uint32_t number, std::string text);
    // The same, with a stream of `data` behind the dictionary text without its brackets.
    PdfBuilder& setStream(std::uint32_t number, const std::string& entries, const std::string& data);
    // Puts these objects into an object stream (Stream and Hybrid only), numbered `streamNumber`.
    PdfBuilder& compress(std::vector<std::uint32_t> numbers, std::uint32_t streamNumber);

    PdfBuilder& xref(Xref kind) { return kind_ = kind, *this; }
    PdfBuilder& streamWidths(std::vector<unsigned> widths) { return widths_ = std::move(widths), *this; }
    PdfBuilder& before(std::string junk) { return junk_ = std::move(junk), *this; }
    // Offsets count from the first byte instead of the header.
    PdfBuilder& absoluteOffsets() { return isAbsolute_ = true, *this; }
    PdfBuilder& endOfLine(std::string eol) { return eol_ = std::move(eol), *this; }
    PdfBuilder& withoutFinalNewline() { return endsWithNewline_ = false, *this; }
    PdfBuilder& trailer(std::string entries) { return trailer_ = std::move(entries), *this; }

    std::string build() const;
    // `base` followed by an increment with these objects, its section of this builder's kind.
    std::string update(const std::string& base) const;

private:
    std::string appendTo(std::string file, std::uint64_t previous) const;

    std::map<std::uint32_t, std::string> objects_;
    std::vector<std::uint32_t> compressed_;
    std::uint32_t objectStream_ = 0;
    Xref kind_ = Xref::Table;
    std::vector<unsigned> widths_ = {1, 4, 2};
    std::string junk_, eol_ = "\n", trailer_ = "/Root 1 0 R";
    bool isAbsolute_ = false, endsWithNewline_ = true;
};

// The name of a case in GoogleTest.
inline void PrintTo(PdfBuilder::Xref kind, std::ostream* out) {
    constexpr const char* kNames[] = {"Table", "Stream", "Hybrid"};
    *out << kNames[static_cast<int>(kind)];
}

}  // namespace greffe
