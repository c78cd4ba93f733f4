// SPDX-License-Identifier: Apache-2.0
#include "store/audit_head.h"

#include "sys/files.h"

#include <fmt/format.h>

#include <charconv>

namespace greffe {
namespace {

constexpr std::uint64_t kMostBytes = 4096;

}  // namespace

std::string auditHeadPath(const std::string& journalPath) {
    return splitPath(journalPath).directory + "/audit.head";
}

Result<std::optional<AuditHead>> readAuditHead(const std::string& path) {
    const auto text = readFile(path, kMostBytes);
    if (!text && text.error().code == Errc::NotFound) return std::optional<AuditHead>();
    if (!text) return text.error();
    AuditHead head;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), head.seq);
    const std::size_t at = static_cast<std::size_t>(end - text->data()) + 1;
    const bool isWhole = error == std::errc() && at < text->size() &&
                         fromHex(std::string_view(*text).substr(at, 2 * head.hash.size()), head.hash);
    if (isWhole) return std::optional<AuditHead>(head);
    return makeError(Errc::Corrupt, fmt::format("{}: no head of the audit chain stands in it", path),
                     "it was changed outside Greffe: compare with a backup, then remove it");
}

Status writeAuditHead(const std::string& path, const AuditHead& head) {
    const SplitPath place = splitPath(path);
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(place.directory));
    return replaceFile(directory.get(), place.name, fmt::format("{} {}\n", head.seq, toHex(head.hash)));
}

}  // namespace greffe
