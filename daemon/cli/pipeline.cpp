// SPDX-License-Identifier: Apache-2.0
// greffe pipeline show: what a pipeline does, read from the plan that would run.
#include "app/configuration.h"
#include "base/bytes_text.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "cli/text_file.h"
#include "outline/flow_svg.h"
#include "outline/outline_text.h"

#include <fmt/format.h>

namespace greffe {
namespace {

// The one that was asked for, else the only one. nullptr after saying why.
const PipelinePlan* pipelineOf(const Plan& plan, const std::string& asked) {
    if (asked.empty() && plan.pipelines.size() == 1) return &plan.pipelines.front();
    if (const PipelinePlan* found = plan.findPipeline(asked)) return found;
    std::string names;
    for (const PipelinePlan& pipeline : plan.pipelines)
        names += (names.empty() ? "" : ", ") + pipeline.name;
    complain(asked.empty() ? fmt::format("there are several pipelines, say which: {}", names)
                           : fmt::format("there is no pipeline \"{}\"; there are: {}", asked, names));
    return nullptr;
}

Json stepsJson(const std::vector<OutlineStep>& steps) {
    Json list = Json::array();
    for (const OutlineStep& step : steps) {
        Json json = {{"what", step.what}, {"notes", Json::array()}, {"ways", Json::array()}};
        // An ending that stands in no file has neither.
        if (!step.kind.empty()) json.update({{"id", step.id}, {"kind", step.kind}, {"place", step.place}});
        for (const OutlineNote& note : step.notes)
            json["notes"].push_back(note.text);
        for (const OutlineWay& way : step.ways)
            json["ways"].push_back({{"name", way.label}, {"steps", stepsJson(way.steps)}});
        list.push_back(std::move(json));
    }
    return list;
}

Json outlineJson(const PipelineOutline& outline) {
    return {{"name", outline.name},
            {"description", outline.description},
            {"from", outline.sources},
            {"steps", stepsJson(outline.steps)}};
}

int runPipelineShow(const Arguments& arguments) {
    const std::string folder = arguments.text("--config");
    const auto language = readersLanguage(arguments.text("--language"));
    if (!language) {
        complain("--language is fr or en");
        return kUsage;
    }
    auto loaded = loadConfiguration(folder, findHousePaths());
    if (!loaded) {
        complain(loaded.error().text());
        return kEnvironment;
    }
    if (!loaded->compiled.plan) {
        fmt::print(stderr, "{}", diagnosticsText(loaded->compiled.diagnostics));
        return kBad;
    }
    const Plan& plan = *loaded->compiled.plan;
    const PipelinePlan* const pipeline = pipelineOf(plan, arguments.text("NAME"));
    if (pipeline == nullptr) return kUsage;
    const std::string graph = arguments.text("--graph");
    if (graph.empty()) {
        const PipelineOutline outline = outlineOf(plan, *pipeline, {*language, folder});
        fmt::print("{}",
                   arguments.flag("--json") ? dumpJson(outlineJson(outline)) + "\n" : outlineText(outline));
        return kGood;
    }
    const Status written = writeTextFile(graph, flowSvg(outlineOf(plan, *pipeline, {*language, {}})));
    if (!written) {
        complain(fmt::format("{}: {}", graph, written.error().text()));
        return kEnvironment;
    }
    if (graph != "-") fmt::print("written: {}\n", displayText(graph));
    return kGood;
}

}  // namespace

Command pipelineShowCommand() {
    Command command;
    command.path = "pipeline show";
    command.summary = "what a pipeline does, step by step, as it would run: in words, or drawn";
    command.details =
        "Every step with its ways, conditions, deadlines, waits and attempts, who is told, and the file and "
        "line where "
        "it stands. The drawing is one SVG file that any browser shows.";
    command.positionals = {{"NAME", "the pipeline; where there is only one, that one", false}};
    command.options = {kConfigOption,
                       {"--graph", "FILE", "draw it as SVG into this file; - for stdout"},
                       {"--language", "LANGUAGE", "fr or en; else that of the locale"},
                       kJsonOption};
    command.run = runPipelineShow;
    return command;
}

}  // namespace greffe
