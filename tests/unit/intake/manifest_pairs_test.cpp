// SPDX-License-Identifier: Apache-2.0
#include "intake/manifest_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace greffe {
namespace {

using std::chrono::seconds;
using testing::IsEmpty;

FileFacts facts(std::uint64_t inode, std::uint64_t size = 10) {
    FileFacts made;
    made.inode = inode;
    made.sizeBytes = size;
    made.mode = S_IFREG | 0600;
    made.links = 1;
    return made;
}

class Pairs : public ::testing::Test {
protected:
    SteadyTime at(int second) const { return SteadyTime() + seconds(100 + second); }
    // What is ready, as "document+manifest".
    std::vector<std::string> ready(ManifestPairs& pairs, int second) {
        std::vector<std::string> names;
        for (const ManifestPairs::Ready& one : pairs.takeReady(100, at(second)))
            names.push_back(one.document + "+" + one.manifest);
        return names;
    }
    ManifestPairs pairs_{{seconds(60), seconds(60)}, 10};
};

TEST(ManifestNames, AreTheDocumentsWithAnotherEnding) {
    EXPECT_EQ(manifestPathOf("x.pdf"), "x.json");
    EXPECT_EQ(manifestPathOf("a.b/x"), "a.b/x.json") << "a dot in a directory is no ending";
    EXPECT_EQ(manifestPathOf("a/x.tar.gz"), "a/x.tar.json");
    EXPECT_EQ(manifestPathOf("a/.hidden"), "a/.hidden.json");
    EXPECT_TRUE(isManifestName("x.json"));
    EXPECT_FALSE(isManifestName(".json"));
    EXPECT_FALSE(isManifestName("x.json.pdf"));
}

TEST_F(Pairs, WhicheverComesFirstWaitsForTheOther) {
    pairs_.settle("a.pdf", facts(1), at(0));
    EXPECT_THAT(ready(pairs_, 1), IsEmpty());
    pairs_.settle("a.json", facts(2), at(2));
    EXPECT_THAT(ready(pairs_, 3), testing::ElementsAre("a.pdf+a.json"));
    pairs_.settle("b.json", facts(3), at(4));
    EXPECT_THAT(ready(pairs_, 5), IsEmpty());
    pairs_.settle("b.pdf", facts(4), at(6));
    EXPECT_THAT(ready(pairs_, 7), testing::ElementsAre("b.pdf+b.json"));
    EXPECT_THAT(ready(pairs_, 1'000), IsEmpty()) << "each is given once";
    EXPECT_EQ(pairs_.size(), 0U);
}

TEST_F(Pairs, AHalfThatIsWrittenAgainIsNotTakenUntilItIsWholeAgain) {
    pairs_.settle("a.pdf", facts(1), at(0));
    pairs_.disturb("a.pdf");
    pairs_.settle("a.json", facts(2), at(1));
    EXPECT_THAT(ready(pairs_, 2), IsEmpty());
    EXPECT_FALSE(pairs_.holds("a.pdf", facts(1)));
    pairs_.settle("a.pdf", facts(1, 20), at(3));
    EXPECT_TRUE(pairs_.holds("a.pdf", facts(1, 20)));
    const auto taken = pairs_.takeReady(1, at(4));
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].documentFacts.sizeBytes, 20U) << "as it is now";
}

TEST_F(Pairs, ADocumentWhoseTimeIsOverGoesAlone) {
    pairs_.settle("a.pdf", facts(1), at(0));
    pairs_.settle("a.pdf", facts(1), at(50));  // a rescan saw it again: its time is not new
    EXPECT_EQ(pairs_.nextDeadline(), at(60));
    EXPECT_THAT(ready(pairs_, 59), IsEmpty());
    EXPECT_THAT(ready(pairs_, 60), testing::ElementsAre("a.pdf+"));
}

TEST_F(Pairs, AManifestWhoseDocumentNeverComesDoesNotStayForEver) {
    pairs_.settle("a.json", facts(1), at(0));
    EXPECT_THAT(ready(pairs_, 59), IsEmpty());
    EXPECT_THAT(ready(pairs_, 60), testing::ElementsAre("+a.json"));
}

TEST_F(Pairs, AManifestWhoseTimeIsOverStillGoesWithTheDocumentThatCameLate) {
    pairs_.settle("a.json", facts(1), at(0));
    pairs_.settle("a.pdf", facts(2), at(59));
    EXPECT_THAT(ready(pairs_, 70), testing::ElementsAre("a.pdf+a.json"));
    EXPECT_EQ(pairs_.size(), 0U);
}

TEST_F(Pairs, OneManifestDescribesOneDocument) {
    pairs_.settle("a.docx", facts(1), at(0));
    pairs_.settle("a.pdf", facts(2), at(0));
    pairs_.settle("a.json", facts(3), at(0));
    EXPECT_THAT(ready(pairs_, 1), testing::ElementsAre("a.docx+a.json"));
    EXPECT_THAT(ready(pairs_, 60), testing::ElementsAre("a.pdf+"));
}

TEST_F(Pairs, WithoutPatienceADocumentGoesAtOnce) {
    ManifestPairs hasty({seconds(0), seconds(600)}, 10);
    hasty.settle("a.json", facts(1), at(0));
    hasty.settle("a.pdf", facts(2), at(0));
    hasty.settle("b.pdf", facts(3), at(0));
    EXPECT_THAT(ready(hasty, 0), testing::UnorderedElementsAre("a.pdf+a.json", "b.pdf+"));
}

TEST_F(Pairs, RoomIsBounded) {
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(pairs_.settle(std::to_string(i) + ".pdf", facts(1), at(0)));
    EXPECT_FALSE(pairs_.settle("more.pdf", facts(1), at(0)));
    EXPECT_TRUE(pairs_.settle("3.pdf", facts(1), at(1))) << "who is in stays in";
}

}  // namespace
}  // namespace greffe
