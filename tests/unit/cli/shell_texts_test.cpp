// SPDX-License-Identifier: Apache-2.0
// Completion is run by the shells themselves, the manual page by man's own checks, where they are installed.
#include "cli/shell_texts.h"

#include "support/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace greffe {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Ran {
    int code = -1;
    std::string output;
};
Ran run(const std::string& command) {
    Ran ran;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return ran;
    std::array<char, 4096> buffer{};
    for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
        ran.output.append(buffer.data(), got);
    ran.code = WEXITSTATUS(pclose(pipe));
    return ran;
}
bool has(const std::string& program) {
    return run("command -v " + program).code == 0;
}

class ShellTexts : public ::testing::Test {
protected:
    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(folder_.path() + "/" + name) << text;
        return folder_.path() + "/" + name;
    }
    // What bash offers after these words; the last one is being typed.
    std::vector<std::string> bashOffers(const std::string& words, int typed) const {
        const std::string script = file("completion", *completionScript("bash", commandTable()));
        const std::string probe = file(
            "probe",
            fmt::format(
                "source {}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_greffe\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
                script, words, typed));
        const Ran ran = run("bash --norc --noprofile " + probe);
        EXPECT_EQ(ran.code, 0) << ran.output;
        std::istringstream lines(ran.output);
        std::vector<std::string> offers;
        for (std::string line; std::getline(lines, line);)
            if (!line.empty()) offers.push_back(line);
        return offers;
    }

    TemporaryDirectory folder_;
};

TEST_F(ShellTexts, NextWordsFollowTheTable) {
    EXPECT_THAT(nextWords("task", commandTable()), ElementsAre("answer", "list"));
    EXPECT_THAT(nextWords("", commandTable()), Contains("dossier"));
    EXPECT_THAT(nextWords("", commandTable()), Not(Contains("worker"))) << "hidden";
    EXPECT_THAT(nextWords("nothing", commandTable()), IsEmpty());
}

TEST_F(ShellTexts, BashOffersCommandsSubcommandsAndOptions) {
    EXPECT_THAT(bashOffers("greffe ''", 1), Contains("dossier"));
    EXPECT_THAT(bashOffers("greffe dos", 1), ElementsAre("dossier"));
    EXPECT_THAT(bashOffers("greffe dossier re", 2), ElementsAre("replay", "resolve", "retry"));
    EXPECT_THAT(bashOffers("greffe dossier resolve --", 3), Contains("--not-happened"));
    EXPECT_THAT(bashOffers("greffe dossier resolve --", 3), Not(Contains("--pipeline")));
    EXPECT_THAT(bashOffers("greffe status --js", 2), ElementsAre("--json"));
}

TEST_F(ShellTexts, BashOffersPathsWhereAPathIsMeant) {
    const std::string path = file("bail.pdf", "");
    EXPECT_THAT(bashOffers(fmt::format("greffe dossier import {}/ba", folder_.path()), 3), ElementsAre(path));
    EXPECT_THAT(bashOffers(fmt::format("greffe status --socket {}/ba", folder_.path()), 3),
                ElementsAre(path));
}

TEST_F(ShellTexts, ZshAndFishAcceptTheirScripts) {
    for (const char* shell : {"zsh", "fish"}) {
        const auto script = completionScript(shell, commandTable());
        ASSERT_TRUE(script);
        for (const Command& command : commandTable())
            if (!command.isHidden) {
                EXPECT_THAT(*script, HasSubstr(std::string(command.path.substr(command.path.rfind(' ') + 1))))
                    << shell;
            }
        if (!has(shell)) continue;
        const Ran ran = run(fmt::format("{} -n {}", shell, file(shell, *script)));
        EXPECT_EQ(ran.code, 0) << ran.output;
    }
    EXPECT_FALSE(completionScript("csh", commandTable()));
}

TEST_F(ShellTexts, TheManualPageHasEveryCommandAndOption) {
    const std::string page = manualPage(commandTable());
    for (const Command& command : commandTable()) {
        if (command.isHidden) {
            EXPECT_THAT(page, Not(HasSubstr("\\fBgreffe " + std::string(command.path) + "\\fR")));
            continue;
        }
        EXPECT_THAT(page, HasSubstr("\\fBgreffe " + std::string(command.path)));
    }
    EXPECT_THAT(page, HasSubstr("\\fB\\-\\-not\\-happened\\fR"));
    EXPECT_THAT(page, HasSubstr(".SH EXIT STATUS"));
    EXPECT_THAT(page, HasSubstr("done, \\[u2026]")) << "an ellipsis, as roff writes it";
    ASSERT_TRUE(has("groff")) << "scripts/setup --test installs groff-base";
    const Ran ran = run("groff -man -Tutf8 -ww -z " + file("greffe.8", page));
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.output, "") << "groff warns of what it does not understand";
}

TEST_F(ShellTexts, EveryCommandSaysWhatItDoes) {
    for (const Command& command : commandTable()) {
        EXPECT_FALSE(command.summary.empty()) << command.path;
        for (const OptionSpec& option : command.options)
            EXPECT_FALSE(option.help.empty()) << command.path << " " << option.name;
    }
}

}  // namespace
}  // namespace greffe
