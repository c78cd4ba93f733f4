// SPDX-License-Identifier: Apache-2.0
// The real daemon on a temporary folder: real plugins, a fresh seal key, a drop folder. For end-to-end and
// crash tests.
//
//   DaemonUnderTest daemon;
//   daemon.drop("a.pdf", tinyPdf());
//   ASSERT_TRUE(daemon.start());
//   ASSERT_TRUE(daemon.waitUntilSettled(1));
//
// One a test. The daemon is stopped, and checked for a clean end, by stop(); the destructor kills what is
// left.
#pragma once

#include "support/temporary_directory.h"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace greffe {

// A valid PDF of one A4 page, a few hundred bytes; `text` makes two of them differ.
std::string tinyPdf(const std::string& text = "hello");

class DaemonUnderTest {
public:
    // Nothing is expected to take that long: it tells a hang from a disk that stands still. One on which
    // these tests ran took thirty seconds for a sync of 4 KiB, now and then.
    static constexpr std::chrono::milliseconds kLongest = std::chrono::seconds(90);

    // steps: the Lua of the pipeline's steps. house: more entries of greffe.lua's table ("notifiers = …,"),
    // in which @ROOT@ stands for root(). pipeline: what else stands in the pipeline.
    explicit DaemonUnderTest(const std::string& steps = R"(seal { id = "seal", key = "office" })",
                             const std::string& folderOptions = "stable_seconds = 0",
                             const std::string& house = {}, const std::string& pipeline = {});
    ~DaemonUnderTest();

    struct How {
        std::vector<std::string> wrapper;                // "strace", …; the daemon's command line follows
        std::map<std::string, std::string> environment;  // beside our own
    };
    // Under strace with these arguments.
    static How underStrace(const std::vector<std::string>& arguments);
    // Killed before the `number`-th time that one of its threads makes this system call.
    static How killedBefore(const std::string& call, int number);
    bool start(const How& how);
    bool start() { return start(How()); }
    // SIGTERM and wait. Returns the exit code, 128 + signal when it died of one, -1 after kLongest (then it
    // is killed).
    int stop();
    void killHard();          // SIGKILL to the daemon alone
    bool killWorkerHard();    // SIGKILL to one of its workers; false when there is none
    void killProviderHard();  // SIGKILL to its workers of the providers pool
    void killAllHard();       // SIGKILL to daemon and workers
    bool isRunning();
    // Whether somebody who looks (`greffe status`) is told that something keeps it from its work.
    bool tellsOfTrouble() const;
    bool hasStarted() const;  // since start(): it has recovered and takes work
    // Waits for the end of the process; its exit code as stop() gives it, -1 on time-out.
    int waitForEnd(std::chrono::milliseconds limit);

    void drop(const std::string& name, const std::string& bytes) const;
    // Waits until `count` files stand in done/, rejected/ and quarantine/ with a receipt and none is under
    // way.
    bool waitUntilSettled(std::size_t count, std::chrono::milliseconds limit = kLongest);

    // Everything that must be true at any settled moment, whatever was killed before; empty when all is well.
    // `expected`: names that were dropped, each exactly once in exactly one place, each with its receipt;
    // sealed ones in out/.
    std::string brokenPromise(const std::vector<std::string>& expectedSealed,
                              const std::vector<std::string>& expectedRejected) const;
    // The same where sources come with companions or are not documents themselves: all that each place must
    // hold, receipts included.
    struct Ending {
        std::vector<std::string> done, out, rejected;
        std::size_t dossiers = 0;
    };
    std::string brokenPromise(Ending expected) const;

    std::vector<std::string> names(const std::string& place) const;  // of files below <in>/<place>, sorted
    std::string inFolder() const { return root() + "/in"; }
    std::string root() const { return folder_.path(); }
    std::string controlSocket() const { return root() + "/control.sock"; }
    std::string log() const;
    std::string contentOf(const std::string& place, const std::string& name) const;  // of a file below <in>
    pid_t pid() const { return pid_; }
    // Runs `greffe ARGUMENTS`, with this daemon's control socket; returns its exit code and output.
    int command(const std::vector<std::string>& arguments, std::string* output = nullptr) const;

private:
    std::vector<pid_t> workers() const;

    TemporaryDirectory folder_;
    pid_t pid_ = -1;
    std::size_t logStart_ = 0;  // of this run's lines in the log
};

}  // namespace greffe
