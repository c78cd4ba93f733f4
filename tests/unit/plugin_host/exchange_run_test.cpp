// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/exchange_run.h"

#include "loader/host_services/secret_vault.h"
#include "support/test_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace greffe {
namespace {

using testing::HasSubstr;

// An exchange whose steps are a function of the test.
class Scripted final : public HttpExchange {
public:
    using Step = std::function<ExchangeStep(const HttpResponse*, HttpRequest&, Outcome&)>;
    Scripted(Step step, bool& isReleased) : step_(std::move(step)), isReleased_(isReleased) {}
    ExchangeStep next(const HttpResponse* response, HttpRequest& request,
                      Outcome& outcome) noexcept override {
        return step_(response, request, outcome);
    }
    void release() noexcept override {
        isReleased_ = true;
        delete this;
    }

private:
    ~Scripted() = default;
    Step step_;
    bool& isReleased_;
};

class ExchangeRunTest : public testing::Test {
protected:
    ExchangeRunTest()
        : server([](TestConnection& client) {
              client.readHttpRequest();
              client.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
          }) {
        auto settings = WireSettings::read(
            fmt::format(R"({{"allow_private_address":true,"allow_http":true,"endpoints":["{}"]}})",
                        server.url("http")),
            "{}", "{}");
        wire = HttpWire::open(std::move(settings).value(), vault).value();
    }

    CallResult run(Scripted::Step step) {
        bool isReleased = false;
        CallResult result;
        {
            ExchangeRun exchange(*wire, new Scripted(std::move(step), isReleased));
            while (!exchange.isOver())
                wire->poll(std::chrono::milliseconds(50));
            result = exchange.take();
        }
        EXPECT_TRUE(isReleased);
        return result;
    }

    TestServer server;
    SecretVault vault;
    std::unique_ptr<HttpWire> wire;
};

TEST_F(ExchangeRunTest, GoesFromRequestToRequestToVerdict) {
    int answers = 0;
    const CallResult result = run([&](const HttpResponse* response, HttpRequest& request, Outcome& outcome) {
        if (response != nullptr) {
            EXPECT_EQ(response->body.view(), "ok");
            EXPECT_EQ(response->status, 200U);
            ++answers;
        }
        if (answers < 3) {
            request.start("GET", std::string_view(server.url("http")));
            return ExchangeStep::Send;
        }
        outcome.fact("answers", "3");
        outcome.done();
        return ExchangeStep::Finished;
    });
    EXPECT_EQ(result.verdict, Verdict::Done);
    EXPECT_EQ(result.facts["answers"], 3);
    EXPECT_EQ(server.connections(), 3);
}

TEST_F(ExchangeRunTest, EndsAnExchangeThatDoesNotEnd) {
    const CallResult result = run([&](const HttpResponse*, HttpRequest& request, Outcome&) {
        request.start("GET", std::string_view(server.url("http")));
        return ExchangeStep::Send;
    });
    EXPECT_TRUE(result.isPluginFault());
    EXPECT_THAT(result.explanation, HasSubstr("more than 16 requests"));
    EXPECT_EQ(server.connections(), 16);
}

TEST_F(ExchangeRunTest, HoldsThePluginToItsContract) {
    const std::string url = server.url("http");
    EXPECT_TRUE(
        run([](const HttpResponse*, HttpRequest&, Outcome&) { return ExchangeStep::Send; }).isPluginFault());
    EXPECT_TRUE(run([](const HttpResponse*, HttpRequest&, Outcome&) {
                    return ExchangeStep::Finished;
                }).isPluginFault());
    EXPECT_TRUE(run([](const HttpResponse*, HttpRequest&, Outcome&) {
                    return static_cast<ExchangeStep>(7);
                }).isPluginFault());
    EXPECT_TRUE(run([&](const HttpResponse*, HttpRequest& request, Outcome& outcome) {
                    request.start("GET", std::string_view(url));
                    outcome.done();
                    return ExchangeStep::Send;
                }).isPluginFault());
    EXPECT_TRUE(run([&](const HttpResponse*, HttpRequest& request, Outcome&) {
                    request.start("GET", std::string_view(url));
                    request.header("X-A", "one\r\nX-B: two");
                    return ExchangeStep::Send;
                }).isPluginFault());
    EXPECT_TRUE(run([&](const HttpResponse*, HttpRequest& request, Outcome& outcome) {
                    request.start("GET", std::string_view(url));
                    outcome.fact("Not A Name", "1");
                    return ExchangeStep::Send;
                }).isPluginFault());
    ExchangeRun none(*wire, nullptr);
    ASSERT_TRUE(none.isOver());
    EXPECT_TRUE(none.take().isPluginFault());
    EXPECT_EQ(server.connections(), 0);
}

TEST_F(ExchangeRunTest, BlamesTheConfigurationForAStrangeHost) {
    const CallResult result = run([](const HttpResponse*, HttpRequest& request, Outcome&) {
        request.start("GET", "https://elsewhere.example/");
        return ExchangeStep::Send;
    });
    EXPECT_EQ(result.verdict, Verdict::Rejected);
    EXPECT_EQ(result.reason, Reason::ConfigurationError);
    EXPECT_THAT(result.explanation, HasSubstr("elsewhere.example"));
}

}  // namespace
}  // namespace greffe
