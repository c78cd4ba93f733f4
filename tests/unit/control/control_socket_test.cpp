// SPDX-License-Identifier: Apache-2.0
#include "control/control_socket.h"

#include "support/temporary_directory.h"
#include "sys/files.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace greffe {
namespace {

using ::testing::HasSubstr;

class ControlSocket : public ::testing::Test {
protected:
    TemporaryDirectory folder_;
    const std::string path_ = folder_.path() + "/run/control.sock";
};

TEST_F(ControlSocket, IsMadeWithItsFolderForTheGroupAlone) {
    const auto listener = ControlListener::open(path_);
    ASSERT_TRUE(listener) << listener.error().text();
    struct stat facts {};
    ASSERT_EQ(stat(path_.c_str(), &facts), 0);
    EXPECT_TRUE(S_ISSOCK(facts.st_mode));
    EXPECT_EQ(facts.st_mode & 0777U, 0660U);
    EXPECT_TRUE(connectControl(path_));
}

TEST_F(ControlSocket, WhatACrashLeftBehindIsReplaced) {
    {
        auto listener = ControlListener::open(path_);
        ASSERT_TRUE(listener);
        // As a crash does: the process is gone, the name stays.
        ASSERT_EQ(link(path_.c_str(), (path_ + ".kept").c_str()), 0);
    }
    ASSERT_EQ(rename((path_ + ".kept").c_str(), path_.c_str()), 0);
    EXPECT_EQ(connectControl(path_).error().code, Errc::NotFound);
    const auto again = ControlListener::open(path_);
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_TRUE(connectControl(path_));
}

TEST_F(ControlSocket, AnotherDaemonThatAnswersIsLeftAlone) {
    const auto first = ControlListener::open(path_);
    ASSERT_TRUE(first);
    const auto second = ControlListener::open(path_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::Exists);
    EXPECT_THAT(second.error().text(), HasSubstr("another daemon answers"));
    EXPECT_TRUE(connectControl(path_)) << "the first still listens";
}

TEST_F(ControlSocket, AFileThatIsNoSocketIsNeverRemoved) {
    ASSERT_TRUE(makeDirectories(folder_.path() + "/run"));
    std::ofstream(path_) << "somebody's";
    const auto listener = ControlListener::open(path_);
    ASSERT_FALSE(listener);
    EXPECT_THAT(listener.error().text(), HasSubstr("no socket"));
    EXPECT_EQ(readFile(path_, 100).value(), "somebody's");
}

TEST_F(ControlSocket, APathThatIsTooLongSaysHowLongItMayBe) {
    const auto listener = ControlListener::open(folder_.path() + "/" + std::string(120, 'x'));
    ASSERT_FALSE(listener);
    EXPECT_THAT(listener.error().text(), HasSubstr("the system allows 107"));
    EXPECT_THAT(listener.error().advice, HasSubstr("control_socket"));
}

TEST_F(ControlSocket, APathOfFullLengthWorks) {
    const std::string folder = folder_.path() + "/";
    const std::string path = folder + std::string(107 - folder.size(), 'x');
    const auto listener = ControlListener::open(path);
    ASSERT_TRUE(listener) << listener.error().text();
    EXPECT_TRUE(connectControl(path));
}

TEST_F(ControlSocket, IsRemovedAtTheEndUnlessSomebodyReplacedIt) {
    { ASSERT_TRUE(ControlListener::open(path_)); }
    EXPECT_NE(access(path_.c_str(), F_OK), 0);
    auto old = std::make_unique<ControlListener>(ControlListener::open(path_).value());
    ASSERT_EQ(unlink(path_.c_str()), 0);
    const auto next = ControlListener::open(path_);
    ASSERT_TRUE(next);
    old.reset();
    EXPECT_TRUE(connectControl(path_)) << "the new daemon's socket is not the old one's to remove";
}

TEST_F(ControlSocket, NobodyThereIsExplained) {
    const auto client = connectControl(path_);
    ASSERT_FALSE(client);
    EXPECT_THAT(client.error().text(), HasSubstr("no daemon answers"));
    EXPECT_THAT(client.error().advice, HasSubstr("greffe run"));
}

TEST_F(ControlSocket, ThePeerIsWhoTheKernelSays) {
    const auto listener = ControlListener::open(path_);
    ASSERT_TRUE(listener);
    const auto client = connectControl(path_);
    const auto served = listener->accept();
    ASSERT_TRUE(served);
    const auto peer = peerOf(served->get());
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->uid, getuid());
    EXPECT_EQ(peer->pid, getpid());
    EXPECT_FALSE(peer->user.empty());
}

TEST_F(ControlSocket, ADescriptorArrivesBesideItsBytes) {
    const auto listener = ControlListener::open(path_);
    const auto client = connectControl(path_);
    const auto served = listener->accept();
    const auto file = sealedMemoryFile("test", "content");
    ASSERT_EQ(sendBytes(client->get(), "request\n", {file->get()}).value(), 8U);
    std::string bytes;
    const auto got = receiveBytes(served->get(), bytes, 100);
    ASSERT_TRUE(got);
    EXPECT_EQ(bytes, "request\n");
    ASSERT_EQ(got->descriptors.size(), 1U);
    EXPECT_EQ(MappedFile::map(got->descriptors[0].get(), 0, 7)->bytes(), "content");
}

}  // namespace
}  // namespace greffe
