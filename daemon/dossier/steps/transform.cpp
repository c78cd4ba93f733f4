// SPDX-License-Identifier: Apache-2.0
// transform: a plugin makes a document out of documents, or a function of the pipeline makes facts out of
// facts.
#include "dossier/steps/made_names.h"
#include "dossier/steps/steps.h"

#include <fmt/format.h>

#include <set>

namespace greffe {
namespace {

class Transform final : public StepAction {
public:
    std::string_view name() const override { return "transform"; }
    EffectClass effectClass() const override { return EffectClass::Pure; }

    Task<StepEnd> run(StepContext& context) const override {
        const Json& params = context.params();
        if (params.contains("run")) {
            StepEnd facts;
            facts.facts = memberOf(params, "run");
            if (!facts.facts.is_object()) facts.facts = Json::object();  // Lua's empty table is a list, too
            co_return facts;
        }
        std::vector<CallInput> inputs;
        std::string name;
        for (const Json& wanted : memberOf(params, "documents")) {
            const std::string slot = wanted.is_string() ? wanted.get<std::string>() : std::string();
            const DocumentRow* document = context.document(slot);
            if (document == nullptr)
                co_return StepEnd::rejected(Reason::ConfigurationError,
                                            fmt::format("the dossier has no document \"{}\"", slot));
            const DocumentRow row = *document;  // the list may grow while we wait
            auto input = co_await context.open(row);
            if (!input) co_return StepEnd::storage(input.error(), context.effect().attempt);
            if (name.empty()) name = row.name;
            inputs.push_back(*input);
        }
        const CallRequest request = callRequest("transform", textOf(params, "plugin"),
                                                dumpJson(memberOf(params, "options")), std::move(inputs));
        const PoolKind pool =
            textOf(params, "pool") == "converters" ? PoolKind::Converters : PoolKind::Documents;
        const CallOutcome made = co_await context.call(pool, request, true);
        if (made.verdict != Verdict::Done) co_return StepEnd::from(made);
        const bool isMany = boolOf(params, "many");
        if (made.artifacts.empty() || (made.artifacts.size() > 1 && !isMany))
            co_return StepEnd::rejected(
                Reason::PluginFault,
                fmt::format("the plugin made {} documents; {} wanted", made.artifacts.size(),
                            isMany ? "some are" : "one is (or many = true)"));
        StepEnd end = StepEnd::from(made);
        const std::string into = textOf(params, "into");
        MadeNames names(end.facts, name, namesOfResults(context.run()));
        for (const CallArtifact& artifact : made.artifacts) {
            const std::size_t number = isMany ? end.documents.size() + 1 : 0;
            const std::string given = names.nameOf(artifact, number);
            auto kept = co_await context.keep(artifact, nullptr, given);
            if (!kept) co_return StepEnd::storage(kept.error(), context.effect().attempt);
            kept->slot = isMany ? fmt::format("{}-{}", into, number) : into;
            end.documents.push_back(std::move(*kept));
        }
        co_return end;
    }

private:
    // They lie beside each other in out/, where a second one of a name would take the place of the first.
    static std::set<std::string> namesOfResults(const DossierRun& run) {
        std::set<std::string> names;
        for (const DocumentRow& document : run.documents)
            if (!document.producedBy.empty()) names.insert(document.name);
        return names;
    }
};

}  // namespace

const StepAction& transformStep() {
    static const Transform step;
    return step;
}

}  // namespace greffe
