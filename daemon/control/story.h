// SPDX-License-Identifier: Apache-2.0
// What happened to a dossier, told for people: what ran, what was decided by which line of Lua, what was
// asked and answered, what was sent to whom, what is waited for. Of real dossiers (greffe dossier replay) and
// of simulated ones. Pure.
#pragma once

#include "base/json_fwd.h"
#include "config/plan.h"
#include "dossier/operator_moves.h"

#include <optional>
#include <string>
#include <vector>

namespace greffe {

// What left the house, or was asked of somebody outside; or would have, in a simulation.
struct Outgoing {
    std::string service;  // the notifier, the authority
    std::string recipient, subject, text;
    bool hasHtml = false;  // the message has a second text, for mail readers that show pages
    std::vector<std::string> attachments;
    Verdict answer = Verdict::Done;
};

struct Question {
    std::string who, text;
    std::vector<std::string> answers;
    std::int64_t untilMs = 0;  // 0: for ever
};

// A branch that stands still.
struct Standstill {
    std::string branch, step;
    std::string whom;          // a person or role; empty: no person
    std::string news;          // an event's name; empty: none
    std::int64_t untilMs = 0;  // when it expires or is looked at again; 0: never by itself
};

struct TimelineEntry {
    std::int64_t atMs = 0;
    std::string branch;               // path; empty: the main one
    std::string step;                 // id; empty: the dossier itself
    std::string kind;                 // of the step
    std::string result;               // "done", "skipped", "waits", "failed", "rejected" …
    std::string text;                 // one line about it; may be empty
    std::string reason, explanation;  // the parts of that line: a code of reason.h, and free text
    struct Note {
        std::string kind;  // "decided", "asks", "answered", "would send", "made"
        std::string text;
        std::string place;  // "config/pipelines/lease.lua:12", where a line of Lua decided
        // The same as the text, in its parts, where they are known.
        std::optional<Outgoing> message = {};
        std::optional<Question> question = {};
    };
    std::vector<Note> notes;
};

struct DossierStory {
    std::string id, name, pipeline;
    std::string state;                   // "done", "waiting"
    std::string reason;                  // code; empty when there is none
    std::string waits;                   // one sentence about where it stands, in the language asked for
    std::vector<TimelineEntry> entries;  // in the order in which it happened
    std::vector<Standstill> standstills;
    std::vector<DocumentRow> documents;  // every version, in the order in which they came to be
};

// Something that left the house, or would have.
struct SentNote {
    std::string effectKey;
    std::int64_t atMs = 0;
    std::string kind, text;  // of the note
    std::optional<Outgoing> parts = {};
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
