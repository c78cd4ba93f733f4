// SPDX-License-Identifier: Apache-2.0
// What one drop folder is configured to do; compiled from the plan (config/greffe.lua, intake → folder {…}).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace greffe {

struct FolderSettings {
    enum class Manifest { None, Optional, Required };
    enum class OnDuplicate { NewDossier, Skip, Hold };

    std::string name;
    std::string path;  // absolute
    bool isRecursive = false;
    Manifest manifest = Manifest::None;
    OnDuplicate onDuplicate = OnDuplicate::NewDossier;
    std::chrono::milliseconds stableFor{2'000};
    std::chrono::milliseconds rescanEvery{30'000};
    std::uint64_t maxBytes = 256ULL << 20U;
    std::vector<std::string> accepts;  // media types; empty: any
    std::string readyMarker;  // suffix: "x.pdf" is looked at only once "x.pdf<suffix>" is there; empty: none

    // Where its dossiers go.
    std::string planId;
    std::string pipeline;
    std::string dossierType;
    std::string firstStep;
};

}  // namespace greffe
