// SPDX-License-Identifier: Apache-2.0
// greffe simulate as a pipeline's author types it: the whole story of a dossier in a moment, and nothing of
// it outside.
#include "base/json.h"
#include "end_to_end/operator_at_work.h"
#include "support/daemon_under_test.h"
#include "support/mounted.h"
#include "support/run_tool.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHouse = R"(
  timestamp_authorities = { timestamp_authority { name = "tsa", url = "https://tsa.example.test/" } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "smtp.example.test", from = "office@example.test" } },
  archives = { archive { name = "kept", plugin = "archive-folder", path = "@ROOT@/kept" } },)";

constexpr const char* kSteps = R"(
  validate { id = "check" },
  task { id = "verify", ask = "officer", answers = { "validate", "refuse" }, expires_days = 30,
         on = { refuse = { refuse { id = "no", reason = "not acceptable" } } },
         on_expired = { refuse { id = "late", reason = "nobody answered" } } },
  wait { id = "week", for_seconds = 7 * 86400 },
  seal { id = "seal", key = "office", level = "B-T",
         when = function(d) return d.facts.check.pages == 1 end },
  seal { id = "again", key = "office", when = function(d) return d.facts.check.pages > 1 end },
  archive { id = "keep" },
  notify { id = "tell", to = { "client@example.test" }, subject = "Your lease", text = "It is sealed.",
           attach = { "document" } })";

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

class Simulate : public ::testing::Test {
protected:
    explicit Simulate(const std::string& steps = kSteps, const std::string& house = kHouse)
        : daemon(steps, "stable_seconds = 0", house) {
        sample = daemon.root() + "/lease.pdf";
        std::ofstream(sample) << tinyPdf("lease");
        // Nothing of the house is needed, and nothing of it is touched.
        fs::remove(daemon.root() + "/key.pem");
        fs::remove(daemon.root() + "/cert.pem");
    }

    int simulate(std::vector<std::string> more) {
        std::vector<std::string> arguments = {"simulate", daemon.root() + "/config", sample};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return daemon.command(arguments, &said);
    }
    Json dossier(std::vector<std::string> more) {
        more.emplace_back("--json");
        EXPECT_EQ(simulate(more), 0) << said;
        const Json report = storedJson(said.substr(std::min(said.size(), said.find('{'))));
        EXPECT_EQ(memberOf(report, "simulation"), Json(true)) << said;
        return memberOf(report, "dossiers").empty() ? Json() : memberOf(report, "dossiers")[0];
    }
    // "seal done" of each entry about a step.
    static std::vector<std::string> steps(const Json& dossier) {
        std::vector<std::string> all;
        for (const Json& entry : memberOf(dossier, "timeline"))
            if (entry.contains("step")) all.push_back(textOf(entry, "step") + " " + textOf(entry, "result"));
        return all;
    }
    static std::vector<std::string> notes(const Json& dossier, const std::string& kind) {
        std::vector<std::string> all;
        for (const Json& entry : memberOf(dossier, "timeline"))
            for (const Json& note : memberOf(entry, "notes"))
                if (textOf(note, "kind") == kind)
                    all.push_back(textOf(note, "text") +
                                  (note.contains("place") ? " @" + textOf(note, "place") : ""));
        return all;
    }

    DaemonUnderTest daemon;
    std::string sample, said;
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
    EXPECT_THAT(notes(told, "decided"),
                ElementsAre("when = true @pipelines/main.lua:8", "when = false @pipelines/main.lua:9"));
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
    const Json told = dossier({"--at", "2026-02-01T08:00", "--until", "2026-03-15"});
    EXPECT_EQ(textOf(told, "state"), "refused") << said;
    EXPECT_THAT(steps(told), Contains("late refused"));
    const Json& last = memberOf(told, "timeline").back();
    EXPECT_EQ(numberOf(last, "at_ms"), 1'772'524'800'000) << "2026-03-03T08:00Z, thirty days later";
}

TEST_F(Simulate, ARefusalIsToldInItsWords) {
    const Json told = dossier({"--answer", "verify=refuse"});
    EXPECT_EQ(textOf(told, "state"), "refused") << said;
    EXPECT_THAT(steps(told), ElementsAre("check done", "verify done", "no refused"));
    ASSERT_EQ(simulate({"--answer", "verify=refuse"}), 0);
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
    EXPECT_EQ(simulate({"--answer", "verfy=validate"}), 0);
    EXPECT_THAT(said, HasSubstr("--answer verfy: no step"));
    EXPECT_EQ(daemon.command({"simulate", daemon.root() + "/config", daemon.root() + "/none.pdf"}, &said), 3);
    std::ofstream(daemon.root() + "/config/pipelines/main.lua") << "return pipeline { nam = 1 }\n";
    EXPECT_EQ(simulate({}), 1);
    EXPECT_THAT(said, HasSubstr("main.lua:1"));
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

class SimulatePage : public Simulate {
protected:
    explicit SimulatePage(const std::string& steps = kSteps) : Simulate(steps) {
        fs::create_directory(folder);
    }

    // What `greffe simulate … --html` wrote; empty when it wrote nothing.
    std::string page(std::vector<std::string> more = {}) {
        more.insert(more.end(), {"--html", file});
        exitCode = simulate(more);
        std::ifstream read(file);
        return {std::istreambuf_iterator<char>(read), {}};
    }
    std::vector<std::string> written() const {
        std::vector<std::string> names;
        for (const fs::directory_entry& entry : fs::directory_iterator(folder))
            names.push_back(entry.path().filename().string());
        return names;
    }
    static std::size_t count(const std::string& text, const std::string& what) {
        std::size_t found = 0;
        for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
            ++found;
        return found;
    }

    const std::string folder = daemon.root() + "/pages";
    const std::string file = folder + "/lease.html";
    int exitCode = -1;
};

TEST_F(SimulatePage, TellsTheStoryAndShowsEveryVersionsPages) {
    replaceIn(daemon.root() + "/config/greffe.lua", "front_port = 0", "front_port = 0, language = \"en\"");
    const std::string told = page({"--answer", "verify=validate", "--advance", "8d"});
    ASSERT_EQ(exitCode, 0) << said;
    EXPECT_THAT(told,
                AllOf(HasSubstr("<!doctype html>"), HasSubstr("<html lang=\"en\">"), HasSubstr("SIMULATION"),
                      HasSubstr("Nothing was sent"), HasSubstr("pipelines/main.lua:8"),
                      HasSubstr("when = false"), HasSubstr("client@example.test"), HasSubstr("Your lease"),
                      HasSubstr("It is sealed."), HasSubstr("<li><bdi>lease.pdf</bdi></li>")));
    EXPECT_EQ(count(told, "<img alt=\"lease.pdf, page 1 of 1\""), 2U) << "as received, and sealed";
    EXPECT_EQ(count(told, "src=\"data:image/png;base64,iVBORw0KGgo"), 2U);
    EXPECT_EQ(count(told, "src="), 2U) << "nothing else is loaded";
    EXPECT_EQ(count(told, "<script"), 0U);
    EXPECT_EQ(count(told, " style="), 0U);
    EXPECT_THAT(told, HasSubstr("content=\"default-src 'none'; img-src data:; style-src 'sha256-"));
    EXPECT_THAT(written(), ElementsAre("lease.html"));
}

TEST_F(SimulatePage, SaysWhatIsWaitedForAndUntilWhen) {
    const std::string told = page({"--at", "2026-02-01T08:00"});
    ASSERT_EQ(exitCode, 0) << said;
    EXPECT_THAT(told, AllOf(HasSubstr("officer"), HasSubstr("2026-03-03 08:00")));
}

TEST_F(SimulatePage, SpeaksTheHousesLanguage) {
    replaceIn(daemon.root() + "/config/greffe.lua", "front_port = 0", "front_port = 0, language = \"fr\"");
    const std::string told = page();
    EXPECT_THAT(told, AllOf(HasSubstr("<html lang=\"fr\">"), HasSubstr("Rien n’a été envoyé"),
                            HasSubstr("Ce qui est attendu"), HasSubstr("alt=\"lease.pdf, page 1 sur 1\"")));
}

TEST_F(SimulatePage, WhatIsThereIsNotOverwritten) {
    std::ofstream(file) << "somebody's page";
    EXPECT_EQ(page(), "somebody's page");
    EXPECT_EQ(exitCode, 3);
    EXPECT_THAT(said, AllOf(HasSubstr("is there already"), Not(HasSubstr("SIMULATION"))))
        << "asked before the work";
    EXPECT_EQ(simulate({"--html", daemon.root() + "/none/lease.html"}), 3);
    EXPECT_THAT(said, HasSubstr("make the folder"));
}

TEST_F(SimulatePage, IsThereWholeOrNotAtAll) {
    Mounted small(folder);
    GREFFE_NEEDS(geteuid() == 0 && small.mountTmpfs("size=8k"), "a small file system needs root");
    EXPECT_EQ(page(), "");
    EXPECT_EQ(exitCode, 3) << said;
    EXPECT_THAT(said, HasSubstr("No space left"));
    EXPECT_THAT(written(), ::testing::IsEmpty());
}

TEST_F(SimulatePage, WithoutTheProgramItSaysWhichPackageBringsThePictures) {
    GREFFE_NEEDS(geteuid() == 0, "to hide a program one must be root");
    const ToolResult ran =
        runTool({"unshare", "-m", "sh", "-c", "mount --bind /dev/null /usr/bin/pdftoppm && exec \"$@\"", "sh",
                 std::string(GREFFE_BINARY_DIR) + "/bin/greffe", "simulate", daemon.root() + "/config",
                 sample, "--html", file});
    EXPECT_EQ(ran.exitCode, 0) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("install the package poppler-utils"));
    std::ifstream read(file);
    const std::string told{std::istreambuf_iterator<char>(read), {}};
    EXPECT_THAT(told, HasSubstr("install the package poppler-utils"));
    EXPECT_EQ(count(told, "<img"), 0U);
}

class SimulateHostilePage : public SimulatePage {
protected:
    SimulateHostilePage()
        : SimulatePage(R"(
  task { id = "ask", ask = "</p><script>alert(1)</script>", question = "<img src=x onerror=alert(2)> & so on",
         answers = { "yes", "no" } },
  notify { id = "tell", to = { "client@example.test" }, subject = "</title><script>alert(3)</script>",
           text = "</div><iframe src='https://evil.example'>\n<!-- ", attach = { "document" } })") {
        fs::rename(sample, daemon.root() + "/<img src=x onerror='alert(4)'>&\"\u202e\n.pdf");
        sample = daemon.root() + "/<img src=x onerror='alert(4)'>&\"\u202e\n.pdf";
    }
};

TEST_F(SimulateHostilePage, WhateverIsSaidIsText) {
    const std::string told = page({"--answer", "ask=yes"});
    ASSERT_EQ(exitCode, 0) << said;
    EXPECT_THAT(told, AllOf(HasSubstr("&lt;script&gt;alert(1)"),
                            HasSubstr("&lt;img src=x onerror=alert(2)&gt;"), HasSubstr("&lt;/title&gt;"),
                            HasSubstr("&lt;iframe"), HasSubstr("&lt;!--"), HasSubstr("alert(4)")));
    EXPECT_EQ(count(told, "\u202e"), 0U) << "a name that turns the line around is shown, not obeyed";
    // Every tag of the page is the frame's own.
    const std::set<std::string> known = {
        "!doctype", "html",   "head", "meta",       "title",  "style", "body", "p",    "strong",
        "span",     "header", "h1",   "h2",         "h3",     "h4",    "time", "main", "section",
        "bdi",      "code",   "ul",   "ol",         "li",     "b",     "div",  "dl",   "dt",
        "dd",       "figure", "img",  "figcaption", "footer", "nav",   "a"};
    for (std::size_t at = told.find('<'); at != std::string::npos; at = told.find('<', at + 1)) {
        const std::size_t start = at + (told[at + 1] == '/' ? 2 : 1);
        const std::string tag = told.substr(start, told.find_first_of(" >\n", start) - start);
        EXPECT_EQ(known.count(tag), 1U) << tag;
    }
    EXPECT_EQ(count(told, "<img"), count(told, "<img alt=\""));
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
