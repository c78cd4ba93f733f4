// SPDX-License-Identifier: Apache-2.0
// What a program of others can do once the launcher has started it, and what is left when it, the worker or
// the launcher dies.
#include "programs/program_launcher.h"

#include "programs/host_programs.h"
#include "programs/program_folder.h"
#include "support/process_end.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <greffe/sdk/instance.h>
#include <greffe/sdk/testing/test_host.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const ListedProgram kAttempts{"attempts", GREFFE_TEST_PROGRAM, {}};

std::vector<std::string> namesIn(const std::string& folder) {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        names.push_back(entry.path().filename().string());
    return names;
}

bool comesTrue(const std::function<bool()>& condition) {
    for (int i = 0; i < 500; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(20ms);
    }
    return condition();
}

class Programs : public testing::Test {
protected:
    static ProgramLimits small() {
        ProgramLimits limits;
        limits.addressSpaceBytes = 256U << 20U;
        limits.outputBytes = 1U << 20U;
        limits.cpuSeconds = 1;
        limits.wallSeconds = 30;
        return limits;
    }

    ProgramLauncher start(const ProgramLimits& limits = small()) {
        auto launcher = ProgramLauncher::start({kAttempts}, scratch.path(), limits);
        EXPECT_TRUE(launcher) << launcher.error().text();
        return std::move(*launcher);
    }

    ProgramOutcome run(
        ProgramLauncher& launcher, std::vector<std::string> words, std::uint32_t timeoutMs = 0,
        const std::function<bool()>& isCancelled = [] { return false; }) {
        ProgramRun run;
        run.program = "attempts";
        run.arguments = std::move(words);
        const UniqueFd input = sealedMemoryFile("input", "the document").value();
        const UniqueFd output = memoryFile("output").value();
        run.inputFd = input.get();
        run.inputBytes = 12;
        run.outputFd = output.get();
        run.timeoutMs = timeoutMs;
        auto outcome = launcher.run(run, isCancelled);
        EXPECT_TRUE(outcome) << outcome.error().text();
        const FileFacts facts = factsOf(output.get()).value();
        const auto mapped = MappedFile::map(output.get(), 0, facts.sizeBytes);
        printed = mapped->bytes();
        return outcome ? *outcome : ProgramOutcome();
    }

    // The process that the launcher started, found as its only child; 0 while there is none.
    static pid_t childOf(pid_t launcher) {
        std::ifstream list(fmt::format("/proc/{0}/task/{0}/children", launcher));
        pid_t child = 0;
        list >> child;
        return child;
    }

    TemporaryDirectory scratch;
    std::string printed;
    pid_t program = 0;
    std::size_t stillThere = 0;
};

TEST_F(Programs, SeeTheirInputAndNothingOfTheHouse) {
    setenv("GREFFE_SECRET", "of the administrator", 1);
    ProgramLauncher launcher = start();
    const ProgramOutcome outcome = run(launcher, {"show", "$(touch /tmp/x); `id`", "--"});
    unsetenv("GREFFE_SECRET");
    EXPECT_EQ(outcome.end, ProgramEnd::Exited) << outcome.errors;
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.errors, "a word of complaint\n");
    EXPECT_THAT(printed, AllOf(HasSubstr("word attempts\nword show\nword $(touch /tmp/x); `id`\nword --\n"),
                               HasSubstr("input the document\n"),
                               HasSubstr("folder " + scratch.path() + "/greffe-run-"),
                               HasSubstr("descriptor 0\ndescriptor 1\ndescriptor 2\n"),
                               Not(HasSubstr("descriptor 3")), Not(HasSubstr("administrator"))));
    EXPECT_THAT(namesIn(scratch.path()), IsEmpty());
}

TEST_F(Programs, CanReachNothingElse) {
    const std::string secret = scratch.path() + "/secret";
    std::ofstream(secret) << "another dossier's document";
    ProgramLauncher launcher = start();
    const ProgramOutcome outcome = run(launcher, {"attempts", secret});
    EXPECT_EQ(outcome.end, ProgramEnd::Exited) << outcome.errors;
    EXPECT_THAT(printed,
                HasSubstr("exec EPERM\nexec of itself EPERM\nexec of the loader EPERM\nexecveat EPERM\n"
                          "fork EPERM\nvfork EPERM\nclone EPERM\nthread EPERM\nptrace EPERM\nkill EPERM\n"
                          "session EPERM\ngroup EPERM\nlimit of another EPERM\n"));
    EXPECT_THAT(printed,
                HasSubstr("socket EPERM\nunix socket EPERM\nmemory file EPERM\nforeign file EACCES\npasswd "
                          "EACCES\nprograms EACCES\nother processes EACCES\nown folder ok\nfolder above "
                          "EACCES\n"));
    EXPECT_THAT(printed,
                AllOf(HasSubstr("make a folder EPERM\nmount EPERM\nunshare EPERM\nuring EPERM\ninput ok\n"
                                "libraries ok\n"),
                      HasSubstr("remove the input EPERM\n")));
#ifndef GREFFE_SANITIZED  // whose runtime may open what it likes: there the folder's mode and Landlock hold
    EXPECT_THAT(printed, HasSubstr("write here EPERM\nchange the input EPERM\n"));
#else
    EXPECT_THAT(printed, HasSubstr("write here EACCES\nchange the input EACCES\n"));
#endif
}

TEST_F(Programs, AreStoppedAtEveryLimit) {
    ProgramLauncher launcher = start();
    EXPECT_EQ(run(launcher, {"flood"}).end, ProgramEnd::OutputLimit);
    EXPECT_EQ(printed.size(), small().outputBytes);
    const ProgramOutcome complained = run(launcher, {"complain"});
    EXPECT_EQ(complained.end, ProgramEnd::OutputLimit);
    EXPECT_THAT(complained.errors, SizeIs(8U << 10U));
    const ProgramOutcome greedy = run(launcher, {"memory"});
    EXPECT_EQ(greedy.end, ProgramEnd::Exited);
    EXPECT_EQ(greedy.code, 7) << "no memory was left for it";
    const ProgramOutcome busy = run(launcher, {"spin"});
    EXPECT_EQ(busy.end, ProgramEnd::TimedOut);
    EXPECT_EQ(busy.code, SIGXCPU) << "its second of processor time is over";
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(run(launcher, {"sleep"}, 300).end, ProgramEnd::TimedOut);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_THAT(namesIn(scratch.path()), IsEmpty());
}

// document-preview's timeout_seconds had no effect above the usual processor time.
TEST_F(Programs, MayWorkAsLongAsTheirRunMayTake) {
    ProgramLauncher launcher = start();
    EXPECT_EQ(run(launcher, {"labour"}).code, SIGXCPU) << "two seconds of work, where one is usual";
    EXPECT_EQ(run(launcher, {"labour"}, 25'000).end, ProgramEnd::Exited);
}

TEST_F(Programs, EndAsTheyEnd) {
    ProgramLauncher launcher = start();
    const ProgramOutcome failed = run(launcher, {"fail"});
    EXPECT_EQ(failed.end, ProgramEnd::Exited);
    EXPECT_EQ(failed.code, 3);
    const ProgramOutcome died = run(launcher, {"die"});
    EXPECT_EQ(died.end, ProgramEnd::Killed);
    EXPECT_EQ(died.code, SIGABRT);
    EXPECT_EQ(run(launcher, {"show"}).end, ProgramEnd::Exited) << "the launcher goes on";
}

TEST_F(Programs, AreStoppedWhenTheCallIsCancelled) {
    ProgramLauncher launcher = start();
    const auto begin = std::chrono::steady_clock::now();
    const ProgramOutcome outcome =
        run(launcher, {"sleep"}, 0, [&] { return std::chrono::steady_clock::now() - begin > 300ms; });
    EXPECT_EQ(outcome.end, ProgramEnd::Cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_THAT(namesIn(scratch.path()), IsEmpty());
}

// A pipe that nobody writes to any more is ready at every look.
TEST_F(Programs, OneThatClosesItsEndsIsWaitedForInPeace) {
    ProgramLauncher launcher = start();
    EXPECT_EQ(run(launcher, {"close"}, 1'000).end, ProgramEnd::TimedOut);
    std::ifstream file(fmt::format("/proc/{}/stat", launcher.pid()));
    std::string word;
    long ticks = 0;
    for (int field = 1; file >> word; ++field)
        if (field == 14 || field == 15) ticks += std::stol(word);
    EXPECT_LT(ticks, sysconf(_SC_CLK_TCK) / 4) << "it was busy with waiting";
}

TEST_F(Programs, OnlyThoseOfTheListAreStarted) {
    ProgramLauncher launcher = start();
    ProgramRun wrong;
    wrong.program = "/bin/true";
    const UniqueFd memory = memoryFile("x").value();
    wrong.inputFd = wrong.outputFd = memory.get();
    const auto outcome = launcher.run(wrong, [] { return false; });
    ASSERT_TRUE(outcome) << outcome.error().text();
    EXPECT_EQ(outcome->end, ProgramEnd::NotStarted);
    EXPECT_THAT(outcome->errors, HasSubstr("not a program of this launcher"));
    EXPECT_FALSE(findListedProgram("bash"));
    EXPECT_THAT(findListedProgram("bash").error().text(), HasSubstr("pdfinfo, pdftoppm"));
    const auto drawing = findListedProgram("pdftoppm");
    ASSERT_TRUE(drawing) << drawing.error().text();
    EXPECT_EQ(drawing->path.front(), '/');
}

TEST_F(Programs, OneThatCannotBeStartedSaysWhy) {
    auto launcher = ProgramLauncher::start({{"attempts", scratch.path() + "/none", {}}}, scratch.path());
    ASSERT_TRUE(launcher);
    const ProgramOutcome outcome = run(*launcher, {"show"});
    EXPECT_EQ(outcome.end, ProgramEnd::NotStarted);
    EXPECT_THAT(outcome.errors, AllOf(HasSubstr("/none"), HasSubstr("No such file")));
    auto nowhere = ProgramLauncher::start({kAttempts}, scratch.path() + "/none");
    ASSERT_TRUE(nowhere);
    EXPECT_THAT(run(*nowhere, {"show"}).errors, HasSubstr("no folder for a program"));
}

// A worker is killed with -9 while its program runs: nobody is left to tidy up but the launcher.
TEST_F(Programs, NothingOutlivesAKilledWorker) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t worker = fork();
    if (worker == 0) {
        auto launcher = ProgramLauncher::start({kAttempts}, scratch.path(), small());
        const pid_t number = launcher ? launcher->pid() : 0;
        static_cast<void>(!write(ends[1], &number, sizeof number));
        if (launcher) run(*launcher, {"sleep"});
        _exit(0);
    }
    pid_t launcher = 0;
    ASSERT_EQ(read(ends[0], &launcher, sizeof launcher), static_cast<ssize_t>(sizeof launcher));
    ASSERT_TRUE(comesTrue([&] { return childOf(launcher) != 0 && !namesIn(scratch.path()).empty(); }));
    program = childOf(launcher);
    kill(worker, SIGKILL);
    waitpid(worker, nullptr, 0);
    EXPECT_TRUE(comesTrue([&] { return namesIn(scratch.path()).empty(); })) << "the folder is still there";
    EXPECT_TRUE(comesTrue([&] { return hasEnded(program); }));
    close(ends[0]);
    close(ends[1]);
}

TEST_F(Programs, NothingOutlivesAKilledLauncherButAFolderThatTheNextOneRemoves) {
    ProgramLauncher launcher = start();
    std::thread killer([&] {
        comesTrue([&] { return childOf(launcher.pid()) != 0; });
        program = childOf(launcher.pid());
        kill(launcher.pid(), SIGKILL);
    });
    const UniqueFd memory = memoryFile("x").value();
    ProgramRun sleeping;
    sleeping.program = "attempts";
    sleeping.arguments = {"sleep"};
    sleeping.inputFd = sleeping.outputFd = memory.get();
    const auto outcome = launcher.run(sleeping, [] { return false; });
    killer.join();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::Closed);
    EXPECT_TRUE(comesTrue([&] { return hasEnded(program); })) << "the program went on without anybody";
    ASSERT_THAT(namesIn(scratch.path()), SizeIs(1));
    start();
    EXPECT_THAT(namesIn(scratch.path()), SizeIs(1))
        << "it is younger than a minute: somebody may just make it";
    removeAbandonedFolders(scratch.path(), std::chrono::seconds(0));
    EXPECT_THAT(namesIn(scratch.path()), IsEmpty());
}

TEST_F(Programs, FoldersOfTheLivingAreLeftAlone) {
    ProgramLauncher launcher = start();
    std::thread other([&] {
        comesTrue([&] { return !namesIn(scratch.path()).empty(); });
        removeAbandonedFolders(scratch.path(), std::chrono::seconds(0));
        stillThere = namesIn(scratch.path()).size();
    });
    run(launcher, {"sleep"}, 1'500);
    other.join();
    EXPECT_EQ(stillThere, 1U);
}

TEST_F(Programs, ThePluginGetsWhatItDeclaredAndNoMore) {
    ProgramLauncher launcher = start();
    sdk::testing::TestHost cancel;
    HostPrograms programs(launcher, cancel, {"attempts", "absent"}, {{"absent", "absent is not installed"}});
    sdk::StringSink why;
    EXPECT_TRUE(programs.isThere("attempts", why));
    EXPECT_FALSE(programs.isThere("absent", why));
    EXPECT_EQ(why.text(), "absent is not installed");

    const Slice words[] = {"show", "one two"};
    ProgramCall call;
    call.program = "attempts";
    call.arguments = words;
    call.argumentCount = 2;
    call.input = "bytes";
    sdk::StringSink output;
    sdk::StringSink errors;
    ProgramResult result;
    ASSERT_TRUE(programs.run(call, output, errors, result)) << errors.text();
    EXPECT_EQ(result.end, ProgramEnd::Exited);
    EXPECT_THAT(output.text(), AllOf(HasSubstr("word one two\n"), HasSubstr("input bytes\n")));

    EXPECT_THAT(programs.undeclared(), IsEmpty());
    call.program = "pdftoppm";
    sdk::StringSink refusal;
    ASSERT_TRUE(programs.run(call, output, refusal, result));
    EXPECT_EQ(result.end, ProgramEnd::NotStarted);
    EXPECT_THAT(refusal.text(), HasSubstr("do not declare"));
    EXPECT_THAT(programs.undeclared(), ElementsAre("pdftoppm"));

    const Slice withNul[] = {Slice("a\0b", 3)};
    call.program = "attempts";
    call.arguments = withNul;
    call.argumentCount = 1;
    EXPECT_FALSE(programs.run(call, output, refusal, result));
    call.argumentCount = 1'000'000;
    EXPECT_FALSE(programs.run(call, output, refusal, result));
}

}  // namespace
}  // namespace greffe
