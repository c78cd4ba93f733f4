// SPDX-License-Identifier: Apache-2.0
// Events to another system through the real daemon: what its receiver gets, how it can check it, and what
// happens when it is busy or its answer is lost.
#include "base/json.h"
#include "end_to_end/journal_view.h"
#include "end_to_end/operator_at_work.h"
#include "support/daemon_under_test.h"
#include "support/test_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <openssl/hmac.h>

#include <ctime>
#include <fstream>
#include <mutex>

namespace greffe {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr auto kLong = std::chrono::seconds(60);
constexpr const char* kSecret = "whsec-of-the-office";
constexpr const char* kTaken = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok";

// Answers in their order, the last one for ever. An empty answer ends the connection.
class Receiver {
public:
    explicit Receiver(std::vector<std::string> answers)
        : answers_(std::move(answers)), server_([this](TestConnection& client) { talk(client); }) {}

    int port() const { return server_.port(); }
    std::vector<std::string> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    // Seconds between the first two requests.
    double pause() const {
        const std::lock_guard lock(mutex_);
        return requests_.size() < 2 ? 0 : std::chrono::duration<double>(times_[1] - times_[0]).count();
    }

private:
    void talk(TestConnection& client) {
        const std::string request = client.readHttpRequest();
        std::string answer;
        {
            const std::lock_guard lock(mutex_);
            answer = answers_[std::min(requests_.size(), answers_.size() - 1)];
            requests_.push_back(request);
            times_.push_back(std::chrono::steady_clock::now());
        }
        client.write(answer);
    }

    const std::vector<std::string> answers_;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::vector<std::chrono::steady_clock::time_point> times_;
    TestServer server_;  // last: its threads use the rest
};

std::string house(int port) {
    return fmt::format(R"(
  notifiers = {{ notifier {{ name = "erp", plugin = "notify-webhook", url = "http://127.0.0.1:{}/hooks/greffe",
                            secret = secret_file("@ROOT@/secret"), timeout_seconds = 5,
                            allow_http = true, allow_private_address = true }} }},)",
                       port);
}

std::string steps(const std::string& options = {}) {
    return R"(seal { id = "seal", key = "office" },
              notify { id = "tell", via = "erp", to = { "operators" }, template = "sealed",
                       retry = { attempts = 30, first_delay_seconds = 1, max_delay_seconds = 1 }, )" +
           options + "}";
}

std::string headerOf(const std::string& request, const std::string& name) {
    const std::size_t at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t start = at + name.size() + 4;
    return request.substr(start, request.find("\r\n", start) - start);
}

std::string bodyOf(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

// As plugins/notify-webhook/README.md tells a receiver to do it.
bool isSignatureGood(const std::string& request) {
    const std::string header = headerOf(request, "Greffe-Signature");
    const std::size_t comma = header.find(",v1=");
    if (header.rfind("t=", 0) != 0 || comma == std::string::npos) return false;
    const std::string time = header.substr(2, comma - 2);
    const std::string signedText = time + "." + bodyOf(request);
    unsigned char mac[32];
    unsigned size = sizeof mac;
    HMAC(EVP_sha256(), kSecret, static_cast<int>(std::string(kSecret).size()),
         reinterpret_cast<const unsigned char*>(signedText.data()), signedText.size(), mac, &size);
    const std::string expected = toHex({reinterpret_cast<const char*>(mac), sizeof mac});
    return header.substr(comma + 4) == expected && std::abs(std::stoll(time) - std::time(nullptr)) < 300;
}

void runOnce(DaemonUnderTest& daemon) {
    std::ofstream(daemon.root() + "/secret") << kSecret << "\n";
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1, kLong)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    ASSERT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "") << daemon.log();
}

TEST(Webhook, CarriesASignatureThatItsReceiverCanCheck) {
    Receiver receiver({kTaken});
    DaemonUnderTest daemon(steps(), "stable_seconds = 0", house(receiver.port()));
    runOnce(daemon);
    ASSERT_THAT(receiver.requests(), SizeIs(1));
    const std::string request = receiver.requests()[0];
    EXPECT_THAT(request, HasSubstr("POST /hooks/greffe HTTP/1.1\r\n"));
    EXPECT_TRUE(isSignatureGood(request)) << request;
    std::string changed = request;
    changed[changed.size() - 3] ^= 1;
    EXPECT_FALSE(isSignatureGood(changed)) << "the check itself is worth nothing";
    const JournalView journal(daemon.root());
    const Json event = Json::parse(bodyOf(request));
    EXPECT_EQ(textOf(event, "event"), "sealed");
    EXPECT_EQ(textOf(event, "dossier"), journal.dossiers().at(0).id);
    EXPECT_EQ(textOf(event, "id"), headerOf(request, "Idempotency-Key"));
    const std::vector<MessageRow> rows = journal.messages();
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows[0].state, "sent");
    EXPECT_EQ(Json::parse(rows[0].answersJson).at(0).at("code"), 202);
    EXPECT_EQ((daemon.log() + rows[0].answersJson + request).find(kSecret), std::string::npos);
}

TEST(Webhook, WaitsAsLongAsTheReceiverAsks) {
    Receiver receiver({"HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n", kTaken});
    DaemonUnderTest daemon(steps(), "stable_seconds = 0", house(receiver.port()));
    runOnce(daemon);
    ASSERT_THAT(receiver.requests(), SizeIs(2));
    EXPECT_GE(receiver.pause(), 2.9) << "one second was configured, three were asked for";
    EXPECT_EQ(JournalView(daemon.root()).messages().at(0).state, "sent");
}

// An answer cut in its headers or its body says nothing: the event goes out again under its key, and the
// journal says that it may have arrived twice.
TEST(Webhook, ACutAnswerIsNoAnswer) {
    const std::string whole = kTaken;
    for (const std::size_t cut :
         {std::size_t{0}, std::size_t{12}, whole.find("Content-Length") + 8, whole.size() - 1}) {
        Receiver receiver({whole.substr(0, cut), kTaken});
        DaemonUnderTest daemon(steps(), "stable_seconds = 0", house(receiver.port()));
        runOnce(daemon);
        const std::vector<std::string> requests = receiver.requests();
        ASSERT_THAT(requests, SizeIs(2)) << "cut after " << cut;
        EXPECT_NE(headerOf(requests[0], "Idempotency-Key"), "");
        EXPECT_EQ(headerOf(requests[0], "Idempotency-Key"), headerOf(requests[1], "Idempotency-Key"));
        EXPECT_EQ(bodyOf(requests[0]), bodyOf(requests[1]));
        EXPECT_EQ(JournalView(daemon.root()).messages().at(0).state, "possible_duplicate")
            << "cut after " << cut;
    }
}

TEST(Webhook, IsHeldWhenTheReceiverRefuses) {
    Receiver receiver({"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"});
    DaemonUnderTest daemon(steps(), "stable_seconds = 0", house(receiver.port()));
    std::ofstream(daemon.root() + "/secret") << kSecret;
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    EXPECT_TRUE(waitForState(daemon, DossierState::Held)) << daemon.log();
    EXPECT_THAT(receiver.requests(), SizeIs(1)) << "a refusal for good is not tried again";
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(JournalView(daemon.root()).messages().at(0).state, "refused");
}

// The receiver was misspelt; corrected and reloaded, what was admitted before reaches it too.
TEST(Webhook, ACorrectedAddressServesTheDossiersAdmittedBefore) {
    Receiver receiver({kTaken});
    Receiver wrong({"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"});
    DaemonUnderTest daemon(steps(), "stable_seconds = 0", house(wrong.port()));
    std::ofstream(daemon.root() + "/secret") << kSecret << "\n";
    Operator anne(daemon);
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    const std::string id = anne.waitFor("held");
    replaceIn(daemon.root() + "/config/greffe.lua", fmt::format(":{}/", wrong.port()),
              fmt::format(":{}/", receiver.port()));
    ASSERT_EQ(anne.run({"reload"}), 0) << anne.said;
    ASSERT_EQ(anne.run({"dossier", "retry", id, "--reason", "address corrected"}), 0) << anne.said;
    ASSERT_TRUE(daemon.waitUntilSettled(1, kLong)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_THAT(receiver.requests(), SizeIs(1));
}

}  // namespace
}  // namespace greffe
