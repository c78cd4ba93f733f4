// SPDX-License-Identifier: Apache-2.0
#include "container_digest.h"

#include "sha256.h"
#include "zip_format.h"

namespace greffe::container {
namespace {

constexpr std::string_view kMark = "greffe sha256=";
static_assert(kMark.size() + 64 == kDigestTextBytes);
constexpr std::uint32_t kSkippableMagic = 0x184D2A5D;  // one of sixteen that are free to use
constexpr std::size_t kFrameHeadBytes = 8;

}  // namespace

std::string digestText(const std::string& sha256Hex) {
    return std::string(kMark) + sha256Hex;
}

std::string skippableFrame(std::string_view text) {
    std::string frame;
    put32(frame, kSkippableMagic);
    put32(frame, text.size());
    frame += text;
    return frame;
}

DigestState checkContainerDigest(std::string_view archive, ArchiveKind kind) {
    const std::size_t headBytes = kind == ArchiveKind::Zip ? 0 : kFrameHeadBytes;
    if (archive.size() < kDigestTextBytes + headBytes) return DigestState::Absent;
    const std::string_view text = archive.substr(archive.size() - kDigestTextBytes);
    if (text.substr(0, kMark.size()) != kMark) return DigestState::Absent;
    const std::string_view covered = archive.substr(0, archive.size() - kDigestTextBytes - headBytes);
    if (kind != ArchiveKind::Zip && archive.substr(covered.size()) != skippableFrame(text))
        return DigestState::Differs;
    return digestText(sha256Hex(covered)) == text ? DigestState::Matches : DigestState::Differs;
}

}  // namespace greffe::container
