// SPDX-License-Identifier: Apache-2.0
#include "intake/dropped_folder.h"

#include "support/temporary_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;

class DroppedFolder : public ::testing::Test {
protected:
    void SetUp() override {
        root_ = openDirectory(directory_.path()).value();
        fs::create_directories(directory_.path() + "/case/inner/deep");
        write("a.pdf", "a");
        write("inner/b.pdf", "bb");
    }
    void write(const std::string& name, const std::string& bytes) {
        std::ofstream(directory_.path() + "/case/" + name, std::ios::binary) << bytes;
    }
    FileFacts facts() { return factsOfDropped(root_.get(), "case").value(); }

    TemporaryDirectory directory_;
    UniqueFd root_;
};

TEST_F(DroppedFolder, IsListedWithEverythingBelowIt) {
    write(".DS_Store", "x");
    ASSERT_EQ(symlink("/etc", (directory_.path() + "/case/inner/link").c_str()), 0);
    const auto entries = listDroppedFolder(root_.get(), "case", 10).value();
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[0].path, "a.pdf");
    EXPECT_EQ(entries[1].path, "inner/b.pdf");
    EXPECT_EQ(entries[2].path, "inner/link");
    EXPECT_FALSE(entries[2].facts.isDirectory()) << "a link to a folder is a link";
    EXPECT_EQ(listDroppedFolder(root_.get(), "case", 1).value().size(), 2U)
        << "one more than allowed, then no further";
}

TEST_F(DroppedFolder, LooksDifferentAfterEveryChange) {
    const FileFacts before = facts();
    EXPECT_EQ(before, facts());
    EXPECT_TRUE(before.isDirectory());
    write("inner/deep/c.pdf", "c");
    const FileFacts more = facts();
    EXPECT_FALSE(more == before);
    write("inner/deep/c.pdf", "changed");
    EXPECT_FALSE(facts() == more);
    fs::rename(directory_.path() + "/case/inner/deep/c.pdf", directory_.path() + "/case/inner/deep/d.pdf");
    const FileFacts renamed = facts();
    EXPECT_FALSE(renamed == more);
    fs::remove(directory_.path() + "/case/inner/deep/d.pdf");
    EXPECT_EQ(facts().sizeBytes, before.sizeBytes);
}

TEST_F(DroppedFolder, IsNotWholeWhileAFileInItIsBeingWritten) {
    write("inner/c.pdf.part", "c");
    auto unfinished = factsOfDropped(root_.get(), "case");
    ASSERT_FALSE(unfinished);
    EXPECT_EQ(unfinished.error().code, Errc::Busy);
}

TEST_F(DroppedFolder, IsNotWholeWhileNothingIsInIt) {
    fs::remove_all(directory_.path() + "/case/inner");
    fs::remove(directory_.path() + "/case/a.pdf");
    write(".DS_Store", "x");
    EXPECT_FALSE(factsOfDropped(root_.get(), "case"));
    write("a.pdf", "a");
    EXPECT_TRUE(factsOfDropped(root_.get(), "case"));
}

TEST(ArchiveNames, AreKnownByTheirEnding) {
    for (const char* name : {"x.zip", "x.tar", "x.tar.gz", "x.tgz", "x.tar.zst"})
        EXPECT_TRUE(isArchiveName(name)) << name;
    for (const char* name : {".zip", "x.docx", "x.zip.pdf", "zip", "x.zst"})
        EXPECT_FALSE(isArchiveName(name)) << name;
}

}  // namespace
}  // namespace greffe
