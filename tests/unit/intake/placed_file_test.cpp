// SPDX-License-Identifier: Apache-2.0
// Nobody's file is taken for another's, and doing it twice leaves one.
#include "intake/placed_file.h"

#include "support/temporary_directory.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDossier = "01J00000000000000000000001";
constexpr const char* kOther = "01J00000000000000000000002";
constexpr const char* kFirst = "01J0000000000000000000000A";
constexpr const char* kSecond = "01J0000000000000000000000B";

class PlacedFiles : public ::testing::Test {
protected:
    std::string place(const std::string& dossier, const std::string& bytes,
                      const std::string& document = {}) {
        const PlacedFile file{dossier, "lease.pdf", [&](int fd) { return writeAll(fd, bytes); }, document};
        const auto name = placeFile(dir_.get(), file);
        EXPECT_TRUE(name) << name.error().text();
        return name ? *name : std::string();
    }
    std::string content(const std::string& name) const {
        return readFile(folder_.path() + "/" + name, 1U << 20U).value();
    }
    std::size_t count() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
    }
    std::uint64_t inode(const std::string& name) const { return factsAt(dir_.get(), name)->inode; }

    TemporaryDirectory folder_;
    UniqueFd dir_ = openDirectory(folder_.path()).value();
};

TEST_F(PlacedFiles, TwoResultsOfOneDossierNeverTakeEachOthersPlace) {
    EXPECT_EQ(place(kDossier, "a/lease", kFirst), "lease.pdf");
    const std::string second = place(kDossier, "b/lease", kSecond);
    EXPECT_NE(second, "lease.pdf");
    EXPECT_EQ(content("lease.pdf"), "a/lease");
    EXPECT_EQ(content(second), "b/lease");
    // Again, as after a crash: the same names, nothing more.
    EXPECT_EQ(place(kDossier, "a/lease", kFirst), "lease.pdf");
    EXPECT_EQ(place(kDossier, "b/lease", kSecond), second);
    EXPECT_EQ(count(), 2U);
}

TEST_F(PlacedFiles, KeepsItsNameThoughTheBetterOneIsFreeByNow) {
    place(kOther, "another's");
    const std::string name = place(kDossier, "mine", kFirst);
    fs::remove(folder_.path() + "/lease.pdf");
    EXPECT_EQ(place(kDossier, "mine", kFirst), name);
    EXPECT_EQ(count(), 1U);
}

TEST_F(PlacedFiles, AReceiptWithNewsReplacesTheOlderOne) {
    place(kDossier, "waits");
    EXPECT_EQ(place(kDossier, "done"), "lease.pdf");
    EXPECT_EQ(content("lease.pdf"), "done");
    EXPECT_EQ(count(), 1U);
}

// Some network file systems have no attributes, and `cp` leaves them behind.
TEST_F(PlacedFiles, AReceiptWithoutAttributesIsKnownByItsDossier) {
    const std::string path = folder_.path() + "/lease.pdf";
    std::ofstream(path) << "dossier " << kDossier << " waits";
    EXPECT_EQ(place(kDossier, "done"), "lease.pdf");
    EXPECT_EQ(count(), 1U);
    fs::remove(path);
    std::ofstream(path) << "dossier " << kOther << " waits";
    EXPECT_NE(place(kDossier, "done"), "lease.pdf");
    ASSERT_TRUE(removeOwnFile(dir_.get(), "lease.pdf", kDossier));
    EXPECT_TRUE(fs::exists(path)) << "another's";
    ASSERT_TRUE(removeOwnFile(dir_.get(), "lease.pdf", kOther));
    EXPECT_FALSE(fs::exists(path));
}

// What a failed sync left looks well in the page cache and is lost on the disk.
TEST_F(PlacedFiles, WhatIsPlacedAgainIsWrittenAgain) {
    place(kDossier, "same", kFirst);
    const std::uint64_t before = inode("lease.pdf");
    place(kDossier, "same", kFirst);
    EXPECT_NE(inode("lease.pdf"), before);
}

TEST_F(PlacedFiles, ALinkInItsPlaceIsLeftAlone) {
    std::ofstream(folder_.path() + "/target") << "precious";
    fs::create_symlink("target", folder_.path() + "/lease.pdf");
    EXPECT_NE(place(kDossier, "mine"), "lease.pdf");
    EXPECT_EQ(content("target"), "precious");
}

// Whoever may write to the folder must not be able to end the daemon: a mapping of a file that is cut short
// is SIGBUS.
TEST_F(PlacedFiles, AFileThatIsCutShortWhileItIsComparedHarmsNobody) {
    const std::string bytes(8U << 20U, 'x');
    const std::string path = folder_.path() + "/lease.pdf";
    std::ofstream(path, std::ios::binary) << bytes;
    std::atomic<bool> isOver{false};
    std::thread cutting([&] {
        while (!isOver) {
            static_cast<void>(truncate(path.c_str(), 0));
            static_cast<void>(truncate(path.c_str(), static_cast<off_t>(bytes.size())));
            std::this_thread::sleep_for(std::chrono::microseconds(300));
        }
    });
    for (int i = 0; i < 200; ++i) {
        const std::string dossier = fmt::format("01J{:023}", i);
        EXPECT_NE(place(dossier, std::string(bytes.size(), '\0')), "");
        for (const auto& entry : fs::directory_iterator(folder_.path()))
            if (entry.path().filename() != "lease.pdf") fs::remove(entry.path());
    }
    isOver = true;
    cutting.join();
}

}  // namespace
}  // namespace greffe
