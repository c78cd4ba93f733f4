// SPDX-License-Identifier: Apache-2.0
// What workers may cost and what they must be closed in by, seen from outside: plugins that crash and
// complain, kernels that lack a wall.
#include "end_to_end/operator_at_work.h"
#include "support/run_tool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const DaemonUnderTest::How kWithMisbehaving = {
    {}, {{"GREFFE_PLUGIN_PATH", std::string(GREFFE_BINARY_DIR) + "/tests/plugins"}}};

// The plugin does what "do" says to whatever is called bad.pdf; the others pass it by.
std::string misbehavingFor(const char* what, const char* more = "") {
    return fmt::format(
        R"(transform {{ id = "odd", plugin = "test-misbehaving", into = "odd", options = {{ ["do"] = "{}" }},
                             when = function(d) return d.documents.document.name == "bad.pdf" end, {} }},
                seal {{ id = "seal", key = "office" }})",
        what, more);
}

TEST(WorkersEndToEnd, ThreeCrashesHoldTheDossierAndTheOthersGoOn) {
    DaemonUnderTest daemon(misbehavingFor("segv"));
    ASSERT_TRUE(startAndWait(daemon, kWithMisbehaving)) << daemon.log();
    Operator anne(daemon);
    daemon.drop("bad.pdf", tinyPdf("bad"));
    daemon.drop("good-1.pdf", tinyPdf("one"));
    const std::string held = anne.waitFor("held");
    daemon.drop("good-2.pdf", tinyPdf("two"));
    EXPECT_NE(anne.waitFor("done", 2), "");
    for (int i = 0; i < 500 && daemon.names("out").size() < 2; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const Json dossier = memberOf(anne.json({"dossier", "show", held}), "dossier");
    EXPECT_EQ(textOf(dossier, "reason"), "worker_crashed") << anne.said;
    EXPECT_THAT(textOf(dossier, "explanation"), HasSubstr("3 workers died on this step"));
    EXPECT_THAT(daemon.names("in-progress"), ::testing::Contains("bad.pdf")) << "held, not lost";
    EXPECT_THAT(daemon.names("out"), ::testing::ElementsAre("good-1.pdf", "good-2.pdf"));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

// A plugin that hangs is killed when the step's own deadline passes, and counts as one that died: the third
// time an operator looks at it.
TEST(WorkersEndToEnd, AStepsOwnDeadlineEndsItsAttempt) {
    DaemonUnderTest daemon(misbehavingFor("loop", "deadline_seconds = 1"));
    ASSERT_TRUE(startAndWait(daemon, kWithMisbehaving)) << daemon.log();
    Operator anne(daemon);
    daemon.drop("bad.pdf", tinyPdf("bad"));
    daemon.drop("good.pdf", tinyPdf("good"));
    const std::string held = anne.waitFor("held");
    EXPECT_NE(anne.waitFor("done"), "") << "the others went on";
    const Json dossier = memberOf(anne.json({"dossier", "show", held}), "dossier");
    EXPECT_EQ(textOf(dossier, "reason"), "deadline_exceeded") << anne.said;
    EXPECT_THAT(textOf(dossier, "explanation"), HasSubstr("the step's deadline passed"));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

// An error that a plugin reports must not drown among what went well.
TEST(WorkersEndToEnd, APluginsWordsKeepTheirLevel) {
    DaemonUnderTest daemon(misbehavingFor("say", R"(on_error = "continue")"));
    ASSERT_TRUE(startAndWait(daemon, kWithMisbehaving)) << daemon.log();
    Operator anne(daemon);
    daemon.drop("bad.pdf", tinyPdf("bad"));
    EXPECT_NE(anne.waitFor("done"), "");
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_THAT(daemon.log(), HasSubstr("error   thing broken pool=documents thing=lamp"));
    EXPECT_THAT(daemon.log(), HasSubstr("warning worker wrote pool=documents text=\"a library complains"));
}

// A step whose plugin asks for the converters goes to a pool of the plugin's own, behind all walls.
TEST(WorkersEndToEnd, ConvertersWorkInAPoolOfTheirOwn) {
    DaemonUnderTest daemon(R"(
        transform { id = "odd", plugin = "test-converting", into = "odd", options = { ["do"] = "try:fork" } })");
    ASSERT_TRUE(startAndWait(daemon, kWithMisbehaving)) << daemon.log();
    Operator anne(daemon);
    daemon.drop("a.pdf", tinyPdf());
    const std::string held = anne.waitFor("held");
    const Json dossier = memberOf(anne.json({"dossier", "show", held}), "dossier");
    EXPECT_THAT(textOf(dossier, "explanation"), HasSubstr("made 0 documents")) << "it ran, and made none";
    ASSERT_EQ(anne.run({"status"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("converters:test-converting"));
    EXPECT_THAT(anne.said, Not(HasSubstr("NO SECCOMP")));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST(WorkersEndToEnd, KeysAreNotUsedWithoutLandlockUnlessItIsAllowed) {
    DaemonUnderTest daemon;
    const DaemonUnderTest::How oldKernel = {{std::string(GREFFE_BINARY_DIR) + "/tests/without_landlock"}, {}};
    ASSERT_TRUE(startAndWait(daemon, oldKernel)) << daemon.log();
    Operator anne(daemon);
    daemon.drop("a.pdf", tinyPdf());
    const std::string waiting = anne.waitFor("retry_wait");
    ASSERT_EQ(anne.run({"dossier", "explain", waiting}), 0);
    EXPECT_THAT(anne.said, HasSubstr("has no Landlock"));
    EXPECT_THAT(anne.said, HasSubstr("allow_without_landlock"));
    EXPECT_THAT(daemon.log(), HasSubstr("pool degraded"));
    ASSERT_EQ(anne.run({"status"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("seccomp, NO LANDLOCK"));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();

    replaceIn(daemon.root() + "/config/greffe.lua", "front_port = 0",
              "front_port = 0, allow_without_landlock = true");
    ASSERT_TRUE(startAndWait(daemon, oldKernel)) << daemon.log();
    anne.run(
        {"dossier", "retry", waiting, "--reason", "it is allowed now"});  // or its time has come meanwhile
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

// What the daemon would refuse is said before it is started.
TEST(WorkersEndToEnd, TheLiveCheckMissesLandlockToo) {
    const DaemonUnderTest daemon;
    const auto check = [&](std::vector<std::string> words) {
        for (const std::string& word :
             {std::string(GREFFE_BINARY_DIR) + "/bin/greffe", std::string("check"), std::string("--live"),
              std::string("--config"), daemon.root() + "/config"})
            words.push_back(word);
        return runTool(words);
    };
    const ToolResult old = check({std::string(GREFFE_BINARY_DIR) + "/tests/without_landlock"});
    EXPECT_NE(old.exitCode, 0) << old.output;
    EXPECT_THAT(old.output, HasSubstr("has no Landlock"));
    const ToolResult today = check({});
    EXPECT_EQ(today.exitCode, 0) << today.output;
}

}  // namespace
}  // namespace greffe
