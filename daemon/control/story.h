// SPDX-License-Identifier: Apache-2.0
// What happened to a dossier, told for people: what ran, what was decided by which line of Lua, what was
// asked and answered, what was sent to whom, what is waited for. Of real dossiers (greffe dossier replay) and
// of simulated ones. Pure.
#pragma once

#include "base/json_fwd.h"
#include "config/plan.h"
#include "dossier/operator_moves.h"

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

// Something that left the house, or would have.
struct SentNote {
    std::string effectKey;
    std::int64_t atMs = 0;
    std::string kind, text;  // of the note
};

// All that the story is made of.
struct StoryRows {
    DossierRows rows;
    std::vector<TaskRow> tasks;  // answered ones, too
    const PipelinePlan* pipeline = nullptr;
    std::vector<SentNote> sent;
};

DossierStory tellStory(const StoryRows& known, const std::string& language);

// The dossier's messages, as notes of the effects that sent them.
std::vector<SentNote> sentNotes(const DossierRows& rows);

// {"id", "name", "pipeline", "state", "reason"?, "waits", "timeline": [{"at_ms", "branch"?, "step"?, "kind"?,
//  "result", "text"?, "notes"?: [{"kind", "text", "place"?}]}]}
Json storyJson(const DossierStory& story);
// Lines for a terminal.
std::string storyText(const DossierStory& story);

}  // namespace greffe
