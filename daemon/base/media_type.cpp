// SPDX-License-Identifier: Apache-2.0
#include "base/media_type.h"

#include <algorithm>

namespace greffe {
namespace {

constexpr std::string_view kPdf = "application/pdf";
constexpr std::string_view kZip = "application/zip";
constexpr std::string_view kJpeg = "image/jpeg";
constexpr std::string_view kPng = "image/png";
constexpr std::string_view kXml = "application/xml";
constexpr std::string_view kOther = "application/octet-stream";
// ISO 32000-1, implementation notes: readers look for the header there.
constexpr std::size_t kPdfHeaderWithin = 1024;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool isSame(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view sniffMediaType(std::string_view firstBytes) {
    if (firstBytes.substr(0, kPdfHeaderWithin).find("%PDF-") != std::string_view::npos) return kPdf;
    if (firstBytes.substr(0, 4) == std::string_view("PK\3\4", 4)) return kZip;
    if (firstBytes.substr(0, 3) == "\xff\xd8\xff") return kJpeg;
    if (firstBytes.substr(0, 8) == "\x89PNG\r\n\x1a\n") return kPng;
    if (firstBytes.substr(0, 5) == "<?xml") return kXml;
    return kOther;
}

const std::vector<std::string_view>& recognisedMediaTypes() {
    static const std::vector<std::string_view> kTypes = {kPdf, kZip, kJpeg, kPng, kXml, kOther};
    return kTypes;
}

bool matchesMediaType(std::string_view pattern, std::string_view mediaType) {
    if (!pattern.ends_with("/*")) return isSame(pattern, mediaType);
    const std::string_view family = pattern.substr(0, pattern.size() - 1);
    return mediaType.size() > family.size() && isSame(family, mediaType.substr(0, family.size()));
}

bool acceptsMediaType(const std::vector<std::string>& patterns, std::string_view mediaType) {
    return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
               return matchesMediaType(pattern, mediaType);
           });
}

}  // namespace greffe
