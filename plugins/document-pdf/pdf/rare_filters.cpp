// SPDX-License-Identifier: Apache-2.0
#include "rare_filters.h"

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

PoDoFo::EPdfFilter podofoFilter(Filter::Kind kind) {
    switch (kind) {
        case Filter::Kind::Lzw: return PoDoFo::ePdfFilter_LZWDecode;
        case Filter::Kind::Ascii85: return PoDoFo::ePdfFilter_ASCII85Decode;
        case Filter::Kind::AsciiHex: return PoDoFo::ePdfFilter_ASCIIHexDecode;
        default: return PoDoFo::ePdfFilter_RunLengthDecode;
    }
}

}  // namespace

Expected<std::string> decodeRareFilter(Filter::Kind kind, std::string_view raw, std::size_t maxBytes) {
    BoundedSink sink(maxBytes);
    // It prints what it does not like; a worker's stderr is not ours.
    PoDoFo::PdfError::EnableLogging(false);
    PoDoFo::PdfError::EnableDebug(false);
    try {
        const std::unique_ptr<PoDoFo::PdfFilter> filter(PoDoFo::PdfFilterFactory::Create(podofoFilter(kind)));
        if (filter == nullptr) return malformed("a stream has a filter that this build does not know");
        filter->BeginDecode(&sink, nullptr);
        filter->DecodeBlock(raw.data(), static_cast<PoDoFo::pdf_long>(raw.size()));
        filter->EndDecode();
    } catch (const PoDoFo::PdfError&) {
        if (sink.isFull()) return limitExceeded("a stream decodes to more than it may");
        return malformed("an encoded stream is damaged");
    }
    return sink.take();
}

}  // namespace greffe::pdf
