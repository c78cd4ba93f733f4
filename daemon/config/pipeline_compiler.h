// SPDX-License-Identifier: Apache-2.0
// One pipeline: its steps in order, what each may refer to, and which of them can be reached at all.
#pragma once

#include "config/compiler.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace greffe {

// What is there when a step begins.
struct Availability {
    std::set<std::string> always;     // documents that exist whichever way was taken
    std::set<std::string> sometimes;  // those that exist on some ways
    std::set<std::string> sealed;     // documents that may have been sealed
    bool isArchived = false;
    bool hasEnded = false;  // no way leads here

    // Of several ways, one was taken (choose) or all were (parallel).
    void joinOneOf(const std::vector<Availability>& ways);
    void joinAll(const std::vector<Availability>& ways);
};

class PipelineCompiler {
public:
    PipelineCompiler(Compiler& compiler, const ConfigRecord& record);
    PipelinePlan compile();

private:
    // A step while it is compiled.
    struct Work {
        const ConfigRecord& record;
        const std::string owner;  // step "seal"
        Json filled;
        StepPlan step;
        Availability& there;

        bool has(std::string_view option) const { return record.find(option) != nullptr; }
        // Where to report an option: itself, or the step when it is left out.
        const Node& at(std::string_view option) const {
            const Node* const node = record.find(option);
            return node != nullptr ? *node : record.self;
        }
        std::string text(std::string_view option) const { return textOf(filled, option); }
    };

    void readParts();
    std::vector<StepPlan> compileSteps(const Node& list, Availability& there, int depth);
    std::optional<StepPlan> compileStep(const Node& node, Availability& there, int depth);
    void addBranch(Work& work, std::string name, const Node& list, Availability& there, int depth);
    // "continue", refuse "…" or steps.
    void addOutcome(Work& work, std::string name, const Node& node, Availability& there, int depth);

    void checkReferences(Work& work);
    // isAskedFor: the step has a `when`, which may ask whether the document is there.
    void checkDocument(const Reference& reference, const Availability& there, bool isAskedFor);
    void refuseSignedSlots();
    // What is made may not be called as the house calls what it makes.
    void checkNewDocument(const std::string& name, const Node& node, const std::string& owner);
    const SlotPlan* findSlot(const std::string& name) const;
    void refuseForks(const Work& work, const std::vector<Availability>& ways);
    void chooseDocument(Work& work);
    void checkWaiting(Work& work, bool waitsForSomebody);
    void finishStep(Work& work);

    void compileValidate(Work& work);
    void compileSeal(Work& work);
    void compileSign(Work& work, int depth);
    void checkSignatureAbilities(const Work& work);
    void compileArchive(Work& work);
    void compileNotify(Work& work);
    void compileTask(Work& work, int depth);
    void compileWait(Work& work, int depth);
    void compileTransform(Work& work);
    void checkNeedsNoOptions(const Work& work, const PluginFacts& plugin);
    void compileChoose(Work& work, int depth);
    void compileEach(Work& work, int depth);
    void compileParallel(Work& work, int depth);

    Compiler& compiler_;
    OptionCheck& check_;
    const ConfigRecord& record_;
    PipelinePlan plan_;
    std::map<std::string, std::string> makers_;  // document → the step that makes it, all steps known
    std::set<std::string> ids_;
    int endings_ = 0;
};

}  // namespace greffe
