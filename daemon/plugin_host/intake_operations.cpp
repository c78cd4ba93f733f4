// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/intake_operations.h"

#include "base/json.h"
#include "plugin_host/operations.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::int64_t kMostItems = 64;
constexpr std::int64_t kLongestWaitMs = 60'000;

// Gives each item an artifact of the call, and puts what was said of it beside the verdict: facts are spoken
// before the verdict, and the plugin does not know of them.
class Fetched final : public IntakeItems, public Outcome {
public:
    explicit Fetched(RecordedOutcome& recorded) : recorded_(recorded) {}
    ~Fetched() = default;

    ByteSink* item(Slice itemId, Slice metadataJson) noexcept override {
        try {
            Json about = storedJson(metadataJson.view());
            if (!about.is_object() || itemId.empty()) return nullptr;
            const std::string artifact = fmt::format("item-{:03}", items_.size() + 1);
            const std::string mediaType = textOf(about, "media_type", "application/octet-stream");
            ByteSink* const sink = recorded_.artifact(Slice(artifact), Slice(mediaType));
            if (sink == nullptr) return nullptr;
            about["id"] = std::string(itemId.view());
            about["artifact"] = artifact;
            items_.push_back(std::move(about));
            return sink;
        } catch (...) {
            return nullptr;
        }
    }

    void done() noexcept override {
        try {
            const std::string items = dumpJson(items_);
            recorded_.fact("items", Slice(items));
            recorded_.done();
        } catch (...) {
            recorded_.rejected(reasonCode(Reason::OutOfMemory), "no memory for the list of items");
        }
    }
    void retryLater(std::uint32_t delaySeconds, Slice reason, Slice explanation) noexcept override {
        recorded_.retryLater(delaySeconds, reason, explanation);
    }
    void rejected(Slice reason, Slice explanation) noexcept override {
        recorded_.rejected(reason, explanation);
    }
    void waiting(Slice externalId, std::int64_t nextPoll, std::int64_t expires) noexcept override {
        recorded_.waiting(externalId, nextPoll, expires);
    }
    void uncertain(Slice explanation) noexcept override { recorded_.uncertain(explanation); }
    void fact(Slice name, Slice json) noexcept override { recorded_.fact(name, json); }
    ByteSink* artifact(Slice, Slice) noexcept override { return nullptr; }
    ByteSink* appended(Slice, Slice, std::uint32_t) noexcept override { return nullptr; }

private:
    RecordedOutcome& recorded_;
    Json items_ = Json::array();
};

}  // namespace

CallOutcome fetchFromQueue(Intake& intake, const CallRequest& request) {
    auto params = parseJson(request.paramsJson);
    if (!params) return rejectedOutcome(Reason::PluginFault, params.error().text());
    // What cannot be settled now is delivered again and recognised: nothing here needs an answer.
    for (const Json& id : memberOf(*params, "acknowledge")) {
        RecordedOutcome ignored;
        if (id.is_string()) intake.acknowledge(Slice(id.get_ref<const std::string&>()), ignored);
    }
    CallOutcome problem;
    for (const Json& rejected : memberOf(*params, "reject")) {
        RecordedOutcome settled;
        const std::string id = textOf(rejected, "id");
        const std::string reason = textOf(rejected, "reason");
        const std::string text = textOf(rejected, "text");
        intake.reject(Slice(id), Slice(reason), Slice(text), settled);
        CallOutcome outcome = toOutcome(settled.take());
        if (outcome.verdict != Verdict::Done) problem = std::move(outcome);
    }
    // Dead letters cannot be delivered: seen by operators, and no more is fetched until they can.
    if (!problem.explanation.empty()) return problem;
    const auto max = std::clamp<std::int64_t>(numberOf(*params, "max", 1), 0, kMostItems);
    const auto waitMs = std::clamp<std::int64_t>(numberOf(*params, "wait_ms"), 0, kLongestWaitMs);
    return recordCall(request, [&](RecordedOutcome& recorded) {
        Fetched fetched(recorded);
        if (max == 0) return fetched.done();  // an intake that goes only settles
        intake.fetch(static_cast<std::uint32_t>(max), static_cast<std::uint32_t>(waitMs), fetched, fetched);
    });
}

}  // namespace greffe
