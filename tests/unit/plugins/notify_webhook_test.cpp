// SPDX-License-Identifier: Apache-2.0
#include "support/fake_host.h"
#include "support/loaded_plugin.h"

#include <greffe/capability/notifier.h>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace greffe {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::int64_t kNowMs = 1'795'320'000'000;  // 2026-11-22T04:00:00Z

// What the plugin asks the wire for.
class AskedRequest final : public HttpRequest {
public:
    void start(Slice verb, Slice target) noexcept override {
        method = verb.view();
        url = target.view();
    }
    void header(Slice name, Slice value) noexcept override {
        headers[std::string(name.view())] = value.view();
    }
    void body(Slice type, Slice bytes) noexcept override {
        contentType = type.view();
        text = bytes.view();
    }
    void limits(std::uint32_t timeout, std::uint64_t) noexcept override { timeoutMs = timeout; }

    std::string method, url, contentType, text;
    std::map<std::string, std::string> headers;
    std::uint32_t timeoutMs = 0;
};

class Webhook {
public:
    explicit Webhook(const json& options, const std::map<std::string, std::string>& secrets = {})
        : host(kNowMs) {
        for (const auto& [name, value] : secrets)
            host.setSecret(name, value);
        instance_ = loadedPlugin("notify-webhook").create(host);
        const std::string text = options.dump();
        isReady = instance_->configure(std::string_view(text), problems) && instance_->validate(problems) &&
                  instance_->provision(problems);
    }
    ~Webhook() {
        instance_->cleanup();
        instance_->release();
    }

    // The request of a message; with an answer, the outcome as well.
    HeardOutcome exchange(const json& message, const HttpResponse* response) {
        HeardOutcome outcome;
        const std::string text = message.dump();
        HttpExchange* const exchange =
            instance_->capability<EventNotifier>()->send("effect-key", std::string_view(text));
        request = {};
        const ExchangeStep first = exchange->next(nullptr, request, outcome);
        if (first == ExchangeStep::Send && response != nullptr) {
            EXPECT_EQ(outcome.verdicts, 0);
            EXPECT_EQ(exchange->next(response, request, outcome), ExchangeStep::Finished);
        }
        exchange->release();
        return outcome;
    }
    HeardOutcome answeredWith(std::uint32_t status, const std::string& headers = {}) {
        HttpResponse response;
        response.status = status;
        response.headers = Slice(headers);
        response.body = "thanks";
        return exchange({{"subject", "x"}}, &response);
    }
    HeardOutcome endedWith(HttpFault fault) {
        HttpResponse response;
        response.fault = fault;
        response.faultText = "why";
        return exchange({{"subject", "x"}}, &response);
    }

    FakeHost host;
    HeardProblems problems;
    AskedRequest request;
    bool isReady = false;

private:
    Instance* instance_;
};

const json kOptions = {{"url", "https://hooks.example/greffe"}, {"timeout_seconds", 7}};

TEST(NotifyWebhook, PostsASignedEvent) {
    Webhook webhook(kOptions, {{"secret", "whsec"}});
    ASSERT_TRUE(webhook.isReady) << webhook.problems.all();
    EXPECT_EQ(webhook.problems.all(), "");
    webhook.exchange({{"event", "dossier.sealed"}, {"dossier", "01J"}, {"subject", "é"}}, nullptr);
    const AskedRequest& request = webhook.request;
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://hooks.example/greffe");
    EXPECT_EQ(request.contentType, "application/json");
    EXPECT_EQ(request.timeoutMs, 7000U);
    EXPECT_EQ(request.headers.at("Idempotency-Key"), "effect-key");
    EXPECT_EQ(request.headers.at("Greffe-Event"), "dossier.sealed");
    const json body = json::parse(request.text);
    EXPECT_EQ(body["id"], "effect-key");
    EXPECT_EQ(body["event"], "dossier.sealed");
    EXPECT_EQ(body["dossier"], "01J");
    // What a receiver computes.
    unsigned char mac[32];
    const std::string signedText = "1795320000." + request.text;
    HMAC(EVP_sha256(), "whsec", 5, reinterpret_cast<const unsigned char*>(signedText.data()),
         signedText.size(), mac, nullptr);
    std::string expected = "t=1795320000,v1=";
    for (const unsigned char byte : mac) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", byte);
        expected += two;
    }
    EXPECT_EQ(request.headers.at("Greffe-Signature"), expected);
}

TEST(NotifyWebhook, CarriesConfiguredHeadersWithTheTokenAsPlaceholder) {
    json options = kOptions;
    options["headers"] = {{"Authorization", "Bearer {{token}}"}, {"X-Tenant", "office"}};
    Webhook webhook(options, {{"token", "T0KEN"}});
    ASSERT_TRUE(webhook.isReady) << webhook.problems.all();
    EXPECT_THAT(webhook.problems.all(), HasSubstr("warning secret:"));
    webhook.exchange({{"subject", "x"}}, nullptr);
    EXPECT_EQ(webhook.request.headers.at("X-Tenant"), "office");
    EXPECT_EQ(webhook.request.headers.at("Authorization"), "Bearer {{secret 1}}");
    EXPECT_EQ(webhook.request.headers.count("Greffe-Signature"), 0U);
    EXPECT_EQ(webhook.request.headers.at("Greffe-Event"), "notification");
}

TEST(NotifyWebhook, SaysWhatAnAnswerMeans) {
    Webhook webhook(kOptions, {{"secret", "whsec"}});
    struct Case {
        std::uint32_t status;
        Verdict verdict;
        const char* reason;
    };
    for (const Case& each :
         {Case{200, Verdict::Done, ""}, Case{204, Verdict::Done, ""},
          Case{302, Verdict::Rejected, "configuration_error"}, Case{400, Verdict::Rejected, "provider_error"},
          Case{401, Verdict::Rejected, "unauthorized"}, Case{404, Verdict::Rejected, "provider_error"},
          Case{410, Verdict::Rejected, "provider_error"}, Case{408, Verdict::RetryLater, "provider_error"},
          Case{409, Verdict::RetryLater, "provider_error"}, Case{425, Verdict::RetryLater, "provider_error"},
          Case{429, Verdict::RetryLater, "rate_limited"}, Case{500, Verdict::RetryLater, "provider_error"},
          Case{503, Verdict::RetryLater, "provider_unavailable"}}) {
        const HeardOutcome outcome = webhook.answeredWith(each.status);
        EXPECT_EQ(static_cast<int>(outcome.verdict), static_cast<int>(each.verdict)) << each.status;
        EXPECT_EQ(outcome.reason, each.reason) << each.status;
        EXPECT_EQ(outcome.verdicts, 1);
    }
    EXPECT_EQ(json::parse(webhook.answeredWith(200).facts.at("answers"))[0]["text"], "thanks");
    EXPECT_EQ(webhook.endedWith(HttpFault::NotSent).verdict, Verdict::RetryLater);
    EXPECT_EQ(webhook.endedWith(HttpFault::Unknown).verdict, Verdict::Uncertain);
    EXPECT_EQ(webhook.endedWith(HttpFault::AnswerTooLarge).verdict, Verdict::Uncertain);
}

TEST(NotifyWebhook, WaitsAsLongAsItIsAskedTo) {
    Webhook webhook(kOptions, {{"secret", "whsec"}});
    const auto delay = [&](const std::string& value) {
        return webhook.answeredWith(503, "server: x\nretry-after: " + value + "\nvia: y\n").delay;
    };
    EXPECT_EQ(delay("120"), 120U);
    EXPECT_EQ(delay("Sun, 22 Nov 2026 04:10:00 GMT"), 600U);
    EXPECT_EQ(delay("Sun, 22 Nov 2026 03:00:00 GMT"), 0U);
    EXPECT_EQ(delay("999999999"), 86'400U);
    EXPECT_EQ(delay("99999999999999999999"), 0U);
    EXPECT_EQ(delay("-5"), 0U);
    EXPECT_EQ(delay("soon"), 0U);
    EXPECT_EQ(delay("Sun, 22 Foo 2026 04:10:00 GMT"), 0U);
    EXPECT_EQ(delay(""), 0U);
    EXPECT_EQ(webhook.answeredWith(429, "retry-after: 30\n").delay, 30U);
}

TEST(NotifyWebhook, RefusesWhatCannotStandInAHeader) {
    Webhook webhook(kOptions, {{"secret", "whsec"}});
    for (const char* name : {"", "a b", "a\r\nX-Evil: 1", "É"}) {
        const HeardOutcome outcome = webhook.exchange({{"event", name}}, nullptr);
        EXPECT_EQ(outcome.verdict, Verdict::Rejected) << name;
        EXPECT_EQ(webhook.request.url, "") << "nothing was asked for";
    }
}

TEST(NotifyWebhook, ChecksItsOptions) {
    const auto problemsOf = [](const json& changes) {
        json options = kOptions;
        options.update(changes);
        const Webhook webhook(options, {{"secret", "s"}});
        EXPECT_EQ(webhook.isReady, webhook.problems.errors.empty());
        return webhook.problems.all();
    };
    EXPECT_EQ(problemsOf(json::object()), "");
    EXPECT_THAT(problemsOf({{"url", "hooks.example"}}), HasSubstr("error url:"));
    EXPECT_THAT(problemsOf({{"headers", {{"a b", "c"}}}}), HasSubstr("error headers:"));
    EXPECT_THAT(problemsOf({{"headers", {{"X-A", "1\r\nX-B: 2"}}}}), HasSubstr("error headers:"));
    EXPECT_THAT(problemsOf({{"headers", {{"X-A", 1}}}}), HasSubstr("error headers:"));
    EXPECT_THAT(problemsOf({{"headers", {{"Greffe-Signature", "forged"}}}}), HasSubstr("not yours"));
    EXPECT_THAT(problemsOf({{"headers", {{"X-A", "{{token}}"}}}}), HasSubstr("without the option token"));
}

}  // namespace
}  // namespace greffe
