// SPDX-License-Identifier: Apache-2.0
#include "pdf/filters.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace greffe::pdf {
namespace {

std::string deflated(const std::string& data) {
    uLongf size = compressBound(data.size());
    std::string out(size, '\0');
    compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(data.data()),
              data.size(), 9);
    out.resize(size);
    return out;
}

Filter flate(std::int64_t predictor = 1, std::int64_t columns = 1) {
    Filter filter;
    filter.predictor = predictor;
    filter.columns = columns;
    return filter;
}

std::string decoded(const std::string& raw, const std::vector<Filter>& filters, const Limits& limits = {}) {
    const auto result = decode(raw, filters, limits);
    return result ? *result : "refused: " + result.refusal().text;
}

TEST(Filters, FlateTwice) {
    EXPECT_EQ(decoded(deflated(deflated("text")), {flate(), flate()}), "text");
}

TEST(Filters, ABombStopsAtItsCap) {
    const std::string bomb = deflated(std::string(64U << 20U, '\0'));
    ASSERT_LT(bomb.size(), 100'000U);
    const auto result = inflateBytes(bomb, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.refusal().reason, Reason::LimitExceeded);
}

TEST(Filters, ATripleBombStopsAtItsCap) {
    std::string bomb(200U << 20U, '\0');
    for (int i = 0; i < 3; ++i)
        bomb = deflated(bomb);
    ASSERT_LT(bomb.size(), 2000U);
    const auto result = decode(bomb, {flate(), flate(), flate()}, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.refusal().reason, Reason::LimitExceeded);
}

TEST(Filters, AMissingCheckSumIsForgivenDamageIsNot) {
    const std::string raw = deflated("some text that is long enough");
    EXPECT_EQ(decoded(raw.substr(0, raw.size() - 4), {flate()}), "some text that is long enough");
    EXPECT_EQ(inflateBytes("not zlib data", {}).refusal().reason, Reason::Malformed);
    EXPECT_EQ(inflateBytes("", {}).refusal().reason, Reason::Malformed);
}

// Each row begins with its algorithm: Sub, Up, Average, Paeth; the second row builds on the first.
TEST(Filters, PngPredictors) {
    const auto undo = [](const std::string& rows) { return *undoPredictor(rows, flate(15, 3), {}); };
    EXPECT_EQ(undo(std::string("\x01\x01\x01\x01", 4)), "\x01\x02\x03");
    EXPECT_EQ(undo(std::string("\x00\x01\x02\x03\x02\x01\x01\x01", 8)), "\x01\x02\x03\x02\x03\x04");
    EXPECT_EQ(undo(std::string("\x00\x02\x04\x06\x03\x01\x01\x01", 8)), "\x02\x04\x06\x02\x04\x06");
    EXPECT_EQ(undo(std::string("\x00\x01\x02\x03\x04\x01\x01\x01", 8)), "\x01\x02\x03\x02\x03\x04");
}

TEST(Filters, TiffPredictor) {
    EXPECT_EQ(*undoPredictor("\x01\x01\x01\x02\x01\x01", flate(2, 3), {}), "\x01\x02\x03\x02\x03\x04");
}

TEST(Filters, SenselessPredictorsAreRefused) {
    EXPECT_FALSE(undoPredictor("abc", flate(12, 0), {}));
    EXPECT_FALSE(undoPredictor("abc", flate(12, 2'000'000'000), {}));
    Filter colors = flate(12, 5);
    colors.colors = 1000;
    EXPECT_FALSE(undoPredictor("abc", colors, {}));
}

TEST(Filters, RareFiltersDecode) {
    Filter hex, ascii85, lzw, runs;
    hex.kind = Filter::Kind::AsciiHex;
    ascii85.kind = Filter::Kind::Ascii85;
    lzw.kind = Filter::Kind::Lzw;
    runs.kind = Filter::Kind::RunLength;
    EXPECT_EQ(decoded("48656C6C6F>", {hex}), "Hello");
    EXPECT_EQ(decoded("87cURDZ~>", {ascii85}), "Hello");
    EXPECT_EQ(decoded(std::string("\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01", 9), {lzw}), "-----A---B");
    EXPECT_EQ(decoded(std::string("\x02"
                                  "abc"
                                  "\xFE"
                                  "x"
                                  "\x80",
                                  7),
                      {runs}),
              "abcxxx");
}

TEST(Filters, RareFiltersStopAtTheCap) {
    Filter runs;
    runs.kind = Filter::Kind::RunLength;
    std::string raw;
    for (int i = 0; i < 200'000; ++i)
        raw += std::string("\x81x", 2);  // 128 times x
    Limits limits;
    limits.maxDecodedBytes = 1U << 20U;
    const auto result = decode(raw, {runs}, limits);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.refusal().reason, Reason::LimitExceeded);
    // PoDoFo's, which would go on for as long as it is fed.
    Filter lzw;
    lzw.kind = Filter::Kind::Lzw;
    limits.ratioFreeBytes = limits.maxExpansion = 1;
    EXPECT_EQ(decode(std::string("\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01", 9), {lzw}, limits).refusal().reason,
              Reason::LimitExceeded);
}

TEST(Filters, ReadsTheChainOfADictionary) {
    DirectOnly direct;
    const auto read = [&](const char* text) {
        const auto tree = Tree::parse(text, 0, {});
        return filtersOf(tree->root(), direct, {});
    };
    const auto two = read("<</Filter[/ASCIIHexDecode/Fl]/DecodeParms[null<</Predictor 12/Columns 4>>]>>");
    ASSERT_TRUE(two);
    ASSERT_EQ(two->size(), 2U);
    EXPECT_EQ((*two)[1].predictor, 12);
    EXPECT_EQ((*two)[1].columns, 4);
    EXPECT_TRUE(read("<</Length 3>>")->empty());
    EXPECT_EQ(read("<</Filter/DCTDecode>>").refusal().reason, Reason::Malformed);
    EXPECT_EQ(read("<</Filter 5 0 R>>").refusal().reason, Reason::Malformed);
    EXPECT_EQ(read("<</Filter[/Fl/Fl/Fl/Fl/Fl]>>").refusal().reason, Reason::LimitExceeded);
}

}  // namespace
}  // namespace greffe::pdf
