// SPDX-License-Identifier: Apache-2.0
// archive-folder as a transformer: single members out of a kept dossier; and the chain of its journal.
#include "unit/plugins/archive_calls.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <iomanip>
#include <sstream>

namespace greffe {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string sumOf(const std::string& text) {
    unsigned char sum[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum);
    std::ostringstream hex;
    for (const unsigned char byte : sum)
        hex << std::hex << std::setw(2) << std::setfill('0') << int{byte};
    return hex.str();
}

constexpr const char* kDossier = "01JD8Z3V5W6X7Y8Z9A0B1C2D3E";

class ArchiveMembers : public ::testing::Test {
protected:
    std::string container(const json& journal = json::array()) {
        const std::vector<DocumentView> views = {viewOf(first_, "a.pdf"), viewOf(second_, "b.pdf")};
        const json about = {
            {"dossier", kDossier},
            {"pipeline", "lease"},
            {"plan", std::string(64, 'b')},
            {"created_at", "2026-11-22T03:59:02.125Z"},
            {"retention_until", "2036-11-22"},
            {"policy", "full"},
            {"documents",
             {{{"index", 0}, {"slot", "document"}, {"folder", "originals"}},
              {{"index", 1}, {"slot", "sealed"}, {"produced_by", "seal"}, {"folder", "results"}}}},
            {"receipt", json::object()},
            {"journal", journal}};
        HeardOutcome outcome;
        plugin_.use<Archiver>().build("key", views.data(), 2, std::string_view(about.dump()), "{}", outcome);
        EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
        return outcome.artifacts["container"].text();
    }
    HeardOutcome take(const std::string& bytes, const std::string& params) {
        HeardOutcome outcome;
        const DocumentView view = viewOf(bytes, "kept.zip");
        plugin_.use<Transformer>().transform(&view, 1, std::string_view(params), outcome);
        return outcome;
    }
    HeardOutcome verify(const std::string& bytes) {
        HeardOutcome outcome;
        plugin_.use<Archiver>().verify(viewOf(bytes, "kept.zip"), outcome);
        return outcome;
    }

    const std::string first_ = "the first document", second_ = std::string(100'000, 's');
    PluginUnderTest plugin_{"archive-folder"};
};

TEST_F(ArchiveMembers, ComeInTheOrderAskedFor) {
    HeardOutcome taken =
        take(container(), R"({"members":["results/b.pdf","manifest.json","originals/a.pdf"]})");
    ASSERT_EQ(taken.verdict, Verdict::Done) << taken.explanation;
    ASSERT_EQ(taken.artifacts.size(), 3U);
    EXPECT_EQ(taken.artifacts["member-001"].text(), second_);
    EXPECT_EQ(json::parse(taken.artifacts["member-002"].text())["dossier"], kDossier);
    EXPECT_EQ(taken.artifacts["member-003"].text(), first_);
}

TEST_F(ArchiveMembers, AreRefusedWithTheReason) {
    const std::string kept = container();
    const HeardOutcome missing = take(kept, R"({"members":["originals/a.pdf","results/c.pdf"]})");
    EXPECT_EQ(missing.verdict, Verdict::Rejected);
    EXPECT_EQ(missing.reason, "bytes_lost");
    EXPECT_THAT(missing.explanation, HasSubstr("results/c.pdf"));
    std::string many = R"({"members":["0")";
    for (int i = 1; i <= 100; ++i)
        many += ",\"" + std::to_string(i) + "\"";
    for (const std::string& params :
         {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"members":[]})"),
          std::string(R"({"members":[1]})"), std::string(R"({"members":["a","a"]})"), many + "]}"}) {
        const HeardOutcome wrong = take(kept, params);
        EXPECT_EQ(wrong.verdict, Verdict::Rejected) << params;
        EXPECT_EQ(wrong.reason, "invalid_options") << params;
    }
    EXPECT_EQ(take("no archive", R"({"members":["a"]})").verdict, Verdict::Rejected);
}

TEST_F(ArchiveMembers, AreListedWithTheVerdict) {
    HeardOutcome verified =
        verify(container(json::array({{{"action", "one"}, {"previous", sumOf(kDossier)}}})));
    ASSERT_EQ(verified.verdict, Verdict::Done) << verified.explanation;
    const json documents = json::parse(verified.facts["documents"]);
    ASSERT_EQ(documents.size(), 2U);
    EXPECT_EQ(documents[1]["name"], "results/b.pdf");
    EXPECT_EQ(documents[1]["produced_by"], "seal");
    EXPECT_EQ(documents[1]["sha256"], sumOf(second_));
}

TEST_F(ArchiveMembers, TellTheStoryInOneChain) {
    json lines = json::array({{{"action", "one"}, {"previous", sumOf(kDossier)}}});
    lines.push_back({{"action", "zwei"}, {"previous", sumOf(lines[0].dump())}});
    HeardOutcome chained = verify(container(lines));
    EXPECT_EQ(chained.verdict, Verdict::Done) << chained.explanation;
    EXPECT_EQ(chained.facts["journal"], R"({"chained":true,"lines":2})");
    lines[0]["action"] = "other";
    const HeardOutcome torn = verify(container(lines));
    EXPECT_EQ(torn.reason, "bytes_lost");
    EXPECT_THAT(torn.explanation, HasSubstr("line 2"));
    // A story that anybody could have written is none.
    EXPECT_THAT(verify(container(json::array({{{"action", "one"}}}))).explanation, HasSubstr("\"previous\""));
}

}  // namespace
}  // namespace greffe
