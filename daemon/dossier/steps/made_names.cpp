// SPDX-License-Identifier: Apache-2.0
#include "dossier/steps/made_names.h"

#include "base/bytes_text.h"
#include "intake/folder_places.h"
#include "intake/slot_mapping.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kMaxNameBytes = 255;

struct FileEnding {
    std::string_view mediaType, ending;
};
constexpr FileEnding kFileEndings[] = {
    {"application/pdf", ".pdf"},   {"application/zip", ".zip"}, {"application/zstd", ".tar.zst"},
    {"application/json", ".json"}, {"application/xml", ".xml"}, {"text/plain", ".txt"},
    {"text/html", ".html"},        {"text/csv", ".csv"},        {"image/png", ".png"},
    {"image/jpeg", ".jpg"},        {"image/tiff", ".tif"},      {"image/svg+xml", ".svg"}};

// Where the ending begins: of "lease.pdf" at the dot, of "lease" and ".lease" behind the last letter.
std::size_t endingAt(const std::string& name) {
    const auto dot = name.rfind('.');
    const bool isEnding = dot != std::string::npos && dot > 0 && name.size() - dot <= 16;
    return isEnding ? dot : name.size();
}

std::string withNumber(const std::string& name, std::size_t number) {
    const std::size_t at = endingAt(name);
    return nameWithSuffix(name.substr(0, at), fmt::format("-{}{}", number, name.substr(at)));
}

// A plain name that nobody has to be afraid of; hidden ones are ours.
bool isPlainFileName(const std::string& name) {
    const bool hasControl = std::any_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/';
    });
    return !name.empty() && name.size() <= kMaxNameBytes && name.front() != '.' && !hasControl;
}

}  // namespace

std::string nameAs(const std::string& name, const std::string& mediaType) {
    const auto* const found = std::find_if(std::begin(kFileEndings), std::end(kFileEndings),
                                           [&](const FileEnding& row) { return row.mediaType == mediaType; });
    if (found == std::end(kFileEndings)) return name;
    const std::string ending(found->ending);
    const bool hasIt =
        name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
    return hasIt ? name : nameWithSuffix(name.substr(0, endingAt(name)), ending);
}

std::string MadeNames::saidOf(const CallArtifact& artifact) const {
    for (const Json& member : memberOf(facts_, "members"))
        if (textOf(member, "artifact") == artifact.name) return baseNameOf(bytesOf(member, "name"));
    return {};
}

std::string MadeNames::nameOf(const CallArtifact& artifact, std::size_t number) {
    const std::string said = saidOf(artifact);
    std::string name = said;
    if (!isPlainFileName(said)) {
        name = nameAs(after_, artifact.mediaType);
        if (number != 0) name = withNumber(name, number);
    }
    const std::string wanted = name;
    for (std::size_t i = 2; !taken_.insert(name).second; ++i)
        name = withNumber(wanted, i);
    return name;
}

}  // namespace greffe
