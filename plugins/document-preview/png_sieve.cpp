// SPDX-License-Identifier: Apache-2.0
#include "png_sieve.h"

#include <greffe/sdk/document.h>

#include <zlib.h>

#include <array>

namespace document_preview {
namespace {

using greffe::Reason;
using greffe::sdk::Refusal;

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
constexpr std::size_t kChunkFrame = 12;  // length, name, check sum
constexpr std::uint8_t kGrey = 0, kColour = 2;

[[noreturn]] void refuse(const char* what) {
    throw Refusal(Reason::Malformed, std::string("pdftoppm's picture is not as it must be: ") + what);
}

std::uint32_t numberAt(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

void putNumber(std::string& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        to.push_back(static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU));
}

std::uint32_t checkSum(std::string_view nameAndBody) {
    return static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(nameAndBody.data()), nameAndBody.size()));
}

void putChunk(std::string& to, std::string_view name, std::string_view body) {
    putNumber(to, static_cast<std::uint32_t>(body.size()));
    const std::size_t start = to.size();
    to += name;
    to += body;
    putNumber(to, checkSum(std::string_view(to).substr(start)));
}

struct Chunk {
    std::string_view name, body;
};

Chunk takeChunk(std::string_view& bytes) {
    if (bytes.size() < kChunkFrame) refuse("it is cut");
    const std::size_t size = numberAt(bytes, 0);
    if (size > bytes.size() - kChunkFrame) refuse("it is cut");
    if (checkSum(bytes.substr(4, 4 + size)) != numberAt(bytes, 8 + size)) refuse("a check sum is wrong");
    const Chunk chunk{bytes.substr(4, 4), bytes.substr(8, size)};
    bytes.remove_prefix(kChunkFrame + size);
    return chunk;
}

// How many bytes the pixels are, unpacked.
std::uint64_t readHead(const Chunk& head, std::uint32_t side, Picture& picture) {
    if (head.name != "IHDR" || head.body.size() != 13) refuse("it has no head");
    picture.width = numberAt(head.body, 0);
    picture.height = numberAt(head.body, 4);
    if (picture.width == 0 || picture.height == 0 || picture.width > side || picture.height > side)
        refuse("it has another size than was asked for");
    const auto depth = static_cast<std::uint8_t>(head.body[8]);
    const auto colour = static_cast<std::uint8_t>(head.body[9]);
    if (depth != 8 || (colour != kGrey && colour != kColour) ||
        head.body.substr(10) != std::string_view("\0\0\0", 3))
        refuse("its pixels are of another kind");
    const std::uint64_t samples = colour == kColour ? 3 : 1;
    return (picture.width * samples + 1) * picture.height;
}

class Unpacker {
public:
    Unpacker() {
        if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
    }
    ~Unpacker() { inflateEnd(&stream_); }
    Unpacker(const Unpacker&) = delete;
    Unpacker& operator=(const Unpacker&) = delete;

    void add(std::string_view packed, std::uint64_t most) {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        stream_.avail_in = static_cast<uInt>(packed.size());
        while (stream_.avail_in != 0) {
            if (isAtEnd_) refuse("bytes stand behind its pixels");
            stream_.next_out = buffer_.data();
            stream_.avail_out = static_cast<uInt>(buffer_.size());
            const int rc = inflate(&stream_, Z_NO_FLUSH);
            count_ += buffer_.size() - stream_.avail_out;
            if ((rc != Z_OK && rc != Z_STREAM_END) || count_ > most) refuse("its pixels do not unpack");
            isAtEnd_ = rc == Z_STREAM_END;
        }
    }
    bool isComplete(std::uint64_t expected) const { return isAtEnd_ && count_ == expected; }

private:
    z_stream stream_{};
    std::array<Bytef, 65536> buffer_{};
    std::uint64_t count_ = 0;
    bool isAtEnd_ = false;
};

}  // namespace

Picture takePicture(std::string_view& bytes, std::uint32_t side) {
    if (bytes.substr(0, kSignature.size()) != kSignature) refuse("it is no PNG");
    bytes.remove_prefix(kSignature.size());
    Picture picture;
    const Chunk head = takeChunk(bytes);
    const std::uint64_t expected = readHead(head, side, picture);
    picture.png = kSignature;
    putChunk(picture.png, head.name, head.body);
    Unpacker unpacker;
    for (;;) {
        const Chunk chunk = takeChunk(bytes);
        if (chunk.name == "IEND") break;
        if (chunk.name != "IDAT") continue;
        unpacker.add(chunk.body, expected);
        putChunk(picture.png, chunk.name, chunk.body);
    }
    if (!unpacker.isComplete(expected)) refuse("pixels are missing");
    putChunk(picture.png, "IEND", {});
    return picture;
}

}  // namespace document_preview
