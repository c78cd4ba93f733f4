// SPDX-License-Identifier: Apache-2.0
#include "filters.h"

#include "rare_filters.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace greffe::pdf {

Expected<Value> DirectOnly::resolve(Value value) {
    if (value.isReference())
        return malformed("a cross-reference stream has an indirect entry in its dictionary");
    return value;
}

namespace {

struct FilterName {
    std::string_view name;
    Filter::Kind kind;
};
constexpr FilterName kFilterNames[] = {
    {"FlateDecode", Filter::Kind::Flate},
    {"Fl", Filter::Kind::Flate},
    {"LZWDecode", Filter::Kind::Lzw},
    {"LZW", Filter::Kind::Lzw},
    {"ASCII85Decode", Filter::Kind::Ascii85},
    {"A85", Filter::Kind::Ascii85},
    {"ASCIIHexDecode", Filter::Kind::AsciiHex},
    {"AHx", Filter::Kind::AsciiHex},
    {"RunLengthDecode", Filter::Kind::RunLength},
    {"RL", Filter::Kind::RunLength},
    {"Crypt", Filter::Kind::Crypt},
};

Expected<Filter> oneFilter(const Value& name, const Value& parameters, Resolver& resolver) {
    Filter filter;
    const auto* known =
        std::find_if(std::begin(kFilterNames), std::end(kFilterNames),
                     [&](const FilterName& candidate) { return name.isName(candidate.name); });
    if (known == std::end(kFilterNames))
        return malformed("an object or cross-reference stream has the filter " +
                         std::string(name.bytes().substr(0, 40)));
    filter.kind = known->kind;
    const auto read = [&](std::string_view key, std::int64_t& target) -> Check {
        GREFFE_PDF_ASSIGN(const Value value, resolver.resolve(parameters.find(key)));
        if (const auto number = value.integer()) target = *number;
        return Nothing{};
    };
    GREFFE_PDF_TRY(read("Predictor", filter.predictor));
    GREFFE_PDF_TRY(read("Colors", filter.colors));
    GREFFE_PDF_TRY(read("BitsPerComponent", filter.bitsPerComponent));
    GREFFE_PDF_TRY(read("Columns", filter.columns));
    return filter;
}

std::size_t capFor(std::size_t rawBytes, const Limits& limits) {
    return std::min(limits.maxDecodedBytes, std::max(limits.ratioFreeBytes, rawBytes * limits.maxExpansion));
}

Expected<std::string> undoTiff(std::string data, const Filter& filter, std::size_t rowBytes) {
    if (filter.bitsPerComponent != 8) return malformed("a TIFF predictor with other than 8 bits");
    const auto step = static_cast<std::size_t>(filter.colors);
    for (std::size_t row = 0; row + rowBytes <= data.size(); row += rowBytes)
        for (std::size_t i = step; i < rowBytes; ++i)
            data[row + i] = static_cast<char>(static_cast<unsigned char>(data[row + i]) +
                                              static_cast<unsigned char>(data[row + i - step]));
    return data;
}

int paeth(int left, int above, int aboveLeft) {
    const int estimate = left + above - aboveLeft;
    const int toLeft = std::abs(estimate - left), toAbove = std::abs(estimate - above);
    const int toAboveLeft = std::abs(estimate - aboveLeft);
    if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
    return toAbove <= toAboveLeft ? above : aboveLeft;
}

// The last row may be short: some writers do not fill it.
std::string undoPng(const std::string& data, std::size_t rowBytes, std::size_t step) {
    std::string result;
    result.reserve(data.size());
    const std::string zeros(rowBytes, '\0');
    for (std::size_t at = 0; at < data.size(); at += rowBytes + 1) {
        const int algorithm = static_cast<unsigned char>(data[at]);
        const std::size_t count = std::min(rowBytes, data.size() - at - 1);
        const std::size_t start = result.size();
        const char* above = start >= rowBytes ? result.data() + start - rowBytes : zeros.data();
        for (std::size_t i = 0; i < count; ++i) {
            const auto byteAt = [](const char* bytes, std::size_t index) {
                return static_cast<unsigned char>(bytes[index]);
            };
            const int left = i >= step ? byteAt(result.data(), start + i - step) : 0;
            const int up = byteAt(above, i);
            const int upLeft = i >= step ? byteAt(above, i - step) : 0;
            int guess = 0;
            switch (algorithm) {
                case 1: guess = left; break;
                case 2: guess = up; break;
                case 3: guess = (left + up) / 2; break;
                case 4: guess = paeth(left, up, upLeft); break;
                default: break;
            }
            result.push_back(static_cast<char>(byteAt(data.data(), at + 1 + i) + guess));
        }
    }
    return result;
}

}  // namespace

Expected<std::vector<Filter>> filtersOf(const Value& dict, Resolver& resolver, const Limits& limits) {
    GREFFE_PDF_ASSIGN(const Value names, resolver.resolve(dict.find("Filter")));
    Value rawParameters = dict.find("DecodeParms");
    if (!rawParameters) rawParameters = dict.find("DP");
    GREFFE_PDF_ASSIGN(const Value parameters, resolver.resolve(rawParameters));
    std::vector<Filter> filters;
    if (names.isNull()) return filters;
    if (!names.isArray()) {
        GREFFE_PDF_ASSIGN(const Value own,
                          resolver.resolve(parameters.isArray() ? parameters.firstChild() : parameters));
        GREFFE_PDF_ASSIGN(filters.emplace_back(), oneFilter(names, own, resolver));
        return filters;
    }
    Value next = parameters.isArray() ? parameters.firstChild() : parameters;
    for (Value name = names.firstChild(); name; name = name.nextSibling()) {
        if (filters.size() >= limits.maxFiltersPerStream)
            return limitExceeded("a stream has more than " + std::to_string(limits.maxFiltersPerStream) +
                                 " filters");
        GREFFE_PDF_ASSIGN(const Value resolvedName, resolver.resolve(name));
        GREFFE_PDF_ASSIGN(const Value own, resolver.resolve(next));
        GREFFE_PDF_ASSIGN(filters.emplace_back(), oneFilter(resolvedName, own, resolver));
        if (parameters.isArray()) next = next.nextSibling();
    }
    return filters;
}

Expected<std::string> inflateBytes(std::string_view raw, const Limits& limits) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) return Refusal{Reason::OutOfMemory, "no memory for inflate"};
    struct End {
        z_stream* stream;
        ~End() { inflateEnd(stream); }
    } const end{&stream};
    const std::size_t cap = capFor(raw.size(), limits);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));
    stream.avail_in = static_cast<uInt>(std::min<std::size_t>(raw.size(), 0xFFFF'FFFFU));
    std::string data;
    std::array<char, 16384> block;  // not cleared: inflate fills what is read
    for (;;) {
        stream.next_out = reinterpret_cast<Bytef*>(block.data());
        stream.avail_out = block.size();
        const int status = inflate(&stream, Z_NO_FLUSH);
        const std::size_t produced = block.size() - stream.avail_out;
        if (data.size() + produced > cap) return decodesToTooMuch();
        data.append(block.data(), produced);
        if (status == Z_STREAM_END) return data;
        if (status == Z_BUF_ERROR || (status == Z_OK && stream.avail_in == 0 && produced < block.size())) {
            if (data.empty()) return malformed("a compressed stream is empty or cut off");
            return data;
        }
        if (status != Z_OK) return malformed("a compressed stream is damaged");
    }
}

Expected<std::string> undoPredictor(std::string data, const Filter& filter, const Limits& limits) {
    if (filter.predictor <= 1) return data;
    const auto sane = [](std::int64_t value, std::int64_t most) { return value >= 1 && value <= most; };
    if (!sane(filter.colors, 64) || !sane(filter.bitsPerComponent, 32) ||
        !sane(filter.columns, static_cast<std::int64_t>(limits.maxDecodedBytes)))
        return malformed("a predictor has senseless parameters");
    const auto bits =
        static_cast<std::uint64_t>(filter.colors) * static_cast<std::uint64_t>(filter.bitsPerComponent);
    const std::uint64_t rowBytes = (bits * static_cast<std::uint64_t>(filter.columns) + 7) / 8;
    if (rowBytes > limits.maxDecodedBytes) return decodesToTooMuch();
    if (filter.predictor == 2) return undoTiff(std::move(data), filter, rowBytes);
    return undoPng(data, rowBytes, std::max<std::size_t>(1, bits / 8));
}

Expected<std::string> decode(std::string_view raw, const std::vector<Filter>& filters, const Limits& limits) {
    std::string data;
    std::string_view input = raw;
    bool isFirst = true;
    for (const Filter& filter : filters) {
        if (filter.kind == Filter::Kind::Crypt) continue;
        GREFFE_PDF_ASSIGN(std::string output,
                          filter.kind == Filter::Kind::Flate
                              ? inflateBytes(input, limits)
                              : decodeRareFilter(filter.kind, input, capFor(input.size(), limits)));
        if (filter.kind == Filter::Kind::Flate || filter.kind == Filter::Kind::Lzw) {
            GREFFE_PDF_ASSIGN(output, undoPredictor(std::move(output), filter, limits));
        }
        data = std::move(output);
        input = data;
        isFirst = false;
    }
    if (isFirst) {
        if (raw.size() > limits.maxDecodedBytes) return decodesToTooMuch();
        data = raw;
    }
    return data;
}

Refusal decodesToTooMuch() {
    return limitExceeded("a stream decodes to more than it may");
}

}  // namespace greffe::pdf
