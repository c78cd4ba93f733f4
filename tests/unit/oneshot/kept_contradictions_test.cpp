// SPDX-License-Identifier: Apache-2.0
// The comparison by itself, on what no container of the daemon's has: the texts may be anybody's. What a
// forger does to a real container is in end_to_end_verify_forged.
#include "oneshot/kept_contradictions.h"

#include "dossier/dossier_run.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kDossier = "01JD8Z3V5W6X7Y8Z9A0B1C2D3E";
const std::string kSum(64, 'c'), kSealedSum(64, 'd'), kPlan(64, 'b');

class KeptContradictions : public ::testing::Test {
protected:
    std::vector<std::string> found() const {
        std::string journal;
        for (const Json& line : journal_)
            journal += dumpJson(line) + "\n";
        const auto story = readKeptStory(dumpJson(manifest_), dumpJson(receipt_), journal);
        if (!story) return {story.error().message};
        return contradictionsIn(*story);
    }
    Json& closing() { return journal_[2]["detail"]; }

    Json manifest_ = {{"version", 2},
                      {"dossier", kDossier},
                      {"pipeline", "lease"},
                      {"plan", kPlan},
                      {"created", "2026-11-22T12:00:00.000Z"},
                      {"retention_until", "2036-11-22"},
                      {"policy", "full"},
                      {"effect_key", effectKey(kDossier, "keep", "")},
                      {"members",
                       {{{"name", "receipt.json"}},
                        {{"name", "journal.jsonl"}},
                        {{"name", "originals/a.pdf"},
                         {"original_name", "a.pdf"},
                         {"id", "D1"},
                         {"slot", "document"},
                         {"sha256", kSum},
                         {"size_bytes", 5}},
                        {{"name", "results/a.pdf"},
                         {"original_name", "a.pdf"},
                         {"id", "D2"},
                         {"slot", "sealed"},
                         {"produced_by", "seal"},
                         {"derived_from", "D1"},
                         {"sha256", kSealedSum},
                         {"size_bytes", 9}}}}};
    Json receipt_ = {{"dossier", kDossier},
                     {"pipeline", "lease"},
                     {"plan", kPlan},
                     {"verdict", "archived"},
                     {"file", "a.pdf"},
                     {"received_at", "2026-11-22T12:00:00.000Z"},
                     {"written_at", "2026-11-22T13:00:00.000Z"},
                     {"received", {{"name", "a.pdf"}, {"sha256", kSum}, {"size_bytes", 5}}},
                     {"results", {{{"name", "a.pdf"}, {"sha256", kSealedSum}, {"size_bytes", 9}}}}};
    Json journal_ = {{{"action", "dossier admitted"},
                      {"at", "2026-11-22T12:00:00.000Z"},
                      {"detail", {{"file", "a.pdf"}, {"sha256", kSum}}}},
                     {{"action", "step done"}, {"detail", {{"step", "seal"}}}},
                     {{"action", "step begun"},
                      {"at", "2026-11-22T13:00:00.000Z"},
                      {"detail",
                       {{"step", "keep"},
                        {"pipeline", "lease"},
                        {"plan", kPlan},
                        {"policy", "full"},
                        {"retention_until", "2036-11-22"},
                        {"lines_before", 2},
                        {"documents",
                         {{{"id", "D1"},
                           {"slot", "document"},
                           {"produced_by", ""},
                           {"derived_from", ""},
                           {"sha256", kSum}},
                          {{"id", "D2"},
                           {"slot", "sealed"},
                           {"produced_by", "seal"},
                           {"derived_from", "D1"},
                           {"sha256", kSealedSum}}}}}}}};
};

TEST_F(KeptContradictions, NoneInAnHonestOne) {
    EXPECT_THAT(found(), IsEmpty());
    // Kept inside `each`: the key is the item's.
    closing()["item"] = "all[2]";
    manifest_["effect_key"] = effectKey(kDossier, "keep", "all[2]");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(KeptContradictions, EveryFieldThatStandsTwice) {
    const auto changed = [&](Json& where, const char* field, const Json& value) {
        const Json before = where;
        where[field] = value;
        const std::vector<std::string> said = found();
        where = before;
        return said;
    };
    for (const char* field : {"dossier", "pipeline", "plan", "verdict", "received_at", "written_at", "file"})
        for (const Json& value : {Json("other"), Json(7), Json(nullptr), Json::object()})
            EXPECT_THAT(changed(receipt_, field, value), Contains(HasSubstr(field))) << field << value;
    for (const char* field : {"created", "retention_until", "policy", "effect_key", "plan", "pipeline"})
        for (const Json& value : {Json("other"), Json(7), Json(nullptr), Json::array()})
            EXPECT_THAT(changed(manifest_, field, value), Contains(HasSubstr(field))) << field << value;
    for (const char* field : {"pipeline", "plan", "policy", "retention_until", "lines_before", "documents"})
        for (const Json& value : {Json("other"), Json(-1), Json(nullptr), Json::array({7})})
            EXPECT_THAT(changed(closing(), field, value), Contains(HasSubstr(field))) << field << value;
    EXPECT_THAT(changed(closing(), "step", "other"), Contains(HasSubstr("effect_key")));
}

TEST_F(KeptContradictions, ListsThatAreNone) {
    receipt_["results"] = 7;
    EXPECT_THAT(found(), Contains(HasSubstr("results/a.pdf")));
    manifest_["members"] = {{{"name", "receipt.json"}}, 7, "x"};
    EXPECT_THAT(found(), Not(IsEmpty()));
    journal_[0]["detail"] = Json::array();
    EXPECT_THAT(found(), Contains(HasSubstr("line 1")));
}

TEST_F(KeptContradictions, AMemberThatIsNoDocument) {
    manifest_["members"].push_back({{"name", "results/hidden.pdf"}, {"sha256", kSum}});
    EXPECT_THAT(found(), Contains(HasSubstr("results/hidden.pdf without \"slot\"")));
}

TEST_F(KeptContradictions, BytesBesideAPolicyOfProofs) {
    manifest_["policy"] = closing()["policy"] = "proof_only";
    EXPECT_THAT(found(), Contains(HasSubstr("originals/a.pdf")));
    manifest_["not_kept"] = Json::array({manifest_["members"][2], manifest_["members"][3]});
    for (Json& entry : manifest_["not_kept"])
        entry["name"] = nullptr;
    manifest_["members"] = Json::array({manifest_["members"][0], manifest_["members"][1]});
    EXPECT_THAT(found(), IsEmpty());
    manifest_["policy"] = closing()["policy"] = "full";
    EXPECT_THAT(found(), Contains(HasSubstr("that is not kept")));
}

TEST_F(KeptContradictions, ASecondBeginning) {
    journal_[1] = journal_[0];
    EXPECT_THAT(found(), Contains(HasSubstr("line 2 of member \"journal.jsonl\" says \"dossier admitted\"")));
}

TEST_F(KeptContradictions, TextThatTwoReadersReadDifferently) {
    const auto story = [](std::string_view manifest, std::string_view journal) {
        const auto read = readKeptStory(manifest, "{}", journal);
        return read ? std::string() : read.error().message;
    };
    EXPECT_THAT(story(R"({"plan":"a","plan":"b"})", "{}\n"), HasSubstr("member \"manifest.json\""));
    EXPECT_THAT(story("[]", "{}\n"), HasSubstr("no JSON object"));
    EXPECT_THAT(story("{}", "{}\n7\n"), HasSubstr("line 2 of member \"journal.jsonl\""));
    EXPECT_THAT(story("{}", ""), HasSubstr("has no line"));
    EXPECT_THAT(story(std::string(1'000, '['), "{}\n"), HasSubstr("member \"manifest.json\""));
}

}  // namespace
}  // namespace greffe
