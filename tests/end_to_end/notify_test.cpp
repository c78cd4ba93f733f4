// SPDX-License-Identifier: Apache-2.0
// Mails through the real daemon and the simulated mail server: what arrives, what the journal says of it, and
// that both agree whatever breaks in between.
#include "base/json.h"
#include "base/sha256.h"
#include "end_to_end/journal_view.h"
#include "end_to_end/read_mail.h"
#include "support/daemon_under_test.h"
#include "support/running_simulators.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <thread>

namespace greffe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kLong = std::chrono::seconds(60);

// A retry comes after a second, not after a minute.
constexpr const char* kSteps = R"(
    validate { id = "check" },
    seal { id = "seal", key = "office" },
    archive { id = "keep", archive = "vault" },
    notify { id = "tell", via = "mail", attach = { "document" },
             retry = { attempts = 30, first_delay_seconds = 1, max_delay_seconds = 1 }, @OPTIONS@ })";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string stepsWith(const std::string& options) {
    return replaced(kSteps, "@OPTIONS@", options);
}

std::string houseWith(int port, const std::string& options = R"(tls = "none")") {
    return fmt::format(R"(
  notifiers = {{ notifier {{ name = "mail", plugin = "notify-smtp", host = "localhost", port = {},
                            from = "greffe@office.test", from_name = "Étude Dupont", timeout_seconds = 5, {} }} }},
  archives = {{ archive {{ name = "vault", path = "@ROOT@/kept" }} }},)",
                       port, options);
}

std::string bytesOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Json> mailsAt(const RunningSimulators& world) {
    return world.received("smtp").at("messages").get<std::vector<Json>>();
}

std::string mailBytes(const RunningSimulators& world, const Json& mail) {
    return world.receivedBytes("smtp", textOf(mail, "id"));
}

std::vector<std::string> phasesOf(const MessageRow& row) {
    std::vector<std::string> phases;
    for (const Json& answer : Json::parse(row.answersJson))
        phases.push_back(textOf(answer, "phase"));
    return phases;
}

constexpr const char* kToAnne = R"(to = { "anne@client.test" }, template = "sealed")";

TEST(Notify, ArrivesOnceWithTheSealedDocument) {
    RunningSimulators world(R"({"smtp": {}})");
    DaemonUnderTest daemon(stepsWith(std::string(kToAnne) + R"(, language = "fr")"), "stable_seconds = 0",
                           houseWith(world.portOf("smtp")));
    const std::string name = "Bail signé – été.pdf";
    daemon.drop(name, tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise({name}, {}), "") << daemon.log();

    const std::vector<Json> mails = mailsAt(world);
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_EQ(mails[0].at("to"), Json::array({"anne@client.test"}));
    const ReadMail mail = readMail(mailBytes(world, mails[0]));
    EXPECT_EQ(mail.problem, "");
    EXPECT_EQ(mail.subject, "Document scellé : " + name);
    EXPECT_EQ(mail.from, "Étude Dupont <greffe@office.test>");
    EXPECT_EQ(mail.to, "anne@client.test");
    EXPECT_THAT(mail.text, HasSubstr("« " + name + " » a été scellé"));
    ASSERT_THAT(mail.attachments, SizeIs(1));
    EXPECT_EQ(mail.attachments[0].name, name);
    EXPECT_EQ(mail.attachments[0].mediaType, "application/pdf");
    EXPECT_EQ(mail.attachments[0].sha256, toHex(sha256(bytesOf(daemon.inFolder() + "/out/" + name))));

    // The journal tells the same story, with the server's own words.
    const JournalView journal(daemon.root());
    const std::vector<MessageRow> rows = journal.messages();
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows[0].state, "sent");
    EXPECT_EQ(rows[0].id, mail.messageId);
    EXPECT_EQ(rows[0].recipient, "anne@client.test");
    EXPECT_THAT(phasesOf(rows[0]), ElementsAre("greeting", "ehlo", "mail", "rcpt", "data", "end", "quit"));
    const Json receipt = Json::parse(bytesOf(daemon.inFolder() + "/done/" + name + ".receipt.json"));
    ASSERT_THAT(memberOf(receipt, "messages"), SizeIs(1));
    EXPECT_EQ(receipt["messages"][0].at("recipient"), "anne@client.test");
    EXPECT_EQ(receipt["messages"][0].at("state"), "sent");
}

TEST(Notify, SpeaksTheRecipientsLanguage) {
    RunningSimulators world(R"({"smtp": {}})");
    DaemonUnderTest daemon(stepsWith(std::string(kToAnne) + R"(, language = "en")"), "stable_seconds = 0",
                           houseWith(world.portOf("smtp")));
    daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    ASSERT_THAT(mailsAt(world), SizeIs(1));
    const ReadMail mail = readMail(mailBytes(world, mailsAt(world).front()));
    EXPECT_EQ(mail.subject, "Document sealed: lease.pdf");
    EXPECT_THAT(mail.text, HasSubstr("\"lease.pdf\" has been sealed"));
}

TEST(Notify, WaitsForAServerThatIsDown) {
    int port = 0;
    {
        const RunningSimulators once(R"({"smtp": {}})");
        port = once.portOf("smtp");
    }
    DaemonUnderTest daemon(stepsWith(kToAnne), "stable_seconds = 0", houseWith(port));
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (daemon.log().find("reason=provider_unavailable") == std::string::npos &&
           std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ASSERT_THAT(daemon.log(), HasSubstr("reason=provider_unavailable"));
    EXPECT_THAT(daemon.names("out"), IsEmpty()) << "the dossier is under way";

    RunningSimulators world(fmt::format(R"({{"smtp": {{"port": {}}}}})", port));
    ASSERT_TRUE(daemon.waitUntilSettled(1, kLong)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
    EXPECT_THAT(mailsAt(world), SizeIs(1));
    const std::vector<MessageRow> rows = JournalView(daemon.root()).messages();
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows[0].state, "sent") << "what was surely not sent is no possible duplicate";
    EXPECT_EQ(phasesOf(rows[0]).front(), "later");
}

TEST(Notify, TriesAgainAfterNotNow) {
    RunningSimulators world(R"({"smtp": {}})");
    for (const char* place : {"connect", "ehlo", "mail", "rcpt", "data", "message"}) {
        world.reset("smtp");
        world.setFaults(
            "smtp",
            fmt::format(R"([{{"at": "{}", "fault": "reply", "code": 451, "text": "not now"}}])", place));
        DaemonUnderTest daemon(stepsWith(kToAnne), "stable_seconds = 0", houseWith(world.portOf("smtp")));
        daemon.drop("a.pdf", tinyPdf());
        ASSERT_TRUE(daemon.start());
        ASSERT_TRUE(daemon.waitUntilSettled(1, kLong)) << place << daemon.log();
        ASSERT_EQ(daemon.stop(), 0);
        EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "") << place;
        EXPECT_THAT(mailsAt(world), SizeIs(1)) << place;
        const std::vector<MessageRow> rows = JournalView(daemon.root()).messages();
        ASSERT_THAT(rows, SizeIs(1));
        EXPECT_EQ(rows[0].state, "sent") << place;
    }
}

TEST(Notify, ARefusedRecipientDoesNotKeepTheOtherFromHisMail) {
    RunningSimulators world(R"({"smtp": {}})");
    world.setFaults("smtp",
                    R"([{"at": "rcpt", "fault": "reply", "code": 550, "text": "5.1.1 no such person"}])");
    DaemonUnderTest daemon(
        stepsWith(R"(to = { "gone@client.test", "anne@client.test" }, template = "sealed")"),
        "stable_seconds = 0", houseWith(world.portOf("smtp")));
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1, kLong)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
    const std::vector<Json> mails = mailsAt(world);
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_EQ(mails[0].at("to"), Json::array({"anne@client.test"}));
    std::map<std::string, MessageRow> rows;
    for (const MessageRow& row : JournalView(daemon.root()).messages())
        rows[row.recipient] = row;
    EXPECT_EQ(rows["anne@client.test"].state, "sent");
    EXPECT_EQ(rows["gone@client.test"].state, "refused");
    EXPECT_THAT(rows["gone@client.test"].answersJson, HasSubstr("no such person"));
}

// The one moment of which nobody can know. By default the mail goes out again, under the same Message-ID, and
// the journal says so.
TEST(Notify, SendsAgainUnderTheSameMessageIdWhenNobodyKnows) {
    RunningSimulators world(R"({"smtp": {}})");
    for (const bool wasStored : {true, false}) {
        world.reset("smtp");
        world.setFaults("smtp",
                        fmt::format(R"([{{"at": "message", "fault": "drop", "stored": {}}}])", wasStored));
        DaemonUnderTest daemon(stepsWith(kToAnne), "stable_seconds = 0", houseWith(world.portOf("smtp")));
        daemon.drop("a.pdf", tinyPdf());
        ASSERT_TRUE(daemon.start());
        ASSERT_TRUE(daemon.waitUntilSettled(1, kLong)) << daemon.log();
        ASSERT_EQ(daemon.stop(), 0);
        EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
        std::set<std::string> ids, bodies;
        for (const Json& mail : mailsAt(world)) {
            const std::string bytes = mailBytes(world, mail);
            ids.insert(readMail(bytes).messageId);
            bodies.insert(bytes);
        }
        EXPECT_THAT(mailsAt(world), SizeIs(wasStored ? 2 : 1));
        EXPECT_THAT(ids, SizeIs(1));
        EXPECT_THAT(bodies, SizeIs(1)) << "what is sent again is the same mail, byte for byte";
        const std::vector<MessageRow> rows = JournalView(daemon.root()).messages();
        ASSERT_THAT(rows, SizeIs(1));
        EXPECT_EQ(rows[0].state, "possible_duplicate");
        EXPECT_EQ(rows[0].id, *ids.begin());
    }
}

TEST(Notify, AsksAPersonWhenToldTo) {
    RunningSimulators world(R"({"smtp": {}})");
    world.setFaults("smtp", R"([{"at": "message", "fault": "drop", "stored": true}])");
    DaemonUnderTest daemon(stepsWith(std::string(kToAnne) + R"(, on_unknown = "uncertain")"),
                           "stable_seconds = 0", houseWith(world.portOf("smtp")));
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(waitForState(daemon, DossierState::Uncertain)) << daemon.log();
    // Neither time nor a restart sends it again.
    ASSERT_EQ(daemon.stop(), 0);
    ASSERT_TRUE(daemon.start());
    std::this_thread::sleep_for(std::chrono::seconds(2));
    EXPECT_EQ(JournalView(daemon.root()).dossiers().at(0).state, DossierState::Uncertain);
    EXPECT_THAT(mailsAt(world), SizeIs(1));
    EXPECT_EQ(JournalView(daemon.root()).messages().at(0).state, "uncertain");
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Notify, ProtectsAndAuthenticatesItself) {
    RunningSimulators world(
        R"({"smtp": {"require_tls": true, "username": "office", "password": "open sesame"}})");
    const std::string options = fmt::format(
        R"(tls = "starttls", ca_file = "{}", username = "office", password = secret_file("@ROOT@/password"))",
        world.textOf("smtp", "root_file"));
    DaemonUnderTest daemon(stepsWith(kToAnne), "stable_seconds = 0",
                           houseWith(world.portOf("smtp"), options));
    std::ofstream(daemon.root() + "/password") << "open sesame\n";
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1, kLong)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    const std::vector<Json> mails = mailsAt(world);
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_EQ(textOf(mails[0], "user"), "office");
    EXPECT_TRUE(boolOf(mails[0], "tls")) << dumpJson(mails[0]);
    EXPECT_THAT(daemon.log(), ::testing::Not(HasSubstr("sesame")));
    EXPECT_THAT(JournalView(daemon.root()).messages().at(0).answersJson, ::testing::Not(HasSubstr("sesame")));
}

// Whatever is killed, whenever: the mail is not lost, and when it may have left twice, the journal knows.
class KilledNotify : public ::testing::Test {
protected:
    static void expectTruth(DaemonUnderTest& daemon, RunningSimulators& world, const std::string& what) {
        ASSERT_TRUE(daemon.start()) << what;
        ASSERT_TRUE(daemon.waitUntilSettled(1, kLong)) << what << daemon.log();
        ASSERT_EQ(daemon.stop(), 0) << what << daemon.log();
        ASSERT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "") << what << daemon.log();
        std::map<std::string, int> copies;
        for (const Json& mail : mailsAt(world))
            ++copies[textOf(mail, "message_id")];
        const std::vector<MessageRow> rows = JournalView(daemon.root()).messages();
        ASSERT_THAT(rows, SizeIs(2)) << what;
        EXPECT_THAT(copies, SizeIs(2)) << what << ": a mail was lost, or left under two names";
        for (const MessageRow& row : rows) {
            EXPECT_GE(copies[row.id], 1) << what;
            EXPECT_THAT(row.state, ::testing::AnyOf("sent", "possible_duplicate")) << what;
            if (row.state == "sent") {
                EXPECT_EQ(copies[row.id], 1) << what << ": doubled, and nobody was told";
            }
        }
    }

    static std::string steps() {
        return stepsWith(R"(to = { "anne@client.test", "bob@client.test" }, template = "sealed")");
    }
};

TEST_F(KilledNotify, AtEveryCommit) {
    RunningSimulators world(R"({"smtp": {}})");
    int kills = 0;
    for (const char* point : {"journal.commit.before", "journal.commit.after"}) {
        for (int n = 1;; ++n) {
            world.reset("smtp");
            DaemonUnderTest daemon(steps(), "stable_seconds = 0", houseWith(world.portOf("smtp")));
            daemon.drop("a.pdf", tinyPdf());
            DaemonUnderTest::How how;
            how.environment["GREFFE_FAILPOINTS_SET"] = fmt::format("{}=abort@{}", point, n);
            ASSERT_TRUE(daemon.start(how));
            const bool isSettled = daemon.waitUntilSettled(1, kLong);
            if (daemon.isRunning()) {
                ASSERT_TRUE(isSettled) << daemon.log();
                break;  // every commit of this life was killed once
            }
            ++kills;
            expectTruth(daemon, world, fmt::format("{} number {}\n", point, n));
            if (HasFatalFailure()) return;
        }
    }
    // Plan, admission, the intents of three steps, a commit before each message, the end, the delivery:
    // before and after.
    EXPECT_GE(kills, 14) << "the daemon was built without failpoints";
}

TEST_F(KilledNotify, WhileTheServerThinks) {
    RunningSimulators world(R"({"smtp": {}})");
    for (const bool isWorker : {false, true}) {
        for (const char* place : {"mail", "data", "message"}) {
            world.reset("smtp");
            world.setFaults("smtp", fmt::format(R"([{{"at": "{}", "fault": "delay", "ms": 1000}}])", place));
            DaemonUnderTest daemon(steps(), "stable_seconds = 0", houseWith(world.portOf("smtp")));
            daemon.drop("a.pdf", tinyPdf());
            ASSERT_TRUE(daemon.start());
            const auto until = std::chrono::steady_clock::now() + kLong;
            while (!world.faults("smtp").empty() && std::chrono::steady_clock::now() < until)
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            ASSERT_THAT(world.faults("smtp"), IsEmpty()) << daemon.log();
            const std::string what = fmt::format("{} killed at {}\n", isWorker ? "worker" : "daemon", place);
            if (isWorker) {
                daemon.killProviderHard();
                ASSERT_TRUE(daemon.waitUntilSettled(1, kLong)) << what << daemon.log();
                ASSERT_EQ(daemon.stop(), 0) << what;
                EXPECT_THAT(daemon.log(), HasSubstr("worker ended")) << what;
            } else {
                daemon.killAllHard();
                daemon.waitForEnd(std::chrono::seconds(10));
            }
            // The server goes on thinking, and may keep a mail whose sender is gone.
            std::this_thread::sleep_for(std::chrono::milliseconds(1500));
            expectTruth(daemon, world, what);
            if (HasFatalFailure()) return;
        }
    }
}

}  // namespace
}  // namespace greffe
