// SPDX-License-Identifier: Apache-2.0
// Everything that `greffe check` accepted at one moment: what the engine runs, and what a dossier keeps for
// its life.
//
// A plan is a value: plain structs, canonical JSON text, and a name that is the SHA-256 of that text. Options
// that belong to steps and plugins stay JSON text, as those read it; everything has its defaults filled in,
// so that a plan means the same when defaults change. Functions stay in the Lua sources and are called by
// their path (lua/evaluator.h).
#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// A Lua function of the sources; `path` is what prepare() is given.
struct FunctionReference {
    std::string path;
    std::string file;
    int line = 0;
    friend bool operator==(const FunctionReference&, const FunctionReference&) = default;
};

struct PlanSettings {
    std::string spool, store, controlSocket, frontAddress;
    std::uint32_t frontPort = 0;
    std::string language, supportContact;
    std::uint32_t retentionYears = 0;
    std::uint64_t maxMebibytes = 0, maxDossiersInProgress = 0, minFreeMebibytes = 0;
    std::uint32_t documentWorkers = 0, keyWorkers = 0, luaWorkers = 0;
    std::uint64_t workerMemoryMebibytes = 0, workerSteps = 0;
    std::uint32_t shutdownSeconds = 0;
    bool mayRunWithoutLandlock = false;
    friend bool operator==(const PlanSettings&, const PlanSettings&) = default;
};

enum class ManifestUse { None, Optional, Required };
enum class OnDuplicate { NewDossier, Skip, Hold };

struct IntakePlan {
    std::string name;
    std::string kind;  // "folder" or "queue"
    std::string pipeline;
    std::string path;      // folder
    std::string provider;  // queue
    bool isRecursive = false;
    std::vector<std::string> accepts;  // media types; empty: any
    ManifestUse manifest = ManifestUse::None;
    std::uint32_t manifestWaitSeconds = 0;
    std::uint32_t stableSeconds = 0, rescanSeconds = 0;
    OnDuplicate onDuplicate = OnDuplicate::NewDossier;
    std::uint64_t maxMebibytes = 0;
    std::string language;
    std::string readyMarker;
    bool hasArchivesAsDossiers = false, hasFoldersAsDossiers = false;
    std::string referenceRoot;  // queue: below it lie the files that messages may name; empty: none
    friend bool operator==(const IntakePlan&, const IntakePlan&) = default;
};

// One configured use of a plugin.
struct InstancePlan {
    std::string role;  // the constructor: "key", "timestamp_authority", "notifier", "archive", "provider"
    std::string name;
    std::string plugin, version, sandbox;
    std::vector<std::string> capabilities;
    std::string optionsJson = "{}";              // what the plugin's schema describes, without the secrets
    std::map<std::string, std::string> secrets;  // option → path of the file
    std::string hostOptionsJson = "{}";          // what the house describes: {"levels": […]} of a key
    friend bool operator==(const InstancePlan&, const InstancePlan&) = default;
};

// Whether a notifier speaks to a system (a webhook), which has no mailboxes.
bool isForSystems(const InstancePlan& notifier);

struct TemplatePlan {
    std::string name, language, subject, text, html;
    friend bool operator==(const TemplatePlan&, const TemplatePlan&) = default;
};

enum class EffectClass { Pure, Idempotent, Once };
enum class OnError { Hold, Continue, Reject };

struct RetryPolicy {
    std::uint32_t attempts = 1, firstDelaySeconds = 0, maxDelaySeconds = 1;
    friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

struct StepPlan;

// Steps inside a step. Names: "cases.<name>", "otherwise", "branches.<name>", "steps" (each), "on.<answer>",
// "on_expired".
struct StepBranch {
    std::string name;
    std::vector<StepPlan> steps;
};

struct StepPlan {
    std::string id;    // unique in the pipeline, whatever the depth
    std::string kind;  // "seal"; "refuse" ends the dossier
    EffectClass effect = EffectClass::Pure;
    std::string optionsJson =
        "{}";  // without the options below; a function is {"@function": {file, line, path}}
    std::map<std::string, FunctionReference>
        functions;           // by option, `when` included; nested ones as "mark.text"
    bool isSkipped = false;  // `when = false`
    OnError onError = OnError::Hold;
    RetryPolicy retry;
    std::uint32_t deadlineSeconds = 0;
    std::vector<StepBranch> branches;
    std::string file;
    int line = 0;
};

bool operator==(const StepPlan& left, const StepPlan& right);
bool operator==(const StepBranch& left, const StepBranch& right);

struct SlotPlan {
    std::string name;
    bool isMandatory = true, mustBeSigned = false;
    std::string per;  // role, or empty
    std::vector<std::string> accepts;
    friend bool operator==(const SlotPlan&, const SlotPlan&) = default;
};

struct RolePlan {
    std::string name;
    bool isMany = false, isOptional = false;
    std::string from;
    friend bool operator==(const RolePlan&, const RolePlan&) = default;
};

struct PipelinePlan {
    std::string name, type, description, language;
    std::uint32_t priority = 5;
    std::vector<SlotPlan> documents;
    std::vector<RolePlan> parties;
    std::vector<StepPlan> steps;
    friend bool operator==(const PipelinePlan&, const PipelinePlan&) = default;

    // Looks into branches too; nullptr when there is none.
    const StepPlan* findStep(std::string_view id) const;
    // Mandatory parties that only a manifest can name.
    std::vector<std::string> rolesOfManifest() const;
};

// A plugin that the plan was checked against.
struct PluginUse {
    std::string id, version;
    friend bool operator==(const PluginUse&, const PluginUse&) = default;
};

struct Plan {
    PlanSettings settings;
    std::vector<IntakePlan> intakes;
    std::vector<InstancePlan> instances;
    std::vector<TemplatePlan> templates;
    std::vector<PipelinePlan> pipelines;
    std::vector<PluginUse> plugins;
    std::string sourcesJson = "{}";  // what evaluate() was given: prepare() is given it again
    friend bool operator==(const Plan&, const Plan&) = default;

    const PipelinePlan* findPipeline(std::string_view name) const;
    const InstancePlan* findInstance(std::string_view role, std::string_view name) const;
    // By the pool that it lives in.
    const InstancePlan* findPooled(std::string_view sandbox, std::string_view name) const;
};

// Which of two plans says how an instance is set up. A dossier keeps the pipeline that it was admitted with,
// but keys, addresses and archives are the house's: what was corrected, renewed or moved under the same name
// serves it too. An instance whose name is gone, or has become another plugin, is as it was at admission.
const InstancePlan* instanceInUse(const InstancePlan* admitted, const InstancePlan* inForce);

inline constexpr std::size_t kMaxPlanBytes = 16U << 20U;
inline constexpr int kPlanFormat = 1;  // of the text; a plan of another format is not read

// Canonical: sorted keys, no blanks; equal plans have equal text.
std::string planText(const Plan& plan);
// 64 hexadecimal letters, of the text.
std::string planName(std::string_view text);
// Reads exactly what planText writes: text with another order, a missing, unknown or badly typed key, or one
// number too large is Errc::Corrupt.
Result<Plan> readPlan(std::string_view text);

// The name of the sources for prepare()'s "sources_sha256".
std::string sourcesName(const Plan& plan);

std::string_view nameOf(EffectClass effect);  // "pure"
std::string_view nameOf(OnError onError);     // "hold"
std::string_view nameOf(ManifestUse manifest);
std::string_view nameOf(OnDuplicate onDuplicate);

}  // namespace greffe
