// SPDX-License-Identifier: Apache-2.0
// validate: is this document what the pipeline wants? Its facts (pages, sizes, signatures) are there for
// later steps.
#include "dossier/steps/steps.h"

#include <fmt/format.h>

namespace greffe {
namespace {

// Which handler knows a media type. One plugin a family of formats.
std::string handlerFor(const std::string& mediaType) {
    return mediaType == "application/pdf" ? "document-pdf" : "";
}

class Validate final : public StepAction {
public:
    std::string_view name() const override { return "validate"; }
    EffectClass effectClass() const override { return EffectClass::Pure; }
    bool isExamination() const override { return true; }

    Task<StepEnd> run(StepContext& context) const override {
        const std::string slot = textOf(context.params(), "document", "document");
        const DocumentRow* document = context.document(slot);
        if (document == nullptr)
            co_return StepEnd::rejected(Reason::ConfigurationError,
                                        fmt::format("the dossier has no document \"{}\"", slot));
        const std::string wanted = textOf(context.params(), "media_type", "application/pdf");
        const std::string handler = handlerFor(wanted);
        if (handler.empty())
            co_return StepEnd::rejected(Reason::PluginMissing, fmt::format("no plugin validates {}", wanted));
        if (document->mediaType != wanted)
            co_return StepEnd::rejected(
                wanted == "application/pdf" ? Reason::NotAPdf : Reason::NotAccepted,
                fmt::format("the document is {}, not {}", document->mediaType, wanted));
        auto input = co_await context.open(*document);
        if (!input) co_return StepEnd::storage(input.error(), context.effect().attempt);
        const CallRequest request = callRequest("validate", handler, dumpJson(context.params()), {*input});
        const CallOutcome outcome = co_await context.call(PoolKind::Documents, request, true);
        co_return StepEnd::from(outcome);
    }
};

}  // namespace

const StepAction& validateStep() {
    static const Validate step;
    return step;
}

}  // namespace greffe
