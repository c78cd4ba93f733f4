// SPDX-License-Identifier: Apache-2.0
// The notify step between a journal that is kept in memory and a mail server that is a function of the test.
// The journal can be taken as it was at any call: that is what a crash leaves behind.
#pragma once

#include "dossier/authority_health.h"
#include "dossier/message_freezing.h"
#include "dossier/step_action.h"
#include "sys/files.h"
#include "sys/sync_point.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

namespace greffe {

inline constexpr std::int64_t kNowMs = 1'795'320'000'000;
inline constexpr const char* kDossier = "01JD8Z3V5W6X7Y8Z9A0B1C2D3E";

inline CallOutcome said(Verdict verdict, Reason reason = Reason::None, const std::string& text = {}) {
    CallOutcome outcome;
    outcome.verdict = verdict;
    outcome.reason = reason;
    outcome.explanation = text;
    return outcome;
}

inline CallOutcome delivered(const char* state) {
    CallOutcome outcome = said(Verdict::Done);
    outcome.factsJson = fmt::format(
        R"({{"recipients":[{{"state":"{}","code":250}}],"answers":[{{"phase":"end","code":250,"text":"x"}}]}})",
        state);
    return outcome;
}

// The rows that a crash leaves behind.
struct JournalImage {
    std::map<std::string, MessageRow> messages;
    std::string state(const std::string& id) const {
        const auto found = messages.find(id);
        return found == messages.end() ? "" : found->second.state;
    }
};

class FakeContext final : public StepContext {
public:
    using Server = std::function<CallOutcome(const Json& message)>;

    FakeContext(DossierRun& run, const StepPlan& step, Json params, Server server, JournalImage& journal)
        : run_(run), step_(step), params_(std::move(params)), server_(std::move(server)), journal_(journal) {
        effect_.key = effectKey(run.id(), step.id, "");
    }

    DossierRun& run() override { return run_; }
    const StepPlan& step() const override { return step_; }
    const Json& params() const override { return params_; }
    const EffectRow& effect() const override { return effect_; }
    const std::string& branch() const override { return effect_.branch; }
    const Json& remembered() const override { return remembered_; }
    std::string newId() override { return "01JD8Z3V5W6X7Y8Z9A0B1C2D3Z"; }
    std::int64_t nowMs() const override { return kNowMs + 1'000; }

    Task<CallOutcome> call(PoolKind pool, const CallRequest& request, bool isReplayable) override {
        EXPECT_EQ(pool, PoolKind::Providers);
        EXPECT_EQ(request.operation, "notify.send");
        EXPECT_EQ(request.instance, "mail");
        EXPECT_FALSE(isReplayable) << "a mail is not sent twice behind the step's back";
        const Json message = Json::parse(request.paramsJson);
        EXPECT_EQ(message["to"].size(), 1U) << "one recipient a call";
        EXPECT_EQ(journal_.state(message["message_id"]), "sending") << "in the journal before it leaves";
        EXPECT_EQ(request.inputs.size(), message["attachments"].size());
        imagesAtCalls.push_back(journal_);
        CallOutcome outcome = server_(message);
        co_return outcome;
    }
    Task<Result<CallInput>> open(const DocumentRow& document) override {
        CallInput input;
        input.fd = std::make_shared<UniqueFd>(sealedMemoryFile("test", document.id).value());
        input.sizeBytes = document.id.size();
        co_return input;
    }
    Task<Result<NewDocument>> keep(const CallArtifact&, const DocumentRow*, const std::string&) override {
        co_return makeError(Errc::Internal, "nothing to keep");
    }
    Task<Status> onDisk(const std::function<Status()>& work) override { co_return work(); }
    Task<Status> commitNow() override {
        commit();
        co_return Status();
    }
    SyncPoint& syncPoint() override { return syncPoint_; }
    Task<Status> reachesDisk(SyncPoint::Mark mark) override {
        syncPoint_.flush();
        co_return syncPoint_.check(mark);
    }
    AuthorityHealth& authorities() override { return authorities_; }

    void commit() {
        for (const MessageRow& row : run_.pending.messages)
            journal_.messages[row.id] = row;
        run_.pending.messages.clear();
    }
    std::vector<JournalImage> imagesAtCalls;

private:
    DossierRun& run_;
    const StepPlan& step_;
    Json params_;
    Server server_;
    JournalImage& journal_;
    EffectRow effect_;
    Json remembered_ = Json::object();
    SyncPoint syncPoint_;
    AuthorityHealth authorities_{systemClock()};
};

class NotifyStep : public ::testing::Test {
protected:
    NotifyStep() {
        auto plan = std::make_shared<Plan>();
        plan->settings.language = "fr";
        plan->settings.supportContact = "01 23 45 67 89";
        InstancePlan mail;
        mail.role = "notifier";
        mail.name = "mail";
        mail.capabilities = {"notifier/1"};
        mail.optionsJson = R"({"from":"greffe@office.example"})";
        InstancePlan hook = mail;
        hook.name = "hook";
        hook.capabilities = {"event-notifier/1"};
        hook.optionsJson = R"({"url":"https://hooks.example"})";
        plan->instances = {mail, hook};
        plan->pipelines.resize(1);
        step_.id = "tell";
        step_.kind = "notify";
        plan->pipelines[0].steps.push_back(step_);
        plan_ = plan;
    }

    DossierRun makeRun(const JournalImage& journal = {}) {
        DossierRow dossier;
        dossier.id = kDossier;
        dossier.dataJson = R"({"rent":820})";
        dossier.partiesJson =
            R"([{"role":"tenant","name":"Zoé Durand","email":"zoe@client.example","language":"en"},
                {"role":"tenant","name":"Paul","email":"paul@client.example"},
                {"role":"guarantor","name":"Nobody"}])";
        DocumentRow document;
        document.id = "D1";
        document.slot = "document";
        document.name = "bail.pdf";
        DossierRun run(plan_, plan_->pipelines[0], dossier, {}, {document}, {}, {});
        for (const auto& [id, row] : journal.messages)
            run.messages.push_back(row);
        return run;
    }

    Json options(Json changes = Json::object()) {
        Json all = {{"via", "mail"},
                    {"to", {"tenant", "office@office.example"}},
                    {"template", "sealed"},
                    {"attach", {"document"}},
                    {"on_unknown", "resend"}};
        all.update(changes);
        return all;
    }

    Json freeze(const DossierRun& run, Json changes = Json::object()) {
        return findStepAction("notify")->freeze(run, step_, options(std::move(changes)), kNowMs);
    }

    StepEnd runOn(DossierRun& run, const Json& params, FakeContext::Server server, JournalImage& journal,
                  bool isAfterCrash = false, std::vector<JournalImage>* images = nullptr) {
        FakeContext context(run, step_, params, std::move(server), journal);
        const StepAction* const action = findStepAction("notify");
        std::optional<StepEnd> end;
        const auto start = [&]() -> Task<> {
            if (isAfterCrash) {
                end = co_await action->reconcile(context);
            } else {
                end = co_await action->run(context);
            }
        };
        Task<> task = start();
        task.start();
        EXPECT_TRUE(end);
        context.commit();  // settle's
        if (images != nullptr) *images = context.imagesAtCalls;
        return *end;
    }

    std::shared_ptr<const Plan> plan_;
    StepPlan step_;
};

}  // namespace greffe
