// SPDX-License-Identifier: Apache-2.0
// A plugin may do anything to its worker; the engine answers each call exactly once and the next one works.
#include "workers/worker_pool.h"

#include "base/json.h"
#include "plugin_host/worker_setup.h"
#include "support/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>
#include <functional>
#include <optional>
#include <thread>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

class Pool : public testing::Test {
protected:
    Pool() {
        spec_.name = "documents";
        spec_.kind = PoolKind::Documents;
        spec_.limits = defaultLimits(PoolKind::Documents);
        spec_.setupJson = setupJson({{"bad", GREFFE_TEST_PLUGIN, "{}"}});
        spec_.launch.program = std::string(GREFFE_BINARY_DIR) + "/bin/greffe";
        spec_.launch.arguments = {"worker"};
        spec_.termGrace = milliseconds(200);
        spec_.beatPeriod = milliseconds(300);
    }

    void open() {
        PoolEvents events;
        events.logged = [this](const std::string&, const std::string& line) { log_ += line + "\n"; };
        events.degradedChanged = [this](const std::string&, bool isDegraded, const std::string&) {
            wasDegraded_ |= isDegraded;
        };
        pool_ = std::make_unique<WorkerPool>(reactor_, spec_, std::move(events));
    }

    void leaveLandlockOut() {
        Json setup = Json::parse(spec_.setupJson);
        setup["without_landlock"] = true;
        spec_.setupJson = dumpJson(setup);
    }

    CallRequest request(const std::string& what, int deadlineMs = 5'000) {
        CallRequest call;
        call.id = ++nextId_;
        call.operation = "transform";
        call.instance = "bad";
        call.paramsJson = R"({"do":")" + what + R"("})";
        call.deadlineMs = deadlineMs;
        call.isSuspect = isSuspect_;
        return call;
    }

    static std::string factOf(const CallOutcome& outcome, const std::string& name) {
        EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
        return dumpJson(memberOf(storedJson(outcome.factsJson), name.c_str()));
    }

    // Submits all at once, runs until all are answered.
    std::vector<CallOutcome> runAll(const std::vector<std::string>& whats, bool isReplayable = true,
                                    int deadlineMs = 5'000) {
        if (pool_ == nullptr) open();
        std::vector<CallOutcome> outcomes(whats.size());
        std::size_t left = whats.size();
        for (std::size_t i = 0; i < whats.size(); ++i)
            pool_->submit(request(whats[i], deadlineMs), isReplayable, [&, i](CallOutcome outcome) {
                outcomes[i] = std::move(outcome);
                if (--left == 0) reactor_.stop();
            });
        reactor_.run();
        return outcomes;
    }
    CallOutcome run(const std::string& what, bool isReplayable = true, int deadlineMs = 5'000) {
        return runAll({what}, isReplayable, deadlineMs).front();
    }

    Reactor reactor_;
    PoolSpec spec_;
    std::unique_ptr<WorkerPool> pool_;
    std::uint64_t nextId_ = 0;
    std::string log_;
    bool wasDegraded_ = false;
    bool isSuspect_ = false;
};

TEST_F(Pool, AGoodCallIsDone) {
    const CallOutcome outcome = run("nothing");
    EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation << log_;
}

class Death : public Pool, public testing::WithParamInterface<const char*> {};

TEST_P(Death, CostsOneAttemptOfOneCall) {
    const CallOutcome died = run(GetParam(), true, 1'500);
    EXPECT_EQ(died.verdict, Verdict::RetryLater) << died.explanation;
    EXPECT_TRUE(died.hasCrashed);
    EXPECT_FALSE(died.explanation.empty());
}
INSTANTIATE_TEST_SUITE_P(Pool, Death,
                         testing::Values("segv", "abort", "exit", "loop", "sleep", "stop", "garbage"),
                         [](const testing::TestParamInfo<const char*>& tested) {
                             return std::string(tested.param);
                         });

TEST_F(Pool, AnExceptionIsAPluginFaultAndKillsNobody) {
    const CallOutcome outcome = run("throw");
    EXPECT_EQ(outcome.verdict, Verdict::Rejected);
    EXPECT_EQ(outcome.reason, Reason::PluginFault);
    EXPECT_THAT(outcome.explanation, HasSubstr("thrown by the plugin"));
    EXPECT_TRUE(pool_->status().restarts.empty());
}

TEST_F(Pool, MemoryEndsAtTheLimit) {
#ifdef GREFFE_SANITIZED
    GTEST_SKIP() << "a sanitizer's allocator does not obey RLIMIT_AS";
#endif
    const CallOutcome outcome = run("memory");
    EXPECT_NE(outcome.verdict, Verdict::Done);
}

TEST_F(Pool, AOnceCallThatDiesIsUncertainNeverRepeated) {
    const CallOutcome outcome = run("segv", false);
    EXPECT_EQ(outcome.verdict, Verdict::Uncertain);
}

TEST_F(Pool, OnlyTheGuiltyOneOfABatchIsBlamed) {
    std::vector<std::string> whats(40, "nothing");
    whats[17] = "segv";
    const std::vector<CallOutcome> outcomes = runAll(whats);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        EXPECT_EQ(outcomes[i].hasCrashed, i == 17) << i;
        EXPECT_EQ(outcomes[i].verdict == Verdict::Done, i != 17) << i << outcomes[i].explanation;
    }
}

TEST_F(Pool, AHundredDeathsBetweenAHundredGoodCalls) {  // H2, a tenth of it
    spec_.maxWorkers = 2;
    std::vector<std::string> whats;
    for (int i = 0; i < 100; ++i) {
        whats.emplace_back(i % 2 == 0 ? "segv" : "exit");
        whats.emplace_back("nothing");
    }
    const std::vector<CallOutcome> outcomes = runAll(whats);
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        EXPECT_EQ(outcomes[i].verdict == Verdict::Done, i % 2 == 1) << i;
}

TEST_F(Pool, AWorkerThatDoesNotComeUpIsDegradedAndSaysWhy) {
    spec_.setupJson = setupJson({{"bad", "/nowhere/test-gone.so", "{}"}});
    const CallOutcome outcome = run("nothing");
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_EQ(outcome.reason, Reason::PluginMissing);
    EXPECT_THAT(outcome.explanation, HasSubstr("/nowhere"));
    EXPECT_TRUE(wasDegraded_);
    EXPECT_TRUE(pool_->status().isDegraded);
}

TEST_F(Pool, IdleWorkersLeave) {
    spec_.idleStop = milliseconds(50);
    EXPECT_EQ(run("nothing").verdict, Verdict::Done);
    EXPECT_EQ(pool_->status().idle, 1U);
    reactor_.callAfter(milliseconds(1'000), [this] { reactor_.stop(); });
    reactor_.run();
    EXPECT_EQ(pool_->status().idle, 0U);
    EXPECT_TRUE(pool_->status().restarts.empty()) << "leaving when idle is no restart";
}

TEST_F(Pool, AWorkerIsReplacedAfterItsCalls) {
    spec_.recycleAfterCalls = 3;
    std::vector<std::string> pids;
    for (int i = 0; i < 7; ++i)
        pids.push_back(factOf(run("pid"), "pid"));
    EXPECT_EQ(pids[0], pids[2]);
    EXPECT_NE(pids[2], pids[3]);
    EXPECT_EQ(pids[3], pids[5]);
    EXPECT_NE(pids[5], pids[6]);
    EXPECT_TRUE(pool_->status().restarts.empty()) << "asked to leave, not lost";
}

TEST_F(Pool, TellsWhyWorkersWereLost) {
    run("segv");
    run("loop", true, 200);
    const std::map<std::string, std::uint64_t> expected = {{"deadline_exceeded", 1}, {"worker_crashed", 1}};
    EXPECT_EQ(pool_->status().restarts, expected);
}

TEST_F(Pool, AWorkerThatGrewIsReplaced) {
    spec_.recycleAboveBytes = 1;  // every process is larger
    const std::string first = factOf(run("pid"), "pid");
    EXPECT_NE(factOf(run("pid"), "pid"), first);
    EXPECT_TRUE(pool_->status().restarts.empty());
}

// What a worker fails on first is often not the document: without a pause the pool would only start
// processes.
TEST_F(Pool, AWorkerThatDiesOnItsFirstCallIsReplacedWithAPause) {
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(run("segv").hasCrashed);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(100 + 200 + 400));
    EXPECT_TRUE(pool_->status().isDegraded) << "visible";
    EXPECT_NE(pool_->status().trouble, "");
    EXPECT_TRUE(wasDegraded_);
    EXPECT_EQ(run("nothing").verdict, Verdict::Done) << "what waits is not refused";
    EXPECT_FALSE(pool_->status().isDegraded);
    // The death of a worker that has proved itself says nothing about the next one.
    EXPECT_TRUE(run("segv").hasCrashed);
    EXPECT_EQ(pool_->status().trouble, "");
}

// Documents that kill workers were tried again between the good ones, each time with a longer pause for all:
// of a thousand good documents beside three hundred bad ones two hundred were done after twenty minutes.
TEST_F(Pool, ACallThatKilledBeforeCostsTheOthersNoPause) {
    EXPECT_TRUE(run("segv").hasCrashed);
    isSuspect_ = true;
    for (int i = 0; i < 8; ++i)
        EXPECT_TRUE(run("segv").hasCrashed);
    isSuspect_ = false;
    EXPECT_EQ(run("nothing").verdict, Verdict::Done);
    EXPECT_FALSE(wasDegraded_) << "a pause before each of them";
}

TEST_F(Pool, APoolThatInsistsOnLandlockDoesNotRunWithout) {
    leaveLandlockOut();
    spec_.mustHaveLandlock = true;
    const CallOutcome outcome = run("nothing");
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_EQ(outcome.reason, Reason::PluginMissing);
    EXPECT_THAT(outcome.explanation, HasSubstr("has no Landlock"));
    EXPECT_THAT(outcome.explanation, HasSubstr("settings.allow_without_landlock = true"));
    EXPECT_TRUE(pool_->status().isDegraded);
}

TEST_F(Pool, TellsWhichWallsItsWorkersHave) {
    leaveLandlockOut();
    open();
    EXPECT_FALSE(pool_->status().walls);
    EXPECT_EQ(run("nothing").verdict, Verdict::Done) << "the others may";
    ASSERT_TRUE(pool_->status().walls);
    EXPECT_TRUE(pool_->status().walls->hasSeccomp);
    EXPECT_EQ(pool_->status().walls->landlockAbi, 0);
}

// Workers that this program plays itself, started as the only test to run: the other end of descriptor 3.
// Disabled, because they are no tests: PlayedPool starts each of them as its worker.
class PlayedWorker : public testing::Test {
protected:
    void sayHello(bool hasSeccomp) {
        const auto setup = socket_.receive();
        ASSERT_TRUE(setup);
        generation_ = setup->tag;
        say(Frame::Hello, dumpJson({{"ready", true}, {"seccomp", hasSeccomp}, {"landlock_abi", 0}}));
    }
    void say(Frame frame, const std::string& body) {
        ASSERT_TRUE(socket_.send(static_cast<std::uint16_t>(frame), generation_, body));
    }

    MessageSocket socket_{UniqueFd(3)};
    std::uint32_t generation_ = 0;
};

TEST_F(PlayedWorker, DISABLED_HasNoSeccomp) {
    sayHello(false);
    EXPECT_FALSE(socket_.receive());
}

TEST_F(PlayedWorker, DISABLED_AnswersAfterItWasGivenUp) {
    sayHello(true);
    auto calls = socket_.receive();
    ASSERT_TRUE(calls);
    const auto decoded = decodeCalls(*calls);
    ASSERT_TRUE(decoded);
    say(Frame::Setup, "{}");  // for this it is given up
    Answer late;
    late.id = decoded->front().id;
    late.outcome.verdict = Verdict::Done;
    say(Frame::Outcome, encodeAnswers({late}, 0).body);
    pause();
}

TEST_F(PlayedWorker, DISABLED_LogsWithoutEnd) {
    sayHello(true);
    ASSERT_TRUE(socket_.receive());
    while (socket_.send(static_cast<std::uint16_t>(Frame::Log), generation_, R"({"event":"x"})")) {
    }
}

TEST_F(PlayedWorker, DISABLED_BeatsWithoutEnd) {
    sayHello(true);
    ASSERT_TRUE(socket_.receive());
    signal(SIGTERM, SIG_IGN);
    while (socket_.send(static_cast<std::uint16_t>(Frame::Beat), generation_, "{}")) {
    }
}

class PlayedPool : public Pool {
protected:
    void play(const std::string& test) {
        spec_.launch.program = "/proc/self/exe";
        spec_.launch.arguments = {"--gtest_also_run_disabled_tests",
                                  "--gtest_filter=PlayedWorker.DISABLED_" + test};
    }
};

TEST_F(PlayedPool, DoesNotRunWithoutSeccomp) {
    play("HasNoSeccomp");
    const CallOutcome outcome = run("nothing");
    EXPECT_EQ(outcome.reason, Reason::PluginMissing);
    EXPECT_THAT(outcome.explanation, HasSubstr("no seccomp filter"));
}

TEST_F(PlayedPool, DropsWhatAWorkerSaysAfterItWasGivenUp) {
    play("AnswersAfterItWasGivenUp");
    open();
    std::vector<CallOutcome> answers;
    pool_->submit(request("nothing"), true, [&](CallOutcome outcome) {
        answers.push_back(std::move(outcome));
        reactor_.callAfter(milliseconds(300), [this] { reactor_.stop(); });  // a second one would come now
    });
    reactor_.run();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].verdict, Verdict::RetryLater) << "the late Done is nobody's answer";
    EXPECT_EQ(answers[0].reason, Reason::PluginFault);
    EXPECT_TRUE(answers[0].hasCrashed);
}

TEST_F(Pool, AWorkerGoesBeforeTheEngineWhenMemoryRunsOut) {
    const std::string pid = factOf(run("pid"), "pid");
    std::ifstream score("/proc/" + pid + "/oom_score_adj");
    int adjustment = 0;
    score >> adjustment;
    EXPECT_EQ(adjustment, 1000) << pid;
}

// H7: what a hijacked parser can still do is talk.
TEST_F(PlayedPool, GivesUpAWorkerThatLogsWithoutEnd) {
    play("LogsWithoutEnd");
    const CallOutcome outcome = run("nothing");
    EXPECT_EQ(outcome.reason, Reason::PluginFault);
    EXPECT_THAT(outcome.explanation, HasSubstr("logs without end"));
}

// It filled the socket faster than the engine emptied it: no timer went off any more, not even its own
// deadline's.
TEST_F(PlayedPool, AWorkerThatTalksWithoutPauseKeepsNobodyFromHisTurn) {
    play("BeatsWithoutEnd");
    open();
    CallRequest call = request("nothing");
    call.deadlineMs = 300;
    std::optional<CallOutcome> outcome;
    int ticks = 0;
    std::function<void()> tick = [&] {
        if (outcome) return reactor_.stop();
        ++ticks;
        reactor_.callAfter(milliseconds(20), tick);
    };
    tick();
    pool_->submit(std::move(call), true, [&](CallOutcome ended) { outcome = std::move(ended); });
    reactor_.run();
    EXPECT_EQ(outcome->reason, Reason::DeadlineExceeded);
    EXPECT_GE(ticks, 5);
}

// H13: from inside a worker, with the document in hand.
class Wall : public Pool, public testing::WithParamInterface<const char*> {};

TEST_P(Wall, Holds) {
    const CallOutcome outcome = run(std::string("try:") + GetParam());
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    auto facts = parseJson(outcome.factsJson);
    ASSERT_TRUE(facts);
    EXPECT_THAT(textOf(*facts, "verdict"), StartsWith("denied")) << GetParam();
}
INSTANTIATE_TEST_SUITE_P(Pool, Wall,
                         testing::Values("connect", "exec", "open", "write", "ptrace", "fork", "kill",
                                         "tgkill", "prlimit", "setown", "setsig", "dnotify", "lease"),
                         [](const testing::TestParamInfo<const char*>& tested) {
                             return std::string(tested.param);
                         });

// A converters worker starts programs, and yet it is shut in like the others: not it starts them.
TEST_P(Wall, HoldsForConvertersToo) {
    spec_.name = "converters:bad";
    spec_.kind = PoolKind::Converters;
    spec_.limits = defaultLimits(PoolKind::Converters);
    const TemporaryDirectory scratch;
    spec_.setupJson = setupJson({{"bad", GREFFE_TEST_CONVERTER, "{}"}}, {}, scratch.path());
    const CallOutcome outcome = run(std::string("try:") + GetParam());
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    auto facts = parseJson(outcome.factsJson);
    ASSERT_TRUE(facts);
    EXPECT_THAT(textOf(*facts, "verdict"), StartsWith("denied")) << GetParam();
}

// Kernels before 5.13, and those where it is switched off: the list of calls holds alone.
TEST_P(Wall, HoldsWithoutLandlock) {
#ifdef GREFFE_SANITIZED
    if (const std::string what = GetParam(); what == "open" || what == "write")
        GTEST_SKIP()
            << "a sanitizer opens files itself, so its builds allow the call; the other builds deny it";
#endif
    leaveLandlockOut();
    const CallOutcome outcome = run(std::string("try:") + GetParam());
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    auto facts = parseJson(outcome.factsJson);
    ASSERT_TRUE(facts);
    EXPECT_EQ(textOf(*facts, "verdict"), "denied: Operation not permitted") << GetParam();
}

// A key is in memory from here on, and the rest of the sandbox comes after it.
TEST_F(Pool, NothingIsDumpedFromTheFirstLineOn) {
    spec_.setupJson = setupJson({{"bad", GREFFE_TEST_PLUGIN, R"({"provision":"tell"})"}});
    EXPECT_EQ(run("nothing").verdict, Verdict::Done);
    EXPECT_THAT(log_, HasSubstr("dumpable 0 core 0"));
}

TEST_F(Pool, AnAbortWhileProvisioningLeavesNoCore) {
    const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(setrlimit(RLIMIT_CORE, &all), 0);
    spec_.setupJson = setupJson({{"bad", GREFFE_TEST_PLUGIN, R"({"provision":"abort"})"}});
    const CallOutcome outcome = run("nothing");
    EXPECT_EQ(outcome.reason, Reason::PluginMissing);
    EXPECT_THAT(outcome.explanation, HasSubstr("killed by signal 6"));
    EXPECT_THAT(outcome.explanation, testing::Not(HasSubstr("core")));
}

TEST(WorkerProcessEnd, SaysThatACoreWasWritten) {
    const TemporaryDirectory directory;
    const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(setrlimit(RLIMIT_CORE, &all), 0);
    WorkerProcess::Launch launch;
    launch.program = "/bin/sh";
    launch.arguments = {"-c", "cd " + directory.path() + " && kill -ABRT $$"};
    auto process = WorkerProcess::start(launch);
    ASSERT_TRUE(process) << process.error().text();
    const WorkerEnd end = process->reap();
    EXPECT_TRUE(end.wasSignalled);
    EXPECT_EQ(end.text(), end.hasDumpedCore ? "killed by signal 6 (Aborted), core dumped"
                                            : "killed by signal 6 (Aborted)");
}

}  // namespace
}  // namespace greffe
