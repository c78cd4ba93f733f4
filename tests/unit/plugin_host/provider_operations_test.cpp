// SPDX-License-Identifier: Apache-2.0
// The providers pool as it runs: a real worker in its sandbox, the shipped plugins, servers on loopback.
#include "base/json.h"
#include "plugin_host/worker_setup.h"
#include "seal/stamp_check.h"
#include "support/running_simulators.h"
#include "support/smtp_sink.h"
#include "support/temporary_directory.h"
#include "sys/files.h"
#include "workers/worker_pool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr const char* kHostOptions = R"({"allow_private_address":true,"allow_http":true})";

// One instance in a pool of its own.
class Provider {
public:
    Provider(const std::string& plugin, const Json& options, const std::string& hostOptions = "{}",
             const std::map<std::string, std::string>& secrets = {}) {
        PoolSpec spec;
        spec.name = "providers:it";
        spec.kind = PoolKind::Providers;
        spec.limits = defaultLimits(PoolKind::Providers);
        const std::string path = fmt::format("{}/lib/greffe/plugins/{}.so", GREFFE_BINARY_DIR, plugin);
        spec.setupJson = setupJson({{"it", path, dumpJson(options), hostOptions}});
        spec.launch.program = std::string(GREFFE_BINARY_DIR) + "/bin/greffe";
        spec.launch.arguments = {"worker"};
        for (const auto& [option, value] : secrets) {
            std::ofstream(directory_.path() + "/" + option) << value << "\n";
            spec.secrets.push_back({"it", option, directory_.path() + "/" + option});
        }
        PoolEvents events;
        events.logged = [this](const std::string&, const std::string& text) { log += text + "\n"; };
        events.degradedChanged = [this](const std::string&, bool, const std::string& why) { trouble = why; };
        pool_ = std::make_unique<WorkerPool>(reactor_, std::move(spec), std::move(events));
    }

    static CallRequest request(const std::string& operation, const Json& params = Json::object()) {
        CallRequest call;
        static std::uint64_t nextId = 0;
        call.id = ++nextId;
        call.operation = operation;
        call.instance = "it";
        call.key = "effect-key";
        call.paramsJson = dumpJson(params);
        call.deadlineMs = 20'000;
        return call;
    }

    std::vector<CallOutcome> callAll(const std::vector<CallRequest>& requests, bool isReplayable) {
        std::vector<CallOutcome> outcomes(requests.size());
        std::size_t left = requests.size();
        for (std::size_t i = 0; i < requests.size(); ++i)
            pool_->submit(requests[i], isReplayable, [&, i](CallOutcome outcome) {
                outcomes[i] = std::move(outcome);
                if (--left == 0) reactor_.stop();
            });
        reactor_.run();
        return outcomes;
    }
    CallOutcome call(const CallRequest& request, bool isReplayable = false) {
        return callAll({request}, isReplayable).front();
    }

    std::string log, trouble;

private:
    TemporaryDirectory directory_;
    Reactor reactor_;
    std::unique_ptr<WorkerPool> pool_;
};

Json mail(const Json& attachments = Json::array()) {
    return {{"message_id", "<1@office.example>"},
            {"to", {{{"name", "Zoé"}, {"address", "zoe@client.example"}}}},
            {"subject", "Bail"},
            {"text", "Bonjour"},
            {"event", "sealed"},
            {"attachments", attachments}};
}

Json smtpOptions(int port) {
    return {{"host", "localhost"},
            {"port", port},
            {"tls", "none"},
            {"from", "greffe@office.example"},
            {"timeout_seconds", 5}};
}

CallInput document(const std::string& bytes) {
    CallInput input;
    input.fd = std::make_shared<UniqueFd>(sealedMemoryFile("test", bytes).value());
    input.sizeBytes = bytes.size();
    input.sha256 = sha256(bytes);
    input.name = "bail.pdf";
    input.mediaType = "application/pdf";
    return input;
}

CallRequest stampRequest(const std::string& imprint, const std::string& nonce) {
    CallRequest request = Provider::request("stamp");
    request.attachments = {{"imprint", imprint}, {"nonce", nonce}};
    return request;
}

TEST(ProviderOperations, SendMailsFromInsideTheSandbox) {
    SmtpSink sink;
    sink.extensions.emplace_back("AUTH PLAIN");
    Json options = smtpOptions(sink.port());
    options["username"] = "greffe";
    Provider provider("notify-smtp", options, "{}", {{"password", "sesame"}});
    EXPECT_EQ(provider.call(Provider::request("health")).verdict, Verdict::Done)
        << provider.trouble << provider.log;
    CallRequest request =
        Provider::request("notify.send", mail(Json::parse(R"([{"document":0,"name":"bail.pdf"}])")));
    request.inputs = {document("%PDF-1.7 the lease")};
    const CallOutcome outcome = provider.call(request);
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation << provider.log;
    ASSERT_EQ(sink.mails().size(), 1U);
    EXPECT_EQ(sink.mails()[0].password, "AGdyZWZmZQBzZXNhbWU=");
    EXPECT_THAT(sink.mails()[0].data, HasSubstr("JVBERi0xLjcgdGhlIGxlYXNl")) << "the attachment in base 64";
    const Json facts = Json::parse(outcome.factsJson);
    EXPECT_EQ(facts["recipients"][0]["state"], "sent");
    EXPECT_GT(facts["answers"][0]["at_unix_ms"].get<std::int64_t>(), 1'600'000'000'000);
    EXPECT_EQ(facts.dump().find("sesame"), std::string::npos);
}

TEST(ProviderOperations, SendNothingThatIsNotWhatTheJournalSays) {
    SmtpSink sink;
    Provider provider("notify-smtp", smtpOptions(sink.port()));
    CallRequest request =
        Provider::request("notify.send", mail(Json::parse(R"([{"document":0,"name":"bail.pdf"}])")));
    request.inputs = {document("%PDF-1.7 the lease")};
    request.inputs[0].sha256[5] ^= 1U;
    const CallOutcome outcome = provider.call(request);
    EXPECT_EQ(outcome.verdict, Verdict::Rejected);
    EXPECT_EQ(outcome.reason, Reason::BytesLost);
    EXPECT_EQ(sink.connections(), 0);
}

// The engine's deadline reaches the plugin as a cancellation: an answer, not a dead worker.
TEST(ProviderOperations, EndInTimeWithTheTruth) {
    TestServer silent([](TestConnection& client) { client.readUntil("never"); });
    Json options = smtpOptions(silent.port());
    options["timeout_seconds"] = 60;
    Provider provider("notify-smtp", options);
    CallRequest request = Provider::request("notify.send", mail());
    request.deadlineMs = 700;
    const CallOutcome outcome = provider.call(request);
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_EQ(outcome.explanation, "cancelled");
    EXPECT_FALSE(outcome.hasCrashed);

    TestServer hook([](TestConnection& client) {
        client.readHttpRequest();
        client.readUntil("never");
    });
    Provider events("notify-webhook", {{"url", hook.url("http")}}, kHostOptions);
    const CallOutcome unknown = events.call([&] {
        CallRequest event = Provider::request("notify.send", mail());
        event.deadlineMs = 700;
        return event;
    }());
    EXPECT_EQ(unknown.verdict, Verdict::Uncertain);
    EXPECT_THAT(unknown.explanation, HasSubstr("deadline"));
}

TEST(ProviderOperations, PostSignedEvents) {
    TestServer server([](TestConnection& client) {
        client.readHttpRequest();
        client.write("HTTP/1.1 202 Accepted\r\nContent-Length: 6\r\n\r\nthanks");
    });
    Provider provider(
        "notify-webhook",
        {{"url", server.url("http", "/hook")}, {"headers", {{"Authorization", "Bearer {{token}}"}}}},
        kHostOptions, {{"secret", "whsec"}, {"token", "T0KEN-T0KEN"}});
    EXPECT_EQ(provider.call(Provider::request("health")).verdict, Verdict::Done)
        << provider.trouble << provider.log;
    const CallOutcome outcome = provider.call(Provider::request("notify.send", mail()));
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation << provider.log;
    ASSERT_EQ(server.requests().size(), 1U);
    const std::string seen = server.requests()[0];
    EXPECT_THAT(seen, HasSubstr("POST /hook HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("Authorization: Bearer T0KEN-T0KEN\r\n"));
    EXPECT_THAT(seen, HasSubstr("Greffe-Signature: t="));
    EXPECT_THAT(seen, HasSubstr("Idempotency-Key: effect-key\r\n"));
    EXPECT_THAT(seen, HasSubstr("\"event\":\"sealed\""));
    EXPECT_EQ(Json::parse(outcome.factsJson)["answers"][0]["code"], 202);
    EXPECT_EQ((outcome.factsJson + provider.log).find("T0KEN"), std::string::npos);
}

TEST(ProviderOperations, DoNotStartWithoutTls) {
    Provider provider("notify-webhook", {{"url", "http://hooks.example/"}});
    const CallOutcome outcome = provider.call(Provider::request("health"), true);
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_THAT(outcome.explanation + provider.trouble, HasSubstr("not protected by TLS"));
}

TEST(ProviderOperations, StampWithTheTokenAsFact) {
    const RunningSimulators world(R"({"tsa": {"key": "p256"}})");
    Provider provider(
        "tsa-rfc3161",
        {{"url", world.textOf("tsa", "url")}, {"trust_anchors", world.textOf("tsa", "root_pem")}},
        kHostOptions);
    EXPECT_EQ(provider.call(Provider::request("health"), true).verdict, Verdict::Done)
        << provider.trouble << provider.log;
    const Digest imprint = sha256("what is stamped");
    const std::string nonce = "\1\2\3\4\5\6\7\x8";
    const CallOutcome outcome = provider.call(stampRequest(std::string(asBytes(imprint)), nonce), true);
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation << provider.log;
    const Json facts = Json::parse(outcome.factsJson);
    const std::string_view token = attachmentOf(outcome.attachments, "token");
    EXPECT_TRUE(checkStamp(token, asBytes(imprint), nonce));
    EXPECT_FALSE(checkStamp(token, asBytes(sha256("something else")), nonce));
    EXPECT_FALSE(checkStamp(token, asBytes(imprint), "\1\2\3\4\5\6\7\x9"));
    EXPECT_FALSE(checkStamp(token, asBytes(imprint), ""));
    EXPECT_FALSE(checkStamp(token.substr(1), asBytes(imprint), nonce));
    EXPECT_FALSE(checkStamp("", asBytes(imprint), nonce));
    EXPECT_EQ(toHex(sha256(token)), textOf(facts, "token_sha256"));
    EXPECT_EQ(outcome.artifacts.size(), 0U);
    const std::string whole(asBytes(imprint));
    for (const CallRequest& wrong :
         {stampRequest(whole.substr(1), nonce), stampRequest(whole, nonce.substr(1)), stampRequest("", ""),
          Provider::request("stamp")})
        EXPECT_EQ(provider.call(wrong, true).reason, Reason::PluginFault);
}

// Sixteen calls in a frame wait for the network together.
TEST(ProviderOperations, WaitForManyAnswersAtOnce) {
    std::atomic<int> now{0}, most{0};
    TestServer server([&](TestConnection& client) {
        client.readHttpRequest();
        const int count = ++now;
        int seen = most;
        while (count > seen && !most.compare_exchange_weak(seen, count)) {
        }
        std::this_thread::sleep_for(milliseconds(150));
        --now;
        client.write("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
    });
    Provider provider("tsa-rfc3161", {{"url", server.url("http")}}, kHostOptions);
    EXPECT_EQ(provider.call(Provider::request("health"), true).verdict, Verdict::RetryLater);
    std::vector<CallRequest> requests;
    for (int i = 0; i < 32; ++i)
        requests.push_back(stampRequest(std::string(asBytes(sha256(std::to_string(i)))), "12345678"));
    const auto begin = std::chrono::steady_clock::now();
    for (const CallOutcome& outcome : provider.callAll(requests, true))
        EXPECT_EQ(outcome.reason, Reason::ProviderUnavailable) << outcome.explanation;
    EXPECT_GE(most, 8);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3))
        << "one after the other takes five";
}

TEST(ProviderOperations, RefuseWhatTheyDoNotKnow) {
    SmtpSink sink;
    Provider provider("notify-smtp", smtpOptions(sink.port()));
    EXPECT_EQ(provider.call(Provider::request("sign"), true).reason, Reason::PluginMissing);
    EXPECT_EQ(provider.call(Provider::request("stamp"), true).reason, Reason::PluginMissing);
    CallRequest other = Provider::request("health");
    other.instance = "other";
    EXPECT_EQ(provider.call(other, true).reason, Reason::PluginMissing);
    EXPECT_EQ(provider.call(Provider::request("echo", {{"n", 1}}), true).factsJson, R"({"n":1})");
}

}  // namespace
}  // namespace greffe
