// SPDX-License-Identifier: Apache-2.0
// The daemon as a whole: how it stands, what it runs, its configuration, its figures.
#include "base/bytes_text.h"
#include "control/open_metrics.h"
#include "control/operation.h"

#include <fmt/format.h>

#include <map>

namespace greffe {
namespace {

using CallPtr = std::shared_ptr<OperationCall>;

void status(ControlDesk& desk, const CallPtr& call) {
    desk.house.inspect([call](Json answer) { call->reply->finish(std::move(answer)); });
}

void metrics(ControlDesk& desk, const CallPtr& call) {
    desk.house.inspect([call](const Json& answer) {
        call->reply->finish(Json{{"text", openMetricsText(answer)}});
    });
}

Result<Json> reloadNow(ControlDesk& desk, const std::string& actor) {
    GREFFE_TRY_ASSIGN(const ReloadReport report, desk.house.reload());
    Json answer = storedJson(diagnosticsJson(report.diagnostics));
    answer["is_accepted"] = report.isAccepted;
    answer["plan"] = report.planId;
    answer["need_restart"] = Json::array();
    for (const FrozenChange& change : report.needRestart)
        answer["need_restart"].push_back(
            {{"option", change.option}, {"running", change.before}, {"configured", change.after}});
    GREFFE_TRY(desk.journal.run([&](StoreTransaction& tx) {
        AuditRow row;
        row.atMs = desk.nowMs();
        row.actor = actor;
        row.action = report.isAccepted ? "configuration reloaded" : "configuration refused";
        row.detailJson = dumpJson({{"plan", report.planId}});
        return tx.appendAudit(row);
    }));
    return answer;
}

void reload(ControlDesk& desk, const CallPtr& call) {
    const Status started = desk.jobs.start(
        [&desk, call](const std::atomic<bool>&) { call->reply->finish(reloadNow(desk, call->actor)); });
    if (!started) call->reply->finish(started.error());
}

// What stands at a step: counted once, taken out of the map as the tree is built; the rest belongs to no step
// of the plan.
using Cells = std::map<std::string, std::vector<ShapeCell>>;

Json standing(const std::vector<ShapeCell>& cells) {
    Json counts = Json::object();
    std::int64_t oldestMs = 0;
    for (const ShapeCell& cell : cells) {
        counts[std::string(stateName(cell.state))] = cell.count;
        if (oldestMs == 0 || (cell.oldestMs != 0 && cell.oldestMs < oldestMs)) oldestMs = cell.oldestMs;
    }
    return {{"counts", std::move(counts)}, {"oldest_ms", oldestMs}};
}

Json stepTree(const std::vector<StepPlan>& steps, const std::string& pipeline, Cells& cells) {
    Json tree = Json::array();
    for (const StepPlan& step : steps) {
        Json node = {{"id", step.id}, {"kind", step.kind}, {"file", step.file}, {"line", step.line}};
        if (step.isSkipped) node["is_skipped"] = true;
        if (const auto found = cells.find(pipeline + "\n" + step.id); found != cells.end()) {
            node.update(standing(found->second));
            cells.erase(found);
        }
        for (const StepBranch& branch : step.branches)
            node["branches"].push_back(
                {{"name", branch.name}, {"steps", stepTree(branch.steps, pipeline, cells)}});
        tree.push_back(std::move(node));
    }
    return tree;
}

Result<Json> shapeOf(ControlDesk& desk) {
    GREFFE_TRY_ASSIGN(const std::vector<ShapeCell> all, desk.reader->shape());
    Cells cells;
    for (const ShapeCell& cell : all)
        cells[cell.pipeline + "\n" + cell.step].push_back(cell);
    const auto running = desk.house.running();
    Json answer = {{"plan", running->id}, {"pipelines", Json::array()}, {"elsewhere", Json::array()}};
    for (const PipelinePlan& pipeline : running->plan->pipelines)
        answer["pipelines"].push_back({{"name", pipeline.name},
                                       {"type", pipeline.type},
                                       {"description", pipeline.description},
                                       {"steps", stepTree(pipeline.steps, pipeline.name, cells)}});
    for (const auto& [place, left] : cells) {
        Json node = standing(left);
        node["pipeline"] = left.front().pipeline;
        node["step"] = left.front().step;
        answer["elsewhere"].push_back(std::move(node));
    }
    return answer;
}

void shape(ControlDesk& desk, const CallPtr& call) {
    call->reply->finish(shapeOf(desk));
}

void showConfig(ControlDesk& desk, const CallPtr& call) {
    const auto running = desk.house.running();
    Json values = Json::array();
    for (const ValueOrigin& origin : running->origins) {
        Json value = storedJson(origin.valueText);
        values.push_back({{"path", origin.path},
                          {"value", value.is_discarded() ? Json(origin.valueText) : std::move(value)},
                          {"file", origin.file},
                          {"line", origin.line}});
    }
    call->reply->finish(Json{{"plan", running->id}, {"values", std::move(values)}});
}

}  // namespace

std::vector<Operation> houseOperations() {
    return {{"status", {}, status},
            {"reload", {}, reload},
            {"shape", {}, shape},
            {"config.show", {}, showConfig},
            {"metrics", {}, metrics}};
}

}  // namespace greffe
