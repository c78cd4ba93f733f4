// SPDX-License-Identifier: Apache-2.0
// What an operator does, with the real command line against the real daemon.
#include "base/json.h"
#include "control/control_client.h"
#include "spool/blob_spool.h"
#include "store/store.h"
#include "support/daemon_under_test.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSeal = R"(seal { id = "seal", key = "office" })";
constexpr const char* kAskThenSeal =
    R"(task { id = "verify", ask = "clerk", answers = { "validate", "refuse" } }, seal { id = "seal", key = "office" })";

class Operator {
public:
    explicit Operator(DaemonUnderTest& daemon) : daemon_(daemon) {}

    int run(std::vector<std::string> words) { return daemon_.command(words, &said); }
    // The answer of a command with --json; null when it failed.
    Json json(std::vector<std::string> words) {
        words.push_back("--json");
        if (run(words) != 0) return nullptr;
        return Json::parse(said, nullptr, false);
    }
    std::vector<std::string> dossiers(const std::string& state) {
        std::vector<std::string> ids;
        const Json answer = json({"dossier", "list", "--state", state});
        for (const Json& row : memberOf(answer, "dossiers"))
            ids.push_back(textOf(row, "id"));
        return ids;
    }
    // The only dossier in this state, once it is there.
    std::string waitFor(const std::string& state, std::size_t count = 1) {
        for (int i = 0; i < 1'500; ++i) {
            const auto ids = dossiers(state);
            if (ids.size() == count) return ids.front();
            std::this_thread::sleep_for(milliseconds(20));
        }
        ADD_FAILURE() << "no dossier is " << state << ": " << said << daemon_.log();
        return {};
    }

    std::string said;

private:
    DaemonUnderTest& daemon_;
};

bool startAndWait(DaemonUnderTest& daemon, const DaemonUnderTest::How& how = {}) {
    if (!daemon.start(how)) return false;
    for (int i = 0; i < 1'500; ++i) {
        if (fs::exists(daemon.controlSocket()) && ControlClient::connect(daemon.controlSocket())) return true;
        if (!daemon.isRunning()) return false;
        std::this_thread::sleep_for(milliseconds(20));
    }
    return false;
}

void replaceIn(const std::string& path, const std::string& from, const std::string& to) {
    std::string text = readFile(path, 1U << 20U).value();
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(path) << text.replace(at, from.size(), to);
}

TEST(OperatorEndToEnd, LooksAtWhatTheDaemonDid) {
    DaemonUnderTest daemon;
    Operator anne(daemon);
    EXPECT_EQ(anne.run({"status"}), 3) << "no daemon is something missing";
    EXPECT_THAT(anne.said, HasSubstr("no daemon answers"));
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("bail.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();

    EXPECT_EQ(anne.run({"status"}), 0);
    EXPECT_THAT(anne.said,
                AllOf(HasSubstr("done"), HasSubstr("documents"), HasSubstr("free"), Not(HasSubstr("\033"))));
    const std::string id = anne.waitFor("done");
    EXPECT_EQ(anne.run({"dossier", "list", "--text", "BAIL", "--since", "1h"}), 0);
    EXPECT_THAT(anne.said, AllOf(HasSubstr(id), HasSubstr("bail.pdf")));
    EXPECT_EQ(anne.run({"dossier", "list", "--text", "nothing like it"}), 0);
    EXPECT_EQ(anne.said, "no dossiers\n");
    const Json shown = anne.json({"dossier", "show", id});
    EXPECT_EQ(textOf(shown["dossier"], "state"), "done");
    EXPECT_GE(shown["documents"].size(), 2U);
    EXPECT_EQ(anne.run({"dossier", "explain", id, "--language", "fr"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("bail.pdf : terminé le"));
    EXPECT_EQ(anne.run({"shape"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("seal (seal)"));
    EXPECT_EQ(anne.run({"config", "show", "--origin"}), 0);
    EXPECT_THAT(anne.said,
                AllOf(HasSubstr("settings.spool = "), HasSubstr("greffe.lua:2"), HasSubstr("-- default")));
    EXPECT_EQ(anne.run({"metrics"}), 0);
    EXPECT_THAT(anne.said, AllOf(HasSubstr("greffe_documents_admitted_total{intake=\"drop\"} 1\n"),
                                 HasSubstr("greffe_effects_total{kind=\"seal\",result=\"done\"} 1\n"),
                                 HasSubstr("# EOF\n")));
    EXPECT_EQ(anne.run({"audit", "verify"}), 0);
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_FALSE(fs::exists(daemon.controlSocket()));
}

TEST(OperatorEndToEnd, ExitCodesTellARefusalFromWrongUsage) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    EXPECT_EQ(anne.run({"dossier", "show", "01KAMVXXXXXXXXXXXXXXXXXXXX"}), 1);
    EXPECT_THAT(anne.said, HasSubstr("there is no dossier"));
    EXPECT_EQ(anne.run({"dossier", "show", "01KAMVXXXXXXXXXXXXXXXXXXXX", "--json"}), 1);
    EXPECT_EQ(textOf(Json::parse(anne.said)["error"], "code"), "not_found");
    EXPECT_EQ(anne.run({"dossier", "show"}), 2);
    EXPECT_EQ(anne.run({"dossier", "retry", "01KAMVXXXXXXXXXXXXXXXXXXXX"}), 2) << "a reason is mandatory";
    EXPECT_EQ(anne.run({"dossier", "list", "--since", "yesterday"}), 2);
    EXPECT_EQ(anne.run({"dossier", "resolve", "01KAMVXXXXXXXXXXXXXXXXXXXX", "--reason", "x"}), 2);
    EXPECT_EQ(anne.run({"dossier", "resolve", "--help"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("Exit codes: 0 good, 1 refused"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(OperatorEndToEnd, ATaskIsAnsweredAndTheDossierGoesOn) {
    DaemonUnderTest daemon(kAskThenSeal);
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    Operator anne(daemon);
    const std::string id = anne.waitFor("waiting");
    EXPECT_EQ(anne.run({"dossier", "explain", id, "--language", "en"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("clerk must answer task"));
    const Json tasks = anne.json({"task", "list"});
    ASSERT_EQ(tasks["tasks"].size(), 1U) << anne.said;
    const std::string task = textOf(tasks["tasks"][0], "id");
    EXPECT_EQ(anne.run({"task", "answer", task, "perhaps"}), 1);
    EXPECT_EQ(anne.run({"task", "answer", task, "validate", "--reason", "all pages there"}), 0) << anne.said;
    EXPECT_EQ(anne.run({"task", "answer", task, "refuse"}), 1) << "once";
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    const Json shown = anne.json({"dossier", "show", id});
    EXPECT_EQ(textOf(shown["tasks"][0], "comment"), "all pages there");
    EXPECT_EQ(textOf(shown["tasks"][0], "answered_by").rfind("operator:", 0), 0U);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

TEST(OperatorEndToEnd, AnEventEndsAWait) {
    DaemonUnderTest daemon(
        R"(wait { id = "paid", for_event = "bank", expires_days = 3 }, seal { id = "seal", key = "office" })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    Operator anne(daemon);
    const std::string id = anne.waitFor("waiting");
    const std::vector<std::string> event = {"event",   "send", "bank",     "transfer-7",
                                            "--about", id,     "--reason", "seen on the statement"};
    EXPECT_EQ(anne.run(event), 0) << anne.said;
    EXPECT_THAT(anne.said, HasSubstr("wakes " + id));
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(anne.run(event), 0);
    EXPECT_THAT(anne.said, HasSubstr("this event was there before"));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

TEST(OperatorEndToEnd, ACancelledFileComesBackWithItsReason) {
    DaemonUnderTest daemon(kAskThenSeal);
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    Operator anne(daemon);
    const std::string id = anne.waitFor("waiting");
    EXPECT_EQ(anne.run({"dossier", "cancel", id, "--reason", "sent by mistake"}), 0) << anne.said;
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_THAT(readFile(daemon.inFolder() + "/rejected/a.pdf.reason.txt", 10'000).value(),
                HasSubstr("sent by mistake"));
    EXPECT_EQ(anne.json({"task", "list"})["tasks"].size(), 0U) << "nobody is asked any more";
    EXPECT_EQ(anne.run({"dossier", "cancel", id, "--reason", "again"}), 1);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({}, {"a.pdf"}), "");
}

TEST(OperatorEndToEnd, AHeldDossierIsTriedAgainWhenTold) {
    DaemonUnderTest daemon(
        R"(seal { id = "seal", key = "office", when = function(d) return d.nothing.at_all end })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("a.pdf", tinyPdf());
    Operator anne(daemon);
    const std::string id = anne.waitFor("held");
    EXPECT_EQ(anne.run({"dossier", "retry", id, "--reason", "perhaps now"}), 0) << anne.said;
    // It runs, and is held for the same reason: its plan is the one it was admitted under.
    const auto heldTwice = [&] {
        std::size_t times = 0;
        const Json shown = anne.json({"dossier", "show", id});
        for (const Json& row : memberOf(shown, "audit"))
            if (textOf(row, "action") == "dossier held") ++times;
        return times == 2;
    };
    for (int i = 0; i < 500 && !heldTwice(); ++i)
        std::this_thread::sleep_for(milliseconds(20));
    EXPECT_TRUE(heldTwice()) << anne.said << daemon.log();
    EXPECT_EQ(anne.waitFor("held"), id);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(OperatorEndToEnd, AQuarantinedFileIsReleased) {
    DaemonUnderTest daemon(kSeal, R"(stable_seconds = 0, on_duplicate = "hold")");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("first.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    daemon.drop("again.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    Operator anne(daemon);
    const Json listed = anne.json({"quarantine", "list"});
    ASSERT_EQ(listed["dossiers"].size(), 1U) << anne.said;
    const std::string id = textOf(listed["dossiers"][0], "id");
    EXPECT_EQ(textOf(listed["dossiers"][0], "reason"), "duplicate");
    EXPECT_EQ(anne.run({"quarantine", "release", id, "--reason", "the tenant asked for a second copy"}), 0)
        << anne.said;
    EXPECT_THAT(anne.waitFor("done", 2), Not(""));
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(anne.run({"quarantine", "release", id, "--reason", "twice"}), 1);
    EXPECT_EQ(daemon.stop(), 0);
    // Nothing is left in quarantine/, no receipt either; both files are where sealed ones are.
    EXPECT_EQ(daemon.brokenPromise({"again.pdf", "first.pdf"}, {}), "") << daemon.log();
}

TEST(OperatorEndToEnd, AnImportedFileIsSealed) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    const std::string path = daemon.root() + "/imported.pdf";
    std::ofstream(path) << tinyPdf("imported");
    std::ofstream(daemon.root() + "/manifest.json") << R"({"type": "B", "data": {"rent": 800}})";
    Operator anne(daemon);
    const Json made = anne.json({"dossier", "import", path, "--pipeline", "main", "--key", "k1", "--manifest",
                                 daemon.root() + "/manifest.json"});
    ASSERT_TRUE(made.is_object()) << anne.said;
    const std::string id = textOf(made, "dossier");
    EXPECT_EQ(anne.waitFor("done"), id);
    const Json shown = anne.json({"dossier", "show", id});
    EXPECT_EQ(textOf(shown["dossier"], "type"), "B");
    EXPECT_EQ(numberOf(shown["dossier"]["data"], "rent"), 800);
    bool isSealed = false;
    for (const Json& row : memberOf(shown, "documents"))
        isSealed = isSealed || textOf(row, "produced_by") == "seal";
    EXPECT_TRUE(isSealed) << anne.said;
    EXPECT_FALSE(
        boolOf(anne.json({"dossier", "import", path, "--pipeline", "main", "--key", "k1"}), "is_new"));
    EXPECT_EQ(anne.run({"dossier", "import", path, "--pipeline", "nowhere"}), 1);
    EXPECT_EQ(anne.run({"dossier", "import", daemon.root() + "/missing.pdf", "--pipeline", "main"}), 3);
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(OperatorEndToEnd, AReloadTakesAGoodConfigurationAndRefusesABadOne) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    const std::string before = textOf(anne.json({"status"}), "plan");
    const std::string pipeline = daemon.root() + "/config/pipelines/main.lua";
    replaceIn(pipeline, "seal {", "seal { profil = 1,");
    EXPECT_EQ(anne.run({"reload"}), 1);
    EXPECT_THAT(anne.said,
                AllOf(HasSubstr("main.lua:1:"), HasSubstr("profil"), HasSubstr("refused; still in use")));
    EXPECT_EQ(textOf(anne.json({"status"}), "plan"), before);
    replaceIn(pipeline, "profil = 1,", "");
    replaceIn(pipeline, "id = \"seal\"", "id = \"sealed\"");
    EXPECT_EQ(anne.run({"reload"}), 0) << anne.said;
    const std::string after = textOf(anne.json({"status"}), "plan");
    EXPECT_NE(after, before);
    EXPECT_EQ(anne.run({"shape"}), 0);
    EXPECT_THAT(anne.said, HasSubstr("sealed (seal)"));
    // HUP takes the same way.
    replaceIn(pipeline, "id = \"sealed\"", "id = \"seal\"");
    ASSERT_EQ(kill(daemon.pid(), SIGHUP), 0);
    for (int i = 0; i < 500 && textOf(anne.json({"status"}), "plan") != before; ++i)
        std::this_thread::sleep_for(milliseconds(20));
    EXPECT_EQ(textOf(anne.json({"status"}), "plan"), before)
        << "the first plan again: its name is its content";
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

TEST(OperatorEndToEnd, ABackupMadeWhileRunningIsRestoredElsewhere) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    Operator anne(daemon);
    for (int i = 0; i < 10; ++i)
        daemon.drop(fmt::format("before-{}.pdf", i), tinyPdf(fmt::format("before {}", i)));
    ASSERT_TRUE(daemon.waitUntilSettled(10)) << daemon.log();
    // More come while it is made.
    std::atomic<bool> isOver{false};
    std::thread dropping([&] {
        for (int i = 0; i < 20 && !isOver; ++i)
            daemon.drop(fmt::format("during-{}.pdf", i), tinyPdf(fmt::format("during {}", i)));
    });
    const std::string backup = daemon.root() + "/backup";
    EXPECT_EQ(anne.run({"backup", backup}), 0) << anne.said;
    isOver = true;
    dropping.join();
    EXPECT_EQ(anne.run({"backup", backup}), 1) << "never over another";
    EXPECT_EQ(anne.run({"restore", backup, daemon.root() + "/spool"}), 1) << "never over a spool";
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();

    const std::string restored = daemon.root() + "/restored";
    EXPECT_EQ(anne.run({"restore", backup, restored}), 0) << anne.said;
    // What was sealed before the backup is there, byte for byte.
    {
        const auto store = openSqliteStore(restored + "/journal").value();
        const std::shared_ptr<StoreReader> reader = store->openReader().value();
        BlobSpool::Options options;
        options.findRow = [reader](const Digest& digest) { return reader->blob(digest); };
        const auto spool = BlobSpool::open(restored + "/blobs", options).value();
        DossierFilter all;
        all.limit = 1'000;
        std::size_t compared = 0;
        for (const DossierRow& dossier : reader->dossiers(all).value())
            for (const DocumentRow& document : reader->documents(dossier.id).value()) {
                if (document.producedBy != "seal" || dossier.source.name.rfind("before-", 0) != 0) continue;
                const std::string bytes =
                    spool->readBlob(*reader->blob(document.blob).value(), 1U << 20U).value();
                EXPECT_EQ(bytes,
                          readFile(daemon.inFolder() + "/out/" + dossier.source.name, 1U << 20U).value());
                ++compared;
            }
        EXPECT_EQ(compared, 10U);
        EXPECT_TRUE(store->verifyAudit());
    }
    // A daemon starts on it and knows them all.
    replaceIn(daemon.root() + "/config/greffe.lua", "/spool\"", "/restored\"");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    const Json listed = anne.json({"dossier", "list", "--text", "before-", "--state", "done"});
    EXPECT_EQ(listed["dossiers"].size(), 10U);
    EXPECT_EQ(anne.run({"audit", "verify"}), 0);
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST(OperatorEndToEnd, HostileClientsDoNotKeepFilesFromBeingSealed) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    std::vector<UniqueFd> hostile;
    for (int i = 0; i < 40; ++i) {
        UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        daemon.controlSocket().copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        const std::string half = i % 2 == 0 ? R"({"greffe":1,"op":"sta)" : std::string(100'000, 'x');
        static_cast<void>(send(fd.get(), half.data(), half.size(), MSG_NOSIGNAL));
        hostile.push_back(std::move(fd));
    }
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    Operator anne(daemon);
    EXPECT_EQ(anne.run({"status"}), 0) << anne.said;
    EXPECT_EQ(daemon.stop(), 0);
}

// The service manager's end of sd_notify.
class ServiceManager {
public:
    explicit ServiceManager(const std::string& path)
        : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    // Everything told until `wanted` was, or the time is over.
    std::string hear(const std::string& wanted, milliseconds limit) {
        const auto until = std::chrono::steady_clock::now() + limit;
        char buffer[4096];
        while (heard_.find(wanted) == std::string::npos && std::chrono::steady_clock::now() < until) {
            const ssize_t got = recv(fd_.get(), buffer, sizeof buffer, 0);
            if (got > 0) heard_.append(buffer, static_cast<std::size_t>(got)) += "\n";
            if (got <= 0) std::this_thread::sleep_for(milliseconds(5));
        }
        return std::exchange(heard_, {});
    }

private:
    UniqueFd fd_;
    std::string heard_;
};

TEST(OperatorEndToEnd, TheServiceManagerHearsFromALivingEngineOnly) {
    DaemonUnderTest daemon;
    ServiceManager manager(daemon.root() + "/notify");
    DaemonUnderTest::How how;
    how.environment = {{"NOTIFY_SOCKET", daemon.root() + "/notify"}, {"WATCHDOG_USEC", "200000"}};
    ASSERT_TRUE(startAndWait(daemon, how)) << daemon.log();
    if (manager.hear("READY=1", std::chrono::seconds(10)).empty()) GTEST_SKIP() << "built without libsystemd";
    for (int i = 0; i < 3; ++i)
        EXPECT_THAT(manager.hear("WATCHDOG=1", std::chrono::seconds(10)), HasSubstr("WATCHDOG=1"));
    ASSERT_EQ(kill(daemon.pid(), SIGHUP), 0);
    EXPECT_THAT(manager.hear("READY=1", std::chrono::seconds(10)),
                AllOf(HasSubstr("RELOADING=1"), HasSubstr("STATUS=running")));
    // Stopped as a whole, it says nothing: that is what the service manager waits for.
    ASSERT_EQ(kill(daemon.pid(), SIGSTOP), 0);
    std::this_thread::sleep_for(milliseconds(200));
    static_cast<void>(manager.hear("drained", milliseconds(100)));
    EXPECT_EQ(manager.hear("WATCHDOG=1", milliseconds(600)), "");
    ASSERT_EQ(kill(daemon.pid(), SIGCONT), 0);
    EXPECT_THAT(manager.hear("WATCHDOG=1", std::chrono::seconds(10)), HasSubstr("WATCHDOG=1"));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(manager.hear("STOPPING=1", std::chrono::seconds(5)), HasSubstr("STOPPING=1"));
}

// A port that was free a moment ago.
int freePort() {
    const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
}

std::string httpGet(int port, const std::string& path) {
    const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    const std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path);
    static_cast<void>(send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL));
    std::string answer;
    char buffer[4096];
    for (ssize_t got = 0; (got = recv(fd.get(), buffer, sizeof buffer, 0)) > 0;)
        answer.append(buffer, static_cast<std::size_t>(got));
    return answer;
}

TEST(OperatorEndToEnd, TheFrontIsStartedWithTheDaemonAndEndsWithIt) {
    DaemonUnderTest daemon;
    const int port = freePort();
    replaceIn(daemon.root() + "/config/greffe.lua", "front_port = 0", fmt::format("front_port = {}", port));
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    std::string answer;
    for (int i = 0; i < 500 && answer.rfind("HTTP/1.1 200", 0) != 0; ++i) {
        answer = httpGet(port, "/readyz");
        std::this_thread::sleep_for(milliseconds(20));
    }
    EXPECT_THAT(answer, HasSubstr("ready")) << daemon.log();
    EXPECT_THAT(httpGet(port, "/metrics"), HasSubstr("greffe_spool_free_bytes"));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(httpGet(port, "/healthz"), "") << "nothing is left behind";
}

TEST(OperatorEndToEnd, TheServiceUnitIsUnderstoodAndHardened) {
    if (std::system("command -v systemd-analyze >/dev/null 2>&1") != 0)  // NOLINT(cert-env33-c): fixed
        GTEST_SKIP() << "systemd-analyze is not installed";
    TemporaryDirectory folder;
    const std::string unit = folder.path() + "/greffe.service";
    fs::copy_file(std::string(GREFFE_BINARY_DIR) + "/config/greffe.service", unit);
    // The installed path does not exist here; the binary just built stands for it.
    std::string text = readFile(unit, 1U << 20U).value();
    const auto start = text.find("ExecStart=") + 10;
    text.replace(start, text.find(' ', start) - start, std::string(GREFFE_BINARY_DIR) + "/bin/greffe");
    std::ofstream(unit) << text;
    const auto run = [](const std::string& command) {
        std::string said;
        FILE* pipe = popen((command + " 2>&1").c_str(), "r");
        char buffer[4096];
        for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
            said.append(buffer, got);
        pclose(pipe);
        return said;
    };
    const std::string complaints = run("systemd-analyze verify --man=no " + unit);
    EXPECT_THAT(complaints, Not(HasSubstr("greffe.service"))) << complaints;
    const std::string rating = run("systemd-analyze security --offline=true --threshold=30 " + unit);
    if (rating.find("exposure level") == std::string::npos) GTEST_SKIP() << "cannot rate here: " << rating;
    EXPECT_THAT(rating, HasSubstr("OK")) << rating;
}

}  // namespace
}  // namespace greffe
