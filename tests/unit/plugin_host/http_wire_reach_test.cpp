// SPDX-License-Identifier: Apache-2.0
// Whom a wire speaks to, and under which name: certificates, hosts, addresses, proxies.
#include "unit/plugin_host/http_wire_fixture.h"

namespace greffe {
namespace {

using testing::HasSubstr;

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
    std::atomic<bool> isRefusing{false};
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

}  // namespace
}  // namespace greffe
