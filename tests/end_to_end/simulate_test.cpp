// SPDX-License-Identifier: Apache-2.0
// greffe simulate as a pipeline's author types it: the whole story of a dossier in a moment, and nothing of
// it outside.
#include "base/json.h"
#include "end_to_end/operator_at_work.h"
#include "end_to_end/simulated_house.h"
#include "support/run_tool.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// A port of this machine that remembers whether anybody called.
class Listener {
public:
    Listener() {
        fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
        EXPECT_EQ(listen(fd_, 16), 0);
        EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
    }
    ~Listener() { close(fd_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    int port() const { return port_; }
    bool wasCalled() const {
        pollfd waiting{fd_, POLLIN, 0};
        return poll(&waiting, 1, 0) == 1;
    }

private:
    int fd_ = -1, port_ = 0;
};

TEST_F(Simulate, TellsTheWholeStoryAndLeavesNothingBehind) {
    const std::string scratch = daemon.root() + "/scratch";
    fs::create_directories(scratch);
    setenv("TMPDIR", scratch.c_str(), 1);
    const Json told = dossier({"--answer", "verify=validate", "--advance", "8d"});
    unsetenv("TMPDIR");
    EXPECT_EQ(textOf(told, "state"), "done") << said;
    EXPECT_THAT(steps(told), ElementsAre("check done", "verify done", "week waits", "week done", "seal done",
                                         "again skipped", "keep done", "tell done"));
    const std::string pipeline = daemon.root() + "/config/pipelines/main.lua";
    EXPECT_THAT(notes(told, "decided"),
                ElementsAre("when = true @" + pipeline + ":8", "when = false @" + pipeline + ":9"))
        << "by the path that the author gave";
    EXPECT_THAT(notes(told, "answered"), ElementsAre("validate by operator:simulation"));
    EXPECT_THAT(notes(told, "would ask"), ElementsAre("a time-stamp of tsa"));
    EXPECT_THAT(notes(told, "would send"),
                ElementsAre("\"Your lease\" to client@example.test by mail with lease.pdf"));
    EXPECT_TRUE(fs::is_empty(daemon.root() + "/kept"));
    EXPECT_FALSE(fs::exists(daemon.root() + "/spool"));
    EXPECT_TRUE(fs::is_empty(daemon.inFolder()));
    EXPECT_TRUE(fs::is_empty(scratch));
}

TEST_F(Simulate, WhatIsWaitedForStandsAtTheEnd) {
    const Json told = dossier({});
    EXPECT_EQ(textOf(told, "state"), "waiting") << said;
    EXPECT_THAT(steps(told), ElementsAre("check done", "verify waits"));
    EXPECT_THAT(textOf(told, "waits"), HasSubstr("officer"));
}

TEST_F(Simulate, AMonthPassesAtOnce) {
    const Json told = dossier({"--at", "2026-02-01T08:00", "--until", "2026-03-15"}, 1);
    EXPECT_EQ(textOf(told, "state"), "refused") << said;
    EXPECT_THAT(steps(told), Contains("late refused"));
    EXPECT_THAT(textOf(told, "waits"),
                AllOf(HasSubstr("les règles de traitement le refusent : nobody answered"),
                      Not(HasSubstr("une personne"))))
        << "nobody said no";
    const Json& last = memberOf(told, "timeline").back();
    EXPECT_EQ(numberOf(last, "at_ms"), 1'772'524'800'000) << "2026-03-03T08:00Z, thirty days later";
}

TEST_F(Simulate, ARefusalIsToldInItsWords) {
    const Json told = dossier({"--answer", "verify=refuse"}, 1);
    EXPECT_EQ(textOf(told, "state"), "refused") << said;
    EXPECT_THAT(steps(told), ElementsAre("check done", "verify done", "no refused"));
    EXPECT_THAT(textOf(told, "waits"), HasSubstr("une personne a refusé : not acceptable"));
    ASSERT_EQ(simulate({"--answer", "verify=refuse"}), 1);
    EXPECT_THAT(said, AllOf(HasSubstr("SIMULATION"), HasSubstr("not acceptable")));
}

TEST_F(Simulate, TheSealSaysSimulationOnThePage) {
    const std::string out = daemon.root() + "/made";
    ASSERT_EQ(simulate({"--answer", "verify=validate", "--advance", "8d", "--out", out}), 0) << said;
    const ToolResult page = runTool({"pdftotext", out + "/lease.pdf", "-"});
    EXPECT_THAT(page.output, HasSubstr("SIMULATION"));
    const std::vector<PdfsigVerdict> verdicts = pdfsigVerdicts(out + "/lease.pdf");
    ASSERT_EQ(verdicts.size(), 1U);
    EXPECT_TRUE(verdicts[0].isValid);
    EXPECT_TRUE(verdicts[0].coversFile);
    EXPECT_EQ(simulate({"--answer", "verify=validate", "--advance", "8d", "--out", out}), 3)
        << "what is there is not overwritten";
}

TEST_F(Simulate, SaysWhatIsWrongWithTheCommand) {
    EXPECT_EQ(simulate({"--advance", "soon"}), 2);
    EXPECT_THAT(said, HasSubstr("15d"));
    EXPECT_EQ(simulate({"--answer", "verify"}), 2);
    EXPECT_THAT(said, HasSubstr("STEP=ANSWER"));
    EXPECT_EQ(simulate({"--pipeline", "lease"}), 2);
    EXPECT_THAT(said, HasSubstr("there are: main"));
    EXPECT_EQ(simulate({"--answer", "verify=perhaps"}), 1) << said;
    EXPECT_THAT(said, HasSubstr("perhaps"));
    EXPECT_EQ(simulate({"--answer", "verfy=validate"}), 1) << "waiting alone would be good";
    EXPECT_THAT(said, HasSubstr("--answer verfy: no step"));
    EXPECT_EQ(daemon.command({"simulate", daemon.root() + "/config", daemon.root() + "/none.pdf"}, &said), 3);
    std::ofstream(daemon.root() + "/config/pipelines/main.lua") << "return pipeline { nam = 1 }\n";
    EXPECT_EQ(simulate({}), 1);
    EXPECT_THAT(said, HasSubstr("main.lua:1"));
}

TEST_F(Simulate, ADossierThatCameToNothingIsNoSuccess) {
    std::ofstream(sample, std::ios::trunc) << "no PDF";
    EXPECT_EQ(simulate({}), 1) << said;
    EXPECT_THAT(said, HasSubstr("rejected"));
    EXPECT_EQ(daemon.command({"simulate", "--help"}, &said), 0);
    EXPECT_THAT(said, HasSubstr("held, rejected, refused"));
}

class SimulateRefusal : public Simulate {
protected:
    SimulateRefusal()
        : Simulate(R"(
  validate { id = "check" },
  refuse { id = "short", reason = "too short", when = function(d) return d.facts.check.pages < 2 end },
  seal { id = "seal", key = "office" })") {}
};

TEST_F(SimulateRefusal, AConditionIsNoPerson) {
    replaceIn(daemon.root() + "/config/greffe.lua", "front_port = 0", "front_port = 0, language = \"en\"");
    const Json told = dossier({}, 1);
    EXPECT_EQ(textOf(told, "state"), "refused") << said;
    EXPECT_EQ(textOf(told, "reason"), "refused_by_pipeline");
    EXPECT_THAT(steps(told), ElementsAre("check done", "short refused"));
    EXPECT_THAT(textOf(told, "waits"),
                AllOf(HasSubstr("the processing rules refuse it: too short"), Not(HasSubstr("person"))));
}

class SimulateTrouble : public Simulate {
protected:
    SimulateTrouble()
        : Simulate(R"(validate { id = "check", when = function(d) return d.nothing.there end })") {}
};

TEST_F(SimulateTrouble, ADossierThatIsHeldIsNoSuccess) {
    EXPECT_EQ(textOf(dossier({}, 1), "state"), "held") << said;
}

class SimulateReturned : public Simulate {
protected:
    SimulateReturned()
        : Simulate(R"(
  seal { id = "seal", key = "office", level = "B-B",
         reason = function(d) return string.rep("🖋", 400) end })") {}
};

TEST_F(SimulateReturned, WhatAFunctionReturnsKeepsTheOptionsRules) {
    EXPECT_EQ(simulate({}), 1) << said;
    EXPECT_THAT(
        said, AllOf(Not(HasSubstr(" config/pipelines")),
                    HasSubstr(daemon.root() +
                              "/config/pipelines/main.lua:3: step \"seal\", reason: what it returned: option "
                              "\"reason\" has at most 200 characters"),
                    HasSubstr("greffe dossier cancel"), Not(HasSubstr("dossier retry"))));
    // Whatever the letters are, 200 of them fit.
    replaceIn(daemon.root() + "/config/pipelines/main.lua", "400", "200");
    EXPECT_EQ(simulate({}), 0) << said;
}

// The same plugin in the daemon calls at once: the test would see it.
TEST(SimulateNothingGetsOut, WhateverAPluginDoes) {
    setenv("GREFFE_PLUGIN_PATH", (std::string(GREFFE_BINARY_DIR) + "/tests/plugins").c_str(), 1);
    const Listener listener;
    DaemonUnderTest daemon(
        R"(notify { id = "tell", to = { "client@example.test" }, subject = "Hello", text = "Hello" })",
        "stable_seconds = 0",
        fmt::format(
            R"(notifiers = {{ notifier {{ name = "home", plugin = "test-phone-home", port = {} }} }},)",
            listener.port()));
    const std::string sample = daemon.root() + "/lease.pdf";
    std::ofstream(sample) << tinyPdf("lease");
    std::string said;
    ASSERT_EQ(daemon.command({"simulate", daemon.root() + "/config", sample}, &said), 0) << said;
    EXPECT_THAT(said, HasSubstr("would send \"Hello\" to client@example.test by home"));
    EXPECT_FALSE(listener.wasCalled());
    daemon.drop("lease.pdf", tinyPdf("lease"));
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    unsetenv("GREFFE_PLUGIN_PATH");
    EXPECT_TRUE(listener.wasCalled());
}

class SimulateEvents : public Simulate {
protected:
    SimulateEvents()
        : Simulate(R"(
  parallel { id = "both", branches = {
    paid = { wait { id = "until-paid", for_event = "paid" } },
    asked = { task { id = "ask", ask = "officer", answers = { "yes", "no" } } } } },
  notify { id = "tell", to = { "client@example.test" }, subject = "Both", text = "Both." })") {}
};

TEST_F(SimulateEvents, AnswersReachBranchesAndEventsTheirWaits) {
    const Json told = dossier({"--answer", "until-paid={\"amount\":12}", "--answer", "ask=yes"});
    EXPECT_EQ(textOf(told, "state"), "done") << said;
    EXPECT_THAT(steps(told), AllOf(Contains("until-paid done"), Contains("ask done"), Contains("tell done")));
}

// Writes what stands in the pipeline beside its steps.
void addToPipeline(const DaemonUnderTest& daemon, const std::string& parts) {
    const std::string file = daemon.root() + "/config/pipelines/main.lua";
    std::ifstream read(file);
    std::string text((std::istreambuf_iterator<char>(read)), {});
    text.insert(text.find("steps ="), parts);
    std::ofstream(file) << text;
}

class SimulateMessages : public Simulate {
protected:
    SimulateMessages() : Simulate(R"(notify { id = "tell", to = { "tenant" }, template = "sealed" })") {}
};

TEST_F(SimulateMessages, AreInTheManifestsLanguageAndNameTheDocument) {
    addToPipeline(daemon,
                  R"(documents = { slot "lease" {} }, parties = { role "tenant" { many = true } }, )");
    std::ofstream(daemon.root() + "/lease.json") << R"({"language":"en","parties":[
        {"role":"tenant","name":"Anne","email":"anne@example.test"},
        {"role":"tenant","name":"Luc","email":"luc@example.test","language":"fr"}]})";
    const Json told = dossier({});
    EXPECT_THAT(notes(told, "would send"),
                ElementsAre(AllOf(HasSubstr("sealed: lease.pdf"), HasSubstr("anne")),
                            AllOf(HasSubstr("lease.pdf"), Not(HasSubstr("sealed")), HasSubstr("luc"))))
        << said;
}

TEST_F(SimulateMessages, AManifestThatIsMissingIsAskedForWhereItIsLookedFor) {
    addToPipeline(daemon,
                  R"(documents = { slot "lease" {} }, parties = { role "tenant" { many = true } }, )");
    EXPECT_EQ(simulate({}), 1) << said;
    EXPECT_THAT(said, AllOf(HasSubstr("\"tenant\", which only a manifest names"),
                            HasSubstr("lease.json beside the sample"), Not(HasSubstr("--manifest"))));
}

class SimulateWhole : public Simulate {
protected:
    SimulateWhole()
        : Simulate(R"(
  validate { id = "check", document = "lease" },
  validate { id = "identity", document = "proof" },
  notify { id = "tell", to = { "tenant" }, subject = "Both", text = "Both.", attach = { "lease", "proof" } })") {
        addToPipeline(
            daemon,
            R"(documents = { slot "lease" {}, slot "proof" {} }, parties = { role "tenant" { many = true } }, )");
        replaceIn(daemon.root() + "/config/greffe.lua", "stable_seconds = 0",
                  "stable_seconds = 0, folders_as_dossiers = true, archives_as_dossiers = true");
        std::filesystem::create_directories(folder);
        write("lease.pdf", tinyPdf("lease"));
        write("proof.pdf", tinyPdf("proof"));
        write("manifest.json", kManifest);
    }
    void write(const std::string& name, const std::string& bytes) const {
        std::ofstream(folder + "/" + name) << bytes;
    }
    // Into the archive "both.zip" beside the folder.
    void zip() const {
        const ToolResult done = runTool({"python3", "-m", "zipfile", "-c", folder + ".zip", folder});
        ASSERT_EQ(done.exitCode, 0) << done.output;
    }

    static constexpr const char* kManifest =
        R"({"parties":[{"role":"tenant","name":"Anne","email":"anne@example.test"}]})";
    const std::string folder = daemon.root() + "/both";
};

TEST_F(SimulateWhole, AFolderIsOneDossierOfItsDocuments) {
    sample = folder;
    const Json told = dossier({});
    EXPECT_EQ(textOf(told, "state"), "done") << said;
    EXPECT_THAT(steps(told), ElementsAre("@documents done", "check done", "identity done", "tell done"));
    EXPECT_THAT(
        notes(told, "would send"),
        ElementsAre(AllOf(HasSubstr("anne@example.test"), HasSubstr("lease.pdf"), HasSubstr("proof.pdf"))));
    sample = folder + "/";
    EXPECT_EQ(simulate({}), 0) << said;
    EXPECT_TRUE(std::filesystem::exists(folder + "/lease.pdf")) << "it is copied";
    EXPECT_TRUE(daemon.names("out").empty());
    EXPECT_TRUE(daemon.names("done").empty());
}

TEST_F(SimulateWhole, SoIsAnArchive) {
    zip();
    sample = folder + ".zip";
    EXPECT_EQ(textOf(dossier({}), "state"), "done") << said;
}

TEST_F(SimulateWhole, WhatTheIntakeRefusesIsRefused) {
    sample = folder;
    std::filesystem::remove(folder + "/proof.pdf");
    EXPECT_EQ(textOf(dossier({}, 1), "state"), "rejected") << said;
    EXPECT_THAT(said, HasSubstr("proof"));
    std::filesystem::create_symlink("/etc/hostname", folder + "/proof.pdf");
    EXPECT_EQ(textOf(dossier({}, 1), "reason"), "not_a_regular_file") << said;
    replaceIn(daemon.root() + "/config/greffe.lua", "folders_as_dossiers = true",
              "folders_as_dossiers = false");
    EXPECT_EQ(simulate({}), 3);
    EXPECT_THAT(said, AllOf(HasSubstr("no intake of pipeline \"main\" takes folders"),
                            HasSubstr("folders_as_dossiers = true")));
}

TEST_F(SimulateWhole, OneDocumentIsTooFew) {
    std::ofstream(daemon.root() + "/lease.json") << kManifest;
    EXPECT_EQ(simulate({}), 1) << said;
    EXPECT_THAT(said, HasSubstr("drop a folder or an archive that holds all of them"));
}

class SimulateLetters : public Simulate {
protected:
    SimulateLetters()
        : Simulate(R"(
  each { id = "people", over = "parties", as = "who", steps = {
    choose { id = "which", by = function(d) return d.item.name end, cases = {
      Anne = { transform { id = "letter1", plugin = "document-archive", into = "letter", options = { into = "zip" } } },
      Luc = { transform { id = "letter2", plugin = "document-archive", into = "letter", options = { into = "tar.zst" } } } } },
    notify { id = "tell", to = function(d) return { d.item.email } end, subject = "Yours",
             text = function(d) return d.documents.letter.media_type .. " by " .. d.documents.letter.produced_by end,
             attach = { "letter" } } } })") {
        addToPipeline(daemon,
                      R"(documents = { slot "lease" {} }, parties = { role "tenant" { many = true } }, )");
        std::ofstream(daemon.root() + "/lease.json") << R"({"parties":[
          {"role":"tenant","name":"Anne","email":"anne@example.test"},
          {"role":"tenant","name":"Luc","email":"luc@example.test"}]})";
    }
};

// Everybody got the first one's: a document was looked for by its name alone.
TEST_F(SimulateLetters, GoToThoseForWhomTheyWereMade) {
    const Json told = dossier({});
    EXPECT_EQ(textOf(told, "state"), "done") << said;
    EXPECT_THAT(notes(told, "would send"),
                UnorderedElementsAre(AllOf(HasSubstr("anne@example.test"), HasSubstr(".zip")),
                                     AllOf(HasSubstr("luc@example.test"), HasSubstr(".tar.zst"))))
        << said;
    EXPECT_THAT(said, AllOf(HasSubstr("by letter1"), HasSubstr("by letter2")));
}

class SimulateNestedItems : public Simulate {
protected:
    SimulateNestedItems()
        : Simulate(R"(
  each { id = "papers", over = "documents", as = "paper", steps = {
    each { id = "people", over = "parties", as = "who", steps = {
      validate { id = "look", document = "paper" },
      notify { id = "tell", to = { "tenant" }, subject = "A paper", text = "A paper.", attach = { "paper" } } } } } })",
                   kHouse) {}
};

TEST_F(SimulateNestedItems, AnInnerItemDoesNotHideTheOuterOne) {
    addToPipeline(daemon,
                  R"(documents = { slot "lease" {} }, parties = { role "tenant" { many = true } }, )");
    std::ofstream(daemon.root() + "/lease.json")
        << R"({"parties":[{"role":"tenant","name":"Anne","email":"anne@example.test"}]})";
    const Json told = dossier({});
    EXPECT_EQ(textOf(told, "state"), "done") << said;
    EXPECT_THAT(notes(told, "would send"),
                ElementsAre("\"A paper\" to anne@example.test by mail with lease.pdf"));
}

}  // namespace
}  // namespace greffe
