// SPDX-License-Identifier: Apache-2.0
#include "xref_reader.h"

#include "filters.h"
#include "lexer.h"
#include "stream.h"

#include <algorithm>
#include <array>

namespace greffe::pdf {
namespace {

std::string atByte(std::size_t position, const char* what) {
    return "byte " + std::to_string(position) + ": " + what;
}

// Writers keep entries in order; lookups rely on it. Of two entries for one object the first counts, as in
// qpdf.
void sortByNumber(std::vector<XrefEntry>& entries) {
    const auto byNumber = [](const XrefEntry& a, const XrefEntry& b) { return a.number < b.number; };
    if (!std::is_sorted(entries.begin(), entries.end(), byNumber))
        std::stable_sort(entries.begin(), entries.end(), byNumber);
}

// The usual 20 bytes: "0000000017 00000 n" and two of space, CR, LF. False when they are laid out in another
// way.
bool plainEntry(std::string_view bytes, std::uint64_t& offset, std::uint64_t& generation, char& type) {
    if (bytes.size() < 20 || bytes[10] != ' ' || bytes[16] != ' ' || !isWhite(bytes[18]) ||
        !isWhite(bytes[19]))
        return false;
    offset = generation = 0;
    for (std::size_t i = 0; i < 10; ++i) {
        if (!isDigit(bytes[i])) return false;
        offset = offset * 10 + static_cast<std::uint64_t>(bytes[i] - '0');
    }
    for (std::size_t i = 11; i < 16; ++i) {
        if (!isDigit(bytes[i])) return false;
        generation = generation * 10 + static_cast<std::uint64_t>(bytes[i] - '0');
    }
    type = bytes[17];
    return type == 'n' || type == 'f';
}

}  // namespace

bool XrefReader::looksLikeSection(std::uint64_t offset) const {
    if (offset >= file_.size()) return false;
    Lexer lexer(file_, offset);
    const Token first = lexer.next();
    if (first.kind == TokenKind::Integer)
        return lexer.next().kind == TokenKind::Integer && lexer.isWord(lexer.next(), "obj");
    return file_.substr(first.begin, 4) == "xref";
}

Expected<XrefSection> XrefReader::read(std::uint64_t offset) {
    if (offset >= file_.size())
        return malformed("a cross-reference section is said to begin behind the end of the file");
    Lexer lexer(file_, offset);
    const Token first = lexer.next();
    if (first.kind != TokenKind::Integer && file_.substr(first.begin, 4) != "xref")
        return malformed(atByte(offset, "no cross-reference section, though startxref or /Prev points here"));
    GREFFE_PDF_ASSIGN(XrefSection section, first.kind == TokenKind::Integer ? readStream(first.begin)
                                                                            : readTable(first.begin + 4));
    section.offset = offset;
    const Value hidden = section.trailer->root().find("XRefStm");
    if (section.kind == SectionKind::Table && hidden.integer()) {
        if (*hidden.integer() < 0 || static_cast<std::uint64_t>(*hidden.integer()) >= file_.size())
            return malformed("a trailer's /XRefStm is not an offset");
        GREFFE_PDF_ASSIGN(XrefSection stream, readStream(static_cast<std::size_t>(*hidden.integer())));
        section.kind = SectionKind::Hybrid;
        section.hybridEntries = std::move(stream.entries);
    }
    return section;
}

Check XrefReader::addEntry(std::vector<XrefEntry>& entries, std::uint64_t number, EntryKind kind,
                           std::uint64_t place, std::uint64_t detail) {
    if (++entriesRead_ > limits_.maxXrefEntries)
        return limitExceeded("the file has more than " + std::to_string(limits_.maxXrefEntries) +
                             " cross-reference entries");
    if (number > limits_.maxObjectNumber)
        return limitExceeded("object number " + std::to_string(number) + " is too large");
    if (detail > 0xFF'FFFF || (kind != EntryKind::InObjectStream && detail > 65535))
        return malformed("a cross-reference entry has a senseless generation or index");
    XrefEntry entry;
    entry.place = place;
    entry.number = static_cast<std::uint32_t>(number);
    entry.detail = static_cast<std::uint32_t>(detail) & 0xFF'FFFFU;
    entry.kind = kind;
    entries.push_back(entry);
    return Nothing{};
}

Check XrefReader::readSubsection(std::size_t& position, std::uint64_t first, std::uint64_t count,
                                 std::vector<XrefEntry>& entries) {
    Lexer lexer(file_, position);
    lexer.skipWhite();
    position = lexer.position();
    for (std::uint64_t i = 0; i < count; ++i) {
        std::uint64_t offset = 0, generation = 0;
        char type = 0;
        if (plainEntry(file_.substr(position, 20), offset, generation, type)) {
            position += 20;
        } else {
            lexer.seek(position);
            const Token place = lexer.next(), version = lexer.next(), letter = lexer.next();
            const std::string_view word = lexer.text(letter);
            if (place.kind != TokenKind::Integer || version.kind != TokenKind::Integer || place.integer < 0 ||
                version.integer < 0 || (word != "n" && word != "f"))
                return malformed(atByte(position, "not an entry of a cross-reference table"));
            offset = static_cast<std::uint64_t>(place.integer);
            generation = static_cast<std::uint64_t>(version.integer);
            type = word[0];
            lexer.skipWhite();
            position = lexer.position();
        }
        // Offset 0 is the header: writers that lost an object call it used.
        const EntryKind kind = type == 'n' && offset != 0 ? EntryKind::InFile : EntryKind::Free;
        GREFFE_PDF_TRY(
            addEntry(entries, first + i, kind, offset, std::min<std::uint64_t>(generation, 65535)));
    }
    return Nothing{};
}

Expected<XrefSection> XrefReader::readTable(std::size_t position) {
    XrefSection section;
    Lexer lexer(file_, position);
    for (;;) {
        const Token token = lexer.next();
        if (lexer.isWord(token, "trailer")) break;
        // "trailer<<" is two tokens; anything else that is not a number ends the table badly.
        const Token count = lexer.next();
        if (token.kind != TokenKind::Integer || count.kind != TokenKind::Integer || token.integer < 0 ||
            count.integer < 0)
            return malformed(
                atByte(token.begin, "neither a subsection of the cross-reference table nor its trailer"));
        if (static_cast<std::uint64_t>(count.integer) > file_.size() / 10)
            return malformed(
                atByte(token.begin, "a subsection claims more entries than the file has room for"));
        position = lexer.position();
        GREFFE_PDF_TRY(readSubsection(position, static_cast<std::uint64_t>(token.integer),
                                      static_cast<std::uint64_t>(count.integer), section.entries));
        lexer.seek(position);
    }
    GREFFE_PDF_ASSIGN(Tree trailer, Tree::parse(file_, lexer.position(), limits_));
    section.trailer = std::make_unique<Tree>(std::move(trailer));
    if (!section.trailer->root().isDict()) return malformed("a trailer is not a dictionary");
    sortByNumber(section.entries);
    return section;
}

Expected<XrefSection> XrefReader::readStream(std::size_t position) {
    Lexer lexer(file_, position);
    const Token number = lexer.next(), generation = lexer.next();
    if (number.kind != TokenKind::Integer || generation.kind != TokenKind::Integer ||
        !lexer.isWord(lexer.next(), "obj"))
        return malformed(atByte(position, "neither a cross-reference table nor a stream"));
    XrefSection section;
    section.kind = SectionKind::Stream;
    GREFFE_PDF_ASSIGN(Tree tree, Tree::parse(file_, lexer.position(), limits_));
    section.trailer = std::make_unique<Tree>(std::move(tree));
    const Value dict = section.trailer->root();
    if (!dict.find("Type").isName("XRef"))
        return malformed(atByte(position, "an object that is no cross-reference stream"));
    DirectOnly direct;
    GREFFE_PDF_ASSIGN(const std::string_view raw,
                      streamBytes(file_, section.trailer->end(), dict.find("Length").integer()));
    GREFFE_PDF_ASSIGN(const std::vector<Filter> filters, filtersOf(dict, direct, limits_));
    GREFFE_PDF_ASSIGN(const std::string data, decode(raw, filters, limits_));
    GREFFE_PDF_TRY(decodeEntries(dict, data, section.entries));
    sortByNumber(section.entries);
    return section;
}

Check XrefReader::decodeEntries(const Value& dict, std::string_view data, std::vector<XrefEntry>& entries) {
    std::array<std::size_t, 3> widths{};
    std::size_t rowBytes = 0;
    Value width = dict.find("W").firstChild();
    for (std::size_t& field : widths) {
        const auto bytes = width.integer();
        if (!bytes || *bytes < 0 || *bytes > 8)
            return malformed("a cross-reference stream has a senseless /W");
        rowBytes += field = static_cast<std::size_t>(*bytes);
        width = width.nextSibling();
    }
    if (rowBytes == 0) return malformed("a cross-reference stream has a senseless /W");

    const auto rows = [&](std::int64_t first, std::int64_t count) -> Check {
        for (std::int64_t i = 0; i < count; ++i) {
            if (data.size() < rowBytes)
                return malformed("a cross-reference stream ends before its last entry");
            std::array<std::uint64_t, 3> fields = {1, 0, 0};  // the type is 1 when /W leaves it out
            for (std::size_t f = 0; f < 3; ++f) {
                if (widths[f] != 0) fields[f] = 0;
                for (std::size_t b = 0; b < widths[f]; ++b, data.remove_prefix(1))
                    fields[f] = fields[f] << 8U | static_cast<unsigned char>(data.front());
            }
            const auto number = static_cast<std::uint64_t>(first + i);
            if (fields[0] == 1 && fields[1] != 0) {
                GREFFE_PDF_TRY(addEntry(entries, number, EntryKind::InFile, fields[1], fields[2]));
            } else if (fields[0] == 2) {
                GREFFE_PDF_TRY(addEntry(entries, number, EntryKind::InObjectStream, fields[1], fields[2]));
            } else {  // unknown types are references to null (7.5.8.3)
                GREFFE_PDF_TRY(addEntry(entries, number, EntryKind::Free, 0, 0));
            }
        }
        return Nothing{};
    };
    const Value index = dict.find("Index");
    if (index.isNull()) {
        const auto size = dict.find("Size").integer();
        if (!size || *size < 0 || *size > limits_.maxXrefEntries)
            return limitExceeded("a cross-reference stream has a senseless /Size");
        return rows(0, *size);
    }
    if (!index.isArray()) return malformed("a cross-reference stream has a senseless /Index");
    for (Value first = index.firstChild(); first; first = first.nextSibling().nextSibling()) {
        const auto from = first.integer(), count = first.nextSibling().integer();
        if (!from || !count || *from < 0 || *count < 0 || *from > limits_.maxObjectNumber ||
            *count > limits_.maxXrefEntries)
            return malformed("a cross-reference stream has a senseless /Index");
        GREFFE_PDF_TRY(rows(*from, *count));
    }
    return Nothing{};
}

}  // namespace greffe::pdf
