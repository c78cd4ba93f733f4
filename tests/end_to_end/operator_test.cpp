// SPDX-License-Identifier: Apache-2.0
// What an operator does, with the real command line against the real daemon.
#include "end_to_end/operator_at_work.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kSeal = R"(seal { id = "seal", key = "office" })";
constexpr const char* kAskThenSeal =
    R"(task { id = "verify", ask = "clerk", answers = { "validate", "refuse" } }, seal { id = "seal", key = "office" })";

TEST(OperatorEndToEnd, LooksAtWhatTheDaemonDid) {
    DaemonUnderTest daemon;
    Operator anne(daemon);
    EXPECT_EQ(anne.run({"status"}), 3) << "no daemon is something missing";
    EXPECT_THAT(anne.said, HasSubstr("no daemon answers"));
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("bail.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();

    EXPECT_EQ(anne.run({"status"}), 0);
    EXPECT_THAT(anne.said,
                AllOf(HasSubstr("done"), HasSubstr("documents"), HasSubstr("free"), Not(HasSubstr("\033"))));
    const std::string id = anne.waitFor("done");
    EXPECT_EQ(anne.run({"dossier", "list", "--text", "BAIL", "--since", "1h"}), 0);
    EXPECT_THAT(anne.said, AllOf(HasSubstr(id), HasSubstr("bail.pdf")));
    EXPECT_EQ(anne.run({"dossier", "list", "--text", "nothing like it"}), 0);
    EXPECT_EQ(anne.said, "no dossiers\n");
    const Json shown = anne.json({"dossier", "show", id});
    EXPECT_EQ(textOf(shown["dossier"], "state"), "done");
    EXPECT_GE(shown["documents"].size(), 2U);
    EXPECT_EQ(anne.run({"dossier", "explain", id, "--language", "fr"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("bail.pdf : terminé le"));
    EXPECT_EQ(anne.run({"shape"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("seal (seal)"));
    EXPECT_EQ(anne.run({"config", "show", "--origin"}), 0);
    EXPECT_THAT(anne.said,
                AllOf(HasSubstr("settings.spool = "), HasSubstr("greffe.lua:2"), HasSubstr("-- default")));
    EXPECT_EQ(anne.run({"metrics"}), 0);
    EXPECT_THAT(anne.said, AllOf(HasSubstr("greffe_documents_admitted_total{intake=\"drop\"} 1\n"),
                                 HasSubstr("greffe_effects_total{kind=\"seal\",result=\"done\"} 1\n"),
                                 HasSubstr("# EOF\n")));
    EXPECT_EQ(anne.run({"audit", "verify"}), 0);
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_FALSE(fs::exists(daemon.controlSocket()));
}

TEST(OperatorEndToEnd, ColoursAreForTerminalsThatWantThem) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    const auto onATerminal = [&](const std::string& environment) {
        const std::string command = fmt::format(
            "env -u NO_COLOR TERM=xterm {} script -qec '{}/bin/greffe dossier list --socket {}' /dev/null",
            environment, GREFFE_BINARY_DIR, daemon.controlSocket());
        std::string said(16'384, '\0');
        FILE* pipe = popen(command.c_str(), "r");
        said.resize(fread(said.data(), 1, said.size(), pipe));
        pclose(pipe);
        return said;
    };
    EXPECT_THAT(onATerminal(""), HasSubstr("\033[32mdone\033[0m"));
    EXPECT_THAT(onATerminal("NO_COLOR=1"), AllOf(HasSubstr("done"), Not(HasSubstr("\033["))));
    Operator anne(daemon);
    EXPECT_EQ(anne.run({"dossier", "list"}), 0);
    EXPECT_THAT(anne.said, AllOf(HasSubstr("done"), Not(HasSubstr("\033["))));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(OperatorEndToEnd, ExitCodesTellARefusalFromWrongUsage) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    EXPECT_EQ(anne.run({"dossier", "show", "01KAMVXXXXXXXXXXXXXXXXXXXX"}), 1);
    EXPECT_THAT(anne.said, HasSubstr("there is no dossier"));
    EXPECT_EQ(anne.run({"dossier", "show", "01KAMVXXXXXXXXXXXXXXXXXXXX", "--json"}), 1);
    EXPECT_EQ(textOf(Json::parse(anne.said)["error"], "code"), "not_found");
    EXPECT_EQ(anne.run({"dossier", "show"}), 2);
    EXPECT_EQ(anne.run({"dossier", "retry", "01KAMVXXXXXXXXXXXXXXXXXXXX"}), 2) << "a reason is mandatory";
    EXPECT_EQ(anne.run({"dossier", "list", "--since", "yesterday"}), 2);
    EXPECT_EQ(anne.run({"dossier", "resolve", "01KAMVXXXXXXXXXXXXXXXXXXXX", "--reason", "x"}), 2);
    EXPECT_EQ(anne.run({"dossier", "resolve", "--help"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("Exit codes: 0 good, 1 refused"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(OperatorEndToEnd, ATaskIsAnsweredAndTheDossierGoesOn) {
    DaemonUnderTest daemon(kAskThenSeal);
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    Operator anne(daemon);
    const std::string id = anne.waitFor("waiting");
    EXPECT_EQ(anne.run({"dossier", "explain", id, "--language", "en"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("clerk must answer task"));
    const Json tasks = anne.json({"task", "list"});
    ASSERT_EQ(tasks["tasks"].size(), 1U) << anne.said;
    const std::string task = textOf(tasks["tasks"][0], "id");
    EXPECT_EQ(anne.run({"task", "answer", task, "perhaps"}), 1);
    EXPECT_EQ(anne.run({"task", "answer", task, "validate", "--reason", "all pages there"}), 0) << anne.said;
    EXPECT_EQ(anne.run({"task", "answer", task, "refuse"}), 1) << "once";
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    const Json shown = anne.json({"dossier", "show", id});
    EXPECT_EQ(textOf(shown["tasks"][0], "comment"), "all pages there");
    EXPECT_EQ(textOf(shown["tasks"][0], "answered_by").rfind("operator:", 0), 0U);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

TEST(OperatorEndToEnd, ADossierIsReplayedAsItWas) {
    DaemonUnderTest daemon(
        R"(task { id = "look", ask = "clerk", answers = { "yes", "no" } }, seal { id = "seal", key = "office" })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    daemon.drop("lease.pdf", tinyPdf("lease"));
    const std::string id = anne.waitFor("waiting");
    const Json before = anne.json({"dossier", "replay", id});
    EXPECT_EQ(textOf(before, "state"), "waiting") << anne.said;
    std::this_thread::sleep_for(milliseconds(50));
    const Json tasks = anne.json({"task", "list"});
    ASSERT_EQ(anne.run({"task", "answer", textOf(tasks["tasks"][0], "id"), "yes"}), 0) << anne.said;
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    const Json now = anne.json({"dossier", "replay", id});
    EXPECT_EQ(textOf(now, "state"), "done") << anne.said;
    EXPECT_EQ(memberOf(now, "documents").size(), 2U);
    auto client = ControlClient::connect(daemon.controlSocket());
    ASSERT_TRUE(client);
    const auto then =
        client->ask("dossier.replay", {{"dossier", id}, {"until_ms", numberOf(before, "at_ms")}});
    ASSERT_TRUE(then) << then.error().text();
    EXPECT_EQ(textOf(*then, "state"), "waiting") << dumpJson(*then);
    EXPECT_EQ(memberOf(*then, "documents").size(), 1U);
    EXPECT_THAT(textOf(*then, "waits"), HasSubstr("clerk must answer task"));
    EXPECT_EQ(anne.run({"dossier", "replay", id, "--language", "fr"}), 0);
    EXPECT_THAT(anne.said, AllOf(HasSubstr("answered yes"), HasSubstr("SHA-256"), HasSubstr("rien à faire")));
    EXPECT_EQ(anne.run({"dossier", "replay", id, "--until", "2020-01-01"}), 1);
    EXPECT_THAT(anne.said, HasSubstr("the dossier came at"));
    EXPECT_EQ(anne.run({"dossier", "replay", id, "--until", "yesterday"}), 2);
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST(OperatorEndToEnd, AnEventEndsAWait) {
    DaemonUnderTest daemon(
        R"(wait { id = "paid", for_event = "bank", expires_days = 3 }, seal { id = "seal", key = "office" })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    Operator anne(daemon);
    const std::string id = anne.waitFor("waiting");
    const std::vector<std::string> event = {"event",   "send", "bank",     "transfer-7",
                                            "--about", id,     "--reason", "seen on the statement"};
    EXPECT_EQ(anne.run(event), 0) << anne.said;
    EXPECT_THAT(anne.said, HasSubstr("wakes " + id));
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(anne.run(event), 0);
    EXPECT_THAT(anne.said, HasSubstr("this event was there before"));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

TEST(OperatorEndToEnd, ACancelledFileComesBackWithItsReason) {
    DaemonUnderTest daemon(kAskThenSeal);
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    Operator anne(daemon);
    const std::string id = anne.waitFor("waiting");
    EXPECT_EQ(anne.run({"dossier", "cancel", id, "--reason", "sent by mistake"}), 0) << anne.said;
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_THAT(readFile(daemon.inFolder() + "/rejected/a.pdf.reason.txt", 10'000).value(),
                HasSubstr("sent by mistake"));
    EXPECT_EQ(anne.json({"task", "list"})["tasks"].size(), 0U) << "nobody is asked any more";
    EXPECT_EQ(anne.run({"dossier", "cancel", id, "--reason", "again"}), 1);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({}, {"a.pdf"}), "");
}

// What was made of it is not a result, and stays out of out/; nor is it lost.
TEST(OperatorEndToEnd, ACancelledDossiersSealIsFetched) {
    DaemonUnderTest daemon(
        R"(seal { id = "seal", key = "office" }, task { id = "look", ask = "clerk", answers = { "yes", "no" } })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf("a"));
    Operator anne(daemon);
    const std::string id = anne.waitFor("waiting");
    ASSERT_EQ(anne.run({"dossier", "cancel", id, "--reason", "sent by mistake"}), 0) << anne.said;
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_THAT(daemon.names("out"), IsEmpty());

    const std::string sealed = daemon.root() + "/sealed", both = daemon.root() + "/both";
    EXPECT_EQ(anne.run({"dossier", "fetch", id}), 2) << "where to?";
    ASSERT_EQ(anne.run({"dossier", "fetch", id, "--slot", "sealed", "--out", sealed}), 0) << anne.said;
    EXPECT_THAT(anne.said, HasSubstr("written: " + sealed + "/a.pdf"));
    const std::string bytes = readFile(sealed + "/a.pdf", 1U << 20U).value();
    EXPECT_EQ(bytes.compare(0, tinyPdf("a").size(), tinyPdf("a")), 0);
    EXPECT_THAT(bytes, HasSubstr("/ByteRange"));
    EXPECT_EQ(anne.run({"dossier", "fetch", id, "--slot", "seeled", "--out", sealed}), 1);
    EXPECT_THAT(anne.said, HasSubstr("no document in slot \"seeled\""));

    // Every version under a name of its own; nothing is overwritten.
    ASSERT_EQ(anne.run({"dossier", "replay", id, "--out", both}), 0) << anne.said;
    EXPECT_EQ(std::distance(fs::directory_iterator(both), fs::directory_iterator()), 2);
    EXPECT_EQ(readFile(both + "/a.pdf", 1U << 20U).value(), tinyPdf("a"));
    EXPECT_EQ(anne.run({"dossier", "fetch", id, "--out", both}), 1) << anne.said;
    EXPECT_THAT(anne.said, HasSubstr("name a folder that is empty"));
    EXPECT_EQ(readFile(both + "/a.pdf", 1U << 20U).value(), tinyPdf("a"));
    EXPECT_EQ(std::distance(fs::directory_iterator(both), fs::directory_iterator()), 2)
        << "all names are worked out before the first file is written";
    EXPECT_EQ(anne.run({"dossier", "replay", id, "--out", both}), 1) << anne.said;
    EXPECT_EQ(std::distance(fs::directory_iterator(both), fs::directory_iterator()), 2);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(OperatorEndToEnd, AnIdMayBeTypedInAnyCase) {
    DaemonUnderTest daemon(R"(task { id = "look", ask = "clerk", answers = { "yes", "no" } })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    daemon.drop("a.pdf", tinyPdf("a"));
    const auto small = [](std::string id) {
        for (char& letter : id)
            letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        return id;
    };
    const std::string id = small(anne.waitFor("waiting"));
    for (const char* command : {"show", "explain", "replay"})
        EXPECT_EQ(anne.run({"dossier", command, id}), 0) << anne.said;
    EXPECT_EQ(anne.run({"dossier", "fetch", id, "--out", daemon.root() + "/made"}), 0) << anne.said;
    EXPECT_EQ(anne.run({"dossier", "list", "--after", id}), 0) << anne.said;
    const Json tasks = anne.json({"task", "list", "--dossier", id});
    ASSERT_EQ(memberOf(tasks, "tasks").size(), 1U) << anne.said;
    EXPECT_EQ(anne.run({"task", "answer", small(textOf(tasks["tasks"][0], "id")), "yes"}), 0) << anne.said;
    EXPECT_EQ(anne.run({"dossier", "show", "no-id"}), 1);
    EXPECT_THAT(anne.said, HasSubstr("no-id"));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

#ifdef GREFFE_FAILPOINTS
TEST(OperatorEndToEnd, ADossierUnderWayIsChangedAfterItsStepAndLosesNothingOfIt) {
    DaemonUnderTest daemon(
        R"(seal { id = "seal", key = "office" }, task { id = "verify", ask = "clerk", answers = { "validate", "refuse" } })");
    DaemonUnderTest::How how;
    how.environment["GREFFE_FAILPOINTS_SET"] = "spool.segment.append=sleep:2000@2";  // the sealed document's
    ASSERT_TRUE(startAndWait(daemon, how)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    Operator anne(daemon);
    const std::string id = anne.waitFor("running");
    EXPECT_EQ(anne.run({"dossier", "cancel", id, "--reason", "not this one"}), 0) << anne.said;
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    const Json shown = anne.json({"dossier", "show", id});
    EXPECT_EQ(textOf(shown["dossier"], "state"), "cancelled");
    ASSERT_EQ(shown["effects"].size(), 1U) << anne.said;
    EXPECT_EQ(textOf(shown["effects"][0], "state"), "done") << "the seal that was under way is written down";
    EXPECT_EQ(shown["tasks"].size(), 0U) << "nobody is asked after that";
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({}, {"a.pdf"}), "");
}
#endif

TEST(OperatorEndToEnd, AHeldDossierIsTriedAgainWhenTold) {
    DaemonUnderTest daemon(
        R"(seal { id = "seal", key = "office", when = function(d) return d.nothing.at_all end })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    Operator anne(daemon);
    const std::string id = anne.waitFor("held");
    EXPECT_EQ(anne.run({"dossier", "retry", id, "--reason", "perhaps now"}), 0) << anne.said;
    // It runs, and is held for the same reason: its plan is the one it was admitted under.
    const auto heldTwice = [&] {
        std::size_t times = 0;
        const Json shown = anne.json({"dossier", "show", id});
        for (const Json& row : memberOf(shown, "audit"))
            if (textOf(row, "action") == "dossier held") ++times;
        return times == 2;
    };
    for (int i = 0; i < 500 && !heldTwice(); ++i)
        std::this_thread::sleep_for(milliseconds(20));
    EXPECT_TRUE(heldTwice()) << anne.said << daemon.log();
    EXPECT_EQ(anne.waitFor("held"), id);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(OperatorEndToEnd, AQuarantinedFileIsReleased) {
    DaemonUnderTest daemon(kSeal, R"(stable_seconds = 0, on_duplicate = "hold")");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("first.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    daemon.drop("again.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    Operator anne(daemon);
    const Json listed = anne.json({"quarantine", "list"});
    ASSERT_EQ(listed["dossiers"].size(), 1U) << anne.said;
    const std::string id = textOf(listed["dossiers"][0], "id");
    EXPECT_EQ(textOf(listed["dossiers"][0], "reason"), "duplicate");
    EXPECT_EQ(anne.run({"quarantine", "release", id, "--reason", "the tenant asked for a second copy"}), 0)
        << anne.said;
    EXPECT_THAT(anne.waitFor("done", 2), Not(""));
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(anne.run({"quarantine", "release", id, "--reason", "twice"}), 1);
    EXPECT_EQ(daemon.stop(), 0);
    // Nothing is left in quarantine/, no receipt either; both files are where sealed ones are.
    EXPECT_EQ(daemon.brokenPromise({"again.pdf", "first.pdf"}, {}), "") << daemon.log();
}

// By hand, instead of `quarantine release`: another dossier, which keeps its file whatever becomes of the
// first.
TEST(OperatorEndToEnd, AQuarantinedFileThatIsDroppedAgainBelongsToTheSecondDossier) {
    DaemonUnderTest daemon(kSeal, R"(stable_seconds = 0, on_duplicate = "hold")");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("first.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    daemon.drop("again.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    Operator anne(daemon);
    const std::string before = textOf(anne.json({"quarantine", "list"})["dossiers"][0], "id");
    std::filesystem::rename(daemon.inFolder() + "/quarantine/again.pdf", daemon.inFolder() + "/again.pdf");
    ASSERT_TRUE(daemon.waitUntilSettled(3)) << daemon.log();
    const Json listed = anne.json({"quarantine", "list"})["dossiers"];
    ASSERT_EQ(listed.size(), 2U) << anne.said;
    const std::string after =
        textOf(listed[0], "id") == before ? textOf(listed[1], "id") : textOf(listed[0], "id");

    ASSERT_EQ(anne.run({"quarantine", "release", before, "--reason", "wanted"}), 0) << anne.said;
    EXPECT_THAT(anne.waitFor("done", 2), Not(""));
    EXPECT_THAT(daemon.names("quarantine"), Contains("again.pdf")) << "the second one's";
    EXPECT_THAT(daemon.names("done"), Not(Contains("again.pdf"))) << "the first one has no file left";
    ASSERT_EQ(anne.run({"quarantine", "release", after, "--reason", "wanted, too"}), 0) << anne.said;
    EXPECT_THAT(anne.waitFor("done", 3), Not(""));
    ASSERT_TRUE(daemon.waitUntilSettled(3)) << daemon.log();
    EXPECT_THAT(daemon.names("done"), Contains("again.pdf"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(OperatorEndToEnd, AnImportedFileIsSealed) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    const std::string path = daemon.root() + "/imported.pdf";
    std::ofstream(path) << tinyPdf("imported");
    std::ofstream(daemon.root() + "/manifest.json") << R"({"type": "B", "data": {"rent": 800}})";
    Operator anne(daemon);
    const Json made = anne.json({"dossier", "import", path, "--pipeline", "main", "--key", "k1", "--manifest",
                                 daemon.root() + "/manifest.json"});
    ASSERT_TRUE(made.is_object()) << anne.said;
    const std::string id = textOf(made, "dossier");
    EXPECT_EQ(anne.waitFor("done"), id);
    const Json shown = anne.json({"dossier", "show", id});
    EXPECT_EQ(textOf(shown["dossier"], "type"), "B");
    EXPECT_EQ(numberOf(shown["dossier"]["data"], "rent"), 800);
    bool isSealed = false;
    for (const Json& row : memberOf(shown, "documents"))
        isSealed = isSealed || textOf(row, "produced_by") == "seal";
    EXPECT_TRUE(isSealed) << anne.said;
    const Json again = anne.json({"dossier", "import", path, "--pipeline", "main", "--key", "k1",
                                  "--manifest", daemon.root() + "/manifest.json"});
    EXPECT_EQ(textOf(again, "dossier"), id);
    EXPECT_FALSE(boolOf(again, "is_new", true));
    // The same name for something else is not a repetition.
    EXPECT_EQ(anne.run({"dossier", "import", path, "--pipeline", "main", "--key", "k1"}), 1) << "no manifest";
    std::ofstream(daemon.root() + "/other.pdf") << tinyPdf("another");
    EXPECT_EQ(anne.run({"dossier", "import", daemon.root() + "/other.pdf", "--pipeline", "main", "--key",
                        "k1", "--manifest", daemon.root() + "/manifest.json"}),
              1);
    EXPECT_THAT(anne.said, HasSubstr("given before, to something else: dossier " + id));
    EXPECT_EQ(anne.run({"dossier", "import", path, "--pipeline", "nowhere"}), 1);
    EXPECT_EQ(anne.run({"dossier", "import", daemon.root() + "/missing.pdf", "--pipeline", "main"}), 3);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(OperatorEndToEnd, AnImportIsHeldToWhatThePipelineNeeds) {
    DaemonUnderTest daemon(R"(seal { id = "seal", document = "lease", key = "office" })",
                           "stable_seconds = 0, folders_as_dossiers = true, manifest = \"required\"", "",
                           R"(documents = { slot { name = "lease", accepts = { "application/pdf" } } },
                              parties = { role { name = "tenant" } })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    const auto import = [&](const std::string& bytes, const std::string& manifest) {
        std::ofstream(daemon.root() + "/imported") << bytes;
        std::ofstream(daemon.root() + "/manifest.json") << manifest;
        std::vector<std::string> words = {"dossier", "import", daemon.root() + "/imported", "--pipeline",
                                          "main"};
        if (!manifest.empty()) words.insert(words.end(), {"--manifest", daemon.root() + "/manifest.json"});
        return anne.run(words);
    };
    const std::string tenant = R"({"parties": [{"role": "tenant", "name": "A", "email": "a@b.example"}]})";
    EXPECT_EQ(import("PK\3\4 no pdf", tenant), 1);
    EXPECT_THAT(anne.said, HasSubstr("is application/zip, which \"lease\" does not accept"));
    EXPECT_EQ(import(tinyPdf("x"), ""), 1);
    EXPECT_THAT(anne.said, HasSubstr("\"tenant\", which only a manifest names"));
    EXPECT_EQ(import(tinyPdf("x"), tenant), 0) << anne.said;
    anne.waitFor("done");
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST(OperatorEndToEnd, AReloadTakesAGoodConfigurationAndRefusesABadOne) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    const std::string before = textOf(anne.json({"status"}), "plan");
    const std::string pipeline = daemon.root() + "/config/pipelines/main.lua";
    replaceIn(pipeline, "seal {", "seal { profil = 1,");
    EXPECT_EQ(anne.run({"reload"}), 1);
    EXPECT_THAT(anne.said,
                AllOf(HasSubstr("main.lua:1:"), HasSubstr("profil"), HasSubstr("refused; still in use")));
    EXPECT_EQ(textOf(anne.json({"status"}), "plan"), before);
    replaceIn(pipeline, " profil = 1,", "");
    replaceIn(pipeline, "id = \"seal\"", "id = \"sealed\"");
    EXPECT_EQ(anne.run({"reload"}), 0) << anne.said;
    const std::string after = textOf(anne.json({"status"}), "plan");
    EXPECT_NE(after, before);
    EXPECT_EQ(anne.run({"shape"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("sealed (seal)"));
    // HUP takes the same way.
    replaceIn(pipeline, "id = \"sealed\"", "id = \"seal\"");
    ASSERT_EQ(kill(daemon.pid(), SIGHUP), 0);
    for (int i = 0; i < 100 && textOf(anne.json({"status"}), "plan") != before; ++i)
        std::this_thread::sleep_for(milliseconds(20));
    EXPECT_EQ(textOf(anne.json({"status"}), "plan"), before)
        << "the first plan again: its name is its content";
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

}  // namespace
}  // namespace greffe
