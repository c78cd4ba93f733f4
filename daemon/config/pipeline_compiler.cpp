// SPDX-License-Identifier: Apache-2.0
#include "config/pipeline_compiler.h"

#include "config/option_fields.h"
#include "config/step_kinds.h"
#include "config/suggestion.h"
#include "config/text_forms.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr int kMaxStepDepth = 6;
constexpr const char* kDefaultSlot = "document";
constexpr const char* kSealedSlot = "sealed";  // of what the seal step makes

// Every transform's "into" below a value, with the step's id.
void findMakers(const Json& value, std::map<std::string, std::string>& makers) {
    if (value.is_object() && textOf(value, "@kind") == "transform") {
        const Json& options = memberOf(value, "@options");
        makers.emplace(textOf(options, "into"), textOf(options, "id"));
    }
    if (value.is_structured())
        for (const Json& child : value)
            findMakers(child, makers);
}

void collectFunctions(const Json& value, const std::string& path,
                      std::map<std::string, FunctionReference>& functions) {
    if (!value.is_structured()) return;
    if (const Json& function = memberOf(value, "@function"); function.is_object()) {
        functions[path] = {textOf(function, "path"), textOf(function, "file"),
                           static_cast<int>(numberOf(function, "line"))};
        return;
    }
    if (value.is_object())
        for (const auto& [name, child] : value.items())
            collectFunctions(child, path.empty() ? name : path + "." + name, functions);
}

std::set<std::string> intersection(const std::set<std::string>& left, const std::set<std::string>& right) {
    std::set<std::string> both;
    std::set_intersection(left.begin(), left.end(), right.begin(), right.end(),
                          std::inserter(both, both.end()));
    return both;
}

}  // namespace

void Availability::joinOneOf(const std::vector<Availability>& ways) {
    std::optional<std::set<std::string>> common;
    hasEnded = !ways.empty();
    for (const Availability& way : ways) {
        sealed.insert(way.sealed.begin(), way.sealed.end());
        isArchived = isArchived || way.isArchived;
        if (way.hasEnded) continue;
        hasEnded = false;
        common = common ? intersection(*common, way.always) : way.always;
        sometimes.insert(way.always.begin(), way.always.end());
        sometimes.insert(way.sometimes.begin(), way.sometimes.end());
    }
    if (common) always = *common;
}

void Availability::joinAll(const std::vector<Availability>& ways) {
    for (const Availability& way : ways) {
        always.insert(way.always.begin(), way.always.end());
        sometimes.insert(way.sometimes.begin(), way.sometimes.end());
        sealed.insert(way.sealed.begin(), way.sealed.end());
        isArchived = isArchived || way.isArchived;
        hasEnded = hasEnded || way.hasEnded;
    }
}

PipelineCompiler::PipelineCompiler(Compiler& compiler, const ConfigRecord& record)
    : compiler_(compiler), check_(compiler.check), record_(record) {}

PipelinePlan PipelineCompiler::compile() {
    const std::string name = record_.textOf("name");
    const std::string owner = name.empty() ? "pipeline" : fmt::format("pipeline \"{}\"", name);
    const Json filled = check_.check(record_, *findSchema(SchemaGroup::Pipeline, "pipeline"), owner);
    check_.takeReferences();
    plan_.language = compiler_.plan.settings.language;
    fillFrom(filled, plan_);
    compiler_.keepOrigins("pipelines." + plan_.name, record_.options, filled);
    readParts();
    Availability there;
    for (const SlotPlan& slot : plan_.documents)
        (slot.isMandatory ? there.always : there.sometimes).insert(slot.name);
    if (const Node* list = record_.find("steps")) {
        findMakers(*list->value, makers_);
        plan_.steps = compileSteps(*list, there, 0);
    }
    return std::move(plan_);
}

void PipelineCompiler::readParts() {
    if (const Node* intakes = record_.find("intake"); intakes != nullptr && intakes->isList())
        for (std::size_t i = 0; i < intakes->value->size(); ++i) {
            const Node node = intakes->below(i + 1, (*intakes->value)[i]);
            if (const Schema* schema = node.isRecord() ? findSchema(SchemaGroup::Intake, node.kind) : nullptr)
                compiler_.pipelineIntakes.emplace_back(readRecord(node, schema), plan_.name);
        }
    std::vector<Reference> roleReferences;
    std::set<std::string> names;
    const auto readAll = [&](const char* option, const char* kind, auto& parts) {
        const Node* const nodes = record_.find(option);
        if (nodes == nullptr || !nodes->isList()) return;
        const Schema& schema = *findSchema(SchemaGroup::Part, kind);
        for (std::size_t i = 0; i < nodes->value->size(); ++i) {
            const Node node = nodes->below(i + 1, (*nodes->value)[i]);
            if (!node.isRecord() || node.kind != kind) continue;  // reported by the schema
            const ConfigRecord part = readRecord(node, &schema);
            const std::string owner = fmt::format("{} \"{}\"", kind, part.textOf("name"));
            const Json filled = check_.check(part, schema, owner);
            for (Reference& reference : check_.takeReferences())
                roleReferences.push_back(std::move(reference));
            fillFrom(filled, parts.emplace_back());
            if (node.kind == "slot") checkNewDocument(parts.back().name, node, owner);
            if (!names.insert(std::string(kind) + "/" + parts.back().name).second)
                check_.report("part_duplicate", node,
                              fmt::format("pipeline \"{}\" has two parts {}", plan_.name, owner));
        }
    };
    readAll("documents", "slot", plan_.documents);
    refuseSignedSlots();
    readAll("parties", "role", plan_.parties);
    for (const Reference& reference : roleReferences) {
        if (names.count("role/" + reference.name) != 0) continue;
        std::vector<std::string> known;
        for (const RolePlan& role : plan_.parties)
            known.push_back(role.name);
        check_.report("role_unknown", reference.node,
                      fmt::format("{}: the pipeline has no role \"{}\"", reference.owner, reference.name),
                      closestName(reference.name, known));
    }
    if (plan_.documents.empty()) plan_.documents.push_back({kDefaultSlot, true, false, {}, {}});
}

std::vector<StepPlan> PipelineCompiler::compileSteps(const Node& list, Availability& there, int depth) {
    std::vector<StepPlan> steps;
    if (!list.isList()) {
        if (!list.isWord())
            check_.report("steps_type", list,
                          fmt::format("pipeline \"{}\": a list of steps is wanted, not {}", plan_.name,
                                      describeValue(list)));
        return steps;
    }
    if (list.value->empty())
        check_.report("steps_empty", list,
                      fmt::format("pipeline \"{}\": a list of steps is empty", plan_.name));
    if (depth > kMaxStepDepth) {
        check_.report("steps_too_deep", list,
                      fmt::format("pipeline \"{}\": steps inside steps more than {} levels deep", plan_.name,
                                  kMaxStepDepth));
        return steps;
    }
    bool isUnreachableReported = false;
    for (std::size_t i = 0; i < list.value->size(); ++i) {
        const Node node = list.below(i + 1, (*list.value)[i]);
        if (there.hasEnded && !isUnreachableReported) {
            isUnreachableReported = true;
            check_.report(
                "step_unreachable", node,
                fmt::format("pipeline \"{}\": no way leads to this step, the dossier has ended before it",
                            plan_.name));
        }
        if (std::optional<StepPlan> step = compileStep(node, there, depth)) steps.push_back(std::move(*step));
    }
    return steps;
}

std::optional<StepPlan> PipelineCompiler::compileStep(const Node& node, Availability& there, int depth) {
    const StepKind* const kind = node.isRecord() ? findStepKind(node.kind) : nullptr;
    if (kind == nullptr) {
        if (node.isUnknown() || node.isWord()) {
            const std::string name = node.isWord() ? textOf(*node.value, "@word") : node.kind;
            if (name == "include") return std::nullopt;  // a file that failed, reported there
            if (node.isUnknown() || findSchema(SchemaGroup::Step, name) == nullptr) {
                compiler_.explainedNames.insert({node.file, check_.placeOf(node).line, name});
                check_.report("step_kind_unknown", node,
                              fmt::format("pipeline \"{}\": unknown step kind \"{}\"", plan_.name, name),
                              closestName(name, schemaNames(SchemaGroup::Step)));
            } else {
                check_.report("step_expected", node,
                              fmt::format("pipeline \"{}\": write {} {{ … }}", plan_.name, name));
            }
        } else if (node.isRecord()) {
            check_.report("construct_misplaced", node,
                          fmt::format("pipeline \"{}\": {} {{ … }} is not a step", plan_.name, node.kind));
        } else {
            check_.report("step_expected", node,
                          fmt::format("pipeline \"{}\": a step is wanted here, not {}", plan_.name,
                                      describeValue(node)));
        }
        return std::nullopt;
    }
    const Schema& schema = *findSchema(SchemaGroup::Step, node.kind);
    const ConfigRecord record = readRecord(node, &schema);
    const std::string id = record.textOf("id");
    Work work{record, fmt::format("step \"{}\"", id.empty() ? node.kind : id), Json(), StepPlan(), there};
    work.filled = check_.check(record, schema, work.owner);
    work.step.kind = node.kind;
    work.step.effect = kind->effect;
    work.step.deadlineSeconds = kind->deadlineSeconds;
    work.step.file = node.file;
    work.step.line = node.line;
    work.step.id = node.kind == "refuse" && id.empty() ? fmt::format("refuse-{}", ++endings_) : id;
    if (!id.empty() && !ids_.insert(id).second)
        check_.report("step_id_duplicate", work.at("id"),
                      fmt::format("pipeline \"{}\": two steps have the id \"{}\"", plan_.name, id));
    if (!kind->capability.empty()) compiler_.needCapability(std::string(kind->capability), node, work.owner);

    const Availability before = there;
    checkReferences(work);
    if (node.kind == "validate") compileValidate(work);
    if (node.kind == "seal") compileSeal(work);
    if (node.kind == "sign") compileSign(work, depth);
    if (node.kind == "archive") compileArchive(work);
    if (node.kind == "notify") compileNotify(work);
    if (node.kind == "task") compileTask(work, depth);
    if (node.kind == "wait") compileWait(work, depth);
    if (node.kind == "transform") compileTransform(work);
    if (node.kind == "choose") compileChoose(work, depth);
    if (node.kind == "each") compileEach(work, depth);
    if (node.kind == "parallel") compileParallel(work, depth);
    if (node.kind == "refuse") there.hasEnded = true;
    finishStep(work);
    if (work.has("when") || work.step.onError == OnError::Continue) {
        // It may have done nothing.
        Availability after = there;
        there.joinOneOf({before, after});
    }
    return std::move(work.step);
}

void PipelineCompiler::finishStep(Work& work) {
    StepPlan& step = work.step;
    Json& filled = work.filled;
    if (memberOf(filled, "when") == Json(false)) {
        step.isSkipped = true;
        check_.report("step_never_runs", work.at("when"),
                      fmt::format("{}: it never runs, \"when\" is false", work.owner));
    }
    collectFunctions(filled, {}, step.functions);
    OptionFields common(filled);
    common.field("on_error", step.onError);
    common.part("retry", step.retry);
    common.field("deadline_seconds", step.deadlineSeconds);
    if (step.retry.firstDelaySeconds > step.retry.maxDelaySeconds)
        check_.report("retry_delays", work.at("retry"),
                      fmt::format("{}: the first delay of {} s is longer than the longest of {} s",
                                  work.owner, step.retry.firstDelaySeconds, step.retry.maxDelaySeconds));
    compiler_.keepOrigins(fmt::format("pipelines.{}.{}", plan_.name, step.id), work.record.options, filled);
    for (const Option& option : commonStepOptions())
        filled.erase(option.name);
    step.optionsJson = dumpJson(filled);
}

void PipelineCompiler::addBranch(Work& work, std::string name, const Node& list, Availability& there,
                                 int depth) {
    StepBranch branch{std::move(name), {}};
    branch.steps = compileSteps(list, there, depth + 1);
    work.step.branches.push_back(std::move(branch));
}

void PipelineCompiler::addOutcome(Work& work, std::string name, const Node& node, Availability& there,
                                  int depth) {
    if (node.value->is_string() && node.value->get<std::string>() == "continue") {
        work.step.branches.push_back({std::move(name), {}});
        return;
    }
    if (node.isRecord() && node.kind == "refuse") {
        StepBranch branch{std::move(name), {}};
        if (std::optional<StepPlan> step = compileStep(node, there, depth + 1))
            branch.steps.push_back(std::move(*step));
        work.step.branches.push_back(std::move(branch));
        return;
    }
    if (node.isList()) {
        addBranch(work, std::move(name), node, there, depth);
        return;
    }
    if (!node.isUnknown())
        check_.report("outcome_invalid", node,
                      fmt::format("{}: {} is \"continue\", refuse \"…\" or a list of steps, not {}",
                                  work.owner, name, describeValue(node)));
}

void PipelineCompiler::checkNewDocument(const std::string& name, const Node& node, const std::string& owner) {
    if (name == kSealedSlot)
        check_.report("document_reserved", node,
                      fmt::format("{}: \"{}\" is what every seal's result is called; choose another name",
                                  owner, name));
}

const SlotPlan* PipelineCompiler::findSlot(const std::string& name) const {
    const auto found = std::find_if(plan_.documents.begin(), plan_.documents.end(),
                                    [&](const SlotPlan& slot) { return slot.name == name; });
    return found == plan_.documents.end() ? nullptr : &*found;
}

// What nothing sees to must not look as if somebody did.
void PipelineCompiler::refuseSignedSlots() {
    const Node* const nodes = record_.find("documents");
    for (std::size_t i = 0; nodes != nullptr && nodes->isList() && i < nodes->value->size(); ++i) {
        const Node node = nodes->below(i + 1, (*nodes->value)[i]);
        if (!node.isRecord() || node.kind != "slot") continue;
        const ConfigRecord part = readRecord(node, findSchema(SchemaGroup::Part, "slot"));
        const Node* const isSigned = part.find("signed");
        if (isSigned == nullptr || *isSigned->value != Json(true)) continue;
        check_.report(
            "slot_signed", *isSigned,
            fmt::format(
                "slot \"{}\": nothing of this version sees to \"signed\"; leave it out (a sign step has "
                "people sign, validate looks at signatures that are there)",
                part.textOf("name")));
    }
}

void PipelineCompiler::checkReferences(Work& work) {
    for (const Reference& reference : check_.takeReferences()) {
        if (reference.what == Refers::Document) {
            checkDocument(reference, work.there, work.record.find("when") != nullptr);
        } else if (reference.what == Refers::Recipient) {
            if (reference.name.find('@') != std::string::npos) {
                if (!isMailAddress(reference.name))
                    check_.report("address_invalid", reference.node,
                                  fmt::format("{}: \"{}\" is not an address", work.owner, reference.name));
                continue;
            }
            // A system has no mailbox: who is named is told to it, and may be anybody.
            const InstancePlan* const via = compiler_.plan.findInstance("notifier", work.text("via"));
            if (via != nullptr && isForSystems(*via)) continue;
            std::vector<std::string> known;
            for (const RolePlan& role : plan_.parties)
                known.push_back(role.name);
            if (std::find(known.begin(), known.end(), reference.name) == known.end())
                check_.report("recipient_unknown", reference.node,
                              fmt::format("{}: \"{}\" is neither an address nor a role of this pipeline",
                                          work.owner, reference.name),
                              closestName(reference.name, known));
        } else {
            compiler_.resolve(reference);
        }
    }
}

void PipelineCompiler::checkDocument(const Reference& reference, const Availability& there, bool isAskedFor) {
    if (there.always.count(reference.name) != 0 || there.hasEnded) return;
    if (there.sometimes.count(reference.name) != 0) {
        const bool isOptionalSlot =
            std::any_of(plan_.documents.begin(), plan_.documents.end(),
                        [&](const SlotPlan& slot) { return slot.name == reference.name; });
        if (isOptionalSlot && isAskedFor) return;
        const char* const why = isOptionalSlot ? "need not be there; let \"when\" ask for it"
                                               : "is made on some ways to this step only";
        check_.report("document_not_always", reference.node,
                      fmt::format("{}: the document \"{}\" {}", reference.owner, reference.name, why));
        return;
    }
    if (const auto maker = makers_.find(reference.name); maker != makers_.end()) {
        check_.report("document_later", reference.node,
                      fmt::format("{}: the document \"{}\" is not there yet; step \"{}\" makes it",
                                  reference.owner, reference.name, maker->second));
        return;
    }
    std::vector<std::string> known(there.always.begin(), there.always.end());
    check_.report("document_unknown", reference.node,
                  fmt::format("{}: no slot and no earlier step provides the document \"{}\"", reference.owner,
                              reference.name),
                  closestName(reference.name, known));
}

}  // namespace greffe
