// SPDX-License-Identifier: Apache-2.0
#include "dossier/kept_dossier.h"

#include "base/clock.h"
#include "dossier/receipt_notes.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::ElementsAre;

std::int64_t at(int year, unsigned month, unsigned day, int hours = 12) {
    using namespace std::chrono;
    const sys_days date = std::chrono::year(year) / month / day;
    return duration_cast<milliseconds>(date.time_since_epoch() + std::chrono::hours(hours)).count();
}

TEST(RetentionDate, FollowsTheCalendar) {
    EXPECT_EQ(retentionDate(at(2026, 11, 22), 10), "2036-11-22");
    EXPECT_EQ(retentionDate(at(2026, 11, 22), 0), "2026-11-22");
    EXPECT_EQ(retentionDate(at(2028, 2, 29), 10), "2038-02-28");
    EXPECT_EQ(retentionDate(at(2028, 2, 29), 4), "2032-02-29");
    EXPECT_EQ(retentionDate(at(2028, 2, 29), 72), "2100-02-28");  // no leap year
    EXPECT_EQ(retentionDate(at(2027, 2, 28), 1), "2028-02-28");
    EXPECT_EQ(retentionDate(at(2026, 12, 31, 23), 1), "2027-12-31");
    EXPECT_EQ(retentionDate(at(2026, 12, 31, 24), 1), "2028-01-01");
    EXPECT_EQ(retentionDate(at(1969, 12, 31, 23), 100), "2069-12-31");
}

TEST(KeptFolder, IsYearAndMonth) {
    EXPECT_EQ(keptFolder(at(2026, 3, 31, 23)), "2026/03");
    EXPECT_EQ(keptFolder(at(2026, 3, 31, 24)), "2026/04");
}

DocumentRow row(const std::string& id, const std::string& slot, const std::string& producedBy = {},
                const std::string& derivedFrom = {}) {
    DocumentRow document;
    document.id = id;
    document.slot = slot;
    document.producedBy = producedBy;
    document.derivedFrom = derivedFrom;
    document.name = slot + ".pdf";
    return document;
}

class KeptDossier : public ::testing::Test {
protected:
    DossierRun run(std::vector<DocumentRow> documents, std::vector<EffectRow> effects) {
        DossierRow dossier;
        dossier.id = "01JD8Z3V5W6X7Y8Z9A0B1C2D3E";
        dossier.pipeline = "lease";
        dossier.plan = std::string(64, 'b');
        dossier.source.intake = "leases";
        dossier.source.name = "bail\xff.pdf";
        dossier.state = DossierState::Running;
        dossier.createdMs = at(2026, 11, 22);
        return DossierRun(plan_, plan_->pipelines[0], dossier, {}, std::move(documents), {},
                          std::move(effects));
    }
    static EffectRow effect(const std::string& step, std::int64_t startedMs,
                            EffectState state = EffectState::Done) {
        EffectRow made;
        made.step = step;
        made.attempt = 1;
        made.state = state;
        made.startedMs = startedMs;
        made.endedMs = startedMs + 5;
        made.factsJson = R"({"pages":2})";
        return made;
    }
    static std::shared_ptr<const Plan> planWithArchive() {
        auto plan = std::make_shared<Plan>();
        plan->pipelines.resize(1);
        StepPlan step;
        step.id = "keep";
        step.kind = "archive";
        plan->pipelines[0].steps.push_back(step);
        return plan;
    }

    std::shared_ptr<const Plan> plan_ = planWithArchive();
    KeptFacts facts_{"keep", "full", "2036-11-22", at(2026, 11, 22, 13), ""};
};

TEST_F(KeptDossier, KeepsOriginalsAndResults) {
    const std::vector<DocumentRow> kept =
        keptDocuments({row("D4", "sealed", "seal", "D3"), row("D3", "document", "convert", "D1"),
                       row("D2", "annex"), row("D1", "document")});
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_THAT((std::vector<std::string>{kept[0].id, kept[1].id, kept[2].id}),
                ElementsAre("D1", "D2", "D4"));
}

TEST_F(KeptDossier, TellsTheArchiver) {
    const DossierRun dossier =
        run({row("D1", "document"), row("D2", "sealed", "seal", "D1")}, {effect("seal", at(2026, 11, 22))});
    const Json told = keptMetadata(dossier, keptDocuments(dossier.documents), facts_);
    EXPECT_EQ(told["dossier"], "01JD8Z3V5W6X7Y8Z9A0B1C2D3E");
    EXPECT_EQ(told["created_at"], "2026-11-22T12:00:00.000Z");
    EXPECT_EQ(told["policy"], "full");
    EXPECT_EQ(told["documents"][0]["folder"], "originals");
    EXPECT_EQ(told["documents"][1]["folder"], "results");
    EXPECT_EQ(told["documents"][1]["derived_from"], "D1");
    EXPECT_EQ(told["receipt"]["verdict"], "archived");
    EXPECT_FALSE(told["receipt"].contains("state"));
    EXPECT_EQ(told["receipt"]["written_at"], "2026-11-22T13:00:00.000Z");
    EXPECT_EQ(told["journal"][0]["action"], "dossier admitted");
    EXPECT_EQ(told["journal"][0]["detail"]["file_hex"], "6261696cff2e706466");
    EXPECT_EQ(told["journal"][1]["action"], "step done");
    EXPECT_EQ(told["journal"][1]["detail"]["facts"]["pages"], 2);
}

TEST_F(KeptDossier, ChainsItsStory) {
    const DossierRun dossier = run({row("D1", "document")}, {effect("check", 2), effect("seal", 3)});
    const Json journal = keptMetadata(dossier, keptDocuments(dossier.documents), facts_)["journal"];
    ASSERT_EQ(journal.size(), 4U);
    std::string previous = toHex(sha256(dossier.id()));
    for (const Json& line : journal) {
        EXPECT_EQ(line["previous"], previous);
        previous = toHex(sha256(line.dump()));
    }
}

// After a crash the rows come back in another order, and the step's own intent is among them.
TEST_F(KeptDossier, SaysTheSameAfterACrash) {
    const DocumentRow original = row("D1", "document"), sealed = row("D2", "sealed", "seal", "D1");
    const EffectRow check = effect("check", 1), failed = effect("seal", 2, EffectState::Failed),
                    seal = effect("seal", 3);
    const DossierRun before = run({original, sealed}, {check, failed, seal});
    const DossierRun after =
        run({sealed, original}, {effect("keep", 4, EffectState::Intent), seal, failed, check});
    EXPECT_EQ(keptMetadata(before, keptDocuments(before.documents), facts_),
              keptMetadata(after, keptDocuments(after.documents), facts_));
    EXPECT_EQ(keptMetadata(after, keptDocuments(after.documents), facts_)["journal"].size(), 5U);
}

// So that a journal that lost its end, or lies beside other documents, is found out without the office.
TEST_F(KeptDossier, EndsItsStoryWithWhatIsKeptAndHowMuchWasSaidBefore) {
    const DossierRun dossier = run({row("D1", "document"), row("D2", "sealed", "seal", "D1")},
                                   {effect("check", 2), effect("seal", 3)});
    const Json journal = keptMetadata(dossier, keptDocuments(dossier.documents), facts_)["journal"];
    const Json& last = journal.back();
    EXPECT_EQ(last["action"], "step begun");
    EXPECT_EQ(last["at"], "2026-11-22T13:00:00.000Z");
    const Json& detail = last["detail"];
    EXPECT_EQ(detail["step"], "keep");
    EXPECT_EQ(detail["pipeline"], "lease");
    EXPECT_EQ(detail["plan"], std::string(64, 'b'));
    EXPECT_EQ(detail["policy"], "full");
    EXPECT_EQ(detail["retention_until"], "2036-11-22");
    EXPECT_EQ(detail["lines_before"], 3);
    EXPECT_FALSE(detail.contains("item"));
    ASSERT_EQ(detail["documents"].size(), 2U);
    EXPECT_EQ(detail["documents"][1], (Json{{"id", "D2"},
                                            {"slot", "sealed"},
                                            {"produced_by", "seal"},
                                            {"derived_from", "D1"},
                                            {"sha256", toHex(Digest{})}}));
    facts_.item = "all[2]";
    EXPECT_EQ(keptMetadata(dossier, keptDocuments(dossier.documents), facts_)["journal"][3]["detail"]["item"],
              "all[2]");
}

TEST_F(KeptDossier, EveryContainerIsRememberedByADossierThatIsLoadedAgain) {
    EffectRow keep = effect("keep", 4);
    keep.factsJson = R"({"locator":"2026/11/x.zip","retention_until":"2036-11-22"})";
    EffectRow again = keep;
    again.branch = "all[2]";
    again.factsJson = R"({"locator":"2026/11/y.zip","retention_until":"2036-11-22"})";
    const std::vector<KeptNote> kept = keptNotesOf(run({}, {keep, again}));
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].name, "2026/11/x.zip");
    EXPECT_EQ(kept[0].until, "2036-11-22");
    EXPECT_EQ(kept[1].name, "2026/11/y.zip");
    keep.state = EffectState::Failed;
    EXPECT_TRUE(keptNotesOf(run({}, {keep})).empty());
    keep.state = EffectState::Done;  // on_error = "continue" went past it
    keep.factsJson = R"({"error":"storage_error","explanation":"no room"})";
    EXPECT_TRUE(keptNotesOf(run({}, {keep})).empty());
}

}  // namespace
}  // namespace greffe
