// SPDX-License-Identifier: Apache-2.0
#include "signature_place.h"

#include "pdf/lexer.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace greffe::document_pdf {
namespace {

using pdf::Value;

bool isHexString(std::string_view text) {
    return text.size() >= 2 && text.front() == '<' && text.back() == '>' &&
           std::all_of(text.begin() + 1, text.end() - 1, [](char c) { return pdf::hexValue(c) >= 0; });
}

// What makes the dictionary itself unfit, before any number is looked at.
std::string faultOfDictionary(const pdf::Signature& signature) {
    if (signature.owner == nullptr || signature.owner->isInObjectStream)
        return "its dictionary is inside an object stream, where no byte range can reach it";
    for (const char* key : {"ByteRange", "Contents", "Type", "SubFilter", "Filter", "Reference", "M"})
        if (signature.dictionary.countOf(key) > 1) return std::string("it has /") + key + " twice";
    const Value contents = signature.dictionary.find("Contents");
    if (!contents.isString() || !isHexString(contents.bytes())) return "its /Contents is no hex string";
    return {};
}

}  // namespace

SignaturePlace placeOf(pdf::Document& document, const pdf::Signature& signature) {
    SignaturePlace place;
    place.why = faultOfDictionary(signature);
    if (!place.why.empty()) return place;
    const Value contents = signature.dictionary.find("Contents");
    const std::uint64_t gapBegin = document.xref().base() + contents.begin();
    const std::uint64_t gapEnd = document.xref().base() + contents.end();
    const std::uint64_t fileSize = document.file().size();
    const Value range = signature.dictionary.find("ByteRange");
    std::array<std::int64_t, 4> numbers{};
    Value item = range.firstChild();
    for (std::int64_t& number : numbers) {
        if (!range.isArray() || !item.integer()) {
            place.why = "its /ByteRange is not two pairs of numbers";
            return place;
        }
        number = *item.integer();
        item = item.nextSibling();
    }
    if (item) {
        place.why = "its /ByteRange has more than two pairs";
    } else if (numbers[0] != 0) {
        place.why = "its /ByteRange does not begin at the file's first byte";
    } else if (numbers[1] != static_cast<std::int64_t>(gapBegin) ||
               numbers[2] != static_cast<std::int64_t>(gapEnd)) {
        place.why = "its /ByteRange leaves out something else than its own /Contents";
    } else if (numbers[3] < 0 || static_cast<std::uint64_t>(numbers[3]) > fileSize - gapEnd) {
        place.why = "its /ByteRange reaches beyond the end of the file";
    } else {
        place.end = gapEnd + static_cast<std::uint64_t>(numbers[3]);
        place.bytes = {document.file().substr(0, gapBegin),
                       document.file().substr(gapEnd, place.end - gapEnd)};
        place.contents = contents.string();
    }
    return place;
}

std::uint32_t countLostSignatures(std::string_view file, const std::vector<std::uint64_t>& knownOffsets) {
    constexpr std::string_view kKey = "/ByteRange";
    std::uint32_t lost = 0;
    for (std::size_t at = 0;;) {
        const void* found = memmem(file.data() + at, file.size() - at, kKey.data(), kKey.size());
        if (found == nullptr) return lost;
        at = static_cast<std::size_t>(static_cast<const char*>(found) - file.data()) + kKey.size();
        pdf::Lexer lexer(file.substr(0, std::min(file.size(), at + 200)), at);
        if (lexer.next().kind != pdf::TokenKind::ArrayOpen) continue;
        const pdf::Token first = lexer.next(), size = lexer.next(), second = lexer.next();
        if (first.kind != pdf::TokenKind::Integer || size.kind != pdf::TokenKind::Integer ||
            second.kind != pdf::TokenKind::Integer || first.integer != 0 || size.integer < 0 ||
            second.integer <= size.integer || static_cast<std::uint64_t>(second.integer) > file.size())
            continue;
        const auto begin = static_cast<std::size_t>(size.integer);
        const auto gap = file.substr(begin, static_cast<std::size_t>(second.integer) - begin);
        if (isHexString(gap) &&
            std::find(knownOffsets.begin(), knownOffsets.end(), begin) == knownOffsets.end())
            ++lost;
    }
}

}  // namespace greffe::document_pdf
