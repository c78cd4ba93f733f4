// SPDX-License-Identifier: Apache-2.0
#include "outline/pipeline_outline.h"

#include "base/json.h"
#include "outline/step_words.h"

#include <algorithm>

namespace greffe {
namespace {

constexpr std::string_view kPlansFolder = "config/";  // how a plan calls the folder that it was read from

class OutlineWriter {
public:
    OutlineWriter(const Plan& plan, const OutlineOrder& order)
        : plan_(plan), folder_(order.configFolder), say_{order.language == "fr"} {}

    PipelineOutline write(const PipelinePlan& pipeline) const {
        PipelineOutline outline;
        outline.name = pipeline.name;
        outline.description = pipeline.description;
        outline.isFrench = say_.isFrench;
        for (const IntakePlan& intake : plan_.intakes)
            if (intake.pipeline == pipeline.name) outline.sources.push_back(sourceText(intake));
        if (outline.sources.empty())
            outline.sources.push_back(say_("import par un opérateur", "imported by an operator"));
        addProperties(pipeline, outline);
        outline.steps = steps(pipeline.steps);
        return outline;
    }

private:
    std::string sourceText(const IntakePlan& intake) const {
        std::string text = intake.kind == "queue" ? say_("la file {}", "queue {}", intake.provider)
                                                  : say_("le dossier {}", "folder {}", intake.path);
        if (!intake.accepts.empty()) text += fmt::format(" ({})", fmt::join(intake.accepts, ", "));
        if (intake.manifest == ManifestUse::Required) text += say_(", avec manifeste", ", with a manifest");
        if (intake.manifest == ManifestUse::Optional)
            text += say_(", avec ou sans manifeste", ", with or without a manifest");
        return text;
    }

    static std::string withRemarks(const std::string& name, const std::string& one,
                                   const std::string& other) {
        if (one.empty() && other.empty()) return name;
        return fmt::format("{} ({}{}{})", name, one, one.empty() || other.empty() ? "" : ", ", other);
    }

    void addProperties(const PipelinePlan& pipeline, PipelineOutline& outline) const {
        std::vector<std::string> slots, roles;
        for (const SlotPlan& slot : pipeline.documents)
            slots.push_back(
                withRemarks(slot.name, slot.isMandatory ? "" : say_("facultatif", "optional"),
                            slot.per.empty() ? "" : say_("un par {}", "one for each {}", slot.per)));
        for (const RolePlan& role : pipeline.parties)
            roles.push_back(withRemarks(role.name, role.isMany ? say_("plusieurs", "several") : "",
                                        role.isOptional ? say_("facultatif", "optional") : ""));
        outline.properties.emplace_back(say_("type", "type"), pipeline.type);
        outline.properties.emplace_back(say_("documents", "documents"),
                                        fmt::format("{}", fmt::join(slots, ", ")));
        if (!roles.empty())
            outline.properties.emplace_back(say_("parties", "parties"),
                                            fmt::format("{}", fmt::join(roles, ", ")));
    }

    std::vector<OutlineStep> steps(const std::vector<StepPlan>& plans) const {
        std::vector<OutlineStep> all;
        all.reserve(plans.size());
        for (const StepPlan& plan : plans)
            all.push_back(step(plan));
        return all;
    }

    OutlineStep step(const StepPlan& plan) const {
        const Json options = storedJson(plan.optionsJson);
        const StepView view{plan_, plan, options, say_,
                            [this](const std::string& file) { return shown(file); }};
        OutlineStep step;
        step.id = plan.id;
        step.kind = plan.kind;
        step.look = lookOf(plan);
        step.what = sentenceOf(view);
        step.notes = notesOf(view);
        step.place = fmt::format("{}:{}", shown(plan.file), plan.line);
        if (plan.kind == "sign") {
            addSignatureOutcomes(plan, options, step);
        } else if (plan.kind == "task" || plan.kind == "wait") {
            addOutcomes(plan, options, step);
        } else if (!plan.branches.empty()) {
            addWays(plan, step);
        }
        return step;
    }

    // choose, each, parallel.
    void addWays(const StepPlan& plan, OutlineStep& step) const {
        step.waysKind = plan.kind == "parallel" ? WaysKind::AllAtOnce
                        : plan.kind == "each"   ? WaysKind::OnceForEach
                                                : WaysKind::OneOf;
        bool hasOtherwise = false;
        for (const StepBranch& branch : plan.branches) {
            const std::size_t dot = branch.name.find('.');
            hasOtherwise = hasOtherwise || branch.name == "otherwise";
            const std::string label = branch.name == "otherwise" ? say_("sinon", "otherwise")
                                      : branch.name == "steps"   ? say_("pour chacun", "for each")
                                      : dot == std::string::npos ? branch.name
                                                                 : branch.name.substr(dot + 1);
            step.ways.push_back({label, steps(branch.steps)});
        }
        if (plan.kind == "choose" && !hasOtherwise)
            step.ways.push_back({say_("aucun cas", "no such case"),
                                 {ending(say_("retenu pour un opérateur", "held for an operator"))}});
    }

    // task and wait: answers or the event, and nobody in time. Without ways of their own they simply go on.
    void addOutcomes(const StepPlan& plan, const Json& options, OutlineStep& step) const {
        const std::int64_t days = numberOf(options, "expires_days");
        const auto find = [&](const std::string& name) {
            const auto found = std::find_if(plan.branches.begin(), plan.branches.end(),
                                            [&](const StepBranch& branch) { return branch.name == name; });
            return found == plan.branches.end() ? nullptr : &*found;
        };
        if (plan.branches.empty() && days == 0) {
            const bool isForSomebody = plan.kind == "task" || options.contains("for_event");
            if (isForSomebody)
                step.notes.insert(step.notes.begin(), {say_("sans limite de temps", "without a time limit")});
            return;
        }
        step.waysKind = WaysKind::OneOf;
        if (plan.kind == "task") {
            for (const std::string& answer : textsOf(memberOf(options, "answers"))) {
                const StepBranch* const branch = find("on." + answer);
                step.ways.push_back(
                    {answer, branch == nullptr ? std::vector<OutlineStep>() : steps(branch->steps)});
            }
        } else {
            step.ways.push_back({options.contains("for_event")
                                     ? say_("l'événement", "the event")
                                     : say_("le moment venu", "when the time has come"),
                                 {}});
        }
        if (days == 0) return;
        const std::string label = days == 1 ? say_("rien en 1 jour", "nothing in 1 day")
                                            : say_("rien en {} jours", "nothing in {} days", days);
        const StepBranch* const expired = find("on_expired");
        step.ways.push_back({label, expired != nullptr
                                        ? steps(expired->steps)
                                        : std::vector<OutlineStep>{ending(
                                              say_("le dossier expire", "the dossier ends as expired"))}});
    }

    // sign: signed, or one of the ways on which it is not.
    void addSignatureOutcomes(const StepPlan& plan, const Json& options, OutlineStep& step) const {
        step.waysKind = WaysKind::OneOf;
        step.ways.push_back({say_("signé", "signed"), {}});
        const auto add = [&](const char* name, std::string label, std::string otherwise) {
            const auto found = std::find_if(plan.branches.begin(), plan.branches.end(),
                                            [&](const StepBranch& branch) { return branch.name == name; });
            step.ways.push_back(
                {std::move(label), found != plan.branches.end()
                                       ? steps(found->steps)
                                       : std::vector<OutlineStep>{ending(std::move(otherwise))}});
        };
        add("on_refused", say_("un signataire refuse", "a signer says no"),
            say_("le dossier est refusé", "the dossier ends as refused"));
        add("on_cancelled", say_("retiré chez le prestataire", "taken back at the service"),
            say_("le dossier est annulé", "the dossier ends as cancelled"));
        const std::int64_t days = numberOf(options, "expires_days");
        if (days == 0) {
            step.notes.insert(step.notes.begin(), {say_("sans limite de temps", "without a time limit")});
            return;
        }
        add("on_expired",
            days == 1 ? say_("rien en 1 jour", "nothing in 1 day")
                      : say_("rien en {} jours", "nothing in {} days", days),
            say_("le dossier expire", "the dossier ends as expired"));
    }

    static OutlineStep ending(std::string what) {
        OutlineStep step;
        step.look = StepLook::Ending;
        step.what = std::move(what);
        return step;
    }

    std::string shown(const std::string& file) const {
        if (file.compare(0, kPlansFolder.size(), kPlansFolder) != 0) return file;
        return folder_.empty() ? file.substr(kPlansFolder.size())
                               : folder_ + "/" + file.substr(kPlansFolder.size());
    }

    const Plan& plan_;
    const std::string folder_;
    const Tongue say_;
};

}  // namespace

PipelineOutline outlineOf(const Plan& plan, const PipelinePlan& pipeline, const OutlineOrder& order) {
    return OutlineWriter(plan, order).write(pipeline);
}

bool endsAlways(const std::vector<OutlineStep>& steps) {
    return std::any_of(steps.begin(), steps.end(), [](const OutlineStep& step) {
        const bool isConditional = std::any_of(step.notes.begin(), step.notes.end(),
                                               [](const OutlineNote& note) { return note.isCondition; });
        if (isConditional) return false;
        if (step.look == StepLook::Ending) return true;
        const auto ends = [](const OutlineWay& way) { return endsAlways(way.steps); };
        switch (step.waysKind) {
            case WaysKind::None:
            case WaysKind::OnceForEach: return false;  // there may be nothing to go over
            case WaysKind::OneOf: return std::all_of(step.ways.begin(), step.ways.end(), ends);
            case WaysKind::AllAtOnce: return std::any_of(step.ways.begin(), step.ways.end(), ends);
        }
        return false;
    });
}

std::size_t countSteps(const std::vector<OutlineStep>& steps) {
    std::size_t count = 0;
    for (const OutlineStep& step : steps) {
        count += step.kind.empty() ? 0 : 1;
        for (const OutlineWay& way : step.ways)
            count += countSteps(way.steps);
    }
    return count;
}

}  // namespace greffe
