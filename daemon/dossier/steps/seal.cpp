// SPDX-License-Identifier: Apache-2.0
// seal: prepare (documents pool) → sign (keys pool) [→ stamp (providers)] → embed (documents pool).
//
// Its signing time and field name are journaled before it begins, so that a seal made again after a crash
// says the same. The keys pool sees 32 bytes.
#include "base/ulid.h"
#include "dossier/steps/steps.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr const char* kSealer = "seal-pades";
constexpr std::int64_t kLeastReserveBytes =
    2'048;  // room for a certificate that is renewed with a longer name

class Seal final : public StepAction {
public:
    std::string_view name() const override { return "seal"; }
    EffectClass effectClass() const override { return EffectClass::Idempotent; }
    bool journalsParams() const override { return true; }

    Json freeze(const DossierRun& run, const StepPlan& step, Json options,
                std::int64_t nowMs) const override {
        options["signing_time_unix"] = nowMs / 1000;
        options["field_name"] = fmt::format("Greffe-{}-{}", step.id, shortId(run.id()));
        return options;
    }

    Task<StepEnd> run(StepContext& context) const override {
        const Json& options = context.params();
        const DocumentRow* document = context.run().newest(textOf(options, "document", "document"));
        if (document == nullptr)
            co_return StepEnd::rejected(Reason::ConfigurationError, "there is no document to seal");
        const DocumentRow source = *document;  // the list may grow while we wait
        const std::string key = textOf(options, "key");
        auto input = co_await context.open(source);
        if (!input) co_return StepEnd::retry(Reason::StorageError, input.error().text());

        const CallRequest describe = callRequest("key.describe", key);
        const CallOutcome described = co_await context.call(PoolKind::Keys, describe, true);
        if (described.verdict != Verdict::Done) co_return StepEnd::from(described);
        const Json keyFacts = Json::parse(described.factsJson, nullptr, false);
        Json params = options;
        params["reserve_bytes"] = std::max(kLeastReserveBytes, numberOf(keyFacts, "cms_bytes"));

        const CallRequest prepare = callRequest("seal.prepare", kSealer, dumpJson(params), {*input});
        const CallOutcome prepared = co_await context.call(PoolKind::Documents, prepare, true);
        if (prepared.verdict != Verdict::Done) co_return StepEnd::from(prepared);
        const Json place = Json::parse(prepared.factsJson, nullptr, false);
        if (prepared.artifacts.size() != 1)
            co_return StepEnd::rejected(Reason::PluginFault, "the sealer prepared no tail");

        const CallRequest sign =
            callRequest("sign", key, fmt::format(R"({{"digest":"{}"}})", textOf(place, "digest")));
        const CallOutcome sealed = co_await context.call(PoolKind::Keys, sign, true);
        if (sealed.verdict != Verdict::Done) co_return StepEnd::from(sealed);
        const Json signature = Json::parse(sealed.factsJson, nullptr, false);

        CallInput tail;
        tail.fd = prepared.artifacts.front().fd;
        tail.sizeBytes = prepared.artifacts.front().sizeBytes;
        tail.slot = "tail";
        const Json material = {{"gap_offset", numberOf(place, "gap_offset")},
                               {"gap_size", numberOf(place, "gap_size")},
                               {"digest", textOf(place, "digest")},
                               {"cms", textOf(signature, "cms")},
                               {"token", ""}};
        const CallRequest embed = callRequest("seal.embed", kSealer, dumpJson(material), {*input, tail});
        const CallOutcome done = co_await context.call(PoolKind::Documents, embed, true);
        if (done.verdict != Verdict::Done) co_return StepEnd::from(done);
        if (done.artifacts.size() != 1)
            co_return StepEnd::rejected(Reason::PluginFault, "the sealer made no document");

        auto kept = co_await context.keep(done.artifacts.front(), &source, source.name);
        if (!kept) co_return StepEnd::retry(Reason::StorageError, kept.error().text());
        StepEnd end = StepEnd::from(done);
        end.facts["level"] = "B-B";
        end.facts["key"] = key;
        end.facts["certificate_sha256"] = textOf(keyFacts, "certificate_sha256");
        end.facts["signing_time_unix"] = numberOf(options, "signing_time_unix");
        end.documents.push_back(std::move(*kept));
        co_return end;
    }
};

}  // namespace

const StepAction& sealStep() {
    static const Seal step;
    return step;
}

}  // namespace greffe
