// SPDX-License-Identifier: Apache-2.0
#include "config/step_kinds.h"

namespace greffe {
namespace {

constexpr StepKind kKinds[] = {
    {"validate", EffectClass::Pure, 60, "document-handler"},
    {"seal", EffectClass::Idempotent, 120, "sealer"},
    {"sign", EffectClass::Once, 300, "signature-provider"},
    {"archive", EffectClass::Idempotent, 300, ""},
    {"notify", EffectClass::Once, 120, ""},
    {"task", EffectClass::Idempotent, 30, ""},
    {"wait", EffectClass::Idempotent, 30, ""},
    {"transform", EffectClass::Pure, 300, ""},
    {"choose", EffectClass::Pure, 30, ""},
    {"each", EffectClass::Pure, 30, ""},
    {"parallel", EffectClass::Pure, 30, ""},
    {"refuse", EffectClass::Idempotent, 30, ""},
};

}  // namespace

const StepKind* findStepKind(std::string_view name) {
    for (const StepKind& kind : kKinds)
        if (kind.name == name) return &kind;
    return nullptr;
}

}  // namespace greffe
