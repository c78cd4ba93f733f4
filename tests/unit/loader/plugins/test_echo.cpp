// SPDX-License-Identifier: Apache-2.0
// The loader tests' plugin: a transformer that writes its inputs down again, and does on demand (option
// "fail") what a plugin may do wrong in its life.
#include <greffe/capability/transformer.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

namespace {

using namespace greffe;

class Echo final : public sdk::InstanceBase<Echo>, public Transformer {
public:
    using InstanceBase::InstanceBase;

    bool configure(Slice options, Problems& problems) noexcept override {
        const std::string_view text = options;
        fails_ = text.find("fail-provision") != std::string_view::npos;
        liesAboutErrors_ = text.find("true-beside-error") != std::string_view::npos;
        if (text.find("silent-refusal") != std::string_view::npos) return false;
        if (liesAboutErrors_) problems.error("mode", "an error");
        if (text.find("warn") != std::string_view::npos) problems.warning("mode", "a warning");
        return true;
    }
    bool provision(Problems& problems) noexcept override {
        log("provision");
        if (fails_) problems.error("mode", "cannot be provisioned");
        return !fails_;
    }
    void* query(Slice id) noexcept override {
        return id.view() == Transformer::kId ? static_cast<Transformer*>(this) : nullptr;
    }
    void cleanup() noexcept override { log("cleanup"); }
    void release() noexcept override {
        log("release");
        delete this;
    }

    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            ByteSink* sink = outcome.artifact("echo", "application/octet-stream");
            for (std::uint32_t i = 0; i < count; ++i)
                if (!sink->write(documents[i].bytes))
                    return sdk::reject(outcome, Reason::LimitExceeded, "too much");
            outcome.done();
        });
    }

private:
    void log(const char* event) noexcept {
        if (auto* service = host().service<LogService>()) service->write(LogLevel::Info, event, {});
    }
    bool fails_ = false;
    bool liesAboutErrors_ = false;
};

}  // namespace

GREFFE_EXPORT_PLUGIN("test-echo", "1.2.3", "Writes its inputs down again", "documents", "0.1",
                     "transformer/1",
                     R"({"type": "object",
                         "properties": {"mode": {"type": "string", "description": "what to do wrong"}}})",
                     Echo::create);
