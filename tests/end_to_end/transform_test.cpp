// SPDX-License-Identifier: Apache-2.0
// transform with a plugin, as a pipeline writes it: documents are packed and archives are taken apart.
#include "support/daemon_under_test.h"
#include "support/run_tool.h"
#include "unit/plugins/raw_zip.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TransformEndToEnd, PacksAndTakesApart) {
    DaemonUnderTest daemon(R"(
        transform { id = "pack", plugin = "document-archive", into = "bundle",
                    options = { into = "zip", folder = "dossier" } },
        transform { id = "open", plugin = "document-archive", documents = { "bundle" }, into = "part", many = true,
                    options = { into = "members" } },
        seal { id = "seal", document = "part-1", key = "office" })");
    daemon.drop("lease.pdf", tinyPdf("lease"));
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_THAT(daemon.names("out"), ElementsAre("lease.pdf", "lease.zip"));
    const std::string sealed = daemon.contentOf("out", "lease.pdf");
    EXPECT_EQ(sealed.substr(0, tinyPdf("lease").size()), tinyPdf("lease")) << "what came out is what went in";
    EXPECT_GT(sealed.size(), tinyPdf("lease").size());
    const ToolResult listed = runTool({"unzip", "-l", daemon.inFolder() + "/out/lease.zip"});
    EXPECT_THAT(listed.output, HasSubstr("dossier/lease.pdf"));
}

TEST(TransformEndToEnd, MembersKeepTheirNamesAndNoneIsLost) {
    DaemonUnderTest daemon(R"(
        transform { id = "open", plugin = "document-archive", into = "part", many = true,
                    options = { into = "members" } })");
    RawZip zip;
    zip.members.push_back({"north/lease.pdf", tinyPdf("north")});
    zip.members.push_back({"south/lease.pdf", tinyPdf("south")});
    zip.members.push_back({"notes.txt", "all there\n"});
    daemon.drop("leases.zip", zip.build());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_THAT(daemon.names("out"), ElementsAre("lease-2.pdf", "lease.pdf", "notes.txt"));
    EXPECT_EQ(daemon.contentOf("out", "lease.pdf"), tinyPdf("north"));
    EXPECT_EQ(daemon.contentOf("out", "lease-2.pdf"), tinyPdf("south"));
}

TEST(TransformEndToEnd, CheckKnowsTheOptionsOfAStep) {
    const DaemonUnderTest daemon(R"(
        transform { id = "pack", plugin = "document-archive", into = "bundle",
                    options = { into = "rar", max_ratio = 3 } })");
    std::string said;
    EXPECT_EQ(daemon.command({"check", "--config", daemon.root() + "/config"}, &said), 1);
    EXPECT_THAT(said, AllOf(HasSubstr("\"into\""), HasSubstr("tar.zst"), HasSubstr("max_ratio")));
}

}  // namespace
}  // namespace greffe
