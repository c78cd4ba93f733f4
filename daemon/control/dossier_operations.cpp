// SPDX-License-Identifier: Apache-2.0
// Looking at dossiers: lists, one with all that belongs to it, one in a sentence; tasks and quarantine as
// lists.
#include "base/bytes_text.h"
#include "control/dossier_json.h"
#include "control/explanation.h"
#include "control/operation.h"
#include "control/rewind.h"
#include "control/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace greffe {
namespace {

using Kind = ParameterSpec::Kind;
using CallPtr = std::shared_ptr<OperationCall>;

constexpr std::int64_t kDefaultPage = 50, kLargestPage = 500;
// A text is looked for in so many dossiers a request: the client asks again for the next stretch.
constexpr std::size_t kMostLookedAt = 20'000;
constexpr std::size_t kLookAtOnce = 500;
constexpr std::size_t kAuditRows = 1'000;
constexpr std::size_t kLongestItem = 200;  // bytes

std::string lower(std::string text) {
    for (char& letter : text)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return text;
}

bool mentions(const DossierRow& row, const std::string& wanted) {
    for (const std::string* text :
         {&row.id, &row.source.name, &row.type, &row.dataJson, &row.reason, &row.explanation})
        if (lower(*text).find(wanted) != std::string::npos) return true;
    return false;
}

struct ListRequest {
    DossierFilter filter;
    std::string type, text;
    std::int64_t sinceMs = 0;
    std::size_t page = 0;
};

Result<ListRequest> listRequest(const Json& params) {
    ListRequest request;
    request.filter.newestFirst = true;
    request.filter.pipeline = textOf(params, "pipeline");
    request.filter.intake = textOf(params, "intake");
    request.filter.afterId = textOf(params, "after");
    if (const std::string state = textOf(params, "state"); !state.empty()) {
        request.filter.state = stateNamed(state);
        if (!request.filter.state)
            return makeError(
                Errc::Invalid, fmt::format("\"{}\" is no state of a dossier", displayText(state)),
                "states: ready, running, retry_wait, waiting, uncertain, held, quarantined, done, rejected, "
                "refused, expired, cancelled, destroyed");
    }
    request.type = textOf(params, "type");
    request.text = lower(textOf(params, "text"));
    request.sinceMs = numberOf(params, "since_ms");
    const std::int64_t page = numberOf(params, "limit", kDefaultPage);
    if (page < 1 || page > kLargestPage)
        return makeError(Errc::Invalid, fmt::format("a page has 1 to {} dossiers", kLargestPage));
    request.page = static_cast<std::size_t>(page);
    return request;
}

// "next" is where the next request goes on; absent at the end.
Result<Json> listDossiers(StoreReader& reader, ListRequest request) {
    Json found = Json::array();
    std::size_t looked = 0;
    const bool isPlain = request.text.empty() && request.type.empty();
    request.filter.limit = isPlain ? request.page : kLookAtOnce;
    for (;;) {
        GREFFE_TRY_ASSIGN(const std::vector<DossierRow> rows, reader.dossiers(request.filter));
        for (const DossierRow& row : rows) {
            // Ids sort by age: whatever follows is older.
            if (row.createdMs < request.sinceMs) return Json{{"dossiers", std::move(found)}};
            request.filter.afterId = row.id;
            ++looked;
            if (!request.type.empty() && row.type != request.type) continue;
            if (!request.text.empty() && !mentions(row, request.text)) continue;
            found.push_back(dossierJson(row));
            if (found.size() == request.page)
                return Json{{"dossiers", std::move(found)}, {"next", request.filter.afterId}};
        }
        if (rows.size() < request.filter.limit) return Json{{"dossiers", std::move(found)}};
        if (looked >= kMostLookedAt)
            return Json{{"dossiers", std::move(found)}, {"next", request.filter.afterId}};
    }
}

void list(ControlDesk& desk, const CallPtr& call) {
    auto request = listRequest(call->params);
    call->reply->finish(request ? listDossiers(*desk.reader, std::move(*request))
                                : Result<Json>(request.error()));
}

void listQuarantine(ControlDesk& desk, const CallPtr& call) {
    call->params["state"] = stateName(DossierState::Quarantined);
    list(desk, call);
}

template <class Row>
Json rowsJson(const std::vector<Row>& rows, Json (*one)(const Row&)) {
    Json all = Json::array();
    for (const Row& row : rows)
        all.push_back(one(row));
    return all;
}

Result<Json> showDossier(StoreReader& reader, const std::string& id) {
    GREFFE_TRY_ASSIGN(const DossierRows rows, readDossierRows(reader, id));
    GREFFE_TRY_ASSIGN(const std::vector<TaskRow> tasks, reader.tasks(id, false));
    GREFFE_TRY_ASSIGN(const std::vector<MessageRow> messages, reader.messages(id));
    GREFFE_TRY_ASSIGN(const std::vector<AuditRow> audit, reader.audit(id, 0, kAuditRows));
    Json shown = dossierJson(rows.dossier);
    shown["data"] = storedJson(rows.dossier.dataJson);
    shown["parties"] = storedJson(rows.dossier.partiesJson);
    shown["delivery"] = storedJson(rows.dossier.deliveryJson);
    return Json{{"dossier", std::move(shown)},
                {"branches", rowsJson(rows.branches, branchJson)},
                {"effects", rowsJson(rows.effects, effectJson)},
                {"documents", rowsJson(rows.documents, documentJson)},
                {"tasks", rowsJson(tasks, taskJson)},
                {"messages", rowsJson(messages, messageJson)},
                {"audit", rowsJson(audit, auditJson)}};
}

void show(ControlDesk& desk, const CallPtr& call) {
    call->reply->finish(showDossier(*desk.reader, textOf(call->params, "dossier")));
}

Result<Json> explainOne(StoreReader& reader, const std::string& id, const std::string& language) {
    if (!language.empty() && language != "fr" && language != "en")
        return makeError(Errc::Invalid, "the language is fr or en");
    GREFFE_TRY_ASSIGN(const DossierRows rows, readDossierRows(reader, id));
    Json answer = {{"dossier", id}, {"state", stateName(rows.dossier.state)}};
    if (language != "fr") answer["en"] = explainDossier(rows, "en");
    if (language != "en") answer["fr"] = explainDossier(rows, "fr");
    return answer;
}

void explain(ControlDesk& desk, const CallPtr& call) {
    call->reply->finish(
        explainOne(*desk.reader, textOf(call->params, "dossier"), textOf(call->params, "language")));
}

// The plan of the dossier's time: its own steps and lines.
Result<Plan> planOf(StoreReader& reader, const DossierRow& dossier) {
    GREFFE_TRY_ASSIGN(const auto row, reader.plan(dossier.plan));
    if (!row)
        return makeError(Errc::NotFound,
                         fmt::format("the plan {} of this dossier is not in the journal", dossier.plan));
    return readPlan(row->text);
}

Result<Json> replayDossier(StoreReader& reader, const Json& params, std::int64_t nowMs) {
    const std::string language = textOf(params, "language", "en");
    if (language != "fr" && language != "en") return makeError(Errc::Invalid, "the language is fr or en");
    GREFFE_TRY_ASSIGN(const DossierRows rows, readDossierRows(reader, textOf(params, "dossier")));
    GREFFE_TRY_ASSIGN(const std::vector<TaskRow> tasks, reader.tasks(rows.dossier.id, false));
    GREFFE_TRY_ASSIGN(const Plan plan, planOf(reader, rows.dossier));
    const PipelinePlan* const pipeline = plan.findPipeline(rows.dossier.pipeline);
    if (pipeline == nullptr) return makeError(Errc::Corrupt, "the dossier's plan has no such pipeline");
    const std::int64_t atMs = numberOf(params, "until_ms", nowMs);
    if (atMs < rows.dossier.createdMs)
        return makeError(Errc::Invalid,
                         fmt::format("the dossier came at {}", formatUtc(fromUnixMs(rows.dossier.createdMs))),
                         "name a later moment");
    StoryRows known{rows, tasks, pipeline, {}};
    // What is so now needs no reckoning.
    if (atMs < nowMs) {
        DossierMoment moment = rewound(rows, tasks, *pipeline, atMs);
        known.rows = std::move(moment.rows);
        known.tasks = std::move(moment.tasks);
    }
    known.sent = sentNotes(known.rows);
    const DossierStory story = tellStory(known, language);
    Json answer = storyJson(story);
    answer["text"] = storyText(story);
    answer["at_ms"] = atMs;
    answer["documents"] = rowsJson(known.rows.documents, documentJson);
    return answer;
}

void replay(ControlDesk& desk, const CallPtr& call) {
    call->reply->finish(replayDossier(*desk.reader, call->params, desk.nowMs()));
}

// What is asked, and about which item of an `each`: they stand in what was frozen when the step began. Two
// tasks of one step look the same without.
void addQuestion(const std::vector<EffectRow>& effects, const TaskRow& task, Json& json) {
    for (const EffectRow& effect : effects) {
        if (effect.step != task.step || effect.branch != task.branch ||
            textOf(storedJson(effect.factsJson), "task") != task.id)
            continue;
        const Json params = storedJson(effect.paramsJson);
        json["question"] = textOf(params, "question");
        if (const Json& value = memberOf(memberOf(params, "@item"), "value"); !value.is_null()) {
            const std::string name = value.is_object() ? textOf(value, "name") : std::string();
            json["item"] = clipUtf8(!name.empty() ? name : dumpJson(value), kLongestItem);
        }
    }
}

Result<Json> listTasks(StoreReader& reader, const Json& params) {
    const std::string ask = textOf(params, "ask");
    GREFFE_TRY_ASSIGN(const std::vector<TaskRow> rows,
                      reader.tasks(textOf(params, "dossier"), !boolOf(params, "all")));
    Json tasks = Json::array();
    // An `each` may ask a thousand questions in one dossier.
    std::map<std::string, std::vector<EffectRow>> effects;
    for (const TaskRow& row : rows) {
        if (!ask.empty() && row.ask != ask) continue;
        if (effects.count(row.dossier) == 0) {
            GREFFE_TRY_ASSIGN(effects[row.dossier], reader.effects(row.dossier));
        }
        Json task = taskJson(row);
        addQuestion(effects[row.dossier], row, task);
        tasks.push_back(std::move(task));
    }
    return Json{{"tasks", std::move(tasks)}};
}

void tasksOf(ControlDesk& desk, const CallPtr& call) {
    // All tasks of all dossiers ever is no list that anybody reads.
    if (boolOf(call->params, "all") && textOf(call->params, "dossier").empty())
        return call->reply->finish(
            makeError(Errc::Invalid, "answered tasks are listed for one dossier only", "name it"));
    call->reply->finish(listTasks(*desk.reader, call->params));
}

}  // namespace

Result<DossierRows> readDossierRows(StoreReader& reader, const std::string& id) {
    GREFFE_TRY_ASSIGN(auto dossier, reader.dossier(id));
    if (!dossier)
        return makeError(Errc::NotFound, fmt::format("there is no dossier {}", displayText(id)),
                         "greffe dossier list shows those there are");
    DossierRows rows;
    rows.dossier = std::move(*dossier);
    GREFFE_TRY_ASSIGN(rows.branches, reader.branches(id));
    GREFFE_TRY_ASSIGN(rows.effects, reader.effects(id));
    GREFFE_TRY_ASSIGN(rows.documents, reader.documents(id));
    GREFFE_TRY_ASSIGN(rows.openTasks, reader.tasks(id, true));
    GREFFE_TRY_ASSIGN(rows.messages, reader.messages(id));
    return rows;
}

std::vector<Operation> dossierOperations() {
    return {
        {"dossier.list",
         {{"state"},
          {"pipeline"},
          {"intake"},
          {"type"},
          {"text"},
          {"after"},
          {"since_ms", Kind::Number},
          {"limit", Kind::Number}},
         list},
        {"dossier.show", {{"dossier", Kind::Text, true}}, show},
        {"dossier.explain", {{"dossier", Kind::Text, true}, {"language"}}, explain},
        {"dossier.replay", {{"dossier", Kind::Text, true}, {"until_ms", Kind::Number}, {"language"}}, replay},
        {"quarantine.list", {{"pipeline"}, {"text"}, {"after"}, {"limit", Kind::Number}}, listQuarantine},
        {"task.list", {{"dossier"}, {"ask"}, {"all", Kind::Flag}}, tasksOf}};
}

}  // namespace greffe
