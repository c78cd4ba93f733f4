// SPDX-License-Identifier: Apache-2.0
// The notify step between a journal that is kept in memory and a mail server that is a function of the test.
// The journal can be taken as it was at any call: that is what a crash leaves behind.
#include "dossier/authority_health.h"
#include "dossier/message_freezing.h"
#include "dossier/step_action.h"
#include "sys/files.h"
#include "sys/sync_point.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

namespace greffe {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kNowMs = 1'795'320'000'000;
constexpr const char* kDossier = "01JD8Z3V5W6X7Y8Z9A0B1C2D3E";

CallOutcome said(Verdict verdict, Reason reason = Reason::None, const std::string& text = {}) {
    CallOutcome outcome;
    outcome.verdict = verdict;
    outcome.reason = reason;
    outcome.explanation = text;
    return outcome;
}

CallOutcome delivered(const char* state) {
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

TEST_F(NotifyStep, FreezesWhatIsSaidAndToWhom) {
    const Json params = freeze(makeRun());
    ASSERT_EQ(params.value("problem", ""), "");
    ASSERT_EQ(params["messages"].size(), 3U);
    const Json& zoe = params["messages"][0];
    EXPECT_EQ(zoe["recipient"], "zoe@client.example");
    EXPECT_EQ(zoe["to"][0]["name"], "Zoé Durand");
    EXPECT_EQ(zoe["subject"], "Document sealed: bail.pdf") << "her language";
    EXPECT_THAT(zoe["text"].get<std::string>(), HasSubstr("Hello Zoé Durand,"));
    EXPECT_EQ(params["messages"][1]["subject"], "Document scellé : bail.pdf");
    EXPECT_EQ(params["messages"][2]["recipient"], "office@office.example");
    EXPECT_EQ(zoe["date_unix"], kNowMs / 1000);
    EXPECT_EQ(zoe["attachments"], Json::parse(R"([{"document":0,"name":"bail.pdf"}])"));
    EXPECT_EQ(params["attachments"], Json::parse(R"([{"id":"D1"}])"));
    std::set<std::string> ids;
    for (const Json& message : params["messages"]) {
        EXPECT_THAT(message["message_id"].get<std::string>(),
                    testing::MatchesRegex("<[0-9a-f]+@office\\.example>"));
        ids.insert(message["message_id"]);
    }
    EXPECT_EQ(ids.size(), 3U);
    EXPECT_EQ(freeze(makeRun())["messages"], params["messages"]) << "the same Message-IDs every time";
}

TEST_F(NotifyStep, SaysTheSameOnALaterAttempt) {
    DossierRun run = makeRun();
    const Json first = freeze(run);
    EffectRow failed;
    failed.step = "tell";
    failed.state = EffectState::Failed;
    failed.paramsJson = dumpJson(first);
    run.effects.push_back(failed);
    run.dossier.partiesJson = "[]";
    const Json second = findStepAction("notify")->freeze(run, step_, options(), kNowMs + 3'600'000);
    EXPECT_EQ(second["messages"], first["messages"]);
    EXPECT_EQ(second["attachments"], first["attachments"]);
}

// Inside `each` the step runs once an item: what one item's mail said must not silence the next one's.
TEST_F(NotifyStep, TellsOfEveryItem) {
    DossierRun run = makeRun();
    const auto itemNumber = [](int number) {
        return Json{
            {"@item", {{"as", "tenant"}, {"number", number}, {"path", fmt::format("tell[{}]", number)}}}};
    };
    const Json first = freeze(run, itemNumber(1));
    EffectRow sent;
    sent.step = "tell";
    sent.item = "tell[1]";
    sent.state = EffectState::Failed;
    sent.paramsJson = dumpJson(first);
    run.effects.push_back(sent);
    const Json second = freeze(run, itemNumber(2));
    ASSERT_EQ(second["messages"].size(), first["messages"].size());
    EXPECT_NE(second["messages"][0]["message_id"], first["messages"][0]["message_id"]);
    EXPECT_EQ(freeze(run, itemNumber(1))["messages"], first["messages"]);
}

// A branch that comes back after a crash judges its own messages; another branch may be sending right now.
TEST_F(NotifyStep, LeavesTheMessagesOfOthersAlone) {
    DossierRun run = makeRun();
    const Json params = freeze(run);
    MessageRow others;
    others.id = "<another@office.example>";
    others.step = "tell";
    others.state = "sending";
    run.messages.push_back(others);
    JournalImage journal;
    const StepEnd end = runOn(
        run, params, [](const Json&) { return delivered("sent"); }, journal, true);
    EXPECT_EQ(end.verdict, Verdict::Done);
    EXPECT_EQ(run.messages.front().state, "sending");
    EXPECT_EQ(run.messages.front().answersJson, "[]");
}

TEST_F(NotifyStep, TellsASystemOnce) {
    const Json params = freeze(makeRun(), {{"via", "hook"}});
    ASSERT_EQ(params["messages"].size(), 1U);
    EXPECT_EQ(params["messages"][0]["event"], "sealed");
    EXPECT_EQ(params["messages"][0]["recipient"], "hook");
}

TEST_F(NotifyStep, SaysWhyThereIsNothingToSend) {
    const auto problem = [&](Json changes) {
        return freeze(makeRun(), std::move(changes)).value("problem", "");
    };
    EXPECT_THAT(problem({{"to", {"owner"}}}), HasSubstr("no party has the role \"owner\""));
    EXPECT_THAT(problem({{"to", {"guarantor"}}}), HasSubstr("\"Nobody\" (guarantor) has no e-mail address"));
    EXPECT_THAT(problem({{"to", Json::array()}}), HasSubstr("nobody to tell"));
    EXPECT_THAT(problem({{"template", "unheard-of"}}), HasSubstr("no template \"unheard-of\""));
    EXPECT_THAT(problem({{"attach", {"proof"}}}), HasSubstr("\"proof\""));
    EXPECT_THAT(problem({{"template", nullptr}, {"subject", "a\nBcc: b"}, {"text", "t"}}),
                HasSubstr("line break"));
    JournalImage journal;
    DossierRun run = makeRun();
    const StepEnd end = runOn(run, freeze(run, {{"to", {"owner"}}}), nullptr, journal);
    EXPECT_EQ(end.verdict, Verdict::Rejected);
    EXPECT_EQ(end.reason, Reason::ConfigurationError);
    EXPECT_EQ(journal.messages.size(), 0U);
}

TEST_F(NotifyStep, TakesTextAsItIsWhenItIsNoTemplate) {
    const Json params =
        freeze(makeRun(), {{"template", nullptr}, {"subject", "a {{id}}"}, {"text", "b & {{{id}}}\n<c>"}});
    EXPECT_EQ(params["messages"][0]["subject"], "a {{id}}");
    EXPECT_EQ(params["messages"][0]["text"], "b & {{{id}}}\n<c>");
}

TEST_F(NotifyStep, RecordsEveryAnswer) {
    JournalImage journal;
    DossierRun run = makeRun();
    const Json params = freeze(run);
    const StepEnd end = runOn(
        run, params, [](const Json&) { return delivered("sent"); }, journal);
    EXPECT_EQ(end.verdict, Verdict::Done);
    EXPECT_EQ(end.facts["sent"], 3);
    ASSERT_EQ(journal.messages.size(), 3U);
    for (const auto& [id, row] : journal.messages) {
        EXPECT_EQ(row.state, "sent");
        EXPECT_EQ(row.via, "mail");
        EXPECT_EQ(row.dossier, kDossier);
        EXPECT_EQ(row.step, "tell");
        EXPECT_EQ(Json::parse(row.answersJson)[0]["phase"], "end");
    }
}

// Who has the message does not get it again because of somebody else.
TEST_F(NotifyStep, GoesOnWhereItStopped) {
    JournalImage journal;
    std::map<std::string, int> sends;
    const Json params = freeze(makeRun());
    const auto server = [&](const Json& message) {
        const std::string who = message["recipient"];
        const int count = ++sends[who];
        if (who == "paul@client.example" && count == 1)
            return said(Verdict::RetryLater, Reason::ProviderError, "450 greylisted");
        if (who == "office@office.example") return delivered("refused");
        return delivered("sent");
    };
    DossierRun run = makeRun();
    const StepEnd first = runOn(run, params, server, journal);
    EXPECT_EQ(first.verdict, Verdict::RetryLater);
    EXPECT_EQ(first.reason, Reason::ProviderError);
    DossierRun again = makeRun(journal);
    const StepEnd second = runOn(again, params, server, journal);
    EXPECT_EQ(second.verdict, Verdict::Done) << "one refusal among those who got it is told in the facts";
    EXPECT_EQ(second.facts["sent"], 2);
    EXPECT_EQ(second.facts["refused"], 1);
    EXPECT_EQ(sends,
              (std::map<std::string, int>{
                  {"zoe@client.example", 1}, {"paul@client.example", 2}, {"office@office.example", 1}}));
}

TEST_F(NotifyStep, StopsWhenTheServerIsAway) {
    JournalImage journal;
    DossierRun run = makeRun();
    int calls = 0;
    const StepEnd end = runOn(
        run, freeze(run),
        [&](const Json&) {
            ++calls;
            CallOutcome away = said(Verdict::RetryLater, Reason::ProviderUnavailable, "connection refused");
            away.delaySeconds = 90;
            return away;
        },
        journal);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(end.verdict, Verdict::RetryLater);
    EXPECT_EQ(end.delaySeconds, 90U);
    EXPECT_EQ(end.explanation, "connection refused");
}

TEST_F(NotifyStep, IsNotDoneWhenNobodyGotIt) {
    JournalImage journal;
    DossierRun run = makeRun();
    const Json params = freeze(run);
    EXPECT_EQ(runOn(
                  run, params, [](const Json&) { return delivered("refused"); }, journal)
                  .verdict,
              Verdict::Rejected);
    // An operator mended the server and says "again".
    DossierRun again = makeRun(journal);
    const StepEnd end = runOn(
        again, params, [](const Json&) { return delivered("sent"); }, journal);
    EXPECT_EQ(end.verdict, Verdict::Done);
    EXPECT_EQ(end.facts["sent"], 3);
}

TEST_F(NotifyStep, SendsAgainUnderTheSameIdWhenItMay) {
    JournalImage journal;
    const Json params = freeze(makeRun());
    std::map<std::string, std::vector<std::string>> ids;
    const auto server = [&](const Json& message) {
        auto& seen = ids[message["recipient"]];
        seen.push_back(message["message_id"]);
        return seen.size() == 1 && message["recipient"] == "zoe@client.example"
                   ? said(Verdict::Uncertain, Reason::OutcomeUnknown, "cut")
                   : delivered("sent");
    };
    DossierRun run = makeRun();
    const StepEnd first = runOn(run, params, server, journal);
    EXPECT_EQ(first.verdict, Verdict::RetryLater);
    EXPECT_EQ(first.reason, Reason::OutcomeUnknown);
    DossierRun again = makeRun(journal);
    EXPECT_EQ(runOn(again, params, server, journal).verdict, Verdict::Done);
    EXPECT_EQ(ids["zoe@client.example"].size(), 2U);
    EXPECT_EQ(ids["zoe@client.example"][0], ids["zoe@client.example"][1]);
    EXPECT_EQ(ids["paul@client.example"].size(), 1U);
    EXPECT_EQ(journal.state(ids["zoe@client.example"][0]), "possible_duplicate");
    EXPECT_EQ(journal.state(ids["paul@client.example"][0]), "sent");
}

TEST_F(NotifyStep, AsksAPersonWhenItMayNotSendAgain) {
    JournalImage journal;
    const Json params = freeze(makeRun(), {{"on_unknown", "uncertain"}});
    std::map<std::string, int> sends;
    const auto server = [&](const Json& message) {
        const std::string who = message["recipient"];
        ++sends[who];
        return who == "zoe@client.example" && sends[who] == 1
                   ? said(Verdict::Uncertain, Reason::OutcomeUnknown, "cut")
                   : delivered("sent");
    };
    DossierRun run = makeRun();
    const StepEnd first = runOn(run, params, server, journal);
    EXPECT_EQ(first.verdict, Verdict::Uncertain);
    EXPECT_EQ(sends["paul@client.example"], 1) << "the others do not wait for that";
    EXPECT_THAT(first.explanation, HasSubstr("1 of 3"));
    // "It did not happen", said the operator: the step runs again.
    DossierRun again = makeRun(journal);
    EXPECT_EQ(runOn(again, params, server, journal).verdict, Verdict::Done);
    EXPECT_EQ(sends["zoe@client.example"], 2);
    EXPECT_EQ(sends["paul@client.example"], 1);
}

// The daemon dies during each call, before and after the server took the mail.
TEST_F(NotifyStep, TellsTheTruthAfterACrashAtEveryCall) {
    for (const bool isResent : {true, false}) {
        const Json params = freeze(makeRun(), {{"on_unknown", isResent ? "resend" : "uncertain"}});
        JournalImage whole;
        std::vector<JournalImage> images;
        {
            DossierRun run = makeRun();
            ASSERT_EQ(runOn(
                          run, params, [](const Json&) { return delivered("sent"); }, whole, false, &images)
                          .verdict,
                      Verdict::Done);
        }
        ASSERT_EQ(images.size(), 3U);
        for (std::size_t crash = 0; crash < images.size(); ++crash) {
            for (const bool wasTaken : {true, false}) {
                JournalImage journal = images[crash];
                // What the server has at that moment.
                std::map<std::string, int> mails;
                for (std::size_t i = 0; i < crash + (wasTaken ? 1 : 0); ++i)
                    ++mails[params["messages"][i]["recipient"]];
                DossierRun run = makeRun(journal);
                const StepEnd end = runOn(
                    run, params,
                    [&](const Json& message) {
                        ++mails[message["recipient"]];
                        return delivered("sent");
                    },
                    journal, true);
                EXPECT_EQ(end.verdict, isResent ? Verdict::Done : Verdict::Uncertain) << crash;
                for (std::size_t i = 0; i < 3; ++i) {
                    const std::string id = params["messages"][i]["message_id"];
                    const int count = mails[params["messages"][i]["recipient"]];
                    if (i != crash) {
                        EXPECT_EQ(count, 1) << "recipient " << i << ", crash in call " << crash;
                        EXPECT_EQ(journal.state(id), "sent");
                    } else if (isResent) {
                        EXPECT_EQ(journal.state(id), "possible_duplicate");
                        EXPECT_EQ(count, wasTaken ? 2 : 1);
                    } else {
                        EXPECT_EQ(journal.state(id), "uncertain");
                        EXPECT_EQ(count, wasTaken ? 1 : 0) << "never without a person's word";
                    }
                }
            }
        }
    }
}

TEST_F(NotifyStep, LeavesTheUncertainOneAloneWhileOthersAreTriedAgain) {
    JournalImage journal;
    const Json params = freeze(makeRun(), {{"on_unknown", "uncertain"}});
    std::map<std::string, int> sends;
    const auto server = [&](const Json& message) {
        const std::string who = message["recipient"];
        const int count = ++sends[who];
        if (who == "zoe@client.example") return said(Verdict::Uncertain, Reason::OutcomeUnknown, "cut");
        return count == 1 ? said(Verdict::RetryLater, Reason::ProviderError, "450") : delivered("sent");
    };
    DossierRun run = makeRun();
    EXPECT_EQ(runOn(run, params, server, journal).verdict, Verdict::RetryLater);
    DossierRun again = makeRun(journal);
    EXPECT_EQ(runOn(again, params, server, journal).verdict, Verdict::Uncertain);
    EXPECT_EQ(sends["zoe@client.example"], 1);
    EXPECT_EQ(sends["paul@client.example"], 2);
}

TEST_F(NotifyStep, StopsAtAConfigurationThatCannotWork) {
    JournalImage journal;
    DossierRun run = makeRun();
    int calls = 0;
    const StepEnd end = runOn(
        run, freeze(run),
        [&](const Json&) {
            ++calls;
            return said(Verdict::Rejected, Reason::PluginMissing, "no pool has the instance");
        },
        journal);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(end.verdict, Verdict::Rejected);
    EXPECT_EQ(end.reason, Reason::PluginMissing);
}

}  // namespace
}  // namespace greffe
