// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/heartbeat.h"

#include "workers/call.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>
#include <utility>

namespace greffe {
namespace {

using std::chrono::milliseconds;

class HeartbeatTest : public ::testing::Test {
protected:
    // Whether a beat comes within `limit`.
    bool beatsWithin(milliseconds limit) {
        pollfd readable{ends_.first.fd(), POLLIN, 0};
        if (poll(&readable, 1, static_cast<int>(limit.count())) != 1) return false;
        const auto message = ends_.first.receive();
        return message && static_cast<Frame>(message->kind) == Frame::Beat;
    }

    std::pair<MessageSocket, MessageSocket> ends_ = std::move(MessageSocket::pair()).value();
    HostCancel progress_;
};

TEST_F(HeartbeatTest, SaysNothingWhileNoStepRunsAndBeatsWhileOneDoes) {
    Heartbeat heartbeat(ends_.second, 1, milliseconds(20), progress_);
    EXPECT_FALSE(beatsWithin(milliseconds(100)));
    heartbeat.stepBegins(1);
    EXPECT_TRUE(beatsWithin(milliseconds(5'000)));
    EXPECT_TRUE(beatsWithin(milliseconds(5'000)));
    heartbeat.stepEnds();
}

// A step that was over before the thread had woken left it asleep for good: the next long one was killed
// for its silence.
TEST_F(HeartbeatTest, ShortStepsDoNotKeepALongOneFromBeating) {
    Heartbeat heartbeat(ends_.second, 1, milliseconds(1), progress_);
    for (int i = 0; i < 50; ++i) {
        std::this_thread::sleep_for(milliseconds(5));  // asleep again
        for (int k = 0; k < 3; ++k) {
            heartbeat.stepBegins(1);
            heartbeat.stepEnds();
        }
        std::this_thread::sleep_for(milliseconds(5));
        heartbeat.stepBegins(2);
        ASSERT_TRUE(beatsWithin(milliseconds(5'000))) << i;
        heartbeat.stepEnds();
        while (beatsWithin(milliseconds(5))) {
        }
    }
}

}  // namespace
}  // namespace greffe
