// SPDX-License-Identifier: Apache-2.0
// The ways a document can go through the daemon, for tests that kill, starve or mislead it anywhere on them:
// each test of that kind runs over all of these, not only over the shortest.
//
//   auto way = Scenario::make("archive-and-notify");
//   way->drop();
//   … start, kill, start again …
//   ASSERT_TRUE(way->settle());
//   ASSERT_EQ(way->daemon().stop(), 0);
//   ASSERT_EQ(way->broken(), "");
//
// One at a time a thread; the world around the daemon (mail server, time-stamp authority) lives as long as
// the object.
#pragma once

#include "support/daemon_under_test.h"

#include <memory>
#include <string>
#include <vector>

namespace greffe {

class Scenario {
public:
    static const std::vector<std::string>& names();
    static std::unique_ptr<Scenario> make(const std::string& name);
    virtual ~Scenario() = default;

    DaemonUnderTest& daemon() { return *daemon_; }
    virtual void
    drop() = 0;  // "archive_and_notify" may be asked again and again: two documents more each time
    // Waits until everything that was dropped is at its end. Meanwhile does what people would do: answers
    // questions, and has work tried again that is held because its workers were killed. False when it takes
    // too long or the daemon ends.
    bool settle(std::chrono::milliseconds limit = DaemonUnderTest::kLongest);
    // With the daemon stopped: what is lost, doubled or untrue; empty when nothing is.
    std::string broken();

protected:
    Scenario(std::size_t sources, DaemonUnderTest::Ending ending)
        : sources_(sources), ending_(std::move(ending)) {}

    // What drop() made more of than the constructor was told.
    void expectMore(std::size_t sources, const DaemonUnderTest::Ending& more);
    std::size_t sources() const { return sources_; }

    virtual void doWhatPeopleDo() {}
    virtual std::string brokenHere() { return {}; }

    std::unique_ptr<DaemonUnderTest> daemon_;

private:
    std::size_t sources_;  // files that end in done/ or rejected/, receipts not counted
    DaemonUnderTest::Ending ending_;
};

}  // namespace greffe
