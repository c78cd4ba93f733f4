// SPDX-License-Identifier: Apache-2.0
// What the notify step says, to whom, and what it makes of answers.
#include "unit/dossier/notify_step_fixture.h"

namespace greffe {
namespace {

using testing::HasSubstr;

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
