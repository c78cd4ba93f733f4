// SPDX-License-Identifier: Apache-2.0
#include "control/story.h"

#include "base/bytes_text.h"
#include "base/clock.h"
#include "base/json.h"
#include "control/explanation.h"
#include "dossier/step_action.h"
#include "store/event_wait.h"

#include <greffe/reason.h>

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

using Note = TimelineEntry::Note;

constexpr std::size_t kLongestValue = 120;

std::string minute(std::int64_t unixMs) {
    const std::string utc = formatUtc(fromUnixMs(unixMs));
    return utc.substr(0, 10) + " " + utc.substr(11, 5);
}

// "mark.text" of the frozen params.
Json valueAt(const Json& params, std::string_view path) {
    Json at = params;
    while (!path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        at = Json(memberOf(at, std::string(path.substr(0, dot))));
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return at;
}

std::string shortValue(const Json& value) {
    std::string text = value.is_string() ? "\"" + value.get<std::string>() + "\"" : dumpJson(value);
    return displayText(clipUtf8(text, kLongestValue));
}

// As in what functions fail with: the plan's own names, "config/pipelines/lease.lua".
std::string placeOf(const std::string& file, int line) {
    return fmt::format("{}:{}", file, line);
}

void addDecisions(TimelineEntry& entry, const StepPlan& step, const EffectRow& effect, bool isSkipped) {
    const Json params = storedJson(effect.paramsJson);
    for (const auto& [option, function] : step.functions) {
        if (option == "when") {
            entry.notes.push_back({"decided", isSkipped ? "when = false" : "when = true",
                                   placeOf(function.file, function.line)});
        } else if (!isSkipped) {
            entry.notes.push_back({"decided",
                                   fmt::format("{} = {}", option, shortValue(valueAt(params, option))),
                                   placeOf(function.file, function.line)});
        }
    }
    if (isSkipped && step.isSkipped)
        entry.notes.push_back({"decided", "when = false", placeOf(step.file, step.line)});
}

void addSent(TimelineEntry& entry, const StoryRows& known, const EffectRow& effect) {
    for (const SentNote& sent : known.sent)
        if (sent.effectKey == effect.key && sent.atMs >= effect.startedMs &&
            (effect.endedMs == 0 || sent.atMs <= effect.endedMs))
            entry.notes.push_back({sent.kind, sent.text, "", sent.parts});
}

std::string answersText(const TaskRow& task) {
    std::string text;
    for (const Json& answer : storedJson(task.answersJson))
        text += (text.empty() ? "" : " | ") + answer.get<std::string>();
    return text;
}

std::string questionOf(const EffectRow& effect) {
    const std::string question = textOf(storedJson(effect.paramsJson), "question");
    return question.empty() ? question : fmt::format("\"{}\" ", displayText(question));
}

Question partsOf(const TaskRow& task, const EffectRow& effect) {
    Question question{task.ask, textOf(storedJson(effect.paramsJson), "question"), {}, task.expiresMs};
    for (const Json& answer : storedJson(task.answersJson))
        if (answer.is_string()) question.answers.push_back(answer.get<std::string>());
    return question;
}

void addTasks(TimelineEntry& entry, const StoryRows& known, const EffectRow& effect, bool isEnd) {
    for (const TaskRow& task : known.tasks) {
        if (task.step != effect.step || task.branch != effect.branch) continue;
        if (!isEnd || effect.startedMs == effect.endedMs)
            entry.notes.push_back(
                {"asks",
                 fmt::format("{}: {}{}{}", task.ask, questionOf(effect), answersText(task),
                             task.expiresMs != 0 ? ", until " + minute(task.expiresMs) : ""),
                 "",
                 {},
                 partsOf(task, effect)});
        if (isEnd && !task.answer.empty() && task.answer != kTaskClosed)
            entry.notes.push_back({"answered", fmt::format("{} by {}", task.answer, task.answeredBy), ""});
    }
}

void addDocuments(TimelineEntry& entry, const StoryRows& known, const EffectRow& effect) {
    for (const DocumentRow& document : known.rows.documents)
        if (document.producedBy == effect.step && document.createdMs == effect.endedMs &&
            document.item == effect.item)
            entry.notes.push_back(
                {"made", fmt::format("{}: {}", document.slot, displayText(document.name)), ""});
}

std::string resultText(const EffectRow& effect, bool isSkipped) {
    if (isSkipped) return "skipped";
    // A person's no is no failure.
    const ReasonInfo* const reason = findReason(effect.reason);
    if (reason != nullptr && reason->reason == Reason::RefusedByPipeline)
        return std::string(reasonCode(Reason::Refused));
    if (reason != nullptr && reason->cls == ReasonClass::Person) return effect.reason;
    if (effect.state == EffectState::Intent) return effect.endedMs == 0 ? "runs" : "waits";
    return std::string(effectStateName(effect.state));
}

std::string reasonText(const EffectRow& effect) {
    const ReasonInfo* const reason = findReason(effect.reason);
    if (effect.reason.empty() || (reason != nullptr && reason->cls == ReasonClass::Person))
        return displayText(effect.explanation);
    return effect.reason + ": " + displayText(effect.explanation);
}

// Of a step that waited: when it began to.
TimelineEntry began(const EffectRow& effect, const StepPlan* step, const StoryRows& known) {
    TimelineEntry entry{effect.startedMs,
                        effect.branch,
                        effect.step,
                        step != nullptr ? step->kind : "",
                        "waits",
                        "",
                        "",
                        "",
                        {}};
    if (step != nullptr) addDecisions(entry, *step, effect, false);
    addTasks(entry, known, effect, false);
    return entry;
}

void addEffect(std::vector<TimelineEntry>& entries, const EffectRow& effect, const StoryRows& known) {
    const StepPlan* const step = findStep(*known.pipeline, effect.step);
    const bool isSkipped = memberOf(storedJson(effect.factsJson), "skipped") == Json(true);
    const bool hasWaited = effect.endedMs > effect.startedMs && effect.state != EffectState::Intent;
    const bool isWaiting = effect.state == EffectState::Intent && effect.endedMs != 0;
    if (hasWaited || isWaiting) entries.push_back(began(effect, step, known));
    if (isWaiting) return;
    TimelineEntry entry{effect.endedMs != 0 ? effect.endedMs : effect.startedMs,
                        effect.branch,
                        effect.step,
                        step != nullptr ? step->kind : "",
                        resultText(effect, isSkipped),
                        reasonText(effect),
                        effect.reason,
                        effect.explanation,
                        {}};
    if (step != nullptr && !hasWaited) addDecisions(entry, *step, effect, isSkipped);
    addTasks(entry, known, effect, true);
    addSent(entry, known, effect);
    addDocuments(entry, known, effect);
    entries.push_back(std::move(entry));
}

std::vector<Standstill> standstillsOf(const DossierRows& rows) {
    std::vector<Standstill> all;
    for (const BranchRow& branch : rows.branches) {
        if (branch.state != DossierState::Waiting && branch.state != DossierState::RetryWait) continue;
        Standstill one{branch.path, branch.step, "", "", branch.dueMs};
        for (const TaskRow& task : rows.openTasks)
            if (task.step == branch.step && task.branch == branch.path) {
                one.whom = task.ask;
                one.untilMs = task.expiresMs;
            }
        if (auto awaited = EventWait::of(branch.waitKey)) one.news = std::move(awaited->provider);
        all.push_back(std::move(one));
    }
    return all;
}

Json noteJson(const Note& note) {
    Json json = {{"kind", note.kind}, {"text", note.text}};
    if (!note.place.empty()) json["place"] = note.place;
    return json;
}

}  // namespace

DossierStory tellStory(const StoryRows& known, const std::string& language) {
    const DossierRow& row = known.rows.dossier;
    DossierStory story;
    story.id = row.id;
    story.name = displayText(row.source.name);
    story.pipeline = row.pipeline;
    story.state = stateName(row.state);
    story.reason = row.reason;
    story.waits = explainDossier(known.rows, language);
    story.documents = known.rows.documents;
    story.standstills = standstillsOf(known.rows);
    story.entries.push_back({row.createdMs, "", "", "", "received", story.name, "", "", {}});
    for (const EffectRow& effect : known.rows.effects)
        addEffect(story.entries, effect, known);
    // In the order in which steps began; those that waited end among those that ran meanwhile.
    std::stable_sort(story.entries.begin(), story.entries.end(),
                     [](const TimelineEntry& a, const TimelineEntry& b) { return a.atMs < b.atMs; });
    if (isFinal(row.state))
        story.entries.push_back({row.endedMs,
                                 "",
                                 "",
                                 "",
                                 story.state,
                                 displayText(row.explanation),
                                 row.reason,
                                 row.explanation,
                                 {}});
    return story;
}

std::vector<SentNote> sentNotes(const DossierRows& rows) {
    std::vector<SentNote> notes;
    for (const MessageRow& message : rows.messages)
        for (const EffectRow& effect : rows.effects) {
            const Json params = storedJson(effect.paramsJson);
            for (const Json& one : memberOf(params, "messages"))
                if (textOf(one, "message_id") == message.id && message.updatedMs >= effect.startedMs &&
                    (effect.endedMs == 0 || message.updatedMs <= effect.endedMs))
                    notes.push_back(
                        {effect.key, message.updatedMs, "message",
                         fmt::format("\"{}\" to {} by {}: {}", displayText(message.subject),
                                     displayText(message.recipient), message.via, message.state)});
        }
    return notes;
}

Json storyJson(const DossierStory& story) {
    Json entries = Json::array();
    for (const TimelineEntry& entry : story.entries) {
        Json json = {{"at_ms", entry.atMs}, {"result", entry.result}};
        for (const auto& [name, text] : {std::pair<const char*, const std::string*>("branch", &entry.branch),
                                         {"step", &entry.step},
                                         {"kind", &entry.kind},
                                         {"text", &entry.text}})
            if (!text->empty()) json[name] = *text;
        for (const Note& note : entry.notes)
            json["notes"].push_back(noteJson(note));
        entries.push_back(std::move(json));
    }
    Json json = {{"id", story.id},       {"name", story.name},   {"pipeline", story.pipeline},
                 {"state", story.state}, {"waits", story.waits}, {"timeline", std::move(entries)}};
    if (!story.reason.empty()) json["reason"] = story.reason;
    return json;
}

std::string storyText(const DossierStory& story) {
    std::size_t widest = 0;
    for (const TimelineEntry& entry : story.entries)
        widest = std::max(widest, entry.branch.size() + entry.step.size() + (entry.branch.empty() ? 0 : 1));
    std::string text = fmt::format("{}  (pipeline {})\n", story.name, story.pipeline);
    std::string lastMinute;
    for (const TimelineEntry& entry : story.entries) {
        const std::string now = minute(entry.atMs);
        const std::string name = entry.branch.empty() ? entry.step : entry.branch + " " + entry.step;
        text += fmt::format("  {:16}  {:{}}  {:10} {}{}{}\n", now == lastMinute ? "" : now, name, widest,
                            entry.kind, entry.result, entry.text.empty() ? "" : ": ", entry.text);
        lastMinute = now;
        for (const Note& note : entry.notes)
            text += fmt::format("  {:16}  {:{}}    {} {}{}\n", "", "", widest, note.kind, note.text,
                                note.place.empty() ? "" : "  ← " + note.place);
    }
    return text + fmt::format("  {}\n", story.waits);
}

}  // namespace greffe
