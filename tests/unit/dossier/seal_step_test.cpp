// SPDX-License-Identifier: Apache-2.0
// The seal step on scripted pools: what is asked of whom, what is journaled before, what is used again, and
// what becomes of a seal when nobody gives it a time-stamp.
#include "unit/dossier/scripted_seal_context.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SealStep : public testing::Test {
protected:
    SealStep() {
        auto plan = std::make_shared<Plan>();
        plan->pipelines.resize(1);
        step_.id = "seal";
        step_.kind = "seal";
        plan->pipelines[0].steps.push_back(step_);
        DossierRow dossier;
        dossier.id = "01JD8Z3V5W6X7Y8Z9A0B1C2D3E";
        DocumentRow document;
        document.id = "D1";
        document.slot = "document";
        document.name = "lease.pdf";
        plan_ = plan;
        run_ = std::make_unique<DossierRun>(plan_, plan_->pipelines[0], dossier, std::vector<BranchRow>(),
                                            std::vector<DocumentRow>{document}, std::vector<BlobRow>(),
                                            std::vector<EffectRow>());
        options_ = {{"document", "document"},
                    {"key", "office"},
                    {"level", "B-T"},
                    {"authorities", {"one", "two"}},
                    {"on_no_timestamp", "queue"}};
    }

    ScriptedSealContext& context() {
        if (!context_) {
            const Json params = findStepAction("seal")->freeze(*run_, step_, options_, kNowMs);
            context_ = std::make_unique<ScriptedSealContext>(*run_, step_, params, health_);
        }
        return *context_;
    }
    StepEnd run() {
        StepEnd end;
        Task<> task = runInto(end);
        task.start();
        return end;
    }
    Task<> runInto(StepEnd& end) { end = co_await findStepAction("seal")->run(context()); }
    // The step ended with `end`: its row is in the journal, and the next attempt begins.
    void nextAttempt(const StepEnd& end) {
        EffectRow row = context().effect();
        row.state = EffectState::Failed;
        row.factsJson = dumpJson(end.facts);
        run_->effects.push_back(row);
        context_.reset();
        context().effect_.attempt = row.attempt + 1;
    }
    // The process died: the effect is found in the journal as it was committed last.
    void crash() {
        const EffectRow found = context().committed.back();
        const Json params = Json::parse(found.paramsJson);
        context_ = std::make_unique<ScriptedSealContext>(*run_, step_, params, health_);
        context_->effect_ = found;
    }

    ManualClock clock_{fromUnixMs(kNowMs)};
    AuthorityHealth health_{clock_};
    StepPlan step_;
    Json options_;
    std::shared_ptr<const Plan> plan_;
    std::unique_ptr<DossierRun> run_;
    std::unique_ptr<ScriptedSealContext> context_;
};

TEST_F(SealStep, AsksNobodyForATimeStampAtBB) {
    options_["level"] = "B-B";
    const StepEnd end = run();
    ASSERT_EQ(end.verdict, Verdict::Done) << end.explanation;
    EXPECT_THAT(context().trace, ElementsAre("key.describe", "seal.prepare", "sign", "seal.embed"));
    EXPECT_EQ(end.facts["level"], "B-B");
    EXPECT_EQ(end.facts["degraded"], false);
    EXPECT_EQ(attachmentOf(context().embedCalls[0].attachments, "cms"), "cms 1");
    EXPECT_EQ(context().embedCalls[0].paramsJson, R"({"gap_offset":10,"gap_size":20})");
}

TEST_F(SealStep, IsPostponedWhileTheDateIsInDoubt) {
    context().doubt = ClockDoubt{std::chrono::hours(-2), std::chrono::minutes(14)};
    StepEnd end = run();
    EXPECT_EQ(end.verdict, Verdict::RetryLater);
    EXPECT_TRUE(end.isPostponed);
    EXPECT_EQ(end.reason, Reason::ClockUnsure);
    EXPECT_EQ(end.delaySeconds, 5U);
    EXPECT_THAT(end.explanation, HasSubstr("jumped by -7200 s"));
    EXPECT_THAT(context().trace, IsEmpty()) << "no key was asked";
    context().effect_.attempt = 9;
    EXPECT_EQ(run().delaySeconds, 160U);
    context().doubt->believedIn = std::chrono::seconds(20);
    EXPECT_EQ(run().delaySeconds, 21U) << "as soon as it is believed";
    context().doubt.reset();
    context().stamps["one"] = {stamped("token")};
    EXPECT_EQ(run().verdict, Verdict::Done);
}

// Its facts replace those in the journal: without the token in them it would be bought once more.
TEST_F(SealStep, KeepsAPaidTokenWhileItIsPostponed) {
    context().stamps["one"] = {stamped("token")};
    ASSERT_EQ(run().verdict, Verdict::Done);
    crash();
    context().doubt = ClockDoubt{std::chrono::hours(1), std::chrono::minutes(14)};
    const StepEnd end = run();
    EXPECT_TRUE(end.isPostponed);
    ASSERT_TRUE(end.facts.contains(kSealProgress));
    EXPECT_EQ(SealProgress::fromJson(end.facts[kSealProgress])->token, "token");
}

TEST_F(SealStep, JournalsTheTokenBeforeItIsUsed) {
    context().stamps["one"] = {stamped("token")};
    const StepEnd end = run();
    ASSERT_EQ(end.verdict, Verdict::Done) << end.explanation;
    EXPECT_THAT(context().trace, ElementsAre("key.describe", "seal.prepare", "sign", "commit", "stamp one",
                                             "commit", "seal.embed"));
    EXPECT_EQ(context().lastProgress().token, "token");
    EXPECT_EQ(attachmentOf(context().stampCalls[0].attachments, "imprint"), asBytes(sha256("cms 1")));
    EXPECT_EQ(attachmentOf(context().stampCalls[0].attachments, "nonce").size(), 8U);
    const std::vector<Attachment>& embedded = context().embedCalls[0].attachments;
    EXPECT_EQ(attachmentOf(embedded, "token"), "token");
    EXPECT_EQ(attachmentOf(embedded, "imprint"), asBytes(sha256("cms 1")));
    EXPECT_EQ(attachmentOf(embedded, "nonce"), attachmentOf(context().stampCalls[0].attachments, "nonce"));
    EXPECT_EQ(end.facts["level"], "B-T");
    EXPECT_EQ(end.facts["timestamp"]["trust"], "anchors");
    EXPECT_EQ(end.facts["timestamp"]["asked"], "one");
    EXPECT_FALSE(end.facts.contains(kSealProgress)) << "the token is in the document now";
}

TEST_F(SealStep, TheNextAuthorityIsAskedAndTheOneThatFailedIsAskedLastForAWhile) {
    context().stamps["two"] = {stamped("a")};
    StepEnd end = run();
    ASSERT_EQ(end.verdict, Verdict::Done);
    EXPECT_THAT(context().asked(), ElementsAre("one", "two"));
    EXPECT_EQ(end.facts["authorities_failed"][0]["name"], "one");
    EXPECT_EQ(end.facts["authorities_failed"][0]["reason"], "provider_unavailable");
    EXPECT_NE(attachmentOf(context().stampCalls[0].attachments, "nonce"),
              attachmentOf(context().stampCalls[1].attachments, "nonce"));

    context_.reset();
    context().stamps["two"] = {stamped("b")};
    run();
    EXPECT_THAT(context().asked(), ElementsAre("two"));

    clock_.advance(AuthorityHealth::kAskedLastFor);
    context_.reset();
    context().stamps["one"] = {stamped("c")};
    run();
    EXPECT_THAT(context().asked(), ElementsAre("one"));
}

TEST_F(SealStep, QueueWaitsAndSaysWhatEachAuthoritySaid) {
    context().stamps["two"] = {failed(Reason::BadAnswer, "another nonce")};
    const StepEnd end = run();
    EXPECT_EQ(end.verdict, Verdict::RetryLater);
    EXPECT_EQ(end.reason, Reason::TimestampUnavailable);
    EXPECT_EQ(describe(end.reason).cls, ReasonClass::Transient);
    EXPECT_EQ(end.explanation,
              "no time-stamp: one: provider_unavailable: not reached; two: bad_answer: another nonce");
    EXPECT_THAT(context().embedCalls, IsEmpty());
    EXPECT_FALSE(end.facts.contains(kSealProgress))
        << "nothing was paid for: the next attempt says its own time";
}

TEST_F(SealStep, FailHandsItToAnOperator) {
    options_["on_no_timestamp"] = "fail";
    const StepEnd end = run();
    EXPECT_EQ(end.verdict, Verdict::Rejected);
    EXPECT_EQ(end.reason, Reason::TimestampUnavailable);
    EXPECT_THAT(context().embedCalls, IsEmpty());
}

TEST_F(SealStep, DegradeSaysSoInFactsAndAudit) {
    options_["on_no_timestamp"] = "degrade";
    const StepEnd end = run();
    ASSERT_EQ(end.verdict, Verdict::Done);
    EXPECT_EQ(end.facts["level"], "B-B");
    EXPECT_EQ(end.facts["degraded"], true);
    EXPECT_EQ(end.facts["authorities_failed"].size(), 2U);
    EXPECT_EQ(attachmentOf(context().embedCalls[0].attachments, "token"), "");
    ASSERT_EQ(run_->pending.audits.size(), 1U);
    EXPECT_EQ(run_->pending.audits[0].action, "seal degraded to B-B");
}

TEST_F(SealStep, AfterACrashTheTokenIsNotAskedForAgain) {
    context().stamps["one"] = {stamped("token")};
    run();
    crash();
    const StepEnd end = run();
    ASSERT_EQ(end.verdict, Verdict::Done);
    EXPECT_THAT(context().trace, ElementsAre("key.describe", "seal.prepare", "seal.embed"));
    EXPECT_EQ(attachmentOf(context().embedCalls[0].attachments, "cms"), "cms 1");
    EXPECT_EQ(attachmentOf(context().embedCalls[0].attachments, "token"), "token");
    EXPECT_EQ(end.facts["timestamp"]["trust"], "anchors");
}

TEST_F(SealStep, ACrashBetweenQuestionAndAnswerAsksAgainForTheSameSignature) {
    run();  // nobody answers
    crash();
    context().stamps["one"] = {stamped("token")};
    const StepEnd end = run();
    ASSERT_EQ(end.verdict, Verdict::Done);
    EXPECT_EQ(context().signatures, 0) << "signed already";
    EXPECT_EQ(attachmentOf(context().stampCalls[0].attachments, "imprint"), asBytes(sha256("cms 1")));
}

TEST_F(SealStep, WhatTheDiskLostIsSealedAgainWithTheSameToken) {
    context().stamps["one"] = {stamped("token")};
    context().diskFails = true;
    const StepEnd first = run();
    EXPECT_EQ(first.verdict, Verdict::RetryLater);
    EXPECT_EQ(first.reason, Reason::StorageError);
    clock_.advance(std::chrono::seconds(90));
    nextAttempt(first);
    const StepEnd second = run();
    ASSERT_EQ(second.verdict, Verdict::Done);
    EXPECT_THAT(context().asked(), IsEmpty());
    EXPECT_EQ(attachmentOf(context().embedCalls[0].attachments, "token"), "token");
}

// freeze() is asked at another time then, and must not move what the token stamps.
TEST_F(SealStep, TheSigningTimeStaysWithAPaidToken) {
    context().stamps["one"] = {stamped("token")};
    context().diskFails = true;
    nextAttempt(run());
    const Json later = findStepAction("seal")->freeze(*run_, step_, options_, kNowMs + 3'600'000);
    EXPECT_EQ(later["signing_time_unix"], kNowMs / 1000);
}

TEST_F(SealStep, ATokenThatEmbedRefusesIsThrownAwayAndItsAuthorityAskedLast) {
    context().stamps["one"] = {stamped("forged")};
    context().embeds = {
        failed(Reason::BadAnswer, "the time-stamp answers another request", Verdict::Rejected)};
    const StepEnd first = run();
    EXPECT_EQ(first.verdict, Verdict::RetryLater);
    EXPECT_EQ(first.reason, Reason::BadAnswer);
    EXPECT_THAT(first.explanation, HasSubstr("one: the time-stamp answers another request"));
    nextAttempt(first);
    context().stamps["two"] = {stamped("good")};
    const StepEnd second = run();
    ASSERT_EQ(second.verdict, Verdict::Done);
    EXPECT_THAT(context().asked(), ElementsAre("two"));
}

TEST_F(SealStep, ATokenThatDoesNotFitGetsRoomAndANewOne) {
    context().stamps["one"] = {stamped("large"), stamped("large again")};
    CallOutcome tooSmall =
        failed(Reason::LimitExceeded, "the signature needs 30000 bytes", Verdict::Rejected);
    tooSmall.factsJson = R"({"needed_bytes":30000})";
    context().embeds = {tooSmall};
    const StepEnd end = run();
    ASSERT_EQ(end.verdict, Verdict::Done) << end.explanation;
    EXPECT_EQ(context().signatures, 2) << "the gap moves the digest";
    EXPECT_EQ(attachmentOf(context().embedCalls[1].attachments, "token"), "large again");
    EXPECT_GE(context().lastProgress().reserveBytes, 30'000);

    crash();  // the room is remembered, so the same document is prepared and the token fits
    EXPECT_EQ(run().verdict, Verdict::Done);
    EXPECT_THAT(context().asked(), IsEmpty());
    EXPECT_EQ(attachmentOf(context().embedCalls[0].attachments, "token"), "large again");
}

TEST_F(SealStep, ADocumentThatIsPreparedOtherwiseIsSignedAnew) {
    context().stamps["one"] = {stamped("token")};
    run();
    crash();
    const Json facts = Json::parse(context().effect_.factsJson);
    SealProgress other = *SealProgress::fromJson(facts[kSealProgress]);
    other.digest = std::string(32, 'x');
    context().effect_.factsJson = dumpJson({{kSealProgress, other.toJson()}});
    context().stamps["one"] = {stamped("another")};
    ASSERT_EQ(run().verdict, Verdict::Done);
    EXPECT_EQ(context().signatures, 1);
    EXPECT_EQ(attachmentOf(context().embedCalls[0].attachments, "token"), "another");
}

TEST_F(SealStep, NothingIsAskedWhenTheJournalFails) {
    context().journalFails = true;
    const StepEnd end = run();
    EXPECT_EQ(end.verdict, Verdict::RetryLater);
    EXPECT_EQ(end.reason, Reason::StorageError);
    EXPECT_THAT(context().asked(), IsEmpty());
}

TEST(AuthorityHealth, ThoseThatFailedComeLastTheOldestFailureFirst) {
    ManualClock clock(fromUnixMs(kNowMs));
    AuthorityHealth health(clock);
    const std::vector<std::string> all = {"a", "b", "c"};
    health.failed("b");
    clock.advance(std::chrono::seconds(1));
    health.failed("a");
    EXPECT_THAT(health.inOrder(all), ElementsAre("c", "b", "a"));
    health.answered("b");
    EXPECT_THAT(health.inOrder(all), ElementsAre("b", "c", "a"));
    clock.jumpWall(std::chrono::hours(24));
    EXPECT_THAT(health.inOrder(all), ElementsAre("b", "c", "a")) << "the date is not the time that passed";
    clock.advance(AuthorityHealth::kAskedLastFor);
    EXPECT_THAT(health.inOrder(all), ElementsAre("a", "b", "c"));
    EXPECT_THAT(health.inOrder({}), IsEmpty());
}

TEST(SealProgress, ComesBackFromTheJournalAsItWas) {
    SealProgress progress;
    progress.digest = std::string(32, '\x80');
    progress.reserveBytes = 19'000;
    progress.cms = std::string("\0\xff", 2);
    progress.token = "t";
    progress.nonce = "12345678";
    progress.authority = "one";
    progress.stampFacts = {{"serial", "01"}};
    const auto back = SealProgress::fromJson(Json::parse(dumpJson(progress.toJson())));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->toJson(), progress.toJson());
    EXPECT_FALSE(SealProgress::fromJson(Json()));
    EXPECT_FALSE(SealProgress::fromJson({{"digest", "xy"}}));
}

}  // namespace
}  // namespace greffe
