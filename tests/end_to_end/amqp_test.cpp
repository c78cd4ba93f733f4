// SPDX-License-Identifier: Apache-2.0
// Documents from a queue, with a real RabbitMQ that dies and comes back: none is lost, none is taken twice.
#include "store/store.h"
#include "support/daemon_under_test.h"
#include "support/rabbit_server.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

namespace greffe {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr const char* kQueue = "leases";
constexpr const char* kDead = "leases.dead-letter";

class Queue : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(server_.start(), "");
        ASSERT_TRUE(client_.declare(kQueue));
        std::filesystem::create_directories(references());
        std::ofstream(daemon_.root() + "/password") << "guest\n";
        configure("");
    }
    // options: more of the queue's intake.
    void configure(const std::string& options) {
        std::ofstream(daemon_.root() + "/config/greffe.lua", std::ios::binary)
            << fmt::format(R"(return {{
  settings = settings {{ spool = "{0}/spool", control_socket = "{0}/control.sock", front_port = 0,
                         min_free_mebibytes = 1 }},
  keys = {{ key {{ name = "office", private_key = secret_file("{0}/key.pem"), certificate = secret_file("{0}/cert.pem") }} }},
  providers = {{ provider {{ name = "rabbit", plugin = "intake-amqp", host = "127.0.0.1", port = {1}, tls = false,
                            queue = "{2}", password = secret_file("{0}/password"), timeout_seconds = 2 }} }},
  intakes = {{ queue {{ name = "leases", provider = "rabbit", pipeline = "main", reference_root = "{0}/references", {3} }} }},
  pipelines = include "pipelines/*.lua",
}}
)",
                           daemon_.root(), server_.port(), kQueue, options);
    }
    std::string configuration() const {
        return readFile(daemon_.root() + "/config/greffe.lua", 1U << 20U).value();
    }
    void write(const std::string& configuration) const {
        std::ofstream(daemon_.root() + "/config/greffe.lua", std::ios::binary) << configuration;
    }
    std::string references() const { return daemon_.root() + "/references"; }

    bool publish(const std::string& body, const std::string& messageId = {},
                 const std::string& contentType = {}) {
        return client_.publish(kQueue, {body, messageId, contentType, {}});
    }
    // Dossiers by state; the daemon may be running. The journal is not touched before the daemon has made it.
    std::map<DossierState, std::int64_t> counts() {
        if (daemon_.log().find("daemon started") == std::string::npos) return {};
        auto store = openSqliteStore(daemon_.root() + "/spool/journal");
        if (!store) return {};
        auto reader = (*store)->openReader();
        auto found = (*reader)->countByState();
        return found ? *found : std::map<DossierState, std::int64_t>();
    }
    bool waitForCount(std::int64_t wanted, seconds limit = seconds(60)) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < until) {
            std::int64_t ended = 0;
            for (const auto& [state, count] : counts())
                if (isFinal(state)) ended += count;
            if (ended >= wanted) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return false;
    }
    bool waitForDepth(const std::string& queue, int wanted, seconds limit = seconds(30)) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < until) {
            if (client_.depth(queue) == wanted) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return false;
    }
    bool waitForConsumers(const std::string& queue, int wanted, seconds limit = seconds(30)) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < until) {
            if (client_.consumers(queue) == wanted) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return false;
    }
    std::vector<DossierRow> dossiers() {
        auto store = openSqliteStore(daemon_.root() + "/spool/journal");
        DossierFilter all;
        all.limit = 10'000;
        return (*(*store)->openReader())->dossiers(all).value();
    }

    RabbitServer server_;
    RabbitClient client_{server_.port()};
    DaemonUnderTest daemon_;
};

TEST_F(Queue, DocumentsAreTakenAndAcknowledged) {
    ASSERT_TRUE(publish(tinyPdf("one"), "id-1", "application/pdf"));
    ASSERT_TRUE(publish(tinyPdf("two")));
    ASSERT_TRUE(client_.publish(kQueue, {tinyPdf("three"), "id-3", "", {{"filename", "../../bail.pdf"}}}));
    ASSERT_TRUE(daemon_.start());
    ASSERT_TRUE(waitForCount(3)) << daemon_.log();
    EXPECT_EQ(daemon_.stop(), 0) << daemon_.log();
    std::set<std::string> names;
    for (const DossierRow& dossier : dossiers()) {
        EXPECT_EQ(dossier.state, DossierState::Done) << dossier.explanation;
        names.insert(dossier.source.name);
    }
    EXPECT_EQ(names, (std::set<std::string>{"message", "bail.pdf"}));
    EXPECT_TRUE(waitForDepth(kQueue, 0)) << "all acknowledged";
    EXPECT_EQ(client_.depth(kDead), -1) << "nothing was dead, so there is not even a queue";
}

TEST_F(Queue, AReferenceNamesAFileBelowTheAllowedRoot) {
    constexpr const char* kType = "application/vnd.greffe.reference+json";
    std::filesystem::create_directories(references() + "/2026");
    std::ofstream(references() + "/2026/lease.pdf", std::ios::binary) << tinyPdf("reference");
    std::filesystem::create_symlink("/etc/hostname", references() + "/link.pdf");
    const std::string hash = toHex(sha256(tinyPdf("reference")));
    ASSERT_TRUE(publish(fmt::format(R"({{"path":"2026/lease.pdf","sha256":"{}"}})", hash), "good", kType));
    const std::vector<std::string> bad = {
        R"({"path":"../key.pem"})", R"({"path":"/etc/hostname"})",
        R"({"path":"link.pdf"})",   R"({"path":"nowhere.pdf"})",
        R"({"path":"2026"})",       R"({"path":"2026/lease.pdf","sha256":"00"})",
        R"({"pfad":"x"})",          "not json"};
    for (const std::string& body : bad)
        ASSERT_TRUE(publish(body, {}, kType));
    ASSERT_TRUE(daemon_.start());
    ASSERT_TRUE(waitForDepth(kDead, static_cast<int>(bad.size()))) << client_.depth(kDead) << daemon_.log();
    ASSERT_TRUE(waitForDepth(kQueue, 0));
    ASSERT_TRUE(waitForCount(1));
    EXPECT_EQ(daemon_.stop(), 0);
    int done = 0;
    for (const DossierRow& dossier : dossiers())
        if (dossier.state == DossierState::Done) {
            ++done;
            EXPECT_EQ(dossier.source.name, "lease.pdf");
        }
    EXPECT_EQ(done, 1);
    for (std::size_t i = 0; i < bad.size(); ++i) {
        const auto dead = client_.take(kDead);
        ASSERT_TRUE(dead);
        EXPECT_FALSE(dead->headers.at("x-greffe-explanation").empty()) << dead->body;
    }
}

TEST_F(Queue, PoisonGoesToTheDeadLettersWithTheReasonAndBlocksNothing) {
    configure(R"(accepts = { "application/pdf" }, max_mebibytes = 1)");
    ASSERT_TRUE(publish("not a pdf", "poison-1"));
    ASSERT_TRUE(publish("", "poison-2"));
    ASSERT_TRUE(publish("%PDF-1.7\n" + std::string(2U << 20U, 'x'), "poison-3"));
    ASSERT_TRUE(publish(tinyPdf("good"), "good"));
    ASSERT_TRUE(publish(tinyPdf("good"), "good"));   // a producer that was not sure
    ASSERT_TRUE(publish(tinyPdf("other"), "good"));  // the same id for something else
    ASSERT_TRUE(daemon_.start());
    ASSERT_TRUE(waitForDepth(kDead, 4)) << client_.depth(kDead) << "\n" << daemon_.log();
    ASSERT_TRUE(waitForDepth(kQueue, 0));
    ASSERT_TRUE(waitForCount(4)) << daemon_.log();
    EXPECT_EQ(daemon_.stop(), 0);
    std::map<std::string, std::string> reasons;
    for (int i = 0; i < 4; ++i) {
        const auto dead = client_.take(kDead);
        ASSERT_TRUE(dead);
        reasons[dead->messageId] = dead->headers.at("x-greffe-reason");
        EXPECT_EQ(dead->headers.at("x-greffe-queue"), kQueue);
        EXPECT_FALSE(dead->headers.at("x-greffe-explanation").empty());
    }
    EXPECT_EQ(reasons["poison-1"], "not_accepted");
    EXPECT_EQ(reasons["poison-2"], "empty_file");
    EXPECT_EQ(reasons["poison-3"], "too_large");
    EXPECT_EQ(reasons["good"], "duplicate");
    EXPECT_EQ(counts()[DossierState::Done], 1);
    EXPECT_EQ(dossiers().size(), 4U) << "the good one, and a record of each refusal";
}

TEST_F(Queue, ABrokerThatIsNotThereIsWaitedFor) {
    server_.killHard();
    ASSERT_TRUE(daemon_.start());
    std::this_thread::sleep_for(seconds(3));
    EXPECT_THAT(daemon_.log(), HasSubstr("cannot connect to 127.0.0.1 port"));
    EXPECT_TRUE(daemon_.isRunning());
    ASSERT_EQ(server_.start(), "");
    client_.close();
    ASSERT_TRUE(publish(tinyPdf("late"), "late"));
    ASSERT_TRUE(waitForCount(1, seconds(90))) << daemon_.log();
    EXPECT_EQ(daemon_.stop(), 0);
    EXPECT_EQ(counts()[DossierState::Done], 1);
}

// The promise: whatever dies, and whenever, each published document becomes exactly one dossier.
// A queue that a reload takes away: its consumer goes, and what it had not settled is the next one's.
TEST_F(Queue, AQueueThatIsRemovedIsLeftAloneAndOneThatComesBackIsTakenUp) {
    ASSERT_TRUE(publish(tinyPdf("before"), "before"));
    ASSERT_TRUE(daemon_.start());
    ASSERT_TRUE(waitForCount(1)) << daemon_.log();
    const std::string with = configuration();
    std::string without = with;
    const std::size_t queue = without.find("queue { name");
    ASSERT_NE(queue, std::string::npos);
    without.erase(queue, without.find("} }", queue) + 1 - queue);
    write(without);
    std::string said;
    ASSERT_EQ(daemon_.command({"reload"}, &said), 0) << said << daemon_.log();
    // Nobody consumes any more, so what comes stays ready: a consumer that was forgotten would take it.
    ASSERT_TRUE(waitForConsumers(kQueue, 0)) << daemon_.log();
    ASSERT_TRUE(publish(tinyPdf("while it was away"), "away"));
    std::this_thread::sleep_for(seconds(2));
    EXPECT_EQ(client_.depth(kQueue), 1) << daemon_.log();
    EXPECT_EQ(dossiers().size(), 1U);
    write(with);
    ASSERT_EQ(daemon_.command({"reload"}, &said), 0) << said << daemon_.log();
    ASSERT_TRUE(waitForCount(2)) << daemon_.log();
    ASSERT_TRUE(waitForDepth(kQueue, 0));
    EXPECT_EQ(daemon_.stop(), 0) << daemon_.log();
    EXPECT_EQ(dossiers().size(), 2U) << "each once";
}

TEST_F(Queue, NothingIsLostOrDoubledWhenBrokerAndDaemonAreKilledUnderLoad) {
    constexpr int kDocuments = 150;
    std::atomic<bool> isOver{false};
    std::thread producer([&] {
        RabbitClient client(server_.port());
        for (int i = 0; i < kDocuments && !isOver;) {
            // What was not confirmed is sent again under its id, as a careful producer does. Every third has
            // no id.
            const std::string id = i % 3 == 0 ? std::string() : fmt::format("doc-{}", i);
            if (client.publish(kQueue, {tinyPdf(fmt::format("document {}", i)), id, "application/pdf", {}})) {
                ++i;
                std::this_thread::sleep_for(std::chrono::milliseconds(40));
            } else {
                std::this_thread::sleep_for(std::chrono::milliseconds(200));
            }
        }
    });
    ASSERT_TRUE(daemon_.start());
    std::mt19937 random(std::random_device{}());
    const auto aMoment = [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300 + random() % 1'500));
    };
    for (int round = 0; round < 3; ++round) {
        aMoment();
        server_.killHard();
        aMoment();
        daemon_.killHard();
        daemon_.waitForEnd(seconds(10));
        const std::string started = server_.start();
        EXPECT_EQ(started, "");
        EXPECT_TRUE(daemon_.start());
        aMoment();
        daemon_.killWorkerHard();
    }
    const bool isComplete = waitForCount(kDocuments, seconds(120));
    isOver = true;
    producer.join();
    client_.close();
    EXPECT_TRUE(isComplete) << daemon_.log();
    EXPECT_TRUE(waitForDepth(kQueue, 0));
    EXPECT_EQ(daemon_.stop(), 0);
    EXPECT_TRUE(waitForDepth(kQueue, 0))
        << "acknowledged, not only fetched: it would be back when the consumer goes";
    std::map<std::string, int> times;
    auto store = openSqliteStore(daemon_.root() + "/spool/journal");
    auto reader = (*store)->openReader();
    for (const DossierRow& dossier : dossiers()) {
        EXPECT_EQ(dossier.state, DossierState::Done) << dossier.explanation;
        const auto documents = (*reader)->documents(dossier.id);
        for (const DocumentRow& document : *documents)
            if (document.producedBy.empty()) ++times[toHex(document.blob)];
    }
    int lost = 0;
    int doubled = 0;
    for (int i = 0; i < kDocuments; ++i) {
        const int found = times[toHex(sha256(tinyPdf(fmt::format("document {}", i))))];
        lost += found == 0 ? 1 : 0;
        doubled += found > 1 ? 1 : 0;
    }
    EXPECT_EQ(lost, 0);
    EXPECT_EQ(doubled, 0);
    EXPECT_EQ(dossiers().size(), static_cast<std::size_t>(kDocuments));
    EXPECT_EQ(client_.depth(kDead), -1);
}

}  // namespace
}  // namespace greffe
