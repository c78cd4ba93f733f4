// SPDX-License-Identifier: Apache-2.0
// The simulated SMS gateway as a client on libcurl sees it.
#include "simulators/sms/message_parts.h"
#include "simulators/webhooks/hmac.h"
#include "support/running_simulators.h"
#include "support/test_server.h"
#include "unit/simulators/api_client.h"

#include <gmock/gmock.h>

#include <thread>

namespace greffe {
namespace {

using namespace std::chrono_literals;
using simulators::partsOfMessage;
using ::testing::HasSubstr;

TEST(MessageParts, AsNetworksCount) {
    const auto parts = [](const std::string& text) { return partsOfMessage(text).parts; };
    EXPECT_EQ(parts(std::string(160, 'x')), 1);
    EXPECT_EQ(parts(std::string(161, 'x')), 2);
    EXPECT_EQ(parts(std::string(306, 'x')), 2);
    EXPECT_EQ(parts(std::string(307, 'x')), 3);
    EXPECT_EQ(partsOfMessage("é€").units, 3) << "the euro takes an escape";
    EXPECT_FALSE(partsOfMessage("Déjà reçu").isGsm) << "a small ç is not in the alphabet";
    EXPECT_TRUE(partsOfMessage("Déjà lu").isGsm);
    const std::string wide = "ê" + std::string(69, 'x');
    EXPECT_EQ(parts(wide), 1);
    EXPECT_EQ(parts(wide + "x"), 2);
    EXPECT_EQ(partsOfMessage("\xF0\x9F\x93\x84").units, 2) << "a surrogate pair";
}

struct SmsWorld {
    explicit SmsWorld(const std::string& options = "{}")
        : simulators(R"({"sms": )" + options + "}"),
          api(simulators.textOf("sms", "url"), simulators.textOf("sms", "api_key")) {}

    ApiAnswer send(const std::string& to = "+33600000001", const Json& changes = Json::object()) const {
        Json body = {{"to", to}, {"from", "Greffe"}, {"text", "Votre code : 123456"}};
        body.update(changes);
        return api.post("", body);
    }
    std::string codeOf(const ApiAnswer& answer) const {
        return textOf(answer.json().value("error", Json()), "code");
    }
    Json state() const { return simulators.received("sms").at("state"); }
    // Waits until the newest message has this status.
    std::string statusOf(const std::string& id, const std::string& wanted) const {
        std::string status;
        for (int i = 0; i < 1000 && status != wanted; ++i, std::this_thread::sleep_for(5ms))
            status = textOf(api.get("/" + id).json(), "status");
        return status;
    }

    RunningSimulators simulators;
    ApiClient api;
};

struct CallbackReceiver {
    TestServer server{[](TestConnection& client) {
        client.readHttpRequest();
        client.write("HTTP/1.1 204 No Content\r\n\r\n");
    }};
    std::vector<std::string> wait(std::size_t count) const {
        for (int i = 0; i < 2000 && server.requests().size() < count; ++i)
            std::this_thread::sleep_for(5ms);
        return server.requests();
    }
};

TEST(SmsSimulator, SendsAndSaysHowItEnded) {
    const CallbackReceiver receiver;
    const SmsWorld world(R"({"callback_secret": "s3cret"})");
    const ApiAnswer sent = world.send(
        "+33600000001", {{"reference", "INV-42"}, {"callback_url", receiver.server.url("http", "/sms")}});
    ASSERT_EQ(sent.status, 201) << sent.body;
    EXPECT_EQ(sent.json().at("status"), "sent");
    EXPECT_EQ(sent.json().at("parts"), 1);
    const std::string id = textOf(sent.json(), "id");
    EXPECT_EQ(world.statusOf(id, "delivered"), "delivered");
    EXPECT_EQ(world.state().at("messages").at(0).at("text"), "Votre code : 123456");
    const std::vector<std::string> callbacks = receiver.wait(1);
    ASSERT_EQ(callbacks.size(), 1U);
    const std::string body = callbacks[0].substr(callbacks[0].find("\r\n\r\n") + 4);
    EXPECT_EQ(Json::parse(body).at("status"), "delivered");
    EXPECT_EQ(Json::parse(body).at("reference"), "INV-42");
    const std::size_t at = callbacks[0].find("X-Signature: t=") + 15;
    const std::string time = callbacks[0].substr(at, callbacks[0].find(',', at) - at);
    EXPECT_THAT(callbacks[0], HasSubstr(",v1=" + simulators::hmacSha256Hex("s3cret", time + "." + body)));
}

TEST(SmsSimulator, RefusesWithReasons) {
    const SmsWorld world(R"({"senders": ["Greffe"], "credit": 3, "max_parts": 2})");
    EXPECT_EQ(world.codeOf(world.send("0600000001")), "invalid_number");
    EXPECT_EQ(world.codeOf(world.send("+33600000001", {{"text", ""}})), "empty_text");
    EXPECT_EQ(world.codeOf(world.send("+33600000001", {{"text", std::string(400, 'x')}})), "text_too_long");
    EXPECT_EQ(world.codeOf(world.send("+33600000001", {{"from", "Bank"}})), "unknown_sender");
    EXPECT_EQ(world.codeOf(world.api.send("POST", "", "application/json", "{")), "malformed");
    EXPECT_EQ(world.api.send("POST", "", "text/plain", "x").status, 415);
    EXPECT_EQ(world.send("+33600000001", {{"text", std::string(200, 'x')}}).status, 201);
    EXPECT_EQ(world.codeOf(world.send("+33600000001", {{"text", std::string(200, 'x')}})),
              "insufficient_credit");
    EXPECT_EQ(ApiClient(world.simulators.textOf("sms", "url"), "wrong").get("").status, 401);
    EXPECT_EQ(world.state().at("messages").size(), 1U);
}

TEST(SmsSimulator, WhoSaysStopIsLeftAlone) {
    const CallbackReceiver receiver;
    const SmsWorld world(R"({"inbound_url": ")" + receiver.server.url("http", "/in") + R"("})");
    EXPECT_EQ(world.send().status, 201);
    world.simulators.operate("sms", "receive", R"({"from": "+33600000001", "text": " Stop. "})");
    const ApiAnswer refused = world.send();
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(world.codeOf(refused), "opted_out");
    EXPECT_EQ(world.send("+33600000002").status, 201);
    EXPECT_THAT(receiver.wait(1).at(0), HasSubstr(R"("event":"message.received")"));
    world.simulators.operate("sms", "receive", R"({"from": "+33600000001", "text": "START"})");
    EXPECT_EQ(world.send().status, 201);
}

TEST(SmsSimulator, NumbersEndAsConfigured) {
    const SmsWorld world(R"({"outcomes": {"+33600000002": "undelivered", "+33600000003": "silent"},
        "delivery_seconds": 60})");
    const std::string failing = textOf(world.send("+33600000002").json(), "id");
    const std::string silent = textOf(world.send("+33600000003").json(), "id");
    EXPECT_EQ(textOf(world.api.get("/" + failing).json(), "status"), "sent");
    world.simulators.operate("sms", "clock", R"({"advance_seconds": 61})");
    EXPECT_EQ(textOf(world.api.get("/" + failing).json(), "status"), "undelivered");
    EXPECT_EQ(textOf(world.api.get("/" + silent).json(), "status"), "sent");
    world.simulators.operate("sms", "expired", R"({"message": "+33600000003"})");
    EXPECT_EQ(textOf(world.api.get("/" + silent).json(), "status"), "expired");
}

TEST(SmsSimulator, ALostAnswerIsNotASecondMessage) {
    SmsWorld world;
    const auto sendWithKey = [&](const std::string& text) {
        ApiClient api = world.api;
        api.addHeader("Idempotency-Key: k1");
        return api.post("", {{"to", "+33600000001"}, {"text", text}});
    };
    world.simulators.setFaults("sms", R"([{"at": "send", "fault": "silence", "ms": 100}])");
    EXPECT_NE(sendWithKey("a").curl, 0);
    const ApiAnswer again = sendWithKey("a");
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.headers.at("idempotent-replayed"), "true");
    EXPECT_EQ(sendWithKey("b").status, 409);
    EXPECT_EQ(world.state().at("messages").size(), 1U);
}

TEST(SmsSimulator, SpeaksTheWordsOfAnotherVendor) {
    const SmsWorld world(R"({"path": "/v2/sms/outbox", "send_status": 202, "authentication": "basic",
        "username": "u", "password": "p", "calls_per_minute": 2,
        "names": {"to": "recipient", "text": "body", "id": "messageId"}})");
    EXPECT_THAT(world.simulators.textOf("sms", "url"), HasSubstr("/v2/sms/outbox"));
    EXPECT_EQ(world.api.get("").status, 401) << "a bearer";
    const ApiClient basic("http://u:p@" + world.simulators.textOf("sms", "url").substr(7), "");
    const ApiAnswer sent = basic.post("", {{"recipient", "+33600000001"}, {"body", "x"}});
    EXPECT_EQ(sent.status, 202) << sent.body;
    EXPECT_TRUE(sent.json().contains("messageId"));
    const ApiAnswer limited = basic.get("");
    EXPECT_EQ(limited.status, 429);
    EXPECT_TRUE(limited.headers.count("retry-after") == 1);
    EXPECT_THROW(SmsWorld(R"({"names": {"colour": "x"}})"), std::runtime_error);
    EXPECT_THROW(SmsWorld(R"({"outcomes": {"+33": "maybe"}})"), std::runtime_error);
}

TEST(SmsSimulator, ListsInPages) {
    const SmsWorld world;
    for (int i = 0; i < 5; ++i)
        world.send("+33600000001", {{"reference", i < 3 ? "A" : "B"}});
    const Json first = world.api.get("?limit=2&reference=A").json();
    EXPECT_EQ(first.at("messages").size(), 2U);
    const Json second = world.api.get("?limit=2&reference=A&after=" + textOf(first, "next")).json();
    EXPECT_EQ(second.at("messages").size(), 1U);
    EXPECT_TRUE(second.at("next").is_null());
    EXPECT_EQ(world.api.get("?limit=0").status, 400);
    EXPECT_EQ(world.api.get("?after=none").status, 400);
}

}  // namespace
}  // namespace greffe
