// SPDX-License-Identifier: Apache-2.0
#include "config/plan.h"

#include "base/json.h"
#include "base/sha256.h"
#include "config/plan_fields.h"

#include <tuple>
#include <type_traits>

namespace greffe {
namespace {

class PlanWriter {
public:
    void flag(const char* key, bool value) {
        if (value) field(key, value);
    }
    // Came later than the format: older plans are without it.
    template <class T>
    void optional(const char* key, const T& value) {
        if (value != T()) field(key, value);
    }
    template <class T>
    void field(const char* key, const T& value) {
        if constexpr (std::is_enum_v<T>) {
            json_[key] = nameOf(value);
        } else {
            json_[key] = value;
        }
    }
    void json(const char* key, const std::string& text) { json_[key] = storedJson(text); }
    template <class T>
    void part(const char* key, T& value) {
        PlanWriter inner;
        walk(inner, value);
        json_[key] = inner.take();
    }
    template <class T>
    void parts(const char* key, std::vector<T>& values) {
        Json list = Json::array();
        for (T& value : values) {
            PlanWriter inner;
            walk(inner, value);
            list.push_back(inner.take());
        }
        json_[key] = std::move(list);
    }
    template <class T>
    void parts(const char* key, std::map<std::string, T>& values) {
        Json object = Json::object();
        for (auto& [name, value] : values) {
            PlanWriter inner;
            walk(inner, value);
            object[name] = inner.take();
        }
        json_[key] = std::move(object);
    }

    Json take() { return std::move(json_); }

private:
    Json json_ = Json::object();
};

}  // namespace

bool operator==(const StepBranch& left, const StepBranch& right) {
    return left.name == right.name && left.steps == right.steps;
}

bool operator==(const StepPlan& left, const StepPlan& right) {
    const auto fields = [](const StepPlan& s) {
        return std::tie(s.id, s.kind, s.effect, s.optionsJson, s.functions, s.isSkipped, s.onError, s.retry,
                        s.deadlineSeconds, s.branches, s.file, s.line);
    };
    return fields(left) == fields(right);
}

const StepPlan* PipelinePlan::findStep(std::string_view id) const {
    std::vector<const std::vector<StepPlan>*> open{&steps};
    while (!open.empty()) {
        const std::vector<StepPlan>& list = *open.back();
        open.pop_back();
        for (const StepPlan& step : list) {
            if (step.id == id) return &step;
            for (const StepBranch& branch : step.branches)
                open.push_back(&branch.steps);
        }
    }
    return nullptr;
}

const PipelinePlan* Plan::findPipeline(std::string_view name) const {
    for (const PipelinePlan& pipeline : pipelines)
        if (pipeline.name == name) return &pipeline;
    return nullptr;
}

bool isForSystems(const InstancePlan& notifier) {
    const auto offers = [&](std::string_view capability) {
        return std::find(notifier.capabilities.begin(), notifier.capabilities.end(), capability) !=
               notifier.capabilities.end();
    };
    return offers("event-notifier/1") && !offers("notifier/1");
}

const InstancePlan* Plan::findInstance(std::string_view role, std::string_view name) const {
    for (const InstancePlan& instance : instances)
        if (instance.role == role && instance.name == name) return &instance;
    return nullptr;
}

std::vector<std::string> PipelinePlan::rolesOfManifest() const {
    std::vector<std::string> roles;
    for (const RolePlan& role : parties)
        if (!role.isOptional && role.from == "manifest") roles.push_back(role.name);
    return roles;
}

const InstancePlan* Plan::findPooled(std::string_view sandbox, std::string_view name) const {
    for (const InstancePlan& instance : instances)
        if (instance.sandbox == sandbox && instance.name == name) return &instance;
    return nullptr;
}

const InstancePlan* instanceInUse(const InstancePlan* admitted, const InstancePlan* inForce) {
    const bool isSame = admitted != nullptr && inForce != nullptr && admitted->plugin == inForce->plugin;
    return isSame ? inForce : admitted;
}

std::string planText(const Plan& plan) {
    Plan copy = plan;  // walk() serves the reader too and so wants what it could change
    PlanWriter writer;
    walk(writer, copy);
    Json json = writer.take();
    json["format"] = kPlanFormat;
    return dumpJson(json);
}

std::string planName(std::string_view text) {
    return toHex(sha256(text));
}
std::string sourcesName(const Plan& plan) {
    return toHex(sha256(plan.sourcesJson));
}

std::string_view nameOf(EffectClass effect) {
    switch (effect) {
        case EffectClass::Pure: return "pure";
        case EffectClass::Idempotent: return "idempotent";
        case EffectClass::Once: return "once";
    }
    return "once";
}

std::string_view nameOf(OnError onError) {
    switch (onError) {
        case OnError::Hold: return "hold";
        case OnError::Continue: return "continue";
        case OnError::Reject: return "reject";
    }
    return "hold";
}

std::string_view nameOf(ManifestUse manifest) {
    switch (manifest) {
        case ManifestUse::None: return "none";
        case ManifestUse::Optional: return "optional";
        case ManifestUse::Required: return "required";
    }
    return "none";
}

std::string_view nameOf(OnDuplicate onDuplicate) {
    switch (onDuplicate) {
        case OnDuplicate::NewDossier: return "new_dossier";
        case OnDuplicate::Skip: return "skip";
        case OnDuplicate::Hold: return "hold";
    }
    return "hold";
}

}  // namespace greffe
