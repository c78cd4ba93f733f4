// SPDX-License-Identifier: Apache-2.0
// Decodes streams, never past a cap: a stream of 664 bytes with three Flate filters makes 1 GiB.
//
// Flate and the predictors are our own, on zlib; the filters that object and cross-reference streams hardly
// ever use (LZW, ASCII85, ASCIIHex, RunLength) are PoDoFo's, writing into a sink that stops them at the cap.
#pragma once

#include "expected.h"
#include "limits.h"
#include "value.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe::pdf {

// Follows references. Document does; while the cross-reference chain is being read nobody can.
class Resolver {
public:
    // The value itself, or what a reference leads to; a null value when it leads nowhere.
    virtual Expected<Value> resolve(Value value) = 0;

protected:
    ~Resolver() = default;
};

// For streams whose dictionary must be direct: a reference is a refusal.
class DirectOnly final : public Resolver {
public:
    Expected<Value> resolve(Value value) override;
};

struct Filter {
    enum class Kind { Flate, Lzw, Ascii85, AsciiHex, RunLength, Crypt };
    Kind kind = Kind::Flate;
    // PNG and TIFF predictors (ISO 32000-2, 7.4.4.4); 1 is none.
    std::int64_t predictor = 1;
    std::int64_t colors = 1;
    std::int64_t bitsPerComponent = 8;
    std::int64_t columns = 1;
};

// /Filter and /DecodeParms of a stream dictionary, outermost first. Refuses filters that are not listed
// above.
Expected<std::vector<Filter>> filtersOf(const Value& dict, Resolver& resolver, const Limits& limits);

// Applies the filters; the answer is at most limits.maxDecodedBytes long.
Expected<std::string> decode(std::string_view raw, const std::vector<Filter>& filters, const Limits& limits);

Refusal decodesToTooMuch();

// zlib data to bytes. Data that end without a check sum are taken as they are, as every reader does.
Expected<std::string> inflateBytes(std::string_view raw, const Limits& limits);
// Undoes the predictor of one filter.
Expected<std::string> undoPredictor(std::string data, const Filter& filter, const Limits& limits);

}  // namespace greffe::pdf
