// SPDX-License-Identifier: Apache-2.0
#include "dossier/pipeline_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

namespace greffe {
namespace {

// Found: the answer, which may be "the branch ends here". Not found: look elsewhere.
std::optional<const StepPlan*> nextIn(const std::vector<StepPlan>& line, const StepPlan* after,
                                      std::string_view id) {
    for (std::size_t i = 0; i < line.size(); ++i) {
        const StepPlan& step = line[i];
        const StepPlan* const next = i + 1 < line.size() ? &line[i + 1] : after;
        if (step.id == id) return next;
        for (const StepBranch& branch : step.branches)
            if (auto found = nextIn(branch.steps, opensBranches(step.kind) ? nullptr : next, id))
                return found;
    }
    return std::nullopt;
}

std::string below(std::string_view parent, std::string part) {
    return parent.empty() ? part : fmt::format("{}/{}", parent, part);
}

std::string escaped(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c == '/' || c == '%' || c == '[') {
            text += fmt::format("%{:02X}", static_cast<unsigned>(c));
        } else {
            text += c;
        }
    }
    return text;
}

std::string_view lastPart(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

bool opensBranches(std::string_view kind) {
    return kind == "parallel" || kind == "each";
}

const StepBranch* findWay(const StepPlan& step, std::string_view name) {
    const auto found = std::find_if(step.branches.begin(), step.branches.end(),
                                    [&](const StepBranch& branch) { return branch.name == name; });
    return found == step.branches.end() ? nullptr : &*found;
}

const StepPlan* nextStep(const PipelinePlan& pipeline, std::string_view id) {
    if (!id.empty() && id.front() == '@') return pipeline.steps.empty() ? nullptr : &pipeline.steps.front();
    return nextIn(pipeline.steps, nullptr, id).value_or(nullptr);
}

std::string wayPath(std::string_view parent, std::string_view step, std::string_view way) {
    return below(parent, fmt::format("{}.{}", step, escaped(way)));
}

std::string itemPath(std::string_view parent, std::string_view step, std::size_t number) {
    return below(parent, fmt::format("{}[{}]", step, number));
}

std::string parentPath(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

bool isOpenedBy(std::string_view path, std::string_view parent, std::string_view step) {
    if (path.empty() || parentPath(path) != parent) return false;
    const std::string_view part = lastPart(path);
    return part.size() > step.size() && part.substr(0, step.size()) == step &&
           (part[step.size()] == '.' || part[step.size()] == '[');
}

std::string itemOf(std::string_view path) {
    const auto bracket = path.rfind('[');
    if (bracket == std::string_view::npos) return {};
    return std::string(path.substr(0, path.find(']', bracket) + 1));
}

bool isOfAnotherItem(std::string_view other, std::string_view ours) {
    std::size_t same = 0;
    while (same < other.size() && same < ours.size() && other[same] == ours[same])
        ++same;
    if (same == other.size() || same == ours.size()) return false;
    // They part inside a number.
    const auto bracket = other.substr(0, same).rfind('[');
    return bracket != std::string_view::npos && other.find(']', bracket) >= same;
}

bool isAround(std::string_view item, std::string_view ours) {
    return ours.substr(0, item.size()) == item &&
           (item.empty() || ours.size() == item.size() || ours[item.size()] == '/');
}

std::size_t itemNumber(std::string_view path) {
    const auto bracket = path.rfind('[');
    if (bracket == std::string_view::npos) return 0;
    return std::strtoul(std::string(path.substr(bracket + 1)).c_str(), nullptr, 10);
}

ItemOrigin itemOrigin(std::string_view path) {
    const std::string item = itemOf(path);
    const std::string_view part = lastPart(item);
    return {parentPath(item), std::string(part.substr(0, part.rfind('[')))};
}

}  // namespace greffe
