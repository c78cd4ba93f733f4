// SPDX-License-Identifier: Apache-2.0
// One bad file system fails those who wrote there, nobody else.
#include "sys/sync_point.h"

#include "support/temporary_directory.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

namespace greffe {
namespace {

#ifdef GREFFE_FAILPOINTS

// Failpoints are read from the environment once a process, and other tests may have read them: each case is a
// run of the program of its own.
class SyncPoints : public ::testing::Test {
protected:
    SyncPoints() {
        testing::FLAGS_gtest_death_test_style = "threadsafe";
        struct stat facts {};
        hasTwoDevices_ = stat("/dev/shm", &facts) == 0 && facts.st_dev != factsOf(good_.get())->device;
        badDevice_ = facts.st_dev;
    }
    // Exits 0 when `proof` holds while syncs of the bad device do `action`.
    template <class Proof>
    void prove(const std::string& action, Proof proof) {
        if (!hasTwoDevices_) GTEST_SKIP() << "/dev/shm is no file system of its own here";
        EXPECT_EXIT(
            {
                setenv("GREFFE_FAILPOINTS_SET", fmt::format("sync.{}={}", badDevice_, action).c_str(), 1);
                std::_Exit(proof() ? 0 : 1);
            },
            testing::ExitedWithCode(0), "");
    }

    TemporaryDirectory folder_;
    UniqueFd good_ = openDirectory(folder_.path()).value();
    UniqueFd bad_ = openDirectory("/dev/shm").value();
    std::uint64_t badDevice_ = 0;
    bool hasTwoDevices_ = false;
    SyncPoint point_;
};

TEST_F(SyncPoints, AFailureIsOfItsOwnDevice) {
    prove("error", [&] {
        const auto good = point_.watch(good_.get());
        const auto bad = point_.watch(bad_.get());
        point_.flush();
        return point_.check(*good).ok() && !point_.check(*bad);
    });
}

TEST_F(SyncPoints, ALaterSuccessDoesNotMakeItGood) {
    prove("error@1", [&] {
        const auto lost = point_.watch(bad_.get());
        point_.flush();
        const auto again = point_.watch(bad_.get());
        point_.flush();
        return !point_.check(*lost) && point_.check(*again).ok();
    });
}

TEST_F(SyncPoints, AnEarlierSuccessStandsWhenALaterOneFails) {
    prove("error@2", [&] {
        const auto safe = point_.watch(bad_.get());
        point_.flush();
        const auto lost = point_.watch(bad_.get());
        point_.flush();
        return point_.check(*safe).ok() && !point_.check(*lost);
    });
}

#endif

}  // namespace
}  // namespace greffe
