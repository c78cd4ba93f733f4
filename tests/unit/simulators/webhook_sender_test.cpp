// SPDX-License-Identifier: Apache-2.0
#include "simulators/webhooks/webhook_sender.h"

#include "simulators/fault_plan.h"
#include "support/temporary_directory.h"
#include "support/test_server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

namespace greffe::simulators {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// A receiver that answers `statuses` in turn, the last one for ever; 0 is a 200 that comes too late.
class Receiver {
public:
    explicit Receiver(std::vector<int> statuses)
        : server_([this, statuses](TestConnection& client) {
              client.readHttpRequest();
              const std::size_t turn = std::min<std::size_t>(turn_++, statuses.size() - 1);
              if (statuses[turn] == 0) std::this_thread::sleep_for(1500ms);
              client.write("HTTP/1.1 " + std::to_string(statuses[turn] == 0 ? 200 : statuses[turn]) +
                           " OK\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
          }) {}

    std::string url() const { return server_.url("http", "/hook"); }
    std::vector<std::string> heard() const { return server_.requests(); }
    // Waits for so many; what came until then.
    std::vector<std::string> wait(std::size_t count) const {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (heard().size() < count && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(2ms);
        return heard();
    }

private:
    std::atomic<std::size_t> turn_{0};
    TestServer server_;
};

class WebhookSenderTest : public ::testing::Test {
protected:
    // Patient enough for a busy machine.
    void start(std::chrono::milliseconds firstTimeout = 10s, const std::string& authorityFile = {}) {
        WebhookPolicy policy;
        policy.firstTimeout = firstTimeout;
        policy.authorityFile = authorityFile;
        policy.retryTimeout = 10s;
        policy.retryDelays = {2min, 6min};
        sender.start(policy);
    }
    void post(const std::string& id, const std::string& url,
              Webhook::Retries retries = Webhook::Retries::All) {
        Webhook webhook{id, "signer.done", url, {}, {}, retries};
        webhook.body = [id](WallTime time) {
            return dumpJson({{"id", id}, {"time", toUnixMs(time) / 1000}});
        };
        webhook.headers = [](const WebhookAttempt& attempt) {
            return std::map<std::string, std::string>{
                {"X-Retry", std::to_string(attempt.number)},
                {"X-Sent", std::to_string(toUnixMs(attempt.sentAt) / 1000)},
                {"X-Signature", attempt.isForged     ? "forged"
                                : attempt.isUnsigned ? ""
                                                     : "right"}};
        };
        sender.post(std::move(webhook));
    }
    void setFaults(const char* faults) { ASSERT_TRUE(plan.set(Json::parse(faults)).ok()); }
    Json attempts(std::size_t count) const {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (sender.log().at("attempts").size() < count && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(2ms);
        return sender.log().at("attempts");
    }

    SimulatedClock clock;
    FaultPlan plan{WebhookSender::faultNames(), {"webhook"}};
    WebhookSender sender{clock, [this] { return plan.take("webhook"); }};
};

TEST_F(WebhookSenderTest, ForgetsWhatIsUnderWayToo) {
    const Receiver receiver({0, 500});
    start(100ms);
    post("1", receiver.url());
    receiver.wait(1);
    sender.forget();
    post("2", receiver.url());
    const Json log = attempts(1);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].at("id"), "2");
    const Json after = sender.log();
    for (const Json& waiting : after.at("waiting"))
        EXPECT_EQ(waiting.at("id"), "2") << "a retry of what was forgotten";
}

TEST_F(WebhookSenderTest, TriesAgainWhenItsClockSaysSo) {
    const Receiver receiver({500, 503, 200});
    start();
    post("1", receiver.url());
    ASSERT_EQ(attempts(1).size(), 1U);
    std::this_thread::sleep_for(30ms);
    EXPECT_EQ(receiver.heard().size(), 1U) << "two minutes did not pass";
    clock.advance(2min);
    ASSERT_EQ(attempts(2).size(), 2U);
    clock.advance(6min);
    const Json log = attempts(3);
    ASSERT_EQ(log.size(), 3U);
    EXPECT_EQ(log[0].at("outcome"), "500");
    EXPECT_TRUE(log[0].at("next_at").is_string());
    EXPECT_EQ(log[2].at("outcome"), "200");
    EXPECT_TRUE(log[2].at("next_at").is_null());
    const auto heard = receiver.heard();
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(heard[static_cast<std::size_t>(i)], HasSubstr("X-Retry: " + std::to_string(i)));
        EXPECT_EQ(heard[static_cast<std::size_t>(i)].substr(heard[0].find("\r\n\r\n")),
                  heard[0].substr(heard[0].find("\r\n\r\n")))
            << "the body is the same at each retry";
    }
    EXPECT_TRUE(sender.log().at("waiting").empty());
}

TEST_F(WebhookSenderTest, GivesUpAfterTheLastRetry) {
    const Receiver receiver({500});
    start();
    post("1", receiver.url());
    for (std::size_t i = 1; i < 4; ++i) {
        ASSERT_EQ(attempts(i).size(), i);
        clock.advance(1h);
    }
    std::this_thread::sleep_for(30ms);
    EXPECT_EQ(receiver.heard().size(), 3U);
}

TEST_F(WebhookSenderTest, WithoutRetriesOnlyATimeoutIsTriedOnceMore) {
    const Receiver refusing({500}), hanging({0});
    start(500ms);
    post("1", refusing.url(), Webhook::Retries::OneAfterTimeout);
    post("2", hanging.url(), Webhook::Retries::OneAfterTimeout);
    EXPECT_EQ(attempts(2).at(1).at("outcome"), "timeout");
    clock.advance(1h);
    EXPECT_EQ(attempts(3).at(2).at("outcome"), "200");
    clock.advance(24h);
    std::this_thread::sleep_for(30ms);
    EXPECT_EQ(refusing.heard().size(), 1U);
    EXPECT_EQ(hanging.heard().size(), 2U);
}

TEST_F(WebhookSenderTest, FollowsTwoRedirections) {
    const Receiver twice({302, 307, 200}), thrice({302, 302, 302, 200});
    start();
    post("1", twice.url());
    post("2", thrice.url());
    const Json log = attempts(2);
    EXPECT_EQ(log.at(0).at("outcome"), "200");
    EXPECT_EQ(log.at(1).at("outcome"), "302");
    EXPECT_THAT(twice.heard().at(1), HasSubstr("POST /elsewhere "));
}

TEST_F(WebhookSenderTest, EachFaultOnItsWay) {
    const Receiver receiver({200});
    setFaults(R"([
        {"at": "webhook", "fault": "lost"},
        {"at": "webhook", "fault": "doubled"},
        {"at": "webhook", "fault": "reordered", "behind": 1},
        {"at": "webhook", "fault": "forged"},
        {"at": "webhook", "fault": "unsigned"},
        {"at": "webhook", "fault": "altered"},
        {"at": "webhook", "fault": "content_type", "content_type": "text/plain"},
        {"at": "webhook", "fault": "late", "seconds": 60}])");
    for (int i = 1; i <= 9; ++i)
        post(std::to_string(i), receiver.url());
    start();
    ASSERT_EQ(receiver.wait(8).size(), 8U);
    EXPECT_EQ(sender.log().at("waiting").size(), 1U) << "the late one";
    clock.advance(1min);
    const auto heard = receiver.wait(9);
    ASSERT_EQ(heard.size(), 9U);
    std::string order;
    for (const std::string& each : heard)
        order += textOf(Json::parse(each.substr(each.find("\r\n\r\n") + 4)), "id");
    EXPECT_EQ(order, "224356798") << "never the first, the second twice, the third behind the fourth";
    EXPECT_THAT(heard[2], HasSubstr("X-Signature: forged"));
    EXPECT_THAT(heard[4], HasSubstr("X-Signature: \r\n"));
    EXPECT_THAT(heard[5], HasSubstr(" }"));
    EXPECT_THAT(heard[6], HasSubstr("Content-Type: text/plain"));
    EXPECT_THAT(heard[7], HasSubstr("X-Signature: right"));
    EXPECT_EQ(attempts(10).at(0).at("outcome"), "lost");
}

TEST_F(WebhookSenderTest, AForgedOneThatIsRefusedComesAgainAsItShould) {
    const Receiver receiver({401, 200});
    setFaults(R"([{"at": "webhook", "fault": "forged"}])");
    start();
    post("1", receiver.url());
    ASSERT_EQ(attempts(1).size(), 1U);
    clock.advance(2min);
    EXPECT_EQ(attempts(2).at(1).at("outcome"), "200");
    EXPECT_THAT(receiver.heard().at(1), HasSubstr("X-Signature: right"));
}

TEST_F(WebhookSenderTest, AStaleOneIsOldByItsOwnWord) {
    const Receiver receiver({200});
    setFaults(R"([{"at": "webhook", "fault": "stale", "seconds": 7200}])");
    start();
    const std::int64_t now = toUnixMs(clock.now()) / 1000;
    post("1", receiver.url());
    const std::string heard = receiver.wait(1).at(0);
    const Json body = Json::parse(heard.substr(heard.find("\r\n\r\n") + 4));
    EXPECT_NEAR(static_cast<double>(numberOf(body, "time")), static_cast<double>(now - 7200), 5);
    const std::int64_t sent = std::stoll(heard.substr(heard.find("X-Sent: ") + 8));
    EXPECT_NEAR(static_cast<double>(sent), static_cast<double>(now - 7200), 5);
}

TEST_F(WebhookSenderTest, NeverLeavesTheMachine) {
    start();
    post("1", "http://192.0.2.1/hook");
    post("2", "http://127.0.0.1.example.com/hook");
    const Json log = attempts(2);
    for (const Json& each : log)
        EXPECT_THAT(textOf(each, "outcome"), HasSubstr("not an address of loopback"));
}

TEST_F(WebhookSenderTest, OverTlsItLooksAtTheCertificate) {
    TestPki pki, strangers("Nobody knows them");
    const TemporaryDirectory directory;
    std::ofstream(directory.path() + "/root.pem") << pki.rootPem();
    const TestTlsContext good = serverTls(pki.server()), bad = serverTls(strangers.server());
    const auto answer = [](TestConnection& client) {
        client.readHttpRequest();
        client.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    };
    const TestServer known(answer, good.get()), stranger(answer, bad.get());
    start(10s, directory.path() + "/root.pem");
    post("1", "https://localhost:" + std::to_string(known.port()) + "/hook");
    post("2", "https://localhost:" + std::to_string(stranger.port()) + "/hook");
    const Json log = attempts(2);
    EXPECT_EQ(log.at(0).at("outcome"), "200");
    EXPECT_THAT(textOf(log.at(1), "outcome"), HasSubstr("no answer"));
    EXPECT_EQ(known.requests().size(), 1U);
    EXPECT_TRUE(stranger.requests().empty());
}

}  // namespace
}  // namespace greffe::simulators
