// SPDX-License-Identifier: Apache-2.0
// Where everything of a pipeline's picture stands. Steps go down one below the other; the ways of a step
// stand side by side below it and come together again, those that end the dossier do not. No step overlaps
// another and no text leaves its box, whatever it says (text_width.h).
//
// Pure: equal outlines give equal pictures, to the last tenth of a pixel.
#pragma once

#include "outline/pipeline_outline.h"

#include <string>
#include <vector>

namespace greffe {

enum class TextRole { Heading, Description, Id, Kind, Body, Condition, Note, Place, Label };

struct FlowText {
    double x = 0, y = 0;  // of the left end of the base line; of the right end when it ends there
    std::string text;
    TextRole role = TextRole::Body;
    bool endsAtX = false;
};

enum class BoxShape { Step, Label, End };  // End: where the dossier comes from and where it ends

struct FlowBox {
    double x = 0, y = 0, width = 0, height = 0;
    BoxShape shape = BoxShape::Step;
    StepLook look = StepLook::Work;
    std::string title;            // what a pointer over it is told
    std::vector<FlowText> texts;  // relative to the box
};

struct FlowPoint {
    double x = 0, y = 0;
};

struct FlowLine {
    std::vector<FlowPoint> points;
    bool hasArrow = false;
    bool isBar = false;  // where ways begin that are gone all at once, and where they come together
};

// Round the steps of an `each`.
struct FlowFrame {
    double x = 0, y = 0, width = 0, height = 0;
};

struct FlowPicture {
    double width = 0, height = 0;
    std::vector<FlowFrame> frames;
    std::vector<FlowLine> lines;
    std::vector<FlowBox> boxes;
    std::vector<FlowText> texts;  // the heading
};

// The font's size of a role, in pixels.
double fontSizeOf(TextRole role);
bool isBold(TextRole role);

FlowPicture layOut(const PipelineOutline& outline);

}  // namespace greffe
