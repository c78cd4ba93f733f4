// SPDX-License-Identifier: Apache-2.0
// What the bad plugins share: a plugin that keeps every rule. Each file changes one thing, and says in its
// first lines which rule that breaks ("// Breaks: OUTCOME-2"); the test holds the kit's verdict against that
// line.
#pragma once

#include <greffe/capability/digest_signer.h>
#include <greffe/capability/document_handler.h>
#include <greffe/capability/notifier.h>
#include <greffe/capability/sealer.h>
#include <greffe/capability/transformer.h>
#include <greffe/sdk/document.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/http_exchange.h>
#include <greffe/sdk/instance.h>
#include <greffe/sdk/options.h>

#include <string>

namespace bad {

using namespace greffe;

#define GREFFE_BAD_SCHEMA                                                             \
    R"({"type":"object","additionalProperties":false,"properties":{"title":{"type":)" \
    R"("string","description":"stands on top"}}})"

#define GREFFE_BAD_PLUGIN(CLASS) GREFFE_BAD_PLUGIN_OF(CLASS, "documents", "transformer/1", GREFFE_BAD_SCHEMA)
#define GREFFE_BAD_PLUGIN_OF(CLASS, SANDBOX, CAPABILITIES, SCHEMA)                                        \
    GREFFE_EXPORT_PLUGIN(GREFFE_BAD_ID, "0.1.0", "Breaks one rule", SANDBOX, "0.1", CAPABILITIES, SCHEMA, \
                         CLASS::create)

// A transformer that copies its documents. `Derived` is final and overrides what it wants to do wrong.
template <class Derived>
class GoodTransformer : public sdk::InstanceBase<Derived>, public Transformer {
public:
    using sdk::InstanceBase<Derived>::InstanceBase;

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            sdk::OptionsReader options(optionsJson, problems);
            title_ = options.text("title", "Copy");
            return options.finish();
        });
    }
    void* query(Slice id) noexcept override {
        return id.view() == Transformer::kId ? static_cast<Transformer*>(this) : nullptr;
    }
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }

protected:
    ~GoodTransformer() = default;

    void copy(const DocumentView* documents, std::uint32_t count, Outcome& outcome) {
        sdk::ArtifactWriter writer(outcome, "copy", "application/octet-stream");
        writer.write(title_ + "\n");
        for (std::uint32_t i = 0; i < count; ++i)
            sdk::inPieces(this->host(), documents[i].bytes,
                          [&](std::string_view piece) { writer.write(piece); });
        outcome.done();
    }

    std::string title_;
};

// An exchange with one request, for which any 2xx is success.
class GoodExchange : public HttpExchange {
public:
    ExchangeStep next(const HttpResponse* response, HttpRequest& request,
                      Outcome& outcome) noexcept override {
        ExchangeStep step = ExchangeStep::Finished;
        sdk::guarded(outcome, [&] {
            if (response == nullptr) {
                write(request);
                step = ExchangeStep::Send;
            } else {
                judge(*response, outcome);
            }
        });
        return step;
    }
    void release() noexcept override { delete this; }
    virtual ~GoodExchange() = default;

protected:
    virtual void write(HttpRequest& request) {
        request.start("POST", "https://hook.example/greffe");
        request.header("idempotency-key", "01J0");
        request.body("application/json", "{}");
    }
    virtual void judge(const HttpResponse& response, Outcome& outcome) {
        if (!sdk::judgeFailure(response, sdk::Repeat::Safe, 0, outcome)) outcome.done();
    }
};

template <class Derived, class Exchange>
class GoodEventNotifier : public sdk::InstanceBase<Derived>, public EventNotifier {
public:
    using sdk::InstanceBase<Derived>::InstanceBase;
    void* query(Slice id) noexcept override {
        return id.view() == EventNotifier::kId ? static_cast<EventNotifier*>(this) : nullptr;
    }
    HttpExchange* send(Slice, Slice) noexcept override { return new Exchange; }

protected:
    ~GoodEventNotifier() = default;
};

#define GREFFE_BAD_NOTIFIER(EXCHANGE)                                            \
    namespace {                                                                  \
    class Notifying final : public bad::GoodEventNotifier<Notifying, EXCHANGE> { \
    public:                                                                      \
        using GoodEventNotifier::GoodEventNotifier;                              \
    };                                                                           \
    }                                                                            \
    GREFFE_BAD_PLUGIN_OF(Notifying, "providers", "event-notifier/1", R"({"type":"object"})")

}  // namespace bad
