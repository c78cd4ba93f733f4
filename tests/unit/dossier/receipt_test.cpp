// SPDX-License-Identifier: Apache-2.0
// What a sender reads about a file.
#include "dossier/receipt.h"

#include "base/json.h"
#include "dossier/receipt_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace greffe {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ReceiptFacts refused(Reason reason, const std::string& explanation) {
    ReceiptFacts facts;
    facts.dossier.id = "01J00000000000000000000001";
    facts.dossier.state = DossierState::Rejected;
    facts.dossier.source.name = "bail.pdf";
    facts.dossier.reason = reasonCode(reason);
    facts.dossier.explanation = explanation;
    facts.verdict = "rejected";
    return facts;
}

TEST(Receipt, AFrenchReasonIsFrenchAndSaysWhatIsNot) {
    const std::string text = reasonText(
        refused(Reason::NotAPdf, "the document is application/octet-stream, not application/pdf"), "fr");
    EXPECT_THAT(text, HasSubstr("Le fichier « bail.pdf » n'a pas été traité : le fichier n'est pas un PDF."));
    EXPECT_THAT(text, HasSubstr("Détail technique (en anglais) : the document is application/octet-stream"));
}

TEST(Receipt, EveryReasonHasItsOwnFrenchSentence) {
    std::set<std::string_view> sentences;
    for (const ReasonInfo& info : kReasons)
        EXPECT_TRUE(sentences.insert(reasonSentence(info.reason, "fr")).second)
            << info.code << " says no more than another: " << reasonSentence(info.reason, "fr");
}

TEST(Receipt, WhatAPersonWroteIsACommentInEitherLanguage) {
    const ReceiptFacts facts = refused(Reason::Refused, "Il manque une page");
    EXPECT_THAT(reasonText(facts, "fr"),
                AllOf(HasSubstr("Commentaire : Il manque une page"), Not(HasSubstr("anglais"))));
    EXPECT_THAT(reasonText(facts, "en"), HasSubstr("Comment: Il manque une page"));
}

TEST(Receipt, WhatThePipelineRefusesNobodyDid) {
    const ReceiptFacts facts = refused(Reason::RefusedByPipeline, "Trop court");
    EXPECT_THAT(reasonText(facts, "fr"),
                AllOf(HasSubstr("les règles de traitement le refusent.\nCommentaire : Trop court"),
                      Not(HasSubstr("une personne"))));
    EXPECT_THAT(reasonText(facts, "en"), HasSubstr("the processing rules refuse it.\nComment: Trop court"));
}

TEST(Receipt, SaysWhomToAsk) {
    ReceiptFacts facts = refused(Reason::EmptyFile, "the file is empty");
    EXPECT_FALSE(Json::parse(receiptJson(facts)).contains("contact"));
    EXPECT_THAT(reasonText(facts, "en"), Not(HasSubstr("Contact")));
    facts.supportContact = "Anne, 01 23 45 67 89";
    EXPECT_EQ(Json::parse(receiptJson(facts))["contact"], "Anne, 01 23 45 67 89");
    EXPECT_THAT(reasonText(facts, "en"), HasSubstr("Contact: Anne, 01 23 45 67 89\n"));
    EXPECT_THAT(reasonText(facts, "fr"), HasSubstr("Contact : Anne, 01 23 45 67 89\n"));
}

TEST(Receipt, NamesEveryContainerThatKeepsIt) {
    ReceiptFacts facts;
    EXPECT_FALSE(Json::parse(receiptJson(facts)).contains("kept"));
    facts.kept = {{"vault", "2026/11/a-keep.zip", "2036-11-22"}, {"cellar", "2026/11/a-keep2.zip", ""}};
    const Json kept = Json::parse(receiptJson(facts))["kept"];
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0]["name"], "2026/11/a-keep.zip");
    EXPECT_EQ(kept[0]["until"], "2036-11-22");
    EXPECT_EQ(kept[1]["archive"], "cellar");
}

TEST(Receipt, SaysWhatNobodyKnewAndWhoKnewBetter) {
    auto plan = std::make_shared<Plan>();
    plan->pipelines.resize(1);
    const auto effectOf = [](const std::string& step, int attempt, EffectState state,
                             const std::string& reason) {
        EffectRow effect;
        effect.step = step;
        effect.attempt = attempt;
        effect.state = state;
        effect.reason = reason;
        effect.explanation = "operator:anne: seen in the list";
        return effect;
    };
    const DossierRun run(plan, plan->pipelines[0], {}, {}, {}, {},
                         {effectOf("a", 1, EffectState::Uncertain, "outcome_unknown"),
                          effectOf("b", 1, EffectState::Done, "outcome_unknown"),
                          effectOf("c", 1, EffectState::Failed, "outcome_unknown"),
                          effectOf("d", 1, EffectState::Failed, "outcome_unknown"),
                          effectOf("d", 2, EffectState::Done, ""),  // it ran again, and that is known
                          effectOf("e", 1, EffectState::Failed, "refused")});
    ReceiptFacts facts;
    facts.outcomes = outcomeNotesOf(run);
    const Json outcomes = Json::parse(receiptJson(facts))["outcomes"];
    ASSERT_EQ(outcomes.size(), 3U) << outcomes.dump();
    EXPECT_EQ(outcomes[0]["outcome"], "unknown");
    EXPECT_EQ(outcomes[1]["outcome"], "happened");
    EXPECT_EQ(outcomes[2]["outcome"], "did_not_happen");
    EXPECT_EQ(outcomes[2]["said"], "operator:anne: seen in the list");
}

}  // namespace
}  // namespace greffe
