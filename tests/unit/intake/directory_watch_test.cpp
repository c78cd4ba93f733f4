// SPDX-License-Identifier: Apache-2.0
// When hints were lost, the watch says so: everything must be looked at again.
#include "intake/directory_watch.h"

#include "support/temporary_directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;

class Watches : public ::testing::Test {
protected:
    Watches() {
        fs::create_directories(in());
        DirectoryWatch::Hints hints;
        hints.changed = [this](const std::string&, const std::string&) { ++changed_; };
        hints.lostTrack = [this] { ++lost_; };
        watch_ = std::make_unique<DirectoryWatch>(reactor_, in(), std::move(hints));
        EXPECT_TRUE(watch_->add(""));
    }
    std::string in() const { return folder_.path() + "/in"; }
    void turn() {
        reactor_.callAfter(std::chrono::milliseconds(100), [this] { reactor_.stop(); });
        reactor_.run();
    }

    TemporaryDirectory folder_;
    Reactor reactor_;
    std::unique_ptr<DirectoryWatch> watch_;
    int changed_ = 0, lost_ = 0;
};

TEST_F(Watches, AnOverflowOfTheQueueIsTold) {
    std::ifstream limit("/proc/sys/fs/inotify/max_queued_events");
    int most = 0;
    limit >> most;
    ASSERT_GT(most, 0);
    if (most > 200'000) GTEST_SKIP() << "the queue here holds " << most << " events";
    // Two events a file, and nobody reads them.
    for (int i = 0; i <= most / 2; ++i)
        std::ofstream(in() + fmt::format("/{}", i));
    turn();
    EXPECT_GT(changed_, 0);
    EXPECT_EQ(lost_, 1);
}

TEST_F(Watches, ARemovedFolderIsToldAndOneMadeAgainCanBeWatched) {
    fs::remove_all(in());
    turn();
    EXPECT_GE(lost_, 1);
    fs::create_directories(in());
    ASSERT_TRUE(watch_->add(""));
    std::ofstream(in() + "/x.pdf") << "x";
    turn();
    EXPECT_GT(changed_, 0);
}

}  // namespace
}  // namespace greffe
