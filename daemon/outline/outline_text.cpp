// SPDX-License-Identifier: Apache-2.0
#include "outline/outline_text.h"

#include "base/bytes_text.h"
#include "base/tongue.h"

#include <algorithm>

namespace greffe {
namespace {

// A way's steps stand behind a rule, so that the eye finds where it ends.
void addSteps(const std::vector<OutlineStep>& steps, const std::string& margin, Tongue say,
              std::string& text);

void addWays(const OutlineStep& step, const std::string& margin, Tongue say, std::string& text) {
    for (std::size_t i = 0; i < step.ways.size(); ++i) {
        const OutlineWay& way = step.ways[i];
        const bool isLast = i + 1 == step.ways.size();
        text += fmt::format("{}{}─ {}", margin, isLast ? "└" : "├", displayText(way.label));
        if (way.steps.empty()) {
            text += say(" : continue\n", ": goes on\n");
            continue;
        }
        text += say(" :\n", ":\n");
        addSteps(way.steps, margin + (isLast ? "   " : "│  "), say, text);
    }
}

void addSteps(const std::vector<OutlineStep>& steps, const std::string& margin, Tongue say,
              std::string& text) {
    for (const OutlineStep& step : steps) {
        if (step.kind.empty()) {
            text += fmt::format("{}{}\n", margin, displayText(step.what));
            continue;
        }
        text += fmt::format("{}{} ({})  {}\n", margin, displayText(step.id), displayText(step.kind),
                            displayText(step.place));
        const std::string inside = margin + "  ";
        if (!step.what.empty()) text += fmt::format("{}{}\n", inside, displayText(step.what));
        for (const OutlineNote& note : step.notes)
            if (!note.isUsual) text += fmt::format("{}{}\n", inside, displayText(note.text));
        std::string usual;
        for (const OutlineNote& note : step.notes)
            if (note.isUsual) usual += (usual.empty() ? "" : say(" ; ", "; ")) + displayText(note.text);
        if (!usual.empty()) text += fmt::format("{}{}\n", inside, usual);
        addWays(step, inside, say, text);
    }
}

}  // namespace

std::string outlineText(const PipelineOutline& outline) {
    const Tongue say{outline.isFrench};
    std::string text = displayText(outline.name);
    if (!outline.description.empty()) text += say(" : {}", ": {}", displayText(outline.description));
    text += "\n";
    std::vector<std::pair<std::string, std::string>> rows;
    for (const std::string& source : outline.sources)
        rows.emplace_back(rows.empty() ? say("origine", "from") : "", source);
    rows.insert(rows.end(), outline.properties.begin(), outline.properties.end());
    std::size_t width = 0;
    for (const auto& [name, value] : rows)
        width = std::max(width, name.size());
    for (const auto& [name, value] : rows)
        text += fmt::format("  {:<{}}  {}\n", name, width, displayText(value));
    text += "\n";
    addSteps(outline.steps, "", say, text);
    if (!endsAlways(outline.steps))
        text += say("fin : le résultat va dans out/, la source dans done/, avec un reçu\n",
                    "done: the result goes to out/, the source to done/, with a receipt\n");
    return text;
}

}  // namespace greffe
