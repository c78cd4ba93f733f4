// SPDX-License-Identifier: Apache-2.0
// What clients do, and that it costs nobody else anything.
#include "control/control_server.h"

#include "control/control_client.h"
#include "support/temporary_directory.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr std::size_t kMoreThanSocketsHold = 4'000'000;  // and a sanitizer needs no seconds for it

// Answers "echo" with its parameters, "large" with so many bytes; keeps every "later" until the test finishes
// it.
class ControlServerTest : public ::testing::Test {
protected:
    void start(ControlServer::Options options = {}) {
        options.path = path_;
        auto server = ControlServer::start(std::move(options), [this](ControlCall call) {
            if (call.request.operation == "echo") return call.reply->finish(call.request.params);
            if (call.request.operation == "large")
                return call.reply->finish(
                    Json{{"text", std::string(numberOf(call.request.params, "bytes"), 'x')}});
            const std::scoped_lock lock(mutex_);
            later_.push_back(std::move(call));
            changed_.notify_all();
        });
        ASSERT_TRUE(server) << server.error().text();
        server_ = std::move(*server);
    }
    ControlClient client() {
        ControlClient made = ControlClient::connect(path_).value();
        made.setSilenceLimit(milliseconds(5'000));
        return made;
    }
    UniqueFd rawClient() { return connectControl(path_).value(); }
    ControlCall takeLater() {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(5), [&] { return !later_.empty(); }));
        ControlCall call = std::move(later_.back());
        later_.pop_back();
        return call;
    }
    static bool isClosedWithin(int fd, milliseconds limit) {
        const auto until = std::chrono::steady_clock::now() + limit;
        std::string ignored;
        while (std::chrono::steady_clock::now() < until) {
            pollfd ready{fd, POLLIN, 0};
            if (poll(&ready, 1, 20) == 0) continue;
            const auto got = receiveBytes(fd, ignored, 4096);
            if (!got || got->count == 0) return true;
        }
        return false;
    }
    static std::string line(int fd) {
        std::string bytes;
        while (bytes.find('\n') == std::string::npos) {
            pollfd ready{fd, POLLIN, 0};
            if (poll(&ready, 1, 5'000) == 0) return "nothing came";
            const auto got = receiveBytes(fd, bytes, 1);
            if (!got || got->count == 0) return "closed";
        }
        return bytes;
    }

    TemporaryDirectory folder_;
    const std::string path_ = folder_.path() + "/control.sock";
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<ControlCall> later_;
    std::unique_ptr<ControlServer> server_;
};

TEST_F(ControlServerTest, AnswersOneRequestAfterTheOther) {
    start();
    ControlClient one = client();
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(one.ask("echo", {{"number", i}}).value(), Json({{"number", i}}));
}

TEST_F(ControlServerTest, RequestsSentTogetherAreAnsweredInOrder) {
    start();
    const UniqueFd fd = rawClient();
    std::string both;
    for (int id = 1; id <= 3; ++id)
        both += requestLine({id, "echo", {{"n", id}}});
    ASSERT_TRUE(sendBytes(fd.get(), both));
    for (int id = 1; id <= 3; ++id)
        EXPECT_EQ(readAnswer(line(fd.get()))->id, id);
}

TEST_F(ControlServerTest, ARequestThatIsWorkedOnDelaysNobodyElse) {
    start();
    ControlClient slow = client();
    std::thread waiting([&] { EXPECT_EQ(slow.ask("later").value(), Json({{"late", true}})); });
    const ControlCall call = takeLater();
    EXPECT_TRUE(client().ask("echo"));
    call.reply->progress({{"step", 1}});
    call.reply->finish(Json{{"late", true}});
    waiting.join();
}

TEST_F(ControlServerTest, ProgressComesBeforeTheAnswer) {
    start();
    std::vector<Json> seen;
    ControlClient one = client();
    std::thread worker([&] {
        const ControlCall call = takeLater();
        call.reply->progress({{"part", 1}});
        call.reply->progress({{"part", 2}});
        call.reply->finish(Json{{"done", true}});
    });
    EXPECT_TRUE(one.ask("later", {}, {}, [&](const Json& progress) { seen.push_back(progress); }));
    worker.join();
    EXPECT_EQ(seen, (std::vector<Json>{{{"part", 1}}, {{"part", 2}}}));
}

TEST_F(ControlServerTest, AClientThatReadsNothingIsDroppedAndDelaysNobody) {
    ControlServer::Options options;
    options.writeLimit = milliseconds(200);
    start(options);
    const UniqueFd deaf = rawClient();
    ASSERT_TRUE(sendBytes(deaf.get(), requestLine({1, "large", {{"bytes", kMoreThanSocketsHold}}})));
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(client().ask("echo"));
    std::this_thread::sleep_for(milliseconds(600));
    // Whatever the kernel had buffered is there, the rest never came.
    std::string bytes;
    for (;;) {
        const auto got = receiveBytes(deaf.get(), bytes, 1U << 20U);
        if (!got || got->count == 0) break;
    }
    EXPECT_LT(bytes.size(), kMoreThanSocketsHold);
}

TEST_F(ControlServerTest, AClientThatReadsSlowlyGetsItAll) {
    start();
    const auto answer = client().ask("large", {{"bytes", kMoreThanSocketsHold}});
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(textOf(*answer, "text").size(), kMoreThanSocketsHold);
}

TEST_F(ControlServerTest, ARequestMustComeWithinItsTime) {
    ControlServer::Options options;
    options.requestLimit = milliseconds(150);
    start(options);
    const UniqueFd fd = rawClient();
    ASSERT_TRUE(sendBytes(fd.get(), R"({"greffe":1,)"));
    // A byte now and then does not help.
    std::thread drip([&] {
        for (int i = 0; i < 10; ++i) {
            std::this_thread::sleep_for(milliseconds(50));
            static_cast<void>(sendBytes(fd.get(), " "));
        }
    });
    EXPECT_TRUE(isClosedWithin(fd.get(), milliseconds(3'000)));
    drip.join();
}

TEST_F(ControlServerTest, ASilentClientIsClosedButNotWhileItsRequestIsWorkedOn) {
    ControlServer::Options options;
    options.idleLimit = milliseconds(150);
    start(options);
    const UniqueFd silent = rawClient();
    EXPECT_TRUE(isClosedWithin(silent.get(), milliseconds(3'000)));
    ControlClient patient = client();
    std::thread waiting([&] { EXPECT_TRUE(patient.ask("later")); });
    const ControlCall call = takeLater();
    std::this_thread::sleep_for(milliseconds(500));
    call.reply->finish(Json::object());
    waiting.join();
}

TEST_F(ControlServerTest, AHugeRequestIsRefusedWithAWord) {
    start();
    const UniqueFd fd = rawClient();
    std::thread pouring([&] {
        const std::string much(64U << 10U, 'x');
        for (int i = 0; i < 64; ++i)
            if (!sendBytes(fd.get(), much)) return;
    });
    const auto answer = readAnswer(line(fd.get()));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error.code, Errc::Invalid);
    EXPECT_THAT(answer->error.message, HasSubstr("more than 1048576 bytes"));
    EXPECT_TRUE(isClosedWithin(fd.get(), milliseconds(3'000)));
    pouring.join();
}

TEST_F(ControlServerTest, NonsenseIsAnsweredAndClosed) {
    start();
    const UniqueFd fd = rawClient();
    ASSERT_TRUE(sendBytes(fd.get(), "GET / HTTP/1.1\r\n\r\n"));
    EXPECT_EQ(readAnswer(line(fd.get()))->error.code, Errc::Invalid);
    EXPECT_TRUE(isClosedWithin(fd.get(), milliseconds(3'000)));
}

TEST_F(ControlServerTest, TooManyClientsAreToldToComeBack) {
    ControlServer::Options options;
    options.maxClients = 3;
    start(options);
    std::vector<ControlClient> served;
    for (int i = 0; i < 3; ++i) {
        served.push_back(client());
        ASSERT_TRUE(served.back().ask("echo"));
    }
    const auto refused = client().ask("echo");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Busy);
    served.pop_back();
    // The server sees the end of the connection before long.
    for (int i = 0; i < 200; ++i) {
        if (client().ask("echo")) return;
        std::this_thread::sleep_for(milliseconds(10));
    }
    FAIL() << "a place that is free again is not given away";
}

TEST_F(ControlServerTest, OneUserCannotTakeEveryPlace) {
    ControlServer::Options options;
    options.maxClientsOfOneUser = 1;
    start(options);
    ControlClient first = client();
    ASSERT_TRUE(first.ask("echo"));
    EXPECT_EQ(client().ask("echo").error().code, Errc::Busy);
}

TEST_F(ControlServerTest, WhoWorksSeesThatNobodyWaitsAnyMore) {
    start();
    std::shared_ptr<ControlReply> reply;
    {
        const UniqueFd fd = rawClient();
        ASSERT_TRUE(sendBytes(fd.get(), requestLine({1, "later", {}})));
        reply = takeLater().reply;
        EXPECT_FALSE(reply->isClientGone());
    }
    for (int i = 0; i < 200 && !reply->isClientGone(); ++i)
        std::this_thread::sleep_for(milliseconds(10));
    EXPECT_TRUE(reply->isClientGone());
    reply->finish(Json::object());
    EXPECT_TRUE(client().ask("echo"));
}

TEST_F(ControlServerTest, AClientThatOnlyStopsSendingStillGetsItsAnswer) {
    start();
    const UniqueFd fd = rawClient();
    ASSERT_TRUE(sendBytes(fd.get(), requestLine({1, "later", {}})));
    ASSERT_EQ(shutdown(fd.get(), SHUT_WR), 0);
    takeLater().reply->finish(Json{{"ok", true}});
    EXPECT_THAT(line(fd.get()), HasSubstr("\"ok\":true"));
    EXPECT_TRUE(isClosedWithin(fd.get(), milliseconds(3'000)));
}

TEST_F(ControlServerTest, AnAnswerAfterTheServersEndGoesNowhere) {
    start();
    const UniqueFd fd = rawClient();
    ASSERT_TRUE(sendBytes(fd.get(), requestLine({1, "later", {}})));
    const ControlCall call = takeLater();
    const ControlServer::Post post = server_->poster();
    server_.reset();
    call.reply->progress({{"late", 1}});
    call.reply->finish(Json::object());
    EXPECT_TRUE(call.reply->isClientGone());
    bool hasRun = false;
    post([&] { hasRun = true; }, milliseconds(0));
    EXPECT_FALSE(hasRun);
}

TEST_F(ControlServerTest, MoreDescriptorsThanARequestHasEndTheConnection) {
    start();
    const UniqueFd fd = rawClient();
    ASSERT_TRUE(sendBytes(fd.get(), "{", {0, 0}));
    EXPECT_EQ(readAnswer(line(fd.get()))->error.code, Errc::Invalid);
    EXPECT_TRUE(isClosedWithin(fd.get(), milliseconds(3'000)));
}

TEST_F(ControlServerTest, ADescriptorReachesTheHandler) {
    start();
    ControlClient one = client();
    std::thread asking([&] { EXPECT_TRUE(one.ask("later", {}, {0})); });
    const ControlCall call = takeLater();
    EXPECT_EQ(call.descriptors.size(), 1U);
    call.reply->finish(Json::object());
    asking.join();
}

}  // namespace
}  // namespace greffe
