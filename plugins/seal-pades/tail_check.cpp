// SPDX-License-Identifier: Apache-2.0
#include "tail_check.h"

#include "byte_range.h"
#include "pdf/lexer.h"
#include "pdf/limits.h"
#include "pdf/pre_scan.h"
#include "pdf/stream.h"
#include "pdf/value.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace greffe::seal_pades {
namespace {

using pdf::Check;
using pdf::Expected;
using pdf::Nothing;
using pdf::TokenKind;

pdf::Refusal wrong(const char* what) {
    return pdf::malformed(std::string("the prepared tail does not fit: ") + what);
}

Check checkGap(std::uint64_t fileBytes, std::string_view tail, const SealGap& gap) {
    const std::uint64_t total = fileBytes + tail.size();
    if (gap.offset < fileBytes || gap.size < 4 || gap.size % 2 != 0 || gap.offset > total ||
        gap.size > total - gap.offset)
        return wrong("the gap is not inside it");
    const std::string_view hex = tail.substr(gap.offset - fileBytes, gap.size);
    const bool isHex =
        std::all_of(hex.begin() + 1, hex.end() - 1, [](char c) { return pdf::hexValue(c) >= 0; });
    if (hex.front() != '<' || hex.back() != '>' || !isHex)
        return wrong("the gap is no string of hexadecimal digits");
    const std::string expected =
        std::string(kByteRangeKey) + byteRangeText({gap.offset, gap.size, total}) + std::string(kContentsKey);
    if (gap.offset - fileBytes < expected.size() ||
        tail.substr(gap.offset - fileBytes - expected.size(), expected.size()) != expected)
        return wrong("the byte range is not the gap's");
    return Nothing{};
}

struct Entry {
    std::int64_t number = 0;
    std::uint64_t offset = 0;
};

struct Section {
    std::vector<Entry> entries;
    std::optional<std::int64_t> previous;
};

Expected<Section> readTable(std::string_view tail, std::size_t position, const pdf::Limits& limits) {
    Section section;
    pdf::Lexer lexer(tail, position);
    for (;;) {
        const pdf::Token first = lexer.next();
        if (lexer.isWord(first, "trailer")) break;
        const pdf::Token count = lexer.next();
        if (first.kind != TokenKind::Integer || count.kind != TokenKind::Integer)
            return wrong("its table cannot be read");
        for (std::int64_t i = 0; i < count.integer; ++i) {
            const pdf::Token offset = lexer.next();
            lexer.next();
            if (offset.kind != TokenKind::Integer || !lexer.isWord(lexer.next(), "n"))
                return wrong("its table cannot be read");
            section.entries.push_back({first.integer + i, static_cast<std::uint64_t>(offset.integer)});
        }
    }
    GREFFE_PDF_ASSIGN(const pdf::Tree trailer, pdf::Tree::parse(tail, lexer.position(), limits));
    section.previous = trailer.root().find("Prev").integer();
    return section;
}

Expected<Section> readStream(std::string_view tail, std::size_t position, const pdf::Limits& limits) {
    pdf::Lexer lexer(tail, position);
    for (int i = 0; i < 3; ++i)
        lexer.next();  // "N 0 obj"
    GREFFE_PDF_ASSIGN(const pdf::Tree tree, pdf::Tree::parse(tail, lexer.position(), limits));
    const pdf::Value dict = tree.root();
    GREFFE_PDF_ASSIGN(std::string_view data,
                      pdf::streamBytes(tail, tree.end(), dict.find("Length").integer()));
    const auto width =
        static_cast<std::size_t>(dict.find("W").firstChild().nextSibling().integer().value_or(4));
    Section section;
    section.previous = dict.find("Prev").integer();
    for (pdf::Value first = dict.find("Index").firstChild(); first; first = first.nextSibling().nextSibling())
        for (std::int64_t i = 0; i < first.nextSibling().integer().value_or(0); ++i) {
            if (data.size() < width + 3) return wrong("its section is too short");
            std::uint64_t offset = 0;
            for (std::size_t b = 0; b < width; ++b)
                offset = offset << 8U | static_cast<unsigned char>(data[1 + b]);
            section.entries.push_back({first.integer().value_or(-1) + i, offset});
            data.remove_prefix(width + 3);
        }
    return section;
}

// Whether every entry of the section at `position` of the tail leads to its object; `shift` is what is added
// to an offset to get a position in the tail.
Check checkSection(std::string_view tail, std::uint64_t position, std::uint64_t shift,
                   std::uint64_t previous) {
    const pdf::Limits limits;
    GREFFE_PDF_ASSIGN(const Section section, tail.substr(position, 4) == "xref"
                                                 ? readTable(tail, position + 4, limits)
                                                 : readStream(tail, position, limits));
    if (section.entries.empty()) return wrong("its section is empty");
    if (section.previous != static_cast<std::int64_t>(previous))
        return wrong("it does not point at the last revision");
    for (const Entry& entry : section.entries) {
        const std::uint64_t at = entry.offset + shift;
        if (at >= tail.size()) return wrong("an offset leads out of it");
        pdf::Lexer lexer(tail, at);
        const pdf::Token number = lexer.next();
        lexer.next();
        if (number.kind != TokenKind::Integer || number.integer != entry.number || number.begin != at ||
            !lexer.isWord(lexer.next(), "obj"))
            return wrong("an offset leads to another object");
    }
    return Nothing{};
}

}  // namespace

Check checkTail(std::string_view file, std::string_view tail, const SealGap& gap) {
    GREFFE_PDF_TRY(checkGap(file.size(), tail, gap));
    const pdf::Limits limits;
    GREFFE_PDF_ASSIGN(const pdf::FileFrame before, pdf::preScan(file, limits));
    const std::size_t keyword = tail.rfind("startxref");
    if (keyword == std::string_view::npos) return wrong("it has no startxref");
    pdf::Lexer lexer(tail, keyword + 9);
    const pdf::Token number = lexer.next();
    if (number.kind != TokenKind::Integer || !tail.ends_with("%%EOF\n")) return wrong("it has no end");
    // Offsets count from the header or from the first byte; only one of them can be right.
    for (const std::uint64_t base : {std::uint64_t{before.headerOffset}, std::uint64_t{0}}) {
        const std::uint64_t shift =
            base - file.size();  // wraps on purpose: offset + shift is a position in the tail
        const std::uint64_t position = static_cast<std::uint64_t>(number.integer) + shift;
        if (position >= tail.size()) continue;
        if (checkSection(tail, position, shift, before.xrefOffset)) return Nothing{};
    }
    return wrong("its cross-reference section is wrong");
}

}  // namespace greffe::seal_pades
