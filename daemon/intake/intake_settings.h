// SPDX-License-Identifier: Apache-2.0
// What one drop folder or queue is configured to do; compiled from the plan (config/greffe.lua, intake →
// folder {…}).
#pragma once

#include "intake/slot_mapping.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace greffe {

struct FolderSettings {
    enum class Manifest { None, Optional, Required };
    enum class OnDuplicate { NewDossier, Skip, Hold };

    std::string name;
    std::string path;           // of a folder, absolute
    std::string provider;       // of a queue: the instance that reads it
    std::string referenceRoot;  // of a queue: where messages may name files; empty: nowhere
    bool isRecursive = false;
    Manifest manifest = Manifest::None;
    // How long a document waits for its manifest. Then it goes on alone (Optional) or is rejected (Required).
    std::chrono::milliseconds manifestWait{0};
    OnDuplicate onDuplicate = OnDuplicate::NewDossier;
    std::chrono::milliseconds stableFor{2'000};
    std::chrono::milliseconds rescanEvery{30'000};
    std::uint64_t maxBytes = 256ULL << 20U;
    std::vector<std::string> accepts;  // media types; empty: any
    bool hasArchivesAsDossiers =
        false;  // x.zip and its like are taken apart: one dossier, a document a member
    bool hasFoldersAsDossiers = false;  // a subfolder is one dossier, a document a file
    std::vector<SlotRule> slots;        // of the pipeline; empty: one, "document"
    std::string readyMarker;  // suffix: "x.pdf" is looked at only once "x.pdf<suffix>" is there; empty: none

    // Where its dossiers go.
    std::string planId;
    std::string pipeline;
    std::string dossierType;
    std::string firstStep;
    std::int32_t priority = 0;  // who goes first when there is a crowd: the larger one
};

}  // namespace greffe
