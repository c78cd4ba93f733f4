// SPDX-License-Identifier: Apache-2.0
#include "stream_check.h"

#include "pdf/filters.h"
#include "pdf/stream.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace greffe::document_pdf {
namespace {

using pdf::Check;
using pdf::Document;
using pdf::Expected;
using pdf::Nothing;
using pdf::Object;
using pdf::Value;

enum class Codec { Text, Image, Unknown };

Codec codecOf(const Value& name) {
    constexpr std::string_view kText[] = {"FlateDecode",     "Fl",  "LZWDecode",      "LZW",
                                          "ASCII85Decode",   "A85", "ASCIIHexDecode", "AHx",
                                          "RunLengthDecode", "RL",  "Crypt"};
    constexpr std::string_view kImage[] = {"DCTDecode",      "DCT", "JPXDecode",
                                           "CCITTFaxDecode", "CCF", "JBIG2Decode"};
    const auto isAmong = [&](const auto& names) {
        return std::any_of(std::begin(names), std::end(names),
                           [&](std::string_view known) { return name.isName(known); });
    };
    if (isAmong(kText)) return Codec::Text;
    return isAmong(kImage) ? Codec::Image : Codec::Unknown;
}

// The filters' names, resolved. An unknown one is damage: nobody can show what is behind it.
Expected<std::vector<Value>> filterNames(Document& document, const Value& dict) {
    Value filter = dict.find("Filter");
    GREFFE_PDF_ASSIGN(filter, document.resolve(filter));
    std::vector<Value> names;
    if (filter.isNull()) return names;
    if (!filter.isArray()) {
        names.push_back(filter);
        return names;
    }
    for (Value item = filter.firstChild(); item; item = item.nextSibling()) {
        if (names.size() >= document.limits().maxFiltersPerStream)
            return pdf::limitExceeded("a stream has more than " +
                                      std::to_string(document.limits().maxFiltersPerStream) + " filters");
        GREFFE_PDF_ASSIGN(names.emplace_back(), document.resolve(item));
    }
    return names;
}

// How many bytes zlib data stand for, without keeping them.
Expected<std::uint64_t> inflatedSize(std::string_view raw, const pdf::Limits& limits) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return pdf::Refusal{Reason::OutOfMemory, "no memory for inflate"};
    struct End {
        z_stream* stream;
        ~End() { inflateEnd(stream); }
    } const end{&stream};
    const std::uint64_t cap =
        std::max<std::uint64_t>(limits.ratioFreeBytes, std::uint64_t{raw.size()} * limits.maxExpansion);
    std::array<Bytef, 65536> block;  // not cleared: nobody reads it
    std::uint64_t total = 0;
    for (;;) {
        if (stream.avail_in == 0) {
            const std::size_t piece = std::min<std::size_t>(raw.size(), 1U << 30U);
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));
            stream.avail_in = static_cast<uInt>(piece);
            raw.remove_prefix(piece);
        }
        stream.next_out = block.data();
        stream.avail_out = block.size();
        const int status = inflate(&stream, Z_NO_FLUSH);
        const std::size_t produced = block.size() - stream.avail_out;
        total += produced;
        if (total > cap)
            return pdf::limitExceeded("a stream decodes to more than " + std::to_string(limits.maxExpansion) +
                                      " times its size");
        if (status == Z_STREAM_END) return total;
        // Data that end without a check sum are taken as they are, as every reader does.
        if (status == Z_BUF_ERROR || (status == Z_OK && stream.avail_in == 0 && raw.empty() && produced == 0))
            return total;
        if (status != Z_OK) return pdf::malformed("compressed data are damaged");
    }
}

}  // namespace

Check checkStream(Document& document, const Object& object, std::uint64_t maxTotal,
                  std::uint64_t& decodedBytes) {
    const Value dict = object.root();
    if (object.isInObjectStream || !dict.isDict() || !pdf::isStreamAt(object.source, object.tree->end()))
        return Nothing{};
    GREFFE_PDF_ASSIGN(const std::vector<Value> names, filterNames(document, dict));
    GREFFE_PDF_ASSIGN(const Value length, document.get(dict, "Length"));
    if (!length.integer()) return pdf::malformed("a stream has no /Length");
    GREFFE_PDF_ASSIGN(const std::string_view raw,
                      pdf::streamBytes(object.source, object.tree->end(), length.integer()));
    bool isImage = dict.find("Subtype").isName("Image");
    for (const Value& name : names) {
        const Codec codec = codecOf(name);
        if (codec == Codec::Unknown)
            return pdf::malformed("a stream has the filter " + std::string(name.bytes().substr(0, 40)) +
                                  ", which does not exist");
        isImage = isImage || codec == Codec::Image;
    }
    // Bytes in another file are a finding of their own.
    if (isImage || names.empty() || !dict.find("F").isNull()) return Nothing{};
    if (names.size() == 1 && (names[0].isName("FlateDecode") || names[0].isName("Fl")) &&
        document.encryption() == nullptr) {
        GREFFE_PDF_ASSIGN(const std::vector<pdf::Filter> filters,
                          pdf::filtersOf(dict, document, document.limits()));
        // No data: only its parameters are looked at.
        GREFFE_PDF_TRY(pdf::undoPredictor({}, filters.front(), document.limits()));
        GREFFE_PDF_ASSIGN(const std::uint64_t size, inflatedSize(raw, document.limits()));
        decodedBytes += size;
    } else {
        GREFFE_PDF_ASSIGN(const auto data, document.stream(object));
        decodedBytes += data ? data->size() : 0;
    }
    if (decodedBytes > maxTotal)
        return pdf::limitExceeded("the streams decode to more than " + std::to_string(maxTotal >> 20U) +
                                  " MiB together");
    return Nothing{};
}

}  // namespace greffe::document_pdf
