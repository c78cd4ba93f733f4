// SPDX-License-Identifier: Apache-2.0
// The container that keeps a dossier, version 1: what stands in it and how it is written. README.md describes
// the format for those who open one without Greffe.
#pragma once

#include "container/archive_writer.h"
#include "dossier_metadata.h"

#include <greffe/types.h>

#include <string>
#include <string_view>

namespace greffe::archive_folder {

inline constexpr std::string_view kFormatName = "greffe-dossier";
inline constexpr int kFormatVersion = 1;
inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kSumsName = "SHA256SUMS";
inline constexpr std::string_view kReceiptName = "receipt.json";
inline constexpr std::string_view kJournalName = "journal.jsonl";

std::string_view mediaTypeOf(container::ArchiveKind kind);

// Writes the container. BytesLost when an input is not what its digest says.
container::Check writeContainer(std::string_view key, const DocumentView* documents,
                                const DossierMetadata& metadata, container::ArchiveKind kind, ByteSink& sink);

// The manifest as it stands in the container.
std::string manifestText(const Json& manifest);

// The lines of SHA256SUMS for a manifest: the manifest itself, then its members in their order.
std::string sumsText(const std::string& manifestSha256Hex, const Json& members);

}  // namespace greffe::archive_folder
