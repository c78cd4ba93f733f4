// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/http_wire.h"

#include "loader/host_services/secret_vault.h"
#include "support/temporary_directory.h"
#include "support/test_server.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

namespace greffe {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

// A wire to a server of this test.
class Wire {
public:
    explicit Wire(const std::vector<std::string>& endpoints, const std::string& more = {}) {
        std::string list;
        for (const std::string& each : endpoints)
            list += (list.empty() ? "\"" : ",\"") + each + "\"";
        const std::string host = fmt::format(
            R"({{"allow_private_address":true,"allow_http":true,"endpoints":[{}]{}}})", list, more);
        auto settings = WireSettings::read(host, "{}", "{}");
        if (!settings) throw std::runtime_error(settings.error().text());
        wire_ = HttpWire::open(std::move(*settings), vault_).value();
    }

    WireAnswer ask(HttpRequestData request) {
        WireAnswer answer;
        bool isAnswered = false;
        const Status started = wire_->start(std::move(request), [&](WireAnswer got) {
            answer = std::move(got);
            isAnswered = true;
        });
        if (!started) throw std::runtime_error(started.error().text());
        while (!isAnswered)
            wire_->poll(std::chrono::milliseconds(100));
        return answer;
    }
    WireAnswer get(const std::string& url) { return ask(request("GET", url)); }

    static HttpRequestData request(const std::string& method, const std::string& url) {
        HttpRequestData data;
        data.method = method;
        data.url = url;
        data.timeoutMs = 10'000;
        return data;
    }

    SecretVault& vault() { return vault_; }
    HttpWire& operator*() { return *wire_; }
    HttpWire* operator->() { return wire_.get(); }

private:
    SecretVault vault_;
    std::unique_ptr<HttpWire> wire_;
};

std::string caFile(const TemporaryDirectory& directory, const TestPki& pki) {
    const std::string path = directory.path() + "/ca.pem";
    std::ofstream(path) << pki.rootPem();
    return fmt::format(R"(,"tls_ca_file":"{}")", path);
}

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
    std::string seen;
    TestServer server([&](TestConnection& client) {
        seen = client.readHttpRequest();
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

// An exchange cut at every byte of the answer: never believed before its last one.
TEST(HttpWire, TellsTheTruthAboutEveryCutOfTheAnswer) {
    const std::string whole = kAnswer;
    std::size_t cut = 0;
    bool isReset = false;
    TestServer server([&](TestConnection& client) {
        client.readHttpRequest();
        client.write(std::string_view(whole).substr(0, cut));
        if (isReset) client.reset();
    });
    Wire wire({server.url("http")});
    for (const bool reset : {false, true}) {
        isReset = reset;
        for (cut = 0; cut <= whole.size(); ++cut) {
            if (reset && cut == whole.size()) continue;  // a reset may overtake the last bytes
            const WireAnswer answer = wire.get(server.url("http"));
            const HttpFault expected = cut == whole.size() ? HttpFault::None : HttpFault::Unknown;
            EXPECT_EQ(static_cast<int>(answer.fault), static_cast<int>(expected)) << "cut after " << cut;
        }
    }
    EXPECT_EQ(server.connections(), static_cast<int>(2 * whole.size() + 1))
        << "one connection a request: no retry";
}

// A server that stops reading after n bytes of the request: something left, so nobody knows.
TEST(HttpWire, TellsTheTruthAboutEveryCutOfTheRequest) {
    std::size_t cut = 0;
    std::size_t whole = 0;
    TestServer server([&](TestConnection& client) {
        if (cut == 0) {
            whole = client.readHttpRequest().size();
            client.write(kAnswer);
        } else {
            client.readExactly(cut);
            client.reset();
        }
    });
    Wire wire({server.url("http")});
    HttpRequestData request = Wire::request("POST", server.url("http"));
    request.contentType = "text/plain";
    request.body = "0123456789";
    ASSERT_EQ(wire.ask(request).fault, HttpFault::None);
    ASSERT_GT(whole, 100U);
    for (cut = 1; cut <= whole; ++cut)
        EXPECT_EQ(wire.ask(request).fault, HttpFault::Unknown) << "cut after " << cut;
    EXPECT_EQ(server.connections(), static_cast<int>(whole + 1)) << "one connection a request: no retry";
}

// TLS cut at every byte that the server sends: before the handshake is over nothing of the request has left.
TEST(HttpWire, TellsTheTruthAboutEveryCutOfATlsExchange) {
    TestPki pki;
    const TestTlsContext tls = serverTls(pki.server("127.0.0.1"));
    std::atomic<int> requests{0};
    TestServer server(
        [&](TestConnection& client) {
            if (client.readHttpRequest().empty()) return;
            ++requests;
            client.write(kAnswer);
        },
        tls.get());
    const TemporaryDirectory directory;
    const auto exchange = [&](CutProxy& proxy) {
        const std::string url = fmt::format("https://127.0.0.1:{}/", proxy.port());
        return Wire({url}, caFile(directory, pki)).get(url);
    };
    std::size_t whole = 0;
    {
        CutProxy proxy(server.port(), CutProxy::kNever, CutProxy::kNever);
        const WireAnswer answer = exchange(proxy);
        ASSERT_EQ(answer.fault, HttpFault::None) << answer.faultText;
        whole = proxy.bytesDown();
    }
    int notSent = 0, unknown = 0, complete = 0;
    for (std::size_t cut = 0; cut < whole; cut += (cut < 200 || cut + 400 > whole) ? 1 : 7) {
        const int before = requests;
        HttpFault fault{};
        {
            CutProxy proxy(server.port(), CutProxy::kNever, cut);
            fault = exchange(proxy).fault;
        }
        if (fault == HttpFault::NotSent) {
            ++notSent;
            EXPECT_EQ(requests, before) << "the server got a request that \"was not sent\", cut " << cut;
        } else if (fault == HttpFault::None) {
            ++complete;  // only the farewell of TLS was cut off
        } else {
            EXPECT_EQ(fault, HttpFault::Unknown);
            ++unknown;
        }
    }
    EXPECT_GT(notSent, 200);
    EXPECT_GT(unknown, 50);
    EXPECT_LT(complete, 40);
}

TEST(HttpWire, SaysNotSentWhenNothingLeft) {
    int closedPort = 0;
    {
        const TestServer gone([](TestConnection&) {});
        closedPort = gone.port();
    }
    const std::string closed = fmt::format("http://127.0.0.1:{}/", closedPort);
    const std::string unresolvable = "https://no-such-host.invalid/";
    Wire wire({closed, unresolvable});
    EXPECT_EQ(wire.get(closed).fault, HttpFault::NotSent);
    EXPECT_EQ(wire.get(unresolvable).fault, HttpFault::NotSent);
}

TEST(HttpWire, ChecksCertificateHostNameAndVersion) {
    TestPki pki;
    TestPki strangers;
    const TestTlsContext good = serverTls(pki.server("127.0.0.1"));
    TestProfile elsewhere;
    elsewhere.subjectAltName = "DNS:tsa.example,IP:127.0.0.2";
    const TestTlsContext otherName = serverTls(pki.issue(elsewhere));
    const TestTlsContext otherRoot = serverTls(strangers.server("127.0.0.1"));
    TestProfile expired;
    expired.subjectAltName = "IP:127.0.0.1";
    expired.validFromSeconds = -7200;
    expired.validUntilSeconds = -3600;
    const TestTlsContext old = serverTls(pki.issue(expired));
    const TestTlsContext tls11 = serverTls(pki.server("127.0.0.1"), TLS1_1_VERSION, TLS1_1_VERSION);
    const TestTlsContext tls12 = serverTls(pki.server("127.0.0.1"), TLS1_2_VERSION, TLS1_2_VERSION);
    const TemporaryDirectory directory;
    std::atomic<int> requests{0};
    const auto faultWith = [&](const TestTlsContext& tls, const std::string& roots) {
        TestServer server(
            [&](TestConnection& client) {
                if (!client.readHttpRequest().empty()) ++requests;
                client.write(kAnswer);
            },
            tls.get());
        return Wire({server.url("https")}, roots).get(server.url("https")).fault;
    };
    const std::string roots = caFile(directory, pki);
    EXPECT_EQ(faultWith(good, roots), HttpFault::None);
    EXPECT_EQ(faultWith(tls12, roots), HttpFault::None);
    EXPECT_EQ(requests, 2);
    EXPECT_EQ(faultWith(good, ""), HttpFault::NotSent) << "the system does not know this root";
    EXPECT_EQ(faultWith(otherName, roots), HttpFault::NotSent);
    EXPECT_EQ(faultWith(otherRoot, roots), HttpFault::NotSent);
    EXPECT_EQ(faultWith(old, roots), HttpFault::NotSent);
    EXPECT_EQ(faultWith(tls11, roots), HttpFault::NotSent);
    EXPECT_EQ(requests, 2) << "none of those may see a request";
}

TEST(HttpWire, GoesToTheInstancesHostsOnly) {
    TestServer server([](TestConnection& client) {
        client.readHttpRequest();
        client.write(kAnswer);
    });
    Wire wire({server.url("http", "/some/path")});
    const std::string port = std::to_string(server.port());
    for (const std::string& url :
         {std::string("http://127.0.0.1:1/"), "https://127.0.0.1:" + port + "/",
          "http://127.0.0.2:" + port + "/", "http://localhost:" + port + "/",
          "http://127.0.0.1@evil.example:" + port + "/", "http://user:pw@127.0.0.1:" + port + "/",
          std::string("file:///etc/passwd"), "gopher://127.0.0.1:" + port + "/"}) {
        const Status started =
            wire->start(Wire::request("GET", url), [](WireAnswer) { FAIL() << "nothing was started"; });
        EXPECT_FALSE(started) << url;
    }
    EXPECT_EQ(wire.get("HTTP://127.0.0.1:" + port + "/other").fault, HttpFault::None)
        << "any path of that host";
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpWire, DoesNotFollowRedirections) {
    TestServer target([](TestConnection&) {});
    TestServer server([&](TestConnection& client) {
        client.readHttpRequest();
        client.write(fmt::format("HTTP/1.1 307 Elsewhere\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
                                 target.url("http")));
    });
    Wire wire({server.url("http"), target.url("http")});
    const WireAnswer answer = wire.get(server.url("http"));
    EXPECT_EQ(answer.status, 307U);
    EXPECT_EQ(target.connections(), 0);
}

TEST(HttpWire, ConnectsToNoPrivateAddressUnlessToldTo) {
    TestServer server([](TestConnection&) {});
    const SecretVault vault;
    // "localhost" as well: what counts is what the name leads to.
    for (const std::string& host :
         {std::string("127.0.0.1"), std::string("localhost"), std::string("[::ffff:127.0.0.1]"),
          std::string("[::1]"), std::string("0.0.0.0"), std::string("2130706433")}) {
        const std::string url = fmt::format("https://{}:{}/", host, server.port());
        auto settings = WireSettings::read(fmt::format(R"({{"endpoints":["{}"]}})", url), "{}", "{}");
        ASSERT_TRUE(settings) << settings.error().text();
        auto wire = HttpWire::open(std::move(*settings), vault).value();
        WireAnswer answer;
        ASSERT_TRUE(wire->start(Wire::request("GET", url), [&](WireAnswer got) { answer = std::move(got); }));
        while (wire->inFlight() > 0)
            wire->poll(std::chrono::milliseconds(50));
        EXPECT_EQ(answer.fault, HttpFault::NotSent) << host;
        EXPECT_THAT(answer.faultText, HasSubstr("address")) << host;
    }
    EXPECT_EQ(server.connections(), 0);
}

TEST(HttpWire, NeverConnectsToAMetadataService) {
    const std::string url = "http://169.254.169.254/latest/meta-data/";
    Wire wire({url});
    const WireAnswer answer = wire.get(url);
    EXPECT_EQ(answer.fault, HttpFault::NotSent);
    EXPECT_THAT(answer.faultText, HasSubstr("metadata"));
}

// allow_http is for private addresses: a public one would see a password in the clear.
TEST(HttpWire, SpeaksNoPlainHttpToPublicAddresses) {
    const std::string url = "http://8.8.8.8:9/";
    Wire wire({url});
    const WireAnswer answer = wire.get(url);
    EXPECT_EQ(answer.fault, HttpFault::NotSent);
    EXPECT_THAT(answer.faultText, HasSubstr("without TLS"));
}

TEST(HttpWire, IgnoresTheEnvironmentsProxies) {
    TestServer proxy([](TestConnection&) {});
    TestServer server([](TestConnection& client) {
        client.readHttpRequest();
        client.write(kAnswer);
    });
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"})
        setenv(name, proxy.url("http").c_str(), 1);
    Wire wire({server.url("http")});
    EXPECT_EQ(wire.get(server.url("http")).fault, HttpFault::None);
    for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"})
        unsetenv(name);
    EXPECT_EQ(proxy.connections(), 0);
}

TEST(HttpWire, UsesTheConfiguredProxyAndKnowsItsFaults) {
    TestServer server([](TestConnection& client) {
        client.readHttpRequest();
        client.write(kAnswer);
    });
    bool isRefusing = false;
    TestServer proxy([&](TestConnection& client) {
        EXPECT_THAT(client.readHttpRequest(), HasSubstr("CONNECT 127.0.0.1:"));
        if (isRefusing) {
            client.write("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        EXPECT_THAT(client.readHttpRequest(), HasSubstr("GET / HTTP/1.1"));
        client.write(kAnswer);
    });
    Wire wire({server.url("http")}, fmt::format(R"(,"proxy":"{}")", proxy.url("http")));
    EXPECT_EQ(wire.get(server.url("http")).fault, HttpFault::None);
    isRefusing = true;
    EXPECT_EQ(wire.get(server.url("http")).fault, HttpFault::NotSent) << "a CONNECT is not the request";
    EXPECT_EQ(server.connections(), 0);
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
    std::string seen;
    TestServer server([&](TestConnection& client) {
        seen = client.readHttpRequest();
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

TEST(HttpWire, EndsWhatIsInFlightWithTheTruth) {
    TestServer server([](TestConnection& client) { client.readUntil("never"); });
    Wire wire({server.url("http")});
    HttpFault fault{};
    const auto ask = [&] {
        ASSERT_TRUE(wire->start(Wire::request("GET", server.url("http")), [&](WireAnswer answer) {
            fault = answer.fault;
            EXPECT_EQ(answer.faultText, "enough");
        }));
    };
    ask();
    wire->interrupt("enough");
    EXPECT_EQ(fault, HttpFault::NotSent);
    ask();
    for (int i = 0; i < 5; ++i)
        wire->poll(std::chrono::milliseconds(50));
    wire->interrupt("enough");
    EXPECT_EQ(fault, HttpFault::Unknown);
    EXPECT_EQ(wire->inFlight(), 0U);
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
