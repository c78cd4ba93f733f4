// SPDX-License-Identifier: Apache-2.0
// The front against an engine that the test plays.
#include "front/http_front.h"

#include "base/json.h"
#include "control/control_server.h"
#include "support/temporary_directory.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpFrontTest : public ::testing::Test {
protected:
    HttpFrontTest() {
        auto front = HttpFront::start({socket_, "127.0.0.1", 0});
        EXPECT_TRUE(front) << front.error().text();
        if (front) front_ = std::move(*front);
    }
    void startEngine() {
        ControlServer::Options options;
        options.path = socket_;
        engine_ = ControlServer::start(options, [this](const ControlCall& call) {
                      if (isDeaf_) return;
                      if (call.request.operation == "hook.receive") return takeHook(call);
                      if (call.request.operation == "metrics")
                          return call.reply->finish(Json{{"text", "greffe_active 3\n# EOF\n"}});
                      Json status = storedJson(statusJson_);
                      status["is_stopping"] = isStopping_.load();
                      call.reply->finish(std::move(status));
                  }).value();
    }
    void takeHook(const ControlCall& call) {
        {
            const std::scoped_lock lock(mutex_);
            hooks_.push_back(call.request.params);
        }
        const std::string body = textOf(call.request.params, "body");
        if (body == "forged") return call.reply->finish(makeError(Errc::Denied, "not the service's"));
        if (body == "nonsense") return call.reply->finish(makeError(Errc::Invalid, "no event"));
        if (body == "busy") return call.reply->finish(makeError(Errc::Busy, "later"));
        if (textOf(call.request.params, "provider") != "esign")
            return call.reply->finish(makeError(Errc::NotFound, "no such provider"));
        call.reply->finish(Json{{"is_new", true}});
    }
    std::string post(const std::string& path, const std::string& body,
                     const std::string& headers = {}) const {
        return ask(fmt::format("POST {} HTTP/1.1\r\nHost: x\r\n{}Content-Length: {}\r\n\r\n{}", path, headers,
                               body.size(), body));
    }
    UniqueFd connected() const {
        UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(front_->port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return fd;
    }
    std::string ask(const std::string& request) const {
        const UniqueFd fd = connected();
        EXPECT_EQ(send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(request.size()));
        std::string answer;
        char buffer[4096];
        for (ssize_t got = 0; (got = recv(fd.get(), buffer, sizeof buffer, 0)) > 0;)
            answer.append(buffer, static_cast<std::size_t>(got));
        return answer;
    }
    std::string get(const std::string& path) const {
        return ask(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path));
    }

    TemporaryDirectory folder_;
    const std::string socket_ = folder_.path() + "/control.sock";
    std::mutex mutex_;
    std::vector<Json> hooks_;
    std::atomic<bool> isStopping_{false}, isDeaf_{false};
    std::string statusJson_ = "{}";  // set before the engine is started
    std::unique_ptr<ControlServer> engine_;
    std::unique_ptr<HttpFront> front_;
};

TEST_F(HttpFrontTest, WebhooksGoToTheEngineAsTheyCame) {
    startEngine();
    EXPECT_THAT(post("/hooks/esign", R"({"event_id": "e-1"})", "X-Signature: sha256=ab\r\n"),
                StartsWith("HTTP/1.1 200"));
    ASSERT_EQ(hooks_.size(), 1U);
    EXPECT_EQ(hooks_[0]["provider"], "esign");
    EXPECT_EQ(hooks_[0]["body"], R"({"event_id": "e-1"})");
    EXPECT_THAT(textOf(hooks_[0], "headers"), HasSubstr("x-signature: sha256=ab\n"));
    EXPECT_THAT(post("/hooks/esign", ""), StartsWith("HTTP/1.1 200"))
        << "what it means is the plugin's to say";
}

TEST_F(HttpFrontTest, AWebhooksSenderIsToldWhatBecameOfIt) {
    EXPECT_THAT(post("/hooks/esign", "{}"), StartsWith("HTTP/1.1 503"))
        << "no engine: the service tries again";
    startEngine();
    EXPECT_THAT(post("/hooks/esign", "forged"), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(post("/hooks/esign", "nonsense"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(post("/hooks/esign", "busy"), StartsWith("HTTP/1.1 503"));
    EXPECT_THAT(post("/hooks/nobody", "{}"), StartsWith("HTTP/1.1 404"));
    EXPECT_THAT(post("/hooks/", "{}"), StartsWith("HTTP/1.1 404"));
    EXPECT_THAT(get("/hooks/esign"), AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: POST")));
    EXPECT_THAT(post("/hooks/esign", "\xff\xfe"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(post("/hooks/esign", std::string((256U << 10U) + 1, 'x')), StartsWith("HTTP/1.1 413"));
    const std::size_t heard = hooks_.size();
    EXPECT_THAT(post("/hooks/esign", std::string(256U << 10U, 'x')), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(hooks_.size(), heard + 1);
}

TEST_F(HttpFrontTest, MetricsAreTheEnginesText) {
    startEngine();
    EXPECT_THAT(get("/metrics"),
                AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("application/openmetrics-text; version=1.0.0"),
                      HasSubstr("\r\n\r\ngreffe_active 3\n# EOF\n")));
    EXPECT_THAT(get("/metrics?x=1"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpFrontTest, WithoutAnEngineItIsHealthyButNotReady) {
    EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("no daemon answers")));
    EXPECT_THAT(get("/metrics"), StartsWith("HTTP/1.1 503"));
    startEngine();
    EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpFrontTest, AnEngineThatStopsIsNotReady) {
    startEngine();
    isStopping_ = true;
    EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("stopping")));
}

// What a monitor asks: each trouble has its line, and health alone is none.
TEST_F(HttpFrontTest, AnEngineInTroubleIsNotReadyAndSaysWhy) {
    statusJson_ = R"({
        "intakes": {"in": {"paused_for": "disk_low", "trouble": ""},
                    "gone": {"paused_for": "", "trouble": "/srv/in: No such file or directory"},
                    "well": {"paused_for": "", "trouble": ""}},
        "pools": {"keys:office": {"degraded": true, "trouble": "the key does not fit"},
                  "documents": {"degraded": false, "trouble": "the last worker died"}},
        "undeliverable": [{"folder": "/srv/out", "error": "read-only\nfile system"}]})";
    startEngine();
    const std::string answer = get("/readyz");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
    for (const char* line :
         {"intake in is paused: disk_low\n", "intake gone: /srv/in: No such file or directory\n",
          "workers of keys:office do not come up: the key does not fit\n",
          "results do not reach /srv/out: read-only"})
        EXPECT_THAT(answer, HasSubstr(line));
    EXPECT_THAT(answer, Not(HasSubstr("well")));
    EXPECT_THAT(answer, Not(HasSubstr("documents")));
    EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200")) << "a restart would mend none of it";
}

TEST_F(HttpFrontTest, AnEngineThatIsStuckIsToldOfInTime) {
    startEngine();
    isDeaf_ = true;
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 503"));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST_F(HttpFrontTest, NothingElseIsServed) {
    startEngine();
    EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 404"));
    EXPECT_THAT(get("/metrics/../../etc/passwd"), StartsWith("HTTP/1.1 404"));
    EXPECT_THAT(ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
                StartsWith("HTTP/1.1 405"));
}

TEST_F(HttpFrontTest, ASilentClientIsClosedAndDelaysNobody) {
    startEngine();
    const UniqueFd silent = connected();
    EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
    timeval limit{15, 0};
    setsockopt(silent.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char byte = 0;
    EXPECT_LE(recv(silent.get(), &byte, 1, 0), 0);
    EXPECT_NE(errno, EAGAIN) << "closed by the front, not by our patience";
}

// How often the other threads of this process were woken so far.
std::uint64_t wakeUps() {
    std::uint64_t sum = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        if (task.path().filename() == std::to_string(gettid())) continue;
        std::ifstream status(task.path() / "status");
        for (std::string word; status >> word;)
            if (std::uint64_t count = 0; word == "voluntary_ctxt_switches:" && status >> count) sum += count;
    }
    return sum;
}

TEST_F(HttpFrontTest, AnIdleFrontSleeps) {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "the thread sanitizer has a thread of its own that wakes up";
#endif
    EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200"));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const std::uint64_t before = wakeUps();
    ASSERT_GT(before, 0U);
    std::this_thread::sleep_for(std::chrono::seconds(2));
    EXPECT_EQ(wakeUps(), before);
    EXPECT_THAT(get("/healthz"), StartsWith("HTTP/1.1 200")) << "and is there when it is asked";
    const auto begun = std::chrono::steady_clock::now();
    front_.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2))
        << "and ends when it is told to";
}

TEST_F(HttpFrontTest, APortThatIsTakenIsExplained) {
    const auto second = HttpFront::start({socket_, "127.0.0.1", front_->port()});
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().text(),
                AllOf(HasSubstr(std::to_string(front_->port())), HasSubstr("front_port")));
}

}  // namespace
}  // namespace greffe
