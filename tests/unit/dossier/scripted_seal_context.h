// SPDX-License-Identifier: Apache-2.0
// A seal step's surroundings in a test: pools that answer as told, a journal that is a list of what was
// committed.
#pragma once

#include "base/clock.h"
#include "dossier/authority_health.h"
#include "dossier/seal_progress.h"
#include "dossier/step_action.h"
#include "sys/files.h"
#include "sys/sync_point.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace greffe {

inline constexpr std::int64_t kNowMs = 1'795'320'000'000;

inline CallOutcome failed(Reason reason, const std::string& text, Verdict verdict = Verdict::RetryLater) {
    CallOutcome outcome;
    outcome.verdict = verdict;
    outcome.reason = reason;
    outcome.explanation = text;
    return outcome;
}

inline CallOutcome done(const Json& facts, std::vector<Attachment> attachments = {}) {
    CallOutcome outcome;
    outcome.verdict = Verdict::Done;
    outcome.factsJson = dumpJson(facts);
    outcome.attachments = std::move(attachments);
    return outcome;
}

inline CallArtifact artifact(const std::string& name) {
    CallArtifact made;
    made.name = name;
    made.mediaType = "application/pdf";
    made.fd = std::make_shared<UniqueFd>(sealedMemoryFile("test", "tail").value());
    made.sizeBytes = 4;
    return made;
}

inline CallOutcome stamped(const std::string& token) {
    return done({{"gen_time_unix", 1'795'320'001}, {"authority", "CN=TSA"}, {"trust", "anchors"}},
                {{"token", token}});
}

class ScriptedSealContext final : public StepContext {
public:
    ScriptedSealContext(DossierRun& run, const StepPlan& step, Json params, AuthorityHealth& authorities)
        : run_(run), step_(step), params_(std::move(params)), authorities_(authorities) {
        effect_.dossier = run.id();
        effect_.step = step.id;
        effect_.attempt = 1;
        effect_.paramsJson = dumpJson(params_);
    }

    DossierRun& run() override { return run_; }
    const StepPlan& step() const override { return step_; }
    const Json& params() const override { return params_; }
    const EffectRow& effect() const override { return effect_; }
    const std::string& branch() const override { return effect_.branch; }
    const Json& remembered() const override { return remembered_; }
    std::string newId() override { return "01JD8Z3V5W6X7Y8Z9A0B1C2D3Z"; }
    std::int64_t nowMs() const override { return kNowMs; }
    std::optional<ClockDoubt> clockDoubt() const override { return doubt; }
    SyncPoint& syncPoint() override { return syncPoint_; }
    Task<Status> reachesDisk(SyncPoint::Mark mark) override {
        syncPoint_.flush();
        co_return syncPoint_.check(mark);
    }
    AuthorityHealth& authorities() override { return authorities_; }

    Task<CallOutcome> call(PoolKind pool, const CallRequest& request, bool isReplayable) override {
        EXPECT_TRUE(isReplayable);
        const bool isKnown = request.operation != "stamp";
        trace.push_back(isKnown ? request.operation : "stamp " + request.instance);
        CallOutcome outcome = answer(pool, request);
        co_return outcome;
    }
    Task<Result<CallInput>> open(const DocumentRow& document) override {
        CallInput input;
        input.fd = std::make_shared<UniqueFd>(sealedMemoryFile("test", "%PDF").value());
        input.name = document.name;
        co_return input;
    }
    Task<Result<NewDocument>> keep(const CallArtifact&, const DocumentRow* base,
                                   const std::string& name) override {
        if (diskFails) co_return makeError(Errc::Io, "the disk failed");
        NewDocument document;
        document.slot = "sealed";
        document.name = name;
        document.derivedFrom = base->id;
        co_return document;
    }
    Task<Status> onDisk(const std::function<Status()>& work) override { co_return work(); }
    Task<Status> commitNow() override {
        for (const EffectRow& row : run_.pending.effects)
            committed.push_back(row);
        run_.pending.effects.clear();
        trace.emplace_back("commit");
        if (journalFails) co_return makeError(Errc::Io, "the journal failed");
        co_return Status();
    }

    // The progress in the last commit.
    SealProgress lastProgress() const {
        const Json facts = Json::parse(committed.back().factsJson);
        return SealProgress::fromJson(facts[kSealProgress]).value_or(SealProgress());
    }
    std::vector<std::string> asked() const {
        std::vector<std::string> names;
        for (const std::string& line : trace)
            if (line.rfind("stamp ", 0) == 0) names.push_back(line.substr(6));
        return names;
    }

    std::map<std::string, std::vector<CallOutcome>> stamps;  // by authority, the next answer first
    std::vector<CallOutcome> embeds;                         // the next answer first; done when there is none
    bool diskFails = false;
    std::optional<ClockDoubt> doubt;
    bool journalFails = false;
    std::vector<std::string> trace;
    std::vector<EffectRow> committed;
    std::vector<CallRequest> stampCalls, embedCalls;
    int signatures = 0;
    EffectRow effect_;

private:
    CallOutcome answer(PoolKind pool, const CallRequest& request) {
        if (request.operation == "key.describe")
            return done(
                {{"certificate_sha256", "c0ffee"}, {"cms_bytes", 3000}, {"cms_bytes_with_timestamp", 19000}});
        if (request.operation == "seal.prepare") {
            // The same frozen params, the same bytes.
            const Json params = Json::parse(request.paramsJson);
            const std::string made =
                fmt::format("{} {}", params["signing_time_unix"].dump(), params["reserve_bytes"].dump());
            CallOutcome outcome = done({{"gap_offset", 10}, {"gap_size", 20}},
                                       {{"digest", std::string(asBytes(sha256(made)))}});
            outcome.artifacts.push_back(artifact("tail"));
            return outcome;
        }
        if (request.operation == "sign") {
            EXPECT_EQ(pool, PoolKind::Keys);
            const std::string cms = fmt::format("cms {}", ++signatures);  // as ECDSA: never twice the same
            return done(Json::object(),
                        {{"cms", cms}, {"signature_sha256", std::string(asBytes(sha256(cms)))}});
        }
        if (request.operation == "stamp") {
            EXPECT_EQ(pool, PoolKind::Providers);
            stampCalls.push_back(request);
            // What leaves the house is in the journal before.
            EXPECT_EQ(trace.at(trace.size() - 2), "commit");
            EXPECT_EQ(lastProgress().nonce, attachmentOf(request.attachments, "nonce"));
            EXPECT_EQ(lastProgress().authority, request.instance);
            EXPECT_TRUE(lastProgress().token.empty());
            std::vector<CallOutcome>& answers = stamps[request.instance];
            if (answers.empty()) return failed(Reason::ProviderUnavailable, "not reached");
            CallOutcome next = answers.front();
            answers.erase(answers.begin());
            return next;
        }
        EXPECT_EQ(request.operation, "seal.embed");
        embedCalls.push_back(request);
        if (!embeds.empty()) {
            CallOutcome next = embeds.front();
            embeds.erase(embeds.begin());
            return next;
        }
        CallOutcome outcome = done(Json::object());
        outcome.artifacts.push_back(artifact("sealed"));
        return outcome;
    }

    DossierRun& run_;
    const StepPlan& step_;
    Json params_;
    AuthorityHealth& authorities_;
    Json remembered_;
    SyncPoint syncPoint_;
};

}  // namespace greffe
