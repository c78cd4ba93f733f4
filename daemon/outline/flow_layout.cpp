// SPDX-License-Identifier: Apache-2.0
#include "outline/flow_layout.h"

#include "base/bytes_text.h"
#include "base/tongue.h"
#include "outline/text_width.h"

#include <algorithm>

namespace greffe {
namespace {

constexpr double kMargin = 32;
constexpr double kStepGap = 28;       // between a step and the next one
constexpr double kLaneGap = 28;       // between two ways
constexpr double kStub = 16;          // from a step to the line that its ways hang on
constexpr double kPadding = 12;       // between a box and its text
constexpr double kStripe = 6;         // the coloured edge of a step
constexpr double kFramePadding = 18;  // between an each's frame and its steps
constexpr double kHeadingWidth = 640;
constexpr double kLongestLabel = 200;

// Narrower inside: what is nested stands side by side.
double boxWidth(int depth) {
    return depth == 0 ? 340 : depth == 1 ? 280 : 240;
}

double lineHeight(TextRole role) {
    return fontSizeOf(role) * 1.35;
}

// A part of the picture with its own corner at 0, 0. The dossier comes in at the top and goes out at the
// bottom, both at `axis`.
struct Block {
    FlowPicture picture;
    double axis = 0;
    bool isEnding = false;  // nothing goes out
};

void shift(FlowPicture& picture, double x, double y) {
    for (FlowFrame& frame : picture.frames)
        frame.x += x, frame.y += y;
    for (FlowLine& line : picture.lines)
        for (FlowPoint& point : line.points)
            point.x += x, point.y += y;
    for (FlowBox& box : picture.boxes)
        box.x += x, box.y += y;
    for (FlowText& text : picture.texts)
        text.x += x, text.y += y;
}

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Puts `part` into `whole` with its corner at x, y. The whole's size grows by what it needs.
void place(FlowPicture& whole, FlowPicture part, double x, double y) {
    shift(part, x, y);
    append(whole.frames, part.frames);
    append(whole.lines, part.lines);
    append(whole.boxes, part.boxes);
    append(whole.texts, part.texts);
    whole.width = std::max(whole.width, x + part.width);
    whole.height = std::max(whole.height, y + part.height);
}

// Lines of text below each other, from the top; what is written ends at `y`.
class TextColumn {
public:
    TextColumn(double x, double y, double width) : x_(x), y_(y), width_(width) {}

    void add(const std::string& text, TextRole role, double width = 0) {
        for (std::string& line :
             wrapText(displayText(text), width > 0 ? width : width_, fontSizeOf(role), isBold(role))) {
            widest_ = std::max(widest_, textWidth(line, fontSizeOf(role), isBold(role)));
            y_ += lineHeight(role);
            texts_.push_back({x_, y_ - lineHeight(role) * 0.27, std::move(line), role, false});
        }
    }
    void addGap(double height) { y_ += height; }
    // At the right end of the line that stands at `baseLine`.
    void addAtEnd(const std::string& text, TextRole role, double baseLine) {
        texts_.push_back({x_ + width_, baseLine, displayText(text), role, true});
    }

    double y() const { return y_; }
    double widest() const { return widest_; }
    double firstBaseLine() const { return texts_.empty() ? y_ : texts_.front().y; }
    std::vector<FlowText> take() { return std::move(texts_); }

private:
    const double x_;
    double y_;
    const double width_;
    double widest_ = 0;
    std::vector<FlowText> texts_;
};

// A box as wide as its text, at most `longest`.
FlowBox smallBox(const std::string& text, BoxShape shape, StepLook look, double longest) {
    TextColumn column(kPadding, shape == BoxShape::Label ? 3 : 8, longest - 2 * kPadding);
    column.add(text, TextRole::Label);
    FlowBox box;
    box.width = column.widest() + 2 * kPadding;
    box.height = column.y() + (shape == BoxShape::Label ? 4 : 9);
    box.shape = shape;
    box.look = look;
    box.texts = column.take();
    return box;
}

FlowBox stepBox(const OutlineStep& step, int depth) {
    if (step.kind.empty()) return smallBox(step.what, BoxShape::End, StepLook::Ending, boxWidth(depth));
    const double left = kStripe + kPadding;
    const double inner = boxWidth(depth) - left - kPadding;
    TextColumn column(left, 8, inner);
    const double kindWidth = textWidth(displayText(step.kind), fontSizeOf(TextRole::Kind));
    column.add(step.id, TextRole::Id, inner - kindWidth - kPadding);
    column.addAtEnd(step.kind, TextRole::Kind, column.firstBaseLine());
    column.addGap(2);
    if (!step.what.empty()) column.add(step.what, TextRole::Body);
    for (const OutlineNote& note : step.notes) {
        if (note.isUsual) continue;
        column.addGap(2);
        column.add(note.text, note.isCondition ? TextRole::Condition : TextRole::Note);
    }
    column.addGap(3);
    column.add(step.place, TextRole::Place);
    FlowBox box;
    box.width = boxWidth(depth);
    box.height = column.y() + 9;
    box.look = step.look;
    box.title = displayText(step.id + " (" + step.kind + "), " + step.place);
    box.texts = column.take();
    return box;
}

class Layout {
public:
    // Steps one below the other.
    Block sequence(const std::vector<OutlineStep>& steps, int depth) const {
        std::vector<Block> blocks;
        double axis = 0;
        for (const OutlineStep& step : steps) {
            blocks.push_back(stepWithWays(step, depth));
            axis = std::max(axis, blocks.back().axis);
        }
        Block whole;
        whole.axis = axis;
        double y = 0;
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            if (i > 0) {
                if (!blocks[i - 1].isEnding)
                    whole.picture.lines.push_back({{{axis, y}, {axis, y + kStepGap}}, true, false});
                y += kStepGap;
            }
            const double height = blocks[i].picture.height;
            whole.isEnding = blocks[i].isEnding;
            place(whole.picture, std::move(blocks[i].picture), axis - blocks[i].axis, y);
            y += height;
        }
        whole.picture.height = y;
        return whole;
    }

private:
    Block stepWithWays(const OutlineStep& step, int depth) const {
        Block top;
        FlowBox box = stepBox(step, depth);
        top.axis = box.width / 2;
        top.picture.width = box.width;
        top.picture.height = box.height;
        // Refused if a condition holds: it goes on otherwise.
        const bool isConditional = std::any_of(step.notes.begin(), step.notes.end(),
                                               [](const OutlineNote& note) { return note.isCondition; });
        top.isEnding = step.look == StepLook::Ending && !isConditional;
        top.picture.boxes.push_back(std::move(box));
        if (step.ways.empty()) return top;
        Block below = ways(step, depth + 1);
        Block whole;
        whole.axis = std::max(top.axis, below.axis);
        whole.isEnding = below.isEnding && !isConditional;
        const double boxBottom = top.picture.height;
        place(whole.picture, std::move(top.picture), whole.axis - top.axis, 0);
        whole.picture.lines.push_back(
            {{{whole.axis, boxBottom}, {whole.axis, boxBottom + kStub}}, false, false});
        place(whole.picture, std::move(below.picture), whole.axis - below.axis, boxBottom + kStub);
        return whole;
    }

    // One way: its label, then its steps.
    Block lane(const OutlineWay& way, int depth, bool isFramed) const {
        FlowBox label = smallBox(way.label, BoxShape::Label, StepLook::Fork, kLongestLabel);
        Block steps = sequence(way.steps, depth);
        Block whole;
        whole.isEnding = steps.isEnding;
        whole.axis = std::max(label.width / 2, steps.axis);
        label.x = whole.axis - label.width / 2;
        whole.picture.width = label.x + label.width;
        whole.picture.height = label.height;
        const double labelBottom = label.height;
        whole.picture.boxes.push_back(std::move(label));
        if (!way.steps.empty()) {
            whole.picture.lines.push_back(
                {{{whole.axis, labelBottom}, {whole.axis, labelBottom + kStepGap * 0.75}}, true, false});
            place(whole.picture, std::move(steps.picture), whole.axis - steps.axis,
                  labelBottom + kStepGap * 0.75);
        }
        return isFramed ? framed(std::move(whole)) : std::move(whole);
    }

    static Block framed(Block inside) {
        Block whole;
        whole.isEnding = false;  // there may be nothing to go over
        whole.axis = inside.axis + kFramePadding;
        const FlowFrame frame{0, 0, inside.picture.width + 2 * kFramePadding,
                              inside.picture.height + 2 * kFramePadding};
        whole.picture.frames.push_back(frame);
        whole.picture.lines.push_back({{{whole.axis, 0}, {whole.axis, kFramePadding}}, false, false});
        if (!inside.isEnding)
            whole.picture.lines.push_back(
                {{{whole.axis, frame.height - kFramePadding}, {whole.axis, frame.height}}, false, false});
        place(whole.picture, std::move(inside.picture), kFramePadding, kFramePadding);
        whole.picture.width = frame.width;
        whole.picture.height = frame.height;
        return whole;
    }

    // All ways of a step side by side, with the lines that lead to and from them.
    Block ways(const OutlineStep& step, int depth) const {
        const bool isBar = step.waysKind == WaysKind::AllAtOnce;
        const double drop = kStub;  // from the line that they hang on to a way
        struct Place {
            double axis, bottom;
            bool isEnding;
        };
        std::vector<Place> places;
        Block whole;
        double x = 0, lowest = 0;
        for (const OutlineWay& way : step.ways) {
            Block each = lane(way, depth, step.waysKind == WaysKind::OnceForEach);
            const double width = each.picture.width;
            places.push_back({x + each.axis, drop + each.picture.height, each.isEnding});
            lowest = std::max(lowest, places.back().bottom);
            place(whole.picture, std::move(each.picture), x, drop);
            x += width + kLaneGap;
        }
        whole.axis = (places.front().axis + places.back().axis) / 2;
        for (const Place& way : places)
            whole.picture.lines.push_back({{{way.axis, 0}, {way.axis, drop}}, true, false});
        const double barEnd = isBar ? kPadding : 0;
        if (places.size() > 1)
            whole.picture.lines.push_back(
                {{{places.front().axis - barEnd, 0}, {places.back().axis + barEnd, 0}}, false, isBar});
        joinWays(places, lowest + kStub, barEnd, isBar, whole);
        return whole;
    }

    template <class Places>
    static void joinWays(const Places& places, double y, double barEnd, bool isBar, Block& whole) {
        double first = whole.axis, last = whole.axis;
        std::size_t count = 0;
        for (const auto& way : places) {
            if (way.isEnding) continue;
            ++count;
            first = std::min(first, way.axis);
            last = std::max(last, way.axis);
            whole.picture.lines.push_back({{{way.axis, way.bottom}, {way.axis, y}}, false, false});
        }
        whole.isEnding = count == 0;
        whole.picture.height = std::max(whole.picture.height, count == 0 ? 0 : y);
        if (count == 0) return;
        if (last > first)
            whole.picture.lines.push_back(
                {{{first - (count > 1 ? barEnd : 0), y}, {last + (count > 1 ? barEnd : 0), y}},
                 false,
                 isBar && count > 1});
    }
};

// Name, description, documents and parties above the picture.
FlowPicture heading(const PipelineOutline& outline) {
    TextColumn column(0, 0, kHeadingWidth);
    column.add(outline.name, TextRole::Heading);
    if (!outline.description.empty()) {
        column.addGap(4);
        column.add(outline.description, TextRole::Description);
    }
    column.addGap(4);
    for (const auto& [name, value] : outline.properties)
        column.add(name + (outline.isFrench ? " : " : ": ") + value, TextRole::Note);
    FlowPicture picture;
    picture.width = column.widest();
    picture.height = column.y();
    picture.texts = column.take();
    return picture;
}

// The flow with where it comes from above and where it ends below.
FlowPicture flowOf(const PipelineOutline& outline) {
    const Tongue say{outline.isFrench};
    std::string source;
    for (const std::string& each : outline.sources)
        source += (source.empty() ? "" : say(" ou ", " or ")) + each;
    FlowBox start = smallBox(source, BoxShape::End, StepLook::Fork, boxWidth(0));
    FlowBox end = smallBox(say("terminé : résultat et reçu", "done: result and receipt"), BoxShape::End,
                           StepLook::Seal, boxWidth(0));
    Block steps = Layout().sequence(outline.steps, 0);
    FlowPicture whole;
    const double axis = std::max({steps.axis, start.width / 2, end.width / 2});
    start.x = axis - start.width / 2;
    double y = start.height;
    whole.width = start.x + start.width;
    whole.boxes.push_back(std::move(start));
    whole.lines.push_back({{{axis, y}, {axis, y + kStepGap}}, true, false});
    const bool isEnding = steps.isEnding;
    const double height = steps.picture.height;
    place(whole, std::move(steps.picture), axis - steps.axis, y + kStepGap);
    y += kStepGap + height;
    if (!isEnding) {
        whole.lines.push_back({{{axis, y}, {axis, y + kStepGap}}, true, false});
        end.x = axis - end.width / 2;
        end.y = y + kStepGap;
        whole.width = std::max(whole.width, end.x + end.width);
        y = end.y + end.height;
        whole.boxes.push_back(std::move(end));
    }
    whole.height = y;
    return whole;
}

}  // namespace

double fontSizeOf(TextRole role) {
    switch (role) {
        case TextRole::Heading: return 22;
        case TextRole::Id: return 14;
        case TextRole::Description: return 13;
        case TextRole::Body:
        case TextRole::Condition:
        case TextRole::Label: return 12;
        case TextRole::Kind:
        case TextRole::Note: return 11;
        case TextRole::Place: return 10;
    }
    return 12;
}

bool isBold(TextRole role) {
    return role == TextRole::Heading || role == TextRole::Id;
}

FlowPicture layOut(const PipelineOutline& outline) {
    FlowPicture top = heading(outline), flow = flowOf(outline), whole;
    const double width = std::max(top.width, flow.width);
    const double flowX = kMargin + (width - flow.width) / 2;
    const double flowY = kMargin + top.height + kStepGap;
    whole.width = width + 2 * kMargin;
    whole.height = flowY + flow.height + kMargin;
    const double height = whole.height;
    place(whole, std::move(top), kMargin, kMargin);
    place(whole, std::move(flow), flowX, flowY);
    whole.width = width + 2 * kMargin;
    whole.height = height;
    return whole;
}

}  // namespace greffe
