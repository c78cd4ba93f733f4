// SPDX-License-Identifier: Apache-2.0
// Exchanges that come to their end, and the limits that end the others.
#include "unit/plugin_host/http_wire_fixture.h"

namespace greffe {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(WireSettings, TakeEndpointsFromThePluginsOptions) {
    const std::string schema =
        R"({"properties":{"url":{"type":"string","format":"uri"},"name":{"type":"string"},
            "mirrors":{"type":"array","items":{"type":"string","format":"uri"}}}})";
    const std::string options =
        R"({"url":"https://TSA.example/x","name":"https://not.example","mirrors":["https://m.example:8443/"]})";
    const auto settings = WireSettings::read(R"({"endpoints":["https://[2606:4700::1]/"]})", options, schema);
    ASSERT_TRUE(settings) << settings.error().text();
    std::vector<std::string> texts;
    for (const Endpoint& each : settings->endpoints)
        texts.push_back(each.text());
    EXPECT_THAT(texts, testing::UnorderedElementsAre("https://tsa.example:443", "https://m.example:8443",
                                                     "https://[2606:4700::1]:443"));
    EXPECT_FALSE(settings->allowsPrivateAddress);
}

TEST(WireSettings, SayWhatIsWrongAndWhere) {
    const std::string schema = R"({"properties":{"url":{"format":"uri"}}})";
    const auto problem = [&](const char* host, const char* options) {
        const auto settings = WireSettings::read(host, options, schema);
        return settings ? std::string("accepted") : settings.error().text();
    };
    EXPECT_THAT(problem("{}", R"({"url":"http://tsa.example"})"),
                HasSubstr("url: http://tsa.example:80 is not protected"));
    EXPECT_THAT(problem("{}", R"({"url":"ftp://tsa.example"})"), HasSubstr("url:"));
    EXPECT_THAT(problem("{}", R"({"url":"https://user:password@tsa.example"})"), HasSubstr("url:"));
    EXPECT_THAT(problem(R"({"endpoints":["tsa.example:99999"]})", "{}"), HasSubstr("endpoints:"));
    EXPECT_THAT(problem(R"({"endpoints":[7]})", "{}"), HasSubstr("endpoints:"));
    EXPECT_THAT(problem(R"({"tls_ca_file":"/nonexistent/ca.pem"})", "{}"), HasSubstr("/nonexistent/ca.pem"));
    EXPECT_THAT(problem(R"({"tls_ca_file":"/etc/passwd"})", "{}"), HasSubstr("no certificate"));
    EXPECT_THAT(problem(R"({"proxy":"not a url"})", "{}"), HasSubstr("proxy:"));
    EXPECT_THAT(problem(R"({"max_timeout_seconds":0})", "{}"), HasSubstr("max_timeout_seconds:"));
    EXPECT_THAT(problem(R"({"max_answer_mebibytes":9999})", "{}"), HasSubstr("max_answer_mebibytes:"));
}

TEST(HttpWire, SendsARequestAndReadsTheAnswer) {
    TestServer server([](TestConnection& client) {
        client.readHttpRequest();
        client.write(
            "HTTP/1.1 103 Early Hints\r\nLink: early\r\n\r\n"
            "HTTP/1.1 201 Created\r\nX-One:  a b \r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n");
    });
    Wire wire({server.url("http")});
    HttpRequestData request = Wire::request("POST", server.url("http", "/a/../b?c=d"));
    request.headers = {{"X-Empty", ""}, {"X-Two", "2"}};
    request.contentType = "application/json";
    request.body = std::string("{\"n\":1}\0x", 9);
    const WireAnswer answer = wire.ask(request);
    EXPECT_EQ(answer.fault, HttpFault::None) << answer.faultText;
    EXPECT_EQ(answer.status, 201U);
    EXPECT_EQ(answer.body, "abcde");
    EXPECT_EQ(answer.headers, "x-one: a b\ntransfer-encoding: chunked\n");
    ASSERT_EQ(server.requests().size(), 1U);
    const std::string seen = server.requests()[0];
    EXPECT_THAT(seen, HasSubstr("POST /a/../b?c=d HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nX-Empty:\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nX-Two: 2\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nContent-Length: 9\r\n"));
    EXPECT_THAT(seen, Not(HasSubstr("Expect")));
    EXPECT_EQ(seen.substr(seen.size() - 9), request.body);
}

TEST(HttpWire, KnowsTheWholeOfEveryAnswerForm) {
    struct Form {
        const char* method;
        const char* reply;
        HttpFault fault;
    };
    for (const Form& form : {
             Form{"GET", "HTTP/1.1 204 No Content\r\n\r\n", HttpFault::None},
             Form{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", HttpFault::None},
             Form{"GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", HttpFault::None},
             Form{"DELETE", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", HttpFault::None},
             Form{"GET", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                  HttpFault::None},
             // Its end is the connection's end, and a cut looks the same.
             Form{"GET", "HTTP/1.1 200 OK\r\n\r\nab", HttpFault::Unknown},
             Form{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
                  HttpFault::Unknown},
             Form{"GET", "not http at all\r\n\r\n", HttpFault::Unknown},
             Form{"GET", "", HttpFault::Unknown},
         }) {
        TestServer server([&form](TestConnection& client) {
            client.readHttpRequest();
            client.write(form.reply);
        });
        Wire wire({server.url("http")});
        const WireAnswer answer = wire.ask(Wire::request(form.method, server.url("http")));
        EXPECT_EQ(static_cast<int>(answer.fault), static_cast<int>(form.fault))
            << form.reply << answer.faultText;
        if (form.fault != HttpFault::None) {
            EXPECT_EQ(answer.status, 0U);
            EXPECT_EQ(answer.body, "");
            EXPECT_NE(answer.faultText, "");
        }
    }
}

TEST(HttpWire, StopsAtTheLimitOfTheAnswer) {
    // Each server's reply never changes: a client that stops at its limit may be gone while the
    // server's thread still writes.
    std::string manyHeaders = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 2000; ++i)
        manyHeaders += fmt::format("X-{}: {}\r\n", i, std::string(40, 'x'));
    manyHeaders += "Content-Length: 0\r\n\r\n";
    TestServer plain([](TestConnection& client) {
        client.readHttpRequest();
        client.write(kAnswer);
    });
    TestServer endless([&](TestConnection& client) {
        client.readHttpRequest();
        client.write(manyHeaders);
    });
    Wire wire({plain.url("http"), endless.url("http")});
    HttpRequestData request = Wire::request("GET", plain.url("http"));
    request.maxAnswerBytes = 5;
    EXPECT_EQ(wire.ask(request).fault, HttpFault::None);
    request.maxAnswerBytes = 4;
    EXPECT_EQ(wire.ask(request).fault, HttpFault::AnswerTooLarge);
    HttpRequestData headers = Wire::request("GET", endless.url("http"));
    headers.maxAnswerBytes = 1U << 20U;
    EXPECT_EQ(wire.ask(headers).fault, HttpFault::AnswerTooLarge);
}

TEST(HttpWire, EndsInTime) {
    TestServer silent([](TestConnection& client) { client.readUntil("never"); });
    TestServer drip([](TestConnection& client) {
        client.readHttpRequest();
        client.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while (client.write("x"))
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
    });
    Wire wire({silent.url("http"), drip.url("http")});
    for (const TestServer* server : {&silent, &drip}) {
        HttpRequestData request = Wire::request("GET", server->url("http"));
        request.timeoutMs = 300;
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_EQ(wire.ask(request).fault, HttpFault::Unknown);
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
    }
    Wire hasty({silent.url("http")}, R"(,"max_timeout_seconds":1)");
    HttpRequestData patient = Wire::request("GET", silent.url("http"));
    patient.timeoutMs = 60'000;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(hasty.ask(patient).fault, HttpFault::Unknown);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5))
        << "the instance's limit counts";
}

TEST(HttpWire, FillsSecretsInOnTheWireOnly) {
    TestServer server([](TestConnection& client) {
        client.readHttpRequest();
        client.write(kAnswer);
    });
    Wire wire({server.url("http")});
    ASSERT_TRUE(wire.vault().add("api_key", "KEY-one"));
    ASSERT_TRUE(wire.vault().add("broken", "two\r\nX-Injected: 1"));
    HttpRequestData request = Wire::request("POST", server.url("http"));
    request.headers = {{"Authorization", "Bearer " + wire.vault().placeholder(1)}};
    request.contentType = "application/json";
    request.body = "{\"key\":\"" + wire.vault().placeholder(1) + "\",\"not\":\"{{secret:1:0}}\"}";
    EXPECT_EQ(wire.ask(request).fault, HttpFault::None);
    ASSERT_EQ(server.requests().size(), 1U);
    const std::string seen = server.requests()[0];
    EXPECT_THAT(seen, HasSubstr("Authorization: Bearer KEY-one\r\n"));
    EXPECT_THAT(seen, HasSubstr("{\"key\":\"KEY-one\",\"not\":\"{{secret:1:0}}\"}"));
    EXPECT_THAT(request.body, Not(HasSubstr("KEY-one"))) << "what logs see";
    request.headers = {{"Authorization", wire.vault().placeholder(2)}};
    const Status started = wire->start(request, [](WireAnswer) {});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Errc::Invalid);
}

TEST(HttpWire, HoldsManyRequestsInFlight) {
    constexpr int kMany = 20;
    TestServer server([](TestConnection& client) {
        client.readHttpRequest();
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        client.write(kAnswer);
    });
    Wire wire({server.url("http")});
    int answered = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kMany; ++i)
        ASSERT_TRUE(wire->start(Wire::request("GET", server.url("http")), [&](WireAnswer answer) {
            EXPECT_EQ(answer.fault, HttpFault::None) << answer.faultText;
            ++answered;
        }));
    EXPECT_EQ(wire->inFlight(), static_cast<std::size_t>(kMany));
    while (wire->inFlight() > 0)
        wire->poll(std::chrono::milliseconds(100));
    EXPECT_EQ(answered, kMany);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3))
        << "one after the other takes six";
}

TEST(HttpWire, ProbesWithoutARequest) {
    std::atomic<bool> gotBytes{false};
    TestServer server([&](TestConnection& client) { gotBytes = !client.readUntil("\n").empty(); });
    Wire wire({server.url("http"), "http://127.0.0.1:1/"});
    HttpFault fault = HttpFault::Unknown;
    ASSERT_TRUE(wire->startProbe(Endpoint::of(server.url("http")).value(),
                                 [&](WireAnswer answer) { fault = answer.fault; }));
    while (wire->inFlight() > 0)
        wire->poll(std::chrono::milliseconds(50));
    EXPECT_EQ(fault, HttpFault::None);
    EXPECT_FALSE(gotBytes);
    ASSERT_TRUE(wire->startProbe(Endpoint::of("http://127.0.0.1:1/").value(),
                                 [&](WireAnswer answer) { fault = answer.fault; }));
    while (wire->inFlight() > 0)
        wire->poll(std::chrono::milliseconds(50));
    EXPECT_EQ(fault, HttpFault::NotSent);
}

}  // namespace
}  // namespace greffe
