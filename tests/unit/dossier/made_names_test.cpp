// SPDX-License-Identifier: Apache-2.0
#include "dossier/steps/made_names.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

CallArtifact artifact(const std::string& name, const std::string& mediaType) {
    CallArtifact made;
    made.name = name;
    made.mediaType = mediaType;
    return made;
}

TEST(MadeNames, FollowTheDocumentWhereThePluginSaysNothing) {
    const Json facts = Json::object();
    MadeNames names(facts, "lease.pdf", {});
    EXPECT_EQ(names.nameOf(artifact("archive", "application/zip"), 0), "lease.zip");
    EXPECT_EQ(names.nameOf(artifact("cover", "text/plain"), 3), "lease-3.txt");
    EXPECT_EQ(names.nameOf(artifact("x", "application/x-unknown"), 0), "lease.pdf");
    EXPECT_EQ(nameAs("lease.tar.zst", "application/zstd"), "lease.tar.zst");
    EXPECT_EQ(nameAs("lease", "application/pdf"), "lease.pdf");
    EXPECT_EQ(nameAs(std::string(255, 'n'), "application/pdf").size(), 255U);
}

TEST(MadeNames, AreThosePluginGivesWhenTheyAreNames) {
    const Json facts = {{"members",
                         {{{"artifact", "member-001"}, {"name", "north/lease.pdf"}},
                          {{"artifact", "member-002"}, {"name", "south/lease.pdf"}},
                          {{"artifact", "member-003"}, {"name", ".greffe"}},
                          {{"artifact", "member-004"}, {"name", "a\nb"}},
                          {{"artifact", "member-005"}, {"name", "sealed.pdf"}}}}};
    MadeNames names(facts, "all.zip", {"sealed.pdf"});
    const auto named = [&](const char* which, std::size_t number) {
        return names.nameOf(artifact(which, "application/pdf"), number);
    };
    EXPECT_EQ(named("member-001", 1), "lease.pdf");
    EXPECT_EQ(named("member-002", 2), "lease-2.pdf") << "no second of a name";
    EXPECT_EQ(named("member-003", 3), "all-3.pdf") << "hidden ones are ours";
    EXPECT_EQ(named("member-004", 4), "all-4.pdf");
    EXPECT_EQ(named("member-005", 5), "sealed-2.pdf") << "another step made one of that name";
    EXPECT_EQ(named("member-006", 6), "all-6.pdf");
}

}  // namespace
}  // namespace greffe
