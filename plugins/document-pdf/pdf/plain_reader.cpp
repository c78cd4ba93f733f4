// SPDX-License-Identifier: Apache-2.0
#include "plain_reader.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>

namespace greffe::pdf {
namespace {

constexpr std::string_view kBlank("\0\t\n\f\r ", 6);
constexpr std::string_view kMarks = "()<>[]{}/%";

std::size_t skipBlank(std::string_view text, std::size_t at) {
    for (;;) {
        at = std::min(text.find_first_not_of(kBlank, at), text.size());
        if (at == text.size() || text[at] != '%') return at;
        at = std::min(text.find_first_of("\r\n", at), text.size());
    }
}

std::size_t skipString(std::string_view text, std::size_t at) {
    for (int depth = 0; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '(') {
            ++depth;
        } else if (text[at] == ')' && --depth == 0) {
            return at + 1;
        }
    }
    return text.size();
}

std::size_t skipWord(std::string_view text, std::size_t at) {
    while (at < text.size() && kBlank.find(text[at]) == std::string_view::npos &&
           kMarks.find(text[at]) == std::string_view::npos)
        ++at;
    return at;
}

// Behind the next token, whatever it is; `depth` counts the brackets that are open.
std::size_t skipToken(std::string_view text, std::size_t at, int& depth) {
    const char c = text[at];
    const bool isDouble = at + 1 < text.size() && text[at + 1] == c;
    if (c == '(') return skipString(text, at);
    if (c == '/') return skipWord(text, at + 1);
    if (c == '[' || (c == '<' && isDouble)) return ++depth, at + (c == '[' ? 1 : 2);
    if (c == ']' || (c == '>' && isDouble)) return --depth, at + (c == ']' ? 1 : 2);
    if (c == '<') return std::min(text.find('>', at), text.size() - 1) + 1;
    return kMarks.find(c) != std::string_view::npos ? at + 1 : skipWord(text, at);
}

// Behind one value, without looking for the "0 R" of a reference.
std::size_t skipValue(std::string_view text, std::size_t at) {
    int depth = 0;
    do {
        at = skipBlank(text, at);
        if (at >= text.size()) return text.size();
        at = skipToken(text, at, depth);
    } while (depth > 0);
    return at;
}

bool isNumber(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::uint64_t toNumber(std::string_view text) {
    return std::strtoull(std::string(text.substr(0, 20)).c_str(), nullptr, 10);
}

// The text of the value at `at`, and behind it; a reference is one value.
std::string takeValue(std::string_view text, std::size_t& at) {
    const std::size_t begin = skipBlank(text, at);
    std::size_t end = skipValue(text, begin);
    if (isNumber(text.substr(begin, end - begin))) {
        const std::size_t second = skipBlank(text, end), secondEnd = skipWord(text, second);
        const std::size_t third = skipBlank(text, secondEnd);
        if (isNumber(text.substr(second, secondEnd - second)) &&
            text.substr(third, skipWord(text, third) - third) == "R")
            end = third + 1;
    }
    at = end;
    return std::string(text.substr(begin, end - begin));
}

std::string inflateAll(std::string_view data) {
    z_stream stream{};
    inflateInit(&stream);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    std::string out;
    int status = Z_OK;
    while (status == Z_OK && out.size() < (64U << 20U)) {
        out.resize(out.size() + 65536);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + out.size() - 65536);
        stream.avail_out = 65536;
        status = inflate(&stream, Z_SYNC_FLUSH);
        out.resize(out.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    return out;
}

// PNG rows; only None, Sub and Up, which is what writers of cross-reference streams use, and Average and
// Paeth.
std::string unpredict(const std::string& data, std::size_t columns) {
    std::string out, previous(columns, '\0');
    for (std::size_t row = 0; row < data.size(); row += columns + 1) {
        std::string line = data.substr(row + 1, columns);
        line.resize(columns, '\0');
        for (std::size_t i = 0; i < columns; ++i) {
            const int left = i > 0 ? static_cast<unsigned char>(line[i - 1]) : 0;
            const int up = static_cast<unsigned char>(previous[i]);
            const int corner = i > 0 ? static_cast<unsigned char>(previous[i - 1]) : 0;
            const int guess = left + up - corner;
            const int a = std::abs(guess - left), b = std::abs(guess - up), c = std::abs(guess - corner);
            const int adds[] = {0, left, up, (left + up) / 2, a <= b && a <= c ? left : b <= c ? up : corner};
            line[i] = static_cast<char>(line[i] + adds[static_cast<unsigned char>(data[row]) % 5]);
        }
        out += line;
        previous = line;
    }
    return out;
}

// The decoded stream behind a dictionary that ends at `at`: Flate or nothing.
std::optional<std::string> plainStream(std::string_view file, const PlainDict& dict, std::size_t at) {
    at = skipBlank(file, at);
    if (file.substr(at, 6) != "stream") return std::nullopt;
    at = std::min(at + (file.substr(at + 6, 2) == "\r\n" ? 8 : 7), file.size());
    std::size_t size = file.find("endstream", at) - at;
    if (const std::string length = plainValue(dict, "Length"); isNumber(length)) size = toNumber(length);
    std::string data(file.substr(at, size));
    const std::string filter = plainValue(dict, "Filter");
    if (filter.empty()) return data;
    if (filter.find("FlateDecode") == std::string::npos ||
        filter.find('/', filter.find('/') + 1) != std::string::npos)
        return std::nullopt;
    data = inflateAll(data);
    std::string parameters = plainValue(dict, "DecodeParms");
    if (!parameters.empty() && parameters.front() == '[')
        parameters = parameters.substr(1, parameters.size() - 2);
    const auto entries = plainDict(parameters).value_or(PlainDict());
    if (toNumber(plainValue(entries, "Predictor")) < 10) return data;
    const std::string text = plainValue(entries, "Columns");
    const std::uint64_t columns = text.empty() ? 1 : toNumber(text);
    if (columns == 0 || columns > data.size()) return std::nullopt;
    return unpredict(data, columns);
}

}  // namespace

std::optional<PlainDict> plainDict(std::string_view text) {
    std::size_t at = skipBlank(text, 0);
    if (text.substr(at, 2) != "<<") return std::nullopt;
    at += 2;
    PlainDict dict;
    for (;;) {
        at = skipBlank(text, at);
        if (at >= text.size() || text.substr(at, 2) == ">>") return dict;
        const std::string key = takeValue(text, at);
        if (key.empty() || key.front() != '/') return std::nullopt;
        dict.emplace_back(key.substr(1), takeValue(text, at));
    }
}

std::string plainValue(const PlainDict& dict, std::string_view key) {
    for (const auto& [name, value] : dict)
        if (name == key) return value;
    return {};
}

std::optional<std::uint32_t> plainReference(std::string_view text) {
    if (text.size() < 5 || text.back() != 'R' || text.front() < '0' || text.front() > '9')
        return std::nullopt;
    return static_cast<std::uint32_t>(toNumber(text));
}

bool PlainReader::fail(std::string what) {
    error_ = std::move(what);
    return false;
}

PlainReader::PlainReader(std::string_view file) : file_(file) {
    const std::size_t last = file.rfind("startxref");
    if (last == std::string_view::npos) {
        fail("no startxref");
        return;
    }
    std::uint64_t offset = toNumber(file.substr(skipBlank(file, last + 9), 20));
    const std::size_t header = file.find("%PDF-");
    const auto begins = [&](std::size_t base) {
        if (offset >= file.size() - base) return false;
        const std::string_view text = file.substr(skipBlank(file, base + offset), 24);
        return text.substr(0, 4) == "xref" || (isNumber(text.substr(0, 1)) && text.find(" obj") < 20);
    };
    base_ = header != std::string_view::npos && begins(header) ? header : 0;
    std::set<std::uint64_t> seen;
    do {
        PlainSection section;
        if (!seen.insert(offset).second) {
            fail("a circle of /Prev");
            return;
        }
        if (!readSection(offset, section)) return;
        offset = toNumber(plainValue(section.trailer, "Prev"));
        sections_.push_back(std::move(section));
    } while (offset != 0);
}

bool PlainReader::readSection(std::uint64_t offset, PlainSection& section) {
    section.offset = offset;
    if (offset >= file_.size() - base_) return fail("a section behind the end");
    const std::size_t at = skipBlank(file_, base_ + offset);
    if (file_.substr(at, 4) != "xref") return readStream(at, section);
    if (!readTable(at + 4, section)) return false;
    const std::string hidden = plainValue(section.trailer, "XRefStm");
    if (hidden.empty()) return true;
    PlainSection stream;
    if (!readStream(skipBlank(file_, base_ + toNumber(hidden)), stream)) return false;
    for (const auto& [number, place] : stream.places) {
        PlainSection::Place& own = section.places[number];
        if (!own.isUsed) own = place;
    }
    return true;
}

bool PlainReader::readTable(std::size_t at, PlainSection& section) {
    const auto word = [&] {
        at = skipBlank(file_, at);
        const std::size_t begin = at;
        at = skipWord(file_, at);
        return file_.substr(begin, at - begin);
    };
    for (;;) {
        const std::string_view first = word();
        if (first == "trailer") break;
        const std::string_view count = word();
        if (!isNumber(first) || !isNumber(count)) return fail("a table that cannot be read");
        for (std::uint64_t i = 0; i < toNumber(count); ++i) {
            const std::uint64_t offset = toNumber(word());
            word();
            const std::string_view type = word();
            if (type != "n" && type != "f") return fail("a table that cannot be read");
            section.places.try_emplace(static_cast<std::uint32_t>(toNumber(first) + i),
                                       PlainSection::Place{type == "n" && offset != 0, false, offset});
        }
    }
    const auto trailer = plainDict(file_.substr(at));
    if (!trailer) return fail("no trailer");
    section.trailer = *trailer;
    return true;
}

bool PlainReader::readStream(std::size_t at, PlainSection& section) {
    section.isStream = true;
    const std::size_t object = file_.find("obj", at);
    if (object == std::string_view::npos || object - at > 40) return fail("no cross-reference stream");
    const auto dict = plainDict(file_.substr(object + 3));
    if (!dict) return fail("no cross-reference stream");
    section.trailer = *dict;
    const auto data = plainStream(file_, *dict, skipValue(file_, object + 3));
    if (!data) return fail("a cross-reference stream with another filter");
    const auto numbers = [](const std::string& text) {
        std::vector<std::uint64_t> list;
        for (std::size_t i = skipBlank(text, 1), end = 0; i + 1 < text.size(); i = skipBlank(text, end)) {
            end = skipWord(text, i);
            if (end == i) return std::vector<std::uint64_t>();
            list.push_back(toNumber(std::string_view(text).substr(i)));
        }
        return list;
    };
    const std::vector<std::uint64_t> widths = numbers(plainValue(*dict, "W"));
    const std::string index = plainValue(*dict, "Index");
    const std::vector<std::uint64_t> ranges =
        numbers(index.empty() ? "[0 " + plainValue(*dict, "Size") + "]" : index);
    if (widths.size() != 3 || ranges.size() % 2 != 0 || widths[0] + widths[1] + widths[2] == 0)
        return fail("a cross-reference stream that cannot be read");
    std::size_t next = 0;
    const auto field = [&](std::uint64_t width, std::uint64_t fallback) {
        std::uint64_t value = width == 0 ? fallback : 0;
        for (std::uint64_t i = 0; i < width && next < data->size(); ++i)
            value = value * 256 + static_cast<unsigned char>((*data)[next++]);
        return value;
    };
    for (std::size_t r = 0; r < ranges.size(); r += 2)
        for (std::uint64_t i = 0; i < ranges[r + 1] && next < data->size(); ++i) {
            const std::uint64_t type = field(widths[0], 1), at1 = field(widths[1], 0);
            field(widths[2], 0);
            section.places.try_emplace(
                static_cast<std::uint32_t>(ranges[r] + i),
                PlainSection::Place{(type == 1 && at1 != 0) || type == 2, type == 2, at1});
        }
    return true;
}

const PlainSection::Place* PlainReader::place(std::uint32_t number) const {
    for (const PlainSection& section : sections_)
        if (const auto at = section.places.find(number); at != section.places.end()) return &at->second;
    return nullptr;
}

std::optional<std::string> PlainReader::object(std::uint32_t number) const {
    const PlainSection::Place* found = place(number);
    if (found == nullptr || !found->isUsed) return std::nullopt;
    if (!found->isInStream) {
        std::size_t at = base_ + found->at;
        if (found->at >= file_.size() - base_ || toNumber(file_.substr(skipBlank(file_, at), 20)) != number)
            return std::nullopt;
        at = file_.find("obj", at) + 3;
        return takeValue(file_, at);
    }
    const PlainSection::Place* container = place(static_cast<std::uint32_t>(found->at));
    if (container == nullptr || container->isInStream || !container->isUsed) return std::nullopt;
    const std::size_t start = file_.find("obj", base_ + container->at) + 3;
    const auto dict = plainDict(file_.substr(start));
    if (!dict) return std::nullopt;
    PlainDict direct = *dict;
    for (auto& [key, value] : direct) {
        const auto reference = plainReference(value);
        const PlainSection::Place* target = reference ? place(*reference) : nullptr;
        // A number that stands in an object stream may stand in this one: such a file is not ours.
        if (target != nullptr && !target->isInStream) value = object(*reference).value_or("");
    }
    const auto data = plainStream(file_, direct, skipValue(file_, start));
    if (!data) return std::nullopt;
    const std::uint64_t first = toNumber(plainValue(direct, "First"));
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < toNumber(plainValue(direct, "N")); ++i) {
        const std::string name = takeValue(*data, at), offset = takeValue(*data, at);
        if (toNumber(name) != number || !isNumber(name)) continue;
        std::size_t from = first + toNumber(offset);
        return from < data->size() ? std::optional(takeValue(*data, from)) : std::nullopt;
    }
    return std::nullopt;
}

std::string PlainReader::trailer(std::string_view key) const {
    for (const PlainSection& section : sections_)
        if (std::string value = plainValue(section.trailer, key); !value.empty()) return value;
    return {};
}

}  // namespace greffe::pdf
