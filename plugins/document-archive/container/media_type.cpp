// SPDX-License-Identifier: Apache-2.0
#include "media_type.h"

#include "archive_reader.h"
#include "utf8.h"
#include "zip_format.h"

#include <algorithm>

namespace greffe::container {
namespace {

using namespace std::string_view_literals;

struct MediaMagic {
    std::string_view bytes, mediaType;
};
constexpr MediaMagic kMagics[] = {
    {"\xff\xd8\xff"sv, "image/jpeg"},
    {"\x89PNG\r\n\x1a\n"sv, "image/png"},
    {"II*\0"sv, "image/tiff"},
    {"MM\0*"sv, "image/tiff"},
    {"GIF8"sv, "image/gif"},
    {"<?xml"sv, "application/xml"},
    {"{\\rtf"sv, "application/rtf"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "application/x-ole-storage"},
    {"7z\xbc\xaf\x27\x1c"sv, "application/x-7z-compressed"},
    {"Rar!\x1a\x07"sv, "application/vnd.rar"},
    {"\x1f\x8b"sv, "application/gzip"},
    {"\x28\xb5\x2f\xfd"sv, "application/zstd"},
    {"BZh"sv, "application/x-bzip2"},
    {"\xfd"
     "7zXZ\0"sv,
     "application/x-xz"},
    {"MSCF"sv, "application/vnd.ms-cab-compressed"},
};

constexpr std::string_view kArchiveTypes[] = {
    "application/zip",     "application/x-tar",   "application/gzip",
    "application/zstd",    "application/x-xz",    "application/x-7z-compressed",
    "application/vnd.rar", "application/x-bzip2", "application/vnd.ms-cab-compressed"};

constexpr std::string_view kOpenXml = "application/vnd.openxmlformats-officedocument.";

bool startsWith(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

bool isMediaType(std::string_view text) {
    const auto isAllowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("+-./").find(c) != std::string_view::npos;
    };
    return text.size() >= 3 && text.size() <= 100 && std::count(text.begin(), text.end(), '/') == 1 &&
           std::all_of(text.begin(), text.end(), isAllowed);
}

// By the parts whose headers lie in the first bytes.
std::string sniffZip(std::string_view bytes) {
    const auto nameAt = [&](std::size_t at) {
        return bytes.size() < at + kLocalBytes ? ""sv : bytes.substr(at + kLocalBytes, u16(bytes, at + 26));
    };
    const std::string_view first = nameAt(0);
    if (first == "mimetype" && u16(bytes, 8) == kMethodStored) {
        // ODF, EPUB and ASiC containers say it in their first part.
        const std::size_t at = kLocalBytes + first.size() + u16(bytes, 28);
        const std::string_view type = at <= bytes.size() ? bytes.substr(at, u32(bytes, 18)) : ""sv;
        return isMediaType(type) ? std::string(type) : "application/zip";
    }
    if (first != "[Content_Types].xml" && !startsWith(first, "_rels/") && !startsWith(first, "docProps/") &&
        !startsWith(first, "word/") && !startsWith(first, "xl/") && !startsWith(first, "ppt/"))
        return "application/zip";
    for (std::size_t at = 0; at != std::string_view::npos; at = bytes.find("PK\3\4", at + 4)) {
        const std::string_view name = nameAt(at);
        if (startsWith(name, "word/")) return std::string(kOpenXml) + "wordprocessingml.document";
        if (startsWith(name, "xl/")) return std::string(kOpenXml) + "spreadsheetml.sheet";
        if (startsWith(name, "ppt/")) return std::string(kOpenXml) + "presentationml.presentation";
    }
    return "application/zip";
}

}  // namespace

std::string sniffMediaType(std::string_view firstBytes) {
    if (startsWith(firstBytes, "PK\3\4")) return sniffZip(firstBytes);
    // Readers take a PDF with some junk before it; so does the intake.
    if (firstBytes.substr(0, 1024).find("%PDF-") != std::string_view::npos) return "application/pdf";
    for (const MediaMagic& magic : kMagics)
        if (startsWith(firstBytes, magic.bytes)) return std::string(magic.mediaType);
    ArchiveKind kind{};
    if (!detectKind(firstBytes, kind) && kind == ArchiveKind::Tar) return "application/x-tar";
    // Text: UTF-8 without control characters. The last character may be cut.
    std::string_view text = firstBytes;
    while (!text.empty()) {
        char32_t point = 0;
        const std::size_t length = decodeOne(text, point);
        if (length == 0 && text.size() < 4 && firstBytes.size() >= kSniffBytes) break;
        if (length == 0 || (point < 0x20 && point != '\n' && point != '\r' && point != '\t'))
            return "application/octet-stream";
        text.remove_prefix(length);
    }
    return firstBytes.empty() ? "application/octet-stream" : "text/plain";
}

bool isArchiveType(std::string_view mediaType) {
    return std::find(std::begin(kArchiveTypes), std::end(kArchiveTypes), mediaType) !=
           std::end(kArchiveTypes);
}

}  // namespace greffe::container
