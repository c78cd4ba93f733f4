// SPDX-License-Identifier: Apache-2.0
// The container that keeps a dossier, version 2: what stands in it and how it is written. README.md describes
// the format for those who open one without Greffe.
#pragma once

#include "container/archive_writer.h"
#include "dossier_metadata.h"

#include <greffe/types.h>

#include <string>
#include <string_view>

namespace greffe::archive_folder {

inline constexpr std::string_view kFormatName = "greffe-dossier";
// 2: the journal's last line is the beginning of the step that keeps the dossier, so a journal that was cut
// off shows. Containers of version 1 are the same without it.
inline constexpr int kFormatVersion = 2, kOldestVersion = 1;
inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kSumsName = "SHA256SUMS";
inline constexpr std::string_view kReceiptName = "receipt.json";
inline constexpr std::string_view kJournalName = "journal.jsonl";

// Behind what a container contradicts itself in: what is left to do for whoever holds it.
inline constexpr std::string_view kWhoToAsk =
    "; compare it with the office's archive, and ask who handed it over";

std::string_view mediaTypeOf(container::ArchiveKind kind);

// Writes the container. BytesLost when an input is not what its digest says.
container::Check writeContainer(std::string_view key, const DocumentView* documents,
                                const DossierMetadata& metadata, container::ArchiveKind kind, ByteSink& sink);

// The manifest as it stands in the container.
std::string manifestText(const Json& manifest);

// The lines of SHA256SUMS for a manifest: the manifest itself, then its members in their order.
std::string sumsText(const std::string& manifestSha256Hex, const Json& members);

}  // namespace greffe::archive_folder
