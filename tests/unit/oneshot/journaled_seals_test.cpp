// SPDX-License-Identifier: Apache-2.0
#include "oneshot/journaled_seals.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kOne(64, '1'), kTwo(64, '2');

Json sealLine(const std::string& step, const std::string& certificate, std::int64_t unixSeconds,
              const char* level = "B-B") {
    return {
        {"action", "step done"},
        {"detail",
         {{"step", step},
          {"facts",
           {{"certificate_sha256", certificate}, {"level", level}, {"signing_time_unix", unixSeconds}}}}}};
}

Json signature(const std::string& certificate, const std::string& time) {
    return {{"certificate_sha256", certificate}, {"claimed_time", time}, {"timestamp", nullptr}};
}

KeptStory storyOf(std::vector<Json> lines) {
    KeptStory story;
    story.journal = std::move(lines);
    return story;
}

TEST(JournaledSeals, AreTheLinesOfStepsThatSealed) {
    const std::vector<JournaledSeal> seals = journaledSeals(
        storyOf({{{"action", "dossier admitted"}},
                 {{"action", "step done"}, {"detail", {{"step", "never"}, {"facts", {{"skipped", true}}}}}},
                 {{"action", "step failed"}, {"detail", {{"step", "seal"}}}},
                 sealLine("seal", kOne, 7),
                 {{"action", "step done"}, {"detail", "not an object"}},
                 "not even a line"}));
    ASSERT_THAT(seals, SizeIs(1));
    EXPECT_EQ(seals[0].line, 4U);
    EXPECT_EQ(seals[0].step, "seal");
    EXPECT_EQ(seals[0].certificate, kOne);
    EXPECT_THAT(sealsOfStep(seals, "other"), IsEmpty());
}

// Inside `each` a step seals several documents, and nothing says which line is whose.
TEST(JournaledSeals, OneLineThatFitsIsEnough) {
    const auto seals = journaledSeals(storyOf({sealLine("seal", kOne, 0), sealLine("seal", kTwo, 1)}));
    EXPECT_THAT(sealContradictions("a.pdf", signature(kOne, "1970-01-01T00:00:00+00:00"), seals), IsEmpty());
    EXPECT_THAT(sealContradictions("a.pdf", signature(kTwo, "1970-01-01T00:00:01Z"), seals), IsEmpty());
    EXPECT_THAT(sealContradictions("a.pdf", signature(kTwo, "1970-01-01T00:00:00Z"), seals), SizeIs(1));
    EXPECT_THAT(sealContradictions("a.pdf", signature(kTwo, ""), {}), IsEmpty());
}

TEST(JournaledSeals, TellsEachDifference) {
    const auto plain = journaledSeals(storyOf({sealLine("seal", kOne, 0)}));
    EXPECT_THAT(sealContradictions("a.pdf", signature(kTwo, "1999-01-01T00:00:00Z"), plain),
                ElementsAre(HasSubstr("certificate"), HasSubstr("signing_time_unix")));
    Json stamped = signature(kOne, "1970-01-01T00:00:00Z");
    stamped["timestamp"] = {{"state", "holds"}, {"time", "1970-01-01T00:00:05Z"}};
    EXPECT_THAT(sealContradictions("a.pdf", stamped, plain), ElementsAre(HasSubstr("\"level\"")));
    Json line = sealLine("seal", kOne, 0, "B-T");
    line["detail"]["facts"]["timestamp"] = {{"gen_time_unix", 5}};
    EXPECT_THAT(sealContradictions("a.pdf", stamped, journaledSeals(storyOf({line}))), IsEmpty());
    line["detail"]["facts"]["timestamp"] = {{"gen_time_unix", 6}};
    EXPECT_THAT(sealContradictions("a.pdf", stamped, journaledSeals(storyOf({line}))),
                ElementsAre(HasSubstr("time-stamp of")));
    stamped["timestamp"]["state"] = "broken";
    EXPECT_THAT(sealContradictions("a.pdf", stamped, journaledSeals(storyOf({line}))),
                ElementsAre(HasSubstr("says no time-stamp")));
}

}  // namespace
}  // namespace greffe
