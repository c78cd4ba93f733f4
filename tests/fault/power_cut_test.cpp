// SPDX-License-Identifier: Apache-2.0
// Power cuts: an ext4 that forgets everything which was not flushed, at a random moment under load. A killed
// process proves the order of writes; only this proves the syncs.
#include "support/admission.h"
#include "support/mounted.h"
#include "support/workload_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <random>

namespace greffe::admission {
namespace {

// EXT4_IOC_SHUTDOWN with "no log flush": the journal of the file system is not written either.
bool cutPower(const std::string& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::uint32_t noLogFlush = 2;
    return fd && ioctl(fd.get(), _IOR('X', 125, std::uint32_t), &noLogFlush) == 0;
}

TEST(PowerCut, NothingAcknowledgedIsLost) {
    TemporaryDirectory folder;
    const std::string image = folder.path() + "/disk";
    GREFFE_NEEDS(
        std::system(
            ("truncate -s 96M '" + image + "' && mkfs.ext4 -q -F '" + image + "' 2>/dev/null").c_str()) == 0,
        "cannot make an ext4 image: install e2fsprogs");
    const char* wanted = std::getenv("GREFFE_POWER_CUTS");
    const int cuts = wanted != nullptr ? std::atoi(wanted) : 6;
    std::mt19937 random(std::random_device{}());
    std::set<std::uint64_t> acknowledged;
    std::size_t mostInOneLife = 0;
    for (int cut = 0; cut < cuts; ++cut) {
        Mounted disk;
        GREFFE_NEEDS(disk.mountImage(image), "cannot mount a loop device: run as root");
        WorkloadProcess process(disk.path() + "/journal", disk.path() + "/spool",
                                static_cast<std::uint64_t>(cut) * 100'000, 100'000);
        process.listenFor(std::chrono::milliseconds(5000), 1 + random() % 400);
        ASSERT_TRUE(cutPower(disk.path())) << strerror(errno);
        process.kill();
        const WorkloadEnd end = process.finish();
        mostInOneLife = std::max(mostInOneLife, end.acknowledged.size());
        acknowledged.insert(end.acknowledged.begin(), end.acknowledged.end());
        ASSERT_TRUE(disk.unmount());
        ASSERT_TRUE(disk.mountImage(image)) << "the file system itself did not survive";
        check(disk.path() + "/journal", disk.path() + "/spool", acknowledged);
        if (HasFailure()) FAIL() << "after cut " << cut;
    }
    EXPECT_GT(mostInOneLife, 5U) << "the cuts came before there was anything to lose";
    RecordProperty("acknowledged", static_cast<int>(acknowledged.size()));
}

}  // namespace
}  // namespace greffe::admission
