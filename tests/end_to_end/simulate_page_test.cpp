// SPDX-License-Identifier: Apache-2.0
// The page that greffe simulate --html writes: complete, harmless, whole or not there at all.
#include "end_to_end/operator_at_work.h"
#include "end_to_end/simulated_house.h"
#include "support/mounted.h"
#include "support/run_tool.h"

#include <gmock/gmock.h>

#include <set>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

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

}  // namespace
}  // namespace greffe
