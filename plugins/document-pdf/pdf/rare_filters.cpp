// SPDX-License-Identifier: Apache-2.0
#include "rare_filters.h"

#include "lexer.h"

#include <podofo/podofo.h>

#include <memory>

namespace greffe::pdf {
namespace {

class BoundedSink final : public PoDoFo::PdfOutputStream {
public:
    explicit BoundedSink(std::size_t maxBytes) : maxBytes_(maxBytes) {}

    PoDoFo::pdf_long Write(const char* bytes, PoDoFo::pdf_long size) override {
        if (size < 0 || data_.size() + static_cast<std::size_t>(size) > maxBytes_) {
            isFull_ = true;
            throw PoDoFo::PdfError(PoDoFo::ePdfError_ValueOutOfRange, __FILE__, __LINE__);
        }
        data_.append(bytes, static_cast<std::size_t>(size));
        return size;
    }
    void Close() override {}

    bool isFull() const { return isFull_; }
    std::string take() { return std::move(data_); }

private:
    std::size_t maxBytes_;
    bool isFull_ = false;
    std::string data_;
};

Expected<std::string> decodeAsciiHex(std::string_view raw, std::size_t maxBytes) {
    const std::string_view digits = raw.substr(0, raw.find('>'));
    if (digits.size() / 2 > maxBytes) return decodesToTooMuch();
    return decodeString("<" + std::string(digits) + ">");
}

// A length byte below 128: that many and one more bytes follow as they are; above: the next byte 257 - length
// times.
Expected<std::string> decodeRuns(std::string_view raw, std::size_t maxBytes) {
    std::string data;
    for (std::size_t at = 0; at < raw.size();) {
        const auto length = static_cast<unsigned char>(raw[at++]);
        if (length == 128) break;
        if (length < 128) {
            data += raw.substr(at, length + 1U);
            at += length + 1U;
        } else if (at < raw.size()) {
            data.append(257U - length, raw[at++]);
        }
        if (data.size() > maxBytes) return decodesToTooMuch();
    }
    return data;
}

}  // namespace

Expected<std::string> decodeRareFilter(Filter::Kind kind, std::string_view raw, std::size_t maxBytes) {
    if (kind == Filter::Kind::AsciiHex) return decodeAsciiHex(raw, maxBytes);
    if (kind == Filter::Kind::RunLength) return decodeRuns(raw, maxBytes);
    BoundedSink sink(maxBytes);
    // It prints what it does not like; a worker's stderr is not ours.
    PoDoFo::PdfError::EnableLogging(false);
    PoDoFo::PdfError::EnableDebug(false);
    try {
        const std::unique_ptr<PoDoFo::PdfFilter> filter(PoDoFo::PdfFilterFactory::Create(
            kind == Filter::Kind::Lzw ? PoDoFo::ePdfFilter_LZWDecode : PoDoFo::ePdfFilter_ASCII85Decode));
        if (filter == nullptr) return malformed("a stream has a filter that this build does not know");
        filter->BeginDecode(&sink, nullptr);
        filter->DecodeBlock(raw.data(), static_cast<PoDoFo::pdf_long>(raw.size()));
        filter->EndDecode();
    } catch (const PoDoFo::PdfError&) {
        if (sink.isFull()) return decodesToTooMuch();
        return malformed("an encoded stream is damaged");
    }
    return sink.take();
}

}  // namespace greffe::pdf
