// SPDX-License-Identifier: Apache-2.0
#include "zip_writer.h"

#include "container_digest.h"
#include "utf8.h"
#include "zip_format.h"

#include <zlib.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <stdexcept>

namespace greffe::container {
namespace {

constexpr std::uint32_t kMadeOnUnix = 3U << 8U;
constexpr std::uint32_t kVersionPlain = 20, kVersionZip64 = 45;
constexpr std::uint64_t kPlainFileMode = 0100644ULL << 16U;
constexpr std::int64_t kFirstDosSecond = 315'532'800;   // 1980-01-01
constexpr std::int64_t kLastDosSecond = 4'354'819'198;  // 2107-12-31 23:59:58
constexpr int kLevel = 6;

// A zip knows local time only, and not where. UTC is the one that gives the same bytes everywhere.
std::uint32_t dosTimeOf(std::int64_t unixSeconds) {
    const auto time = static_cast<std::time_t>(std::clamp(unixSeconds, kFirstDosSecond, kLastDosSecond));
    std::tm utc{};
    gmtime_r(&time, &utc);
    const auto date =
        static_cast<std::uint32_t>((utc.tm_year - 80) << 9 | (utc.tm_mon + 1) << 5 | utc.tm_mday);
    const auto clock = static_cast<std::uint32_t>(utc.tm_hour << 11 | utc.tm_min << 5 | utc.tm_sec / 2);
    return date << 16U | clock;
}

struct DeflateEnd {
    void operator()(z_stream* stream) const { deflateEnd(stream); }
};

// Hands the deflated bytes on piece by piece; stops when `take` returns false.
void deflateTo(std::string_view bytes, const std::function<bool(std::string_view)>& take) {
    z_stream stream{};
    if (deflateInit2(&stream, kLevel, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    const std::unique_ptr<z_stream, DeflateEnd> owner(&stream);
    char buffer[64 * 1024];
    for (int status = Z_OK; status != Z_STREAM_END;) {
        if (stream.avail_in == 0 && !bytes.empty()) {
            const std::string_view piece = bytes.substr(0, 1U << 30U);
            bytes.remove_prefix(piece.size());
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
            stream.avail_in = static_cast<uInt>(piece.size());
        }
        stream.next_out = reinterpret_cast<Bytef*>(buffer);
        stream.avail_out = sizeof buffer;
        status = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            throw std::runtime_error("zlib cannot deflate");
        if (!take({buffer, sizeof buffer - stream.avail_out})) return;
    }
}

std::uint64_t narrow32(std::uint64_t value) {
    return std::min<std::uint64_t>(value, kSaturated32);
}

Refusal full() {
    return {Reason::LimitExceeded, "the archive is larger than this step may write", false};
}

}  // namespace

ZipWriter::ZipWriter(const WriterSettings& settings, ByteSink& sink)
    : settings_(settings), out_(sink), dosTime_(dosTimeOf(settings.modifiedUnix)) {}

ZipWriter::Packed ZipWriter::measure(std::string_view bytes) const {
    Packed packed;
    packed.sizeBytes = packed.packedBytes = bytes.size();
    packed.crc32 =
        static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    if (settings_.packing == Packing::Stored || bytes.empty()) return packed;
    std::uint64_t deflated = 0;
    deflateTo(bytes, [&](std::string_view piece) {
        deflated += piece.size();
        return deflated < bytes.size();
    });
    packed.isDeflated = deflated < bytes.size();
    if (packed.isDeflated) packed.packedBytes = deflated;
    return packed;
}

Check ZipWriter::add(std::string_view name, std::string_view bytes) {
    if (name.empty() || name.size() > kSaturated16 || !isUtf8(name))
        return Refusal{Reason::PluginFault, "\"" + displayName(name) + "\" is no name for a member", false};
    const Packed packed = measure(bytes);
    const std::uint64_t offset = out_.count();
    const bool isAscii = std::all_of(name.begin(), name.end(), [](char c) { return (c & 0x80) == 0; });
    const bool hasWideSize = packed.sizeBytes >= kSaturated32;
    const bool isWide = hasWideSize || offset >= kSaturated32;
    std::string sizes;
    if (hasWideSize) {
        put64(sizes, packed.sizeBytes);
        put64(sizes, packed.packedBytes);
    }
    // The fields that both accounts of a member share.
    std::string shared;
    put16(shared, isWide ? kVersionZip64 : kVersionPlain);
    put16(shared, isAscii ? 0 : kFlagUtf8);
    put16(shared, packed.isDeflated ? kMethodDeflated : kMethodStored);
    put32(shared, dosTime_);
    put32(shared, packed.crc32);
    put32(shared, hasWideSize ? kSaturated32 : packed.packedBytes);
    put32(shared, hasWideSize ? kSaturated32 : packed.sizeBytes);
    put16(shared, name.size());

    std::string local;
    put32(local, kLocalSignature);
    local += shared;
    put16(local, sizes.empty() ? 0 : sizes.size() + 4);
    local += name;
    if (!sizes.empty()) {
        put16(local, kExtraZip64);
        put16(local, sizes.size());
        local += sizes;
    }
    bool isWritten = out_.write(local);
    if (packed.isDeflated)
        deflateTo(bytes, [&](std::string_view piece) { return isWritten = isWritten && out_.write(piece); });
    else
        isWritten = isWritten && out_.write(bytes);
    if (!isWritten) return full();
    if (out_.count() - offset - local.size() != packed.packedBytes)
        return Refusal{Reason::PluginFault, "\"" + displayName(name) + "\" changed while it was written",
                       false};

    if (offset >= kSaturated32) put64(sizes, offset);
    put32(directory_, kCentralSignature);
    put16(directory_, kMadeOnUnix | (isWide ? kVersionZip64 : kVersionPlain));
    directory_ += shared;
    put16(directory_, sizes.empty() ? 0 : sizes.size() + 4);
    put16(directory_, 0);  // no comment
    put16(directory_, 0);  // first and only disk
    put16(directory_, 0);  // no hint that it is text
    put32(directory_, kPlainFileMode);
    put32(directory_, narrow32(offset));
    directory_ += name;
    if (!sizes.empty()) {
        put16(directory_, kExtraZip64);
        put16(directory_, sizes.size());
        directory_ += sizes;
    }
    ++members_;
    return {};
}

std::string ZipWriter::endRecords(std::uint64_t directoryOffset) const {
    std::string end;
    const bool isWide =
        members_ >= kSaturated16 || directory_.size() >= kSaturated32 || directoryOffset >= kSaturated32;
    if (isWide) {
        put32(end, kEnd64Signature);
        put64(end, kEnd64Bytes - 12);
        put16(end, kMadeOnUnix | kVersionZip64);
        put16(end, kVersionZip64);
        put32(end, 0);
        put32(end, 0);
        put64(end, members_);
        put64(end, members_);
        put64(end, directory_.size());
        put64(end, directoryOffset);
        put32(end, kLocator64Signature);
        put32(end, 0);
        put64(end, directoryOffset + directory_.size());
        put32(end, 1);
    }
    const std::uint64_t count = std::min<std::uint64_t>(members_, kSaturated16);
    put32(end, kEndSignature);
    put16(end, 0);
    put16(end, 0);
    put16(end, count);
    put16(end, count);
    put32(end, narrow32(directory_.size()));
    put32(end, narrow32(directoryOffset));
    put16(end, settings_.hasDigest ? kDigestTextBytes : 0);
    return end;
}

Check ZipWriter::finish() {
    const std::uint64_t directoryOffset = out_.count();
    if (!out_.write(directory_) || !out_.write(endRecords(directoryOffset))) return full();
    if (settings_.hasDigest && !out_.write(digestText(out_.takeDigest()))) return full();
    return {};
}

}  // namespace greffe::container
