// SPDX-License-Identifier: Apache-2.0
#include "support/pdf_builder.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace greffe {
namespace {

struct Row {
    unsigned type = 0;
    std::uint64_t first = 0, second = 0;
};

std::string bigEndian(std::uint64_t value, unsigned width) {
    std::string bytes;
    for (unsigned i = width; i-- > 0;)
        bytes += static_cast<char>(i < 8 ? value >> (8 * i) & 0xFFU : 0);
    return bytes;
}

}  // namespace

PdfBuilder PdfBuilder::onePage() {
    PdfBuilder builder;
    builder.set(1, "<</Type/Catalog/Pages 2 0 R>>");
    builder.set(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    builder.set(3,
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.275590551181 "
                "841.88976378]/Resources<<>>/Contents 4 0 R>>");
    builder.setStream(4, "", "0 0 1 rg 100 100 200 200 re f");
    return builder;
}

PdfBuilder& PdfBuilder::set(std::uint32_t number, std::string text) {
    objects_[number] = std::move(text);
    return *this;
}

PdfBuilder& PdfBuilder::setStream(std::uint32_t number, const std::string& entries, const std::string& data) {
    return set(number, "<<" + entries + "/Length " + std::to_string(data.size()) + ">>\nstream\n" + data +
                           "\nendstream");
}

PdfBuilder& PdfBuilder::compress(std::vector<std::uint32_t> numbers, std::uint32_t streamNumber) {
    compressed_ = std::move(numbers);
    objectStream_ = streamNumber;
    return *this;
}

std::string PdfBuilder::build() const {
    return appendTo(junk_ + "%PDF-1.7" + eol_ + "%\xE2\xE3\xCF\xD3" + eol_, 0);
}

std::string PdfBuilder::update(const std::string& base) const {
    const std::size_t at = base.rfind("startxref") + 9;
    return appendTo(base, std::strtoull(base.c_str() + at, nullptr, 10));
}

std::string PdfBuilder::appendTo(std::string file, std::uint64_t previous) const {
    const std::size_t header = isAbsolute_ ? 0 : file.find("%PDF-");
    std::map<std::uint32_t, Row> rows;
    if (previous == 0) rows[0] = {0, 0, 65535};
    const auto place = [&](std::uint32_t number, const std::string& text) {
        rows[number] = {1, file.size() - header, 0};
        file += std::to_string(number) + " 0 obj" + eol_ + text + eol_ + "endobj" + eol_;
    };
    const auto isCompressed = [&](std::uint32_t number) {
        return std::find(compressed_.begin(), compressed_.end(), number) != compressed_.end();
    };
    for (const auto& [number, text] : objects_)
        if (!isCompressed(number)) place(number, text);
    std::map<std::uint32_t, Row> hidden;
    if (!compressed_.empty()) {
        std::string table, body;
        for (std::size_t i = 0; i < compressed_.size(); ++i) {
            table += std::to_string(compressed_[i]) + " " + std::to_string(body.size()) + " ";
            body += objects_.at(compressed_[i]) + " ";
            hidden[compressed_[i]] = {2, objectStream_, i};
        }
        place(objectStream_, "<</Type/ObjStm/N " + std::to_string(compressed_.size()) + "/First " +
                                 std::to_string(table.size()) + "/Length " +
                                 std::to_string(table.size() + body.size()) + ">>\nstream\n" + table + body +
                                 "\nendstream");
    }
    std::uint32_t size = std::max(rows.rbegin()->first, hidden.empty() ? 0 : hidden.rbegin()->first) + 1;
    std::string keys = trailer_ + (previous != 0 ? "/Prev " + std::to_string(previous) : "");

    const auto placeXrefStream = [&](std::map<std::uint32_t, Row> listed, std::uint32_t number) {
        const std::uint64_t offset = file.size() - header;
        listed[number] = {1, offset, 0};
        std::string data, index;
        for (const auto& [id, row] : listed) {
            index += std::to_string(id) + " 1 ";
            data += bigEndian(row.type, widths_[0]) + bigEndian(row.first, widths_[1]) +
                    bigEndian(row.second, widths_[2]);
        }
        file += std::to_string(number) + " 0 obj" + eol_ + "<</Type/XRef/W[" + std::to_string(widths_[0]) +
                " " + std::to_string(widths_[1]) + " " + std::to_string(widths_[2]) + "]/Index[" + index +
                "]/Size " + std::to_string(std::max(size, number + 1)) + keys + "/Length " +
                std::to_string(data.size()) + ">>\nstream\n" + data + "\nendstream" + eol_ + "endobj" + eol_;
        return offset;
    };
    std::uint64_t start = 0;
    if (kind_ == Xref::Stream) {
        rows.insert(hidden.begin(), hidden.end());
        start = placeXrefStream(rows, size);
    } else {
        if (kind_ == Xref::Hybrid) {
            keys += "/XRefStm " + std::to_string(placeXrefStream(hidden, size));
            // What stands in object streams is free for readers that do not know them.
            for (const auto& [number, row] : hidden)
                rows[number] = {0, 0, 65535};
            ++size;
        }
        start = file.size() - header;
        file += "xref" + eol_;
        for (const auto& [number, row] : rows) {
            std::array<char, 32> line{};
            std::snprintf(line.data(), line.size(), "%010llu %05llu %c",
                          static_cast<unsigned long long>(row.first),
                          static_cast<unsigned long long>(row.second), row.type == 0 ? 'f' : 'n');
            file +=
                std::to_string(number) + " 1" + eol_ + line.data() + (eol_.size() == 2 ? eol_ : " " + eol_);
        }
        file += "trailer" + eol_ + "<</Size " + std::to_string(size) + keys + ">>" + eol_;
    }
    file += "startxref" + eol_ + std::to_string(start) + eol_ + "%%EOF";
    return endsWithNewline_ ? file + eol_ : file;
}

}  // namespace greffe
