// SPDX-License-Identifier: Apache-2.0
// What the engine tells about a dossier that is to be kept: the metadata of Archiver::build (README.md shows
// its shape).
#pragma once

#include "container/refusal.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::archive_folder {

using Json = nlohmann::json;

enum class Folder { Originals, Results };

struct KeptDocument {
    std::string id, slot, producedBy, derivedFrom;
    Folder folder = Folder::Originals;
};

struct DossierMetadata {
    std::string dossier, pipeline, plan, createdAt, retentionUntil, policy;
    std::int64_t createdUnix = 0;
    std::vector<KeptDocument> documents;  // by the index of the call's input
    Json receipt;
    Json journal;

    bool keepsBytes() const { return policy == "full"; }
};

// InvalidOptions names the member at fault. Every input must be described exactly once.
container::Check readMetadata(std::string_view text, std::uint32_t inputs, DossierMetadata& metadata);

}  // namespace greffe::archive_folder
