// SPDX-License-Identifier: Apache-2.0
// What a wire says of an exchange that breaks at any byte: never done when it was not, never unsent when
// something left.
#include "unit/plugin_host/http_wire_fixture.h"

namespace greffe {
namespace {

// An exchange cut at every byte of the answer: never believed before its last one.
TEST(HttpWire, TellsTheTruthAboutEveryCutOfTheAnswer) {
    const std::string whole = kAnswer;
    std::atomic<std::size_t> cut{0};
    std::atomic<bool> isReset{false};
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
    std::atomic<std::size_t> cut{0};
    std::atomic<std::size_t> whole{0};
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

}  // namespace
}  // namespace greffe
