// SPDX-License-Identifier: Apache-2.0
#include "sys/files.h"

#include "support/temporary_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace greffe {
namespace {

class Files : public testing::Test {
protected:
    TemporaryDirectory folder_;
    UniqueFd dir_ = std::move(openDirectory(folder_.path())).value();
};

TEST_F(Files, AnUnnamedFileAppearsWholeOrNotAtAll) {
    auto fd = openUnnamed(dir_.get());
    ASSERT_TRUE(fd) << fd.error().text();
    ASSERT_TRUE(writeAll(fd->get(), "bytes"));
    EXPECT_FALSE(existsAt(dir_.get(), "name"));
    ASSERT_TRUE(linkUnnamed(fd->get(), dir_.get(), "name"));
    EXPECT_EQ(*readFile(folder_.path() + "/name", 100), "bytes");
    EXPECT_EQ(linkUnnamed(fd->get(), dir_.get(), "name").error().code, Errc::Exists);
}

TEST_F(Files, NothingOutsideIsOpenedBeneath) {
    const std::string root = folder_.path() + "/root";
    ASSERT_TRUE(makeDirectories(root + "/sub"));
    const UniqueFd inside = openDirectory(root).value();
    ASSERT_TRUE(replaceFile(inside.get(), "a", "A"));
    ASSERT_TRUE(replaceFile(dir_.get(), "outside", "secret"));
    ASSERT_EQ(symlink("a", (root + "/link").c_str()), 0);
    ASSERT_EQ(symlink("..", (root + "/up").c_str()), 0);
    ASSERT_EQ(mkfifo((root + "/pipe").c_str(), 0600), 0);
    EXPECT_EQ(*readAll(openBeneath(root, "a").value().get(), 10), "A");
    EXPECT_EQ(*readAll(openBeneath(root, "sub/../a").value().get(), 10), "A") << "it stays inside";
    EXPECT_EQ(openBeneath(root, "../outside").error().code, Errc::Denied);
    EXPECT_EQ(openBeneath(root, folder_.path() + "/outside").error().code, Errc::Denied);
    EXPECT_EQ(openBeneath(root, "link").error().code, Errc::Denied);
    EXPECT_EQ(openBeneath(root, "up/outside").error().code, Errc::Denied);
    EXPECT_EQ(openBeneath(root, "none").error().code, Errc::NotFound);
    for (const std::string& bad :
         {std::string("pipe"), std::string("sub"), std::string(), std::string("a\0b", 3)})
        EXPECT_EQ(openBeneath(root, bad).error().code, Errc::Invalid) << bad;
}

TEST_F(Files, RenameNeverReplaces) {
    ASSERT_TRUE(replaceFile(dir_.get(), "a", "A"));
    ASSERT_TRUE(replaceFile(dir_.get(), "b", "B"));
    EXPECT_EQ(renameNew(dir_.get(), "a", dir_.get(), "b").error().code, Errc::Exists);
    EXPECT_EQ(*readFile(folder_.path() + "/b", 100), "B");
}

TEST_F(Files, ReplaceSwapsTheWholeContent) {
    ASSERT_TRUE(replaceFile(dir_.get(), "a", "old, longer"));
    ASSERT_TRUE(replaceFile(dir_.get(), "a", "new"));
    EXPECT_EQ(*readFile(folder_.path() + "/a", 100), "new");
    int names = 0;
    ASSERT_TRUE(listDirectory(dir_.get(), [&](const std::string&) { return ++names > 0; }));
    EXPECT_EQ(names, 1) << "a temporary name was left behind";
}

TEST_F(Files, NothingButARegularFileIsOpened) {
    ASSERT_TRUE(replaceFile(dir_.get(), "real", "x"));
    ASSERT_EQ(symlinkat("real", dir_.get(), "link"), 0);
    ASSERT_EQ(mkfifoat(dir_.get(), "pipe", 0600), 0);
    ASSERT_EQ(mkdirat(dir_.get(), "folder", 0700), 0);
    EXPECT_TRUE(openRegularAt(dir_.get(), "real"));
    EXPECT_FALSE(openRegularAt(dir_.get(), "link"));
    EXPECT_FALSE(openRegularAt(dir_.get(), "pipe"));  // and does not block
    EXPECT_FALSE(openRegularAt(dir_.get(), "folder"));
}

TEST_F(Files, ASealedMemoryFileCannotChange) {
    auto fd = sealedMemoryFile("test", "bytes");
    ASSERT_TRUE(fd);
    EXPECT_EQ(pwrite(fd->get(), "x", 1, 0), -1);
    EXPECT_NE(ftruncate(fd->get(), 0), 0);
    EXPECT_TRUE(sealMemoryFile(fd->get()));
}

TEST_F(Files, MapsAtAnyOffset) {
    ASSERT_TRUE(replaceFile(dir_.get(), "a", std::string(5000, 'a').append("tail")));
    auto fd = openRegularAt(dir_.get(), "a");
    auto mapped = MappedFile::map(fd->get(), 5000, 4);
    ASSERT_TRUE(mapped);
    EXPECT_EQ(mapped->bytes(), "tail");
    EXPECT_EQ(MappedFile::map(fd->get(), 0, 0)->bytes(), "");
}

TEST_F(Files, CopiesARangeAcrossKindsOfFiles) {
    auto from = sealedMemoryFile("test", "0123456789");
    auto to = openUnnamed(dir_.get());
    ASSERT_TRUE(copyRange(from->get(), 2, 5, to->get()));
    EXPECT_EQ(MappedFile::map(to->get(), 0, 5)->bytes(), "23456");
    EXPECT_EQ(copyRange(from->get(), 8, 5, to->get()).error().code, Errc::Corrupt);
}

TEST_F(Files, MakesParents) {
    ASSERT_TRUE(makeDirectories(folder_.path() + "/x/y//z/"));
    ASSERT_TRUE(makeDirectories(folder_.path() + "/x/y/z"));
    EXPECT_TRUE(openDirectory(folder_.path() + "/x/y/z"));
}

}  // namespace
}  // namespace greffe
