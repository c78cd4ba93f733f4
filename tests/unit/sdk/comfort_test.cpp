// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <greffe/sdk/document.h>
#include <greffe/sdk/http_exchange.h>
#include <greffe/sdk/log.h>
#include <greffe/sdk/options.h>
#include <greffe/sdk/testing/test_host.h>
#include <greffe/sdk/testing/test_outcome.h>

#include <gmock/gmock.h>

namespace greffe::sdk {
namespace {

using sdk::testing::TestHost;
using sdk::testing::TestOutcome;
using sdk::testing::TestProblems;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SdkOptions, ReadsWithDefaults) {
    TestProblems problems;
    OptionsReader options(
        R"({"title":"T","level":"B-T","timeout_seconds":5,"strict":true,"tags":["a","b"],"key":"x"})",
        problems);
    EXPECT_EQ(options.text("title", "d"), "T");
    EXPECT_EQ(options.text("absent", "d"), "d");
    EXPECT_EQ(options.requiredText("title"), "T");
    EXPECT_EQ(options.choice("level", {"B-B", "B-T"}), "B-T");
    EXPECT_EQ(options.whole("timeout_seconds", 30, 1, 300), 5);
    EXPECT_TRUE(options.flag("strict", false));
    EXPECT_THAT(options.texts("tags"), ElementsAre("a", "b"));
    options.secret("key");
    EXPECT_TRUE(options.finish()) << problems.text();
}

TEST(SdkOptions, NamesEveryWrongOption) {
    TestProblems problems;
    OptionsReader options(
        R"({"title":1,"level":"B-Z","timeout_seconds":301,"strict":"yes","tags":[1],"profil":1})", problems);
    options.text("title");
    options.requiredText("url");
    options.choice("level", {"B-B", "B-T"});
    EXPECT_EQ(options.whole("timeout_seconds", 30, 1, 300), 30);
    options.flag("strict", false);
    options.texts("tags");
    EXPECT_FALSE(options.finish());
    for (const char* name : {"title", "url", "level", "timeout_seconds", "strict", "tags", "profil"})
        EXPECT_EQ(problems.errors.count(name), 1U) << name;
    EXPECT_THAT(problems.errors["timeout_seconds"], HasSubstr("1 to 300"));
    TestProblems broken;
    EXPECT_FALSE(OptionsReader("[]", broken).finish());
    EXPECT_TRUE(OptionsReader("", broken).finish()) << "no options at all";
}

TEST(SdkLog, WritesKeysAsJson) {
    TestHost host;
    Log(host).info("token received", {{"serial", "12\""}, {"bytes", 7}});
    Log(host).warning("clock jumped");
    EXPECT_THAT(host.log, ElementsAre("token received {\"serial\":\"12\\\"\",\"bytes\":7}", "clock jumped"));
    host.withheld = {"log/1"};
    Log(host).info("nobody listens");
    EXPECT_EQ(host.log.size(), 2U);
}

TEST(SdkDocument, TurnsRefusalsIntoVerdicts) {
    TestOutcome sender;
    refusable(sender, [] { throw Refusal(Reason::NotAPdf, "no header"); });
    EXPECT_EQ(sender.verdict, Verdict::Rejected);
    EXPECT_EQ(sender.reason, "not_a_pdf");
    TestOutcome transient;
    refusable(transient, [] { throw Refusal(Reason::StorageFull, "no room"); });
    EXPECT_EQ(transient.verdict, Verdict::RetryLater);
    TestOutcome fault;
    refusable(fault, [] { throw std::logic_error("boom"); });
    EXPECT_EQ(fault.reason, "plugin_fault");
    TestOutcome full;
    full.mostBytes = 5;
    refusable(full, [&] { ArtifactWriter(full, "a", "text/plain").write("123").write("456"); });
    EXPECT_EQ(full.reason, "limit_exceeded");
}

TEST(SdkDocument, StopsBetweenPieces) {
    TestHost host;
    std::string seen;
    inPieces(
        host, "abcdefgh",
        [&](std::string_view piece) {
            seen += piece;
            seen += '|';
        },
        3);
    EXPECT_EQ(seen, "abc|def|gh|");
    EXPECT_THAT(host.progress, ElementsAre(std::pair(3U, 8U), std::pair(6U, 8U), std::pair(8U, 8U)));
    host.cancelAfterAsks = host.asks = 0;
    host.cancelAfterAsks = 1;
    TestOutcome outcome;
    seen.clear();
    refusable(outcome, [&] {
        inPieces(
            host, "abcdefgh", [&](std::string_view piece) { seen += piece; }, 3);
    });
    EXPECT_EQ(seen, "abc");
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
}

TEST(SdkDocument, MakesNamesPrintable) {
    EXPECT_EQ(printableName("a\nb\xff\x7f\u00e9"), "a\uFFFDb\uFFFD\uFFFD\u00e9");
    EXPECT_EQ(hex("\x01\xff"), "01ff");
}

HttpResponse answer(std::uint32_t status, std::string_view headers = {}, HttpFault fault = HttpFault::None) {
    HttpResponse response;
    response.status = status;
    response.headers = headers;
    response.fault = fault;
    return response;
}

TEST(SdkHttp, FindsHeaders) {
    const HttpResponse response =
        answer(200, "content-type: application/json; charset=utf-8\nx-a:\t b \r\nx-ab: c\n");
    EXPECT_EQ(headerOf(response, "x-a"), "b");
    EXPECT_EQ(headerOf(response, "x-ab"), "c");
    EXPECT_EQ(headerOf(response, "x"), std::nullopt);
    EXPECT_EQ(headerOf(answer(200), "x"), std::nullopt);
}

TEST(SdkHttp, ReadsRetryAfter) {
    constexpr std::int64_t kNow = 784'111'777'000;  // 1994-11-06 08:49:37
    EXPECT_EQ(retryAfterSeconds(answer(429, "retry-after: 17\n"), kNow), 17U);
    EXPECT_EQ(retryAfterSeconds(answer(429, "retry-after: Sun, 06 Nov 1994 08:50:37 GMT\n"), kNow), 60U);
    EXPECT_EQ(retryAfterSeconds(answer(429, "retry-after: Sun, 06 Nov 1994 08:40:37 GMT\n"), kNow), 0U);
    EXPECT_EQ(retryAfterSeconds(answer(429, "retry-after: 99999999999999999999\n"), kNow), 86'400U);
    EXPECT_EQ(retryAfterSeconds(answer(429, "retry-after: -5\n"), kNow), 0U);
    EXPECT_EQ(retryAfterSeconds(answer(429, "retry-after: soon\n"), kNow), 0U);
    EXPECT_EQ(retryAfterSeconds(answer(429), kNow), 0U);
    EXPECT_EQ(parseHttpDate("Thu, 29 Feb 2024 12:00:00 GMT"), 1'709'208'000);
    EXPECT_EQ(parseHttpDate("Thu, 29 Feb 2024 12:00:00 CET"), std::nullopt);
    EXPECT_EQ(parseHttpDate("Thu, 29 Foo 2024 12:00:00 GMT"), std::nullopt);
}

TEST(SdkHttp, JudgesFailures) {
    struct Case {
        HttpResponse response;
        Repeat repeat;
        Verdict verdict;
        const char* reason;
    };
    const Case cases[] = {
        {answer(0, "", HttpFault::NotSent), Repeat::Unsafe, Verdict::RetryLater, "provider_unavailable"},
        {answer(0, "", HttpFault::Unknown), Repeat::Unsafe, Verdict::Uncertain, ""},
        {answer(0, "", HttpFault::Unknown), Repeat::Safe, Verdict::RetryLater, "provider_unavailable"},
        {answer(0, "", HttpFault::AnswerTooLarge), Repeat::Unsafe, Verdict::Uncertain, ""},
        {answer(0, "", HttpFault::AnswerTooLarge), Repeat::Safe, Verdict::RetryLater, "bad_answer"},
        {answer(0, "", static_cast<HttpFault>(99)), Repeat::Unsafe, Verdict::Uncertain, ""},
        {answer(401), Repeat::Unsafe, Verdict::RetryLater, "unauthorized"},
        {answer(429), Repeat::Unsafe, Verdict::RetryLater, "rate_limited"},
        {answer(503), Repeat::Unsafe, Verdict::RetryLater, "provider_unavailable"},
        {answer(500), Repeat::Unsafe, Verdict::Uncertain, ""},
        {answer(502), Repeat::Safe, Verdict::RetryLater, "provider_error"},
        {answer(302), Repeat::Safe, Verdict::RetryLater, "bad_answer"},
        {answer(302), Repeat::Unsafe, Verdict::Uncertain, ""},
        {answer(404), Repeat::Safe, Verdict::Rejected, "configuration_error"},
    };
    for (const Case& one : cases) {
        TestOutcome outcome;
        EXPECT_TRUE(judgeFailure(one.response, one.repeat, 0, outcome));
        EXPECT_EQ(outcome.verdict, one.verdict) << one.response.status;
        EXPECT_EQ(outcome.reason, one.reason) << one.response.status;
        EXPECT_EQ(outcome.verdicts, 1);
    }
    TestOutcome good;
    EXPECT_FALSE(judgeFailure(answer(204), Repeat::Unsafe, 0, good));
    EXPECT_EQ(good.verdicts, 0);
    TestOutcome limited;
    judgeFailure(answer(429, "retry-after: 17\n"), Repeat::Safe, 0, limited);
    EXPECT_EQ(limited.delay, 17U);
}

TEST(SdkHttp, ReadsJsonAnswersThatSayTheyAre) {
    std::string problem;
    HttpResponse response = answer(200, "content-type: application/problem+json\n");
    response.body = R"({"a":1})";
    EXPECT_TRUE(jsonOf(response, problem));
    response.headers = "content-type: text/html\n";
    EXPECT_FALSE(jsonOf(response, problem));
    EXPECT_THAT(problem, HasSubstr("text/html"));
    EXPECT_EQ(percentEncoded("a b/\xc3\xa9~"), "a%20b%2F%C3%A9~");
}

struct Thrower final : ExchangeBase<Thrower> {
    ExchangeStep proceed(const HttpResponse*, HttpRequest&, Outcome&) { throw std::runtime_error("boom"); }
};

TEST(SdkHttp, AnExchangeThatThrowsIsFinished) {
    struct NoRequest final : HttpRequest {
        void start(Slice, Slice) noexcept override {}
        void header(Slice, Slice) noexcept override {}
        void body(Slice, Slice) noexcept override {}
        void limits(std::uint32_t, std::uint64_t) noexcept override {}
    } request;
    TestOutcome outcome;
    HttpExchange* exchange = new Thrower;
    EXPECT_EQ(exchange->next(nullptr, request, outcome), ExchangeStep::Finished);
    EXPECT_EQ(outcome.reason, "plugin_fault");
    exchange->release();
}

// The double computes what the real host computes.
TEST(SdkTesting, HashesLikeTheHost) {
    for (const std::size_t size : {0U, 1U, 55U, 56U, 63U, 64U, 65U, 1000U}) {
        const std::string text(size, 'x');
        EXPECT_EQ(sdk::testing::sha256(text), greffe::sha256(text)) << size;
    }
    // RFC 4231, test cases 2 and 6.
    const auto asHex = [](const std::array<unsigned char, 32>& mac) { return hex(mac.data(), mac.size()); };
    EXPECT_EQ(asHex(sdk::testing::hmacSha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(asHex(sdk::testing::hmacSha256(std::string(131, '\xaa'),
                                             "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace greffe::sdk
