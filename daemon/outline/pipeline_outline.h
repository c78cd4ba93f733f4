// SPDX-License-Identifier: Apache-2.0
// A pipeline of the plan in words: what each step does, under which condition, what follows a failure, and
// the ways that lead on from it. What is shown as text (outline_text.h) and as a picture (flow_svg.h) is
// this.
//
// Made from the compiled plan, never from the files: what is shown is what would run. Pure; equal plans give
// equal outlines. Texts are not escaped for anything: whoever prints them does.
#pragma once

#include "config/plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

struct OutlineWay;

// What kind of thing a step is to an eye that looks for it.
enum class StepLook {
    Work,    // looks at documents, makes some
    Seal,    // what is left of it for good: seal, archive
    People,  // somebody is told or asked
    Wait,
    Fork,   // leads to several ways
    Ending  // the dossier ends here
};

// How the ways of a step are gone.
enum class WaysKind { None, OneOf, AllAtOnce, OnceForEach };

struct OutlineNote {
    std::string text;
    bool isUsual = false;      // what would be so if the pipeline said nothing: not drawn, only written
    bool isCondition = false;  // the step may be passed by
};

struct OutlineStep {
    std::string id, kind;  // empty for an ending that stands in no file: "the dossier has expired"
    StepLook look = StepLook::Work;
    std::string what;                // one sentence without a full stop
    std::vector<OutlineNote> notes;  // conditions, deadlines, attempts, what follows a failure
    std::string place;               // "FOLDER/pipelines/lease.lua:12"
    WaysKind waysKind = WaysKind::None;
    std::vector<OutlineWay> ways;
};

struct OutlineWay {
    std::string label;
    std::vector<OutlineStep> steps;  // none: it simply goes on
};

struct PipelineOutline {
    std::string name, description;
    std::vector<std::string> sources;                             // where its dossiers come from
    std::vector<std::pair<std::string, std::string>> properties;  // "documents", "lease, identity"
    std::vector<OutlineStep> steps;
    bool isFrench = false;
};

struct OutlineOrder {
    std::string language = "en";  // "fr" or "en"
    std::string configFolder;     // stands before the files in places; empty: they are named as seen from it
};

PipelineOutline outlineOf(const Plan& plan, const PipelinePlan& pipeline, const OutlineOrder& order);

// Whether nothing behind these steps is ever reached.
bool endsAlways(const std::vector<OutlineStep>& steps);
// How many there are in all, whatever the depth; endings that stand in no file are not counted.
std::size_t countSteps(const std::vector<OutlineStep>& steps);

}  // namespace greffe
