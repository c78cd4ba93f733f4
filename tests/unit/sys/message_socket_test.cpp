// SPDX-License-Identifier: Apache-2.0
#include "sys/message_socket.h"

#include "sys/files.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace greffe {
namespace {

class MessageSockets : public testing::Test {
protected:
    void SetUp() override {
        auto ends = MessageSocket::pair();
        ASSERT_TRUE(ends);
        left_ = std::move(ends->first);
        right_ = std::move(ends->second);
    }
    MessageSocket left_, right_;
};

TEST_F(MessageSockets, CarriesBodyTagAndDescriptors) {
    auto file = sealedMemoryFile("test", "inside");
    ASSERT_TRUE(left_.send(7, 42, "body", {file->get(), file->get()}));
    auto message = right_.receive();
    ASSERT_TRUE(message) << message.error().text();
    EXPECT_EQ(message->kind, 7);
    EXPECT_EQ(message->tag, 42U);
    EXPECT_EQ(message->body, "body");
    ASSERT_EQ(message->descriptors.size(), 2U);
    EXPECT_EQ(MappedFile::map(message->descriptors[1].get(), 0, 6)->bytes(), "inside");
}

TEST_F(MessageSockets, ALargeBodyTravelsAsAMemoryFile) {
    const std::string large(3 << 20, 'x');
    ASSERT_TRUE(left_.send(1, 0, large, {}));
    auto message = right_.receive();
    ASSERT_TRUE(message) << message.error().text();
    EXPECT_EQ(message->body, large);
    EXPECT_TRUE(message->descriptors.empty());
}

TEST_F(MessageSockets, ForeignBytesAreCorrupt) {
    for (const std::string& garbage : {std::string("x"), std::string(20, '\0'),
                                       std::string("GRF1").append(60, '\xff'), std::string(1000, 'A')}) {
        ASSERT_GE(send(left_.fd(), garbage.data(), garbage.size(), 0), 0);
        auto message = right_.receive();
        ASSERT_FALSE(message);
        EXPECT_EQ(message.error().code, Errc::Corrupt) << message.error().text();
    }
}

TEST_F(MessageSockets, TheEndIsSeen) {
    left_.close();
    EXPECT_EQ(right_.receive().error().code, Errc::Closed);
}

TEST_F(MessageSockets, NothingThereIsBusyWhenNonBlocking) {
    ASSERT_TRUE(right_.setNonBlocking(true));
    EXPECT_EQ(right_.receive().error().code, Errc::Busy);
}

}  // namespace
}  // namespace greffe
