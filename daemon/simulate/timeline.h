// SPDX-License-Identifier: Apache-2.0
// What happened in a simulation, told for people: what ran, what was decided by which line of Lua, what would
// have been sent to whom, what is waited for.
#pragma once

#include "simulate/world.h"

#include <string>
#include <vector>

namespace greffe {

struct TimelineEntry {
    std::int64_t atMs = 0;
    std::string branch;  // path; empty: the main one
    std::string step;    // id; empty: the dossier itself
    std::string kind;    // of the step
    std::string result;  // "done", "skipped", "waits", "failed", "rejected" …
    std::string text;    // one line about it; may be empty
    struct Note {
        std::string kind;  // "decided", "asks", "answered", "would send", "made"
        std::string text;
        std::string place;  // "pipelines/lease.lua:12", where a line of Lua decided
    };
    std::vector<Note> notes;
};

struct DossierStory {
    std::string id, name, pipeline;
    std::string state;                   // "done", "waiting"
    std::string reason;                  // code; empty when there is none
    std::string waits;                   // one sentence about where it stands, in the language asked for
    std::vector<TimelineEntry> entries;  // in the order in which it happened
};

// Errc::NotFound when the world has no such dossier.
Result<DossierStory> storyOf(World& world, const std::string& dossier, const std::string& language);

// {"id", "name", "pipeline", "state", "reason"?, "waits", "timeline": [{"at_ms", "branch"?, "step"?, "kind"?,
//  "result", "text"?, "notes"?: [{"kind", "text", "place"?}]}]}
Json storyJson(const DossierStory& story);
// Lines for a terminal.
std::string storyText(const DossierStory& story);

}  // namespace greffe
