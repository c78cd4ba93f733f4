// SPDX-License-Identifier: Apache-2.0
#include "control/explanation.h"

#include "support/store_rows.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kNoonMs = 1'795'348'800'000;  // 2026-11-22T12:00:00Z

DossierRows at(DossierState state) {
    DossierRows rows;
    rows.dossier = testDossier(testId(1));
    rows.dossier.state = state;
    if (isFinal(state)) {
        rows.dossier.endedMs = kNoonMs;
        return rows;
    }
    BranchRow branch = testBranch(rows.dossier.id, state);
    branch.step = "client";
    branch.dueMs = kNoonMs;
    rows.branches.push_back(branch);
    return rows;
}

TEST(Explanation, ARetrySaysWhatFailedAndWhenItGoesOnByItself) {
    DossierRows rows = at(DossierState::RetryWait);
    EffectRow effect;
    effect.step = "client";
    effect.reason = "provider_unavailable";
    effect.explanation = "connection refused";
    rows.effects.push_back(effect);
    EXPECT_THAT(explainDossier(rows, "en"),
                AllOf(HasSubstr("lease.pdf: step client failed"),
                      HasSubstr("the service does not answer: connection refused"),
                      HasSubstr("by itself on 2026-11-22T12:00:00.000Z")));
    EXPECT_THAT(explainDossier(rows, "fr"),
                AllOf(HasSubstr("lease.pdf : l'étape client a échoué"), HasSubstr("sans intervention"),
                      Not(HasSubstr("un opérateur doit"))));
}

TEST(Explanation, AnEndIsSaidInTheLanguageOfTheRest) {
    EXPECT_THAT(explainDossier(at(DossierState::Rejected), "fr"), HasSubstr("état rejeté"));
    EXPECT_THAT(explainDossier(at(DossierState::Rejected), "en"), HasSubstr("state rejected"));
}

TEST(Explanation, ATaskNamesWhoMustAnswerWhatAndUntilWhen) {
    DossierRows rows = at(DossierState::Waiting);
    TaskRow task;
    task.id = testId(3);
    task.step = "client";
    task.ask = "registration-officer";
    task.answersJson = R"(["validate","refuse"])";
    task.expiresMs = kNoonMs;
    rows.openTasks.push_back(task);
    EXPECT_THAT(explainDossier(rows, "en"),
                AllOf(HasSubstr("registration-officer must answer task " + testId(3)),
                      HasSubstr("(validate or refuse)"), HasSubstr("at the latest on 2026-11-22")));
    EXPECT_THAT(explainDossier(rows, "fr"),
                AllOf(HasSubstr("registration-officer doit répondre"), HasSubstr("(validate ou refuse)"),
                      HasSubstr("au plus tard le")));
}

TEST(Explanation, AnEventNamesWhoIsWaitedFor) {
    DossierRows rows = at(DossierState::Waiting);
    rows.branches[0].waitKey = "event:esign:42";
    EXPECT_THAT(explainDossier(rows, "en"), HasSubstr("waits for news from esign; it is looked at again on"));
    rows.branches[0].dueMs = 0;
    EXPECT_THAT(explainDossier(rows, "en"), Not(HasSubstr("looked at")));
}

// Its options, and what its functions returned, stay with the dossier.
TEST(Explanation, TryingAgainIsNoAdviceWhenTheConfigurationIsAtFault) {
    for (const char* reason : {"configuration_error", "invalid_options"}) {
        DossierRows held = at(DossierState::Held);
        held.dossier.reason = reason;
        EXPECT_THAT(explainDossier(held, "en"),
                    AllOf(HasSubstr("greffe dossier cancel"), HasSubstr("drop the file again"),
                          Not(HasSubstr("dossier retry"))));
    }
}

TEST(Explanation, WhatNeedsAnOperatorNamesTheCommand) {
    DossierRows held = at(DossierState::Held);
    held.dossier.reason = "key_unusable";
    EXPECT_THAT(explainDossier(held, "en"),
                AllOf(HasSubstr("the key cannot be used"), HasSubstr("greffe dossier retry"),
                      HasSubstr("greffe dossier cancel")));
    EXPECT_THAT(explainDossier(at(DossierState::Uncertain), "fr"), HasSubstr("greffe dossier resolve"));
    EXPECT_THAT(explainDossier(at(DossierState::Quarantined), "en"), HasSubstr("greffe quarantine release"));
}

TEST(Explanation, EveryStateHasASentenceInBothLanguages) {
    for (int number = static_cast<int>(DossierState::Ready);
         number <= static_cast<int>(DossierState::Quarantined); ++number) {
        const DossierRows rows = at(static_cast<DossierState>(number));
        const std::string french = explainDossier(rows, "fr"), english = explainDossier(rows, "en");
        EXPECT_NE(french, english);
        EXPECT_EQ(english.back(), '.');
        EXPECT_GT(english.size(), std::string("lease.pdf: .").size()) << number;
    }
}

TEST(Explanation, TheBranchThatNeedsAttentionIsTheOneSpokenOf) {
    DossierRows rows = at(DossierState::Waiting);
    BranchRow held = testBranch(rows.dossier.id, DossierState::Held);
    held.path = "side";
    held.step = "stuck";
    rows.branches.push_back(held);
    rows.dossier.state = DossierState::Held;
    EXPECT_THAT(explainDossier(rows, "en"), HasSubstr("stopped at step stuck"));
}

TEST(Explanation, AHostileNameDoesNothingToATerminal) {
    DossierRows rows = at(DossierState::Ready);
    rows.dossier.source.name = "a\033[2Jb";
    EXPECT_THAT(explainDossier(rows, "en"), Not(HasSubstr("\033")));
}

}  // namespace
}  // namespace greffe
