// SPDX-License-Identifier: Apache-2.0
// The daemon as a service: backups, hostile clients, the service manager, the front process.
#include "end_to_end/operator_at_work.h"
#include "spool/blob_spool.h"
#include "store/store.h"
#include "support/mounted.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ServiceEndToEnd, ABackupMadeWhileRunningIsRestoredElsewhere) {
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
        const auto dossiers = reader->dossiers(all);
        for (const DossierRow& dossier : *dossiers) {
            const auto documents = reader->documents(dossier.id);
            for (const DocumentRow& document : *documents) {
                if (document.producedBy != "seal" || dossier.source.name.rfind("before-", 0) != 0) continue;
                const std::string bytes =
                    spool->readBlob(*reader->blob(document.blob).value(), 1U << 20U).value();
                EXPECT_EQ(bytes,
                          readFile(daemon.inFolder() + "/out/" + dossier.source.name, 1U << 20U).value());
                ++compared;
            }
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

TEST(ServiceEndToEnd, HostileClientsDoNotKeepFilesFromBeingSealed) {
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

TEST(ServiceEndToEnd, TheServiceManagerHearsFromALivingEngineOnly) {
    DaemonUnderTest daemon;
    ServiceManager manager(daemon.root() + "/notify");
    DaemonUnderTest::How how;
    how.environment = {{"NOTIFY_SOCKET", daemon.root() + "/notify"}, {"WATCHDOG_USEC", "200000"}};
    ASSERT_TRUE(startAndWait(daemon, how)) << daemon.log();
    // A build without libsystemd has nobody to tell; scripts/setup installs it.
    GREFFE_NEEDS(!manager.hear("READY=1", std::chrono::seconds(10)).empty(), "built without libsystemd");
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

TEST(ServiceEndToEnd, TheFrontIsStartedWithTheDaemonAndEndsWithIt) {
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

TEST(ServiceEndToEnd, TheServiceUnitIsUnderstoodAndHardened) {
    // NOLINTNEXTLINE(cert-env33-c): a fixed text
    GREFFE_NEEDS(std::system("command -v systemd-analyze >/dev/null 2>&1") == 0,
                 "systemd-analyze is not installed");
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
    // An older systemd-analyze has no --offline.
    GREFFE_NEEDS(rating.find("exposure level") != std::string::npos, "cannot rate here: " + rating);
    EXPECT_THAT(rating, HasSubstr("OK")) << rating;
}

}  // namespace
}  // namespace greffe
