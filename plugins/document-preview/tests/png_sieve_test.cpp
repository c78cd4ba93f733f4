// SPDX-License-Identifier: Apache-2.0
#include "png_sieve.h"

#include <greffe/sdk/document.h>

#include <gmock/gmock.h>
#include <zlib.h>

#include <functional>

namespace document_preview {
namespace {

using greffe::sdk::Refusal;
using testing::HasSubstr;
using testing::Not;

std::string number(std::uint32_t value) {
    return {static_cast<char>(value >> 24U), static_cast<char>(value >> 16U), static_cast<char>(value >> 8U),
            static_cast<char>(value)};
}

std::string chunk(const std::string& name, const std::string& body) {
    const std::string named = name + body;
    const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(named.data()), named.size());
    return number(static_cast<std::uint32_t>(body.size())) + named + number(static_cast<std::uint32_t>(sum));
}

std::string head(std::uint32_t width, std::uint32_t height, const std::string& kind = {"\x08\x02\0\0\0", 5}) {
    return chunk("IHDR", number(width) + number(height) + kind);
}

std::string packed(std::size_t bytes) {
    const std::string plain(bytes, '\0');
    uLongf size = compressBound(plain.size());
    std::string out(size, '\0');
    compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
             plain.size());
    out.resize(size);
    return out;
}

const std::string kSignature("\x89PNG\r\n\x1a\n", 8);
const std::string kPixels = chunk("IDAT", packed((3 * 4 + 1) * 2));  // 4 wide, 2 high, colour
const std::string kEnd = chunk("IEND", "");

std::string troubleOf(const std::string& bytes, std::uint32_t side = 10) {
    std::string_view rest = bytes;
    try {
        takePicture(rest, side);
    } catch (const Refusal& refusal) {
        return refusal.what();
    }
    return {};
}

TEST(PngSieve, KeepsPixelsAndLeavesEverythingElseOut) {
    const std::string whole = kSignature + head(4, 2) + chunk("tEXt", "Comment\0<script>") +
                              chunk("iCCP", "a profile") + kPixels + chunk("zTXt", "late") + kEnd;
    const std::string two = whole + whole;
    std::string_view rest = two;
    const Picture first = takePicture(rest, 10);
    EXPECT_EQ(rest.size(), whole.size()) << "one picture is taken, the next begins where it ended";
    EXPECT_EQ(first.width, 4U);
    EXPECT_EQ(first.height, 2U);
    EXPECT_EQ(first.png, kSignature + head(4, 2) + kPixels + kEnd);
    EXPECT_THAT(first.png, Not(HasSubstr("script")));
    takePicture(rest, 10);
    EXPECT_TRUE(rest.empty());
}

TEST(PngSieve, TakesGreyToo) {
    EXPECT_EQ(
        troubleOf(kSignature + head(4, 2, {"\x08\0\0\0\0", 5}) + chunk("IDAT", packed((4 + 1) * 2)) + kEnd),
        "");
}

TEST(PngSieve, RefusesWhatIsNotAsItMustBe) {
    const std::string good = kSignature + head(4, 2) + kPixels + kEnd;
    ASSERT_EQ(troubleOf(good), "");
    EXPECT_THAT(troubleOf(""), HasSubstr("no PNG"));
    EXPECT_THAT(troubleOf("<html>"), HasSubstr("no PNG"));
    EXPECT_THAT(troubleOf(good, 3), HasSubstr("another size"));
    EXPECT_THAT(troubleOf(kSignature + head(0, 2) + kPixels + kEnd), HasSubstr("another size"));
    EXPECT_THAT(troubleOf(kSignature + head(4, 4'000'000'000U) + kPixels + kEnd), HasSubstr("another size"));
    EXPECT_THAT(troubleOf(kSignature + kPixels + kEnd), HasSubstr("no head"));
    EXPECT_THAT(troubleOf(kSignature + head(4, 2, {"\x10\x02\0\0\0", 5}) + kPixels + kEnd),
                HasSubstr("another kind"));
    EXPECT_THAT(troubleOf(kSignature + head(4, 2, {"\x08\x02\0\0\1", 5}) + kPixels + kEnd),
                HasSubstr("another kind"));
    EXPECT_THAT(troubleOf(kSignature + head(4, 2) + kEnd), HasSubstr("missing"));
    EXPECT_THAT(troubleOf(kSignature + head(4, 3) + kPixels + kEnd), HasSubstr("missing"));
    EXPECT_THAT(troubleOf(kSignature + head(4, 2) + chunk("IDAT", "rubbish") + kEnd), HasSubstr("unpack"));
    EXPECT_THAT(troubleOf(kSignature + head(4, 2) + chunk("IDAT", packed(50'000'000)) + kEnd),
                HasSubstr("unpack"))
        << "a bomb is not unpacked to its end";
    EXPECT_THAT(troubleOf(kSignature + head(4, 2) + kPixels + kPixels + kEnd), HasSubstr("behind"));
}

TEST(PngSieve, RefusesEveryCutAndEveryChangedByte) {
    const std::string good = kSignature + head(4, 2) + kPixels + kEnd;
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_NE(troubleOf(good.substr(0, size)), "") << size;
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string changed = good;
        changed[at] = static_cast<char>(changed[at] ^ 0x20);
        EXPECT_NE(troubleOf(changed), "") << at;
    }
}

}  // namespace
}  // namespace document_preview
