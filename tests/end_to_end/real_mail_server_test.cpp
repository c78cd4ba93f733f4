// SPDX-License-Identifier: Apache-2.0
// Mails through a mail server that somebody else wrote (Debian's aiosmtpd), with STARTTLS required: what our
// own simulator would take by the same mistake, this one does not.
//
// The server runs as whoever runs the test, on loopback, from a temporary folder; installing the package
// starts nothing and enables nothing.
#include "base/sha256.h"
#include "end_to_end/journal_view.h"
#include "end_to_end/read_mail.h"
#include "support/daemon_under_test.h"
#include "support/run_tool.h"
#include "support/test_pki.h"
#include "sys/unique_fd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using ::testing::SizeIs;

UniqueFd loopbackSocket(int port, bool isListener, bool& isUp, int* given = nullptr) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    isUp = (isListener ? ::bind(fd.get(), generic, size) : ::connect(fd.get(), generic, size)) == 0;
    if (given != nullptr && ::getsockname(fd.get(), generic, &size) == 0) *given = ntohs(address.sin_port);
    return fd;
}

// A port that was free a moment ago.
int freePort() {
    bool isUp = false;
    int port = 0;
    const UniqueFd fd = loopbackSocket(0, true, isUp, &port);
    return port;
}

class RealMailServer {
public:
    explicit RealMailServer(const std::string& folder) : folder_(folder), port_(freePort()) {
        TestPki pki("Mail server");
        const TestIdentity identity = pki.server("localhost");
        std::ofstream(folder_ + "/server.pem") << identity.chainPem();
        std::ofstream(folder_ + "/server.key") << identity.keyPem();
        std::ofstream(folder_ + "/root.pem") << pki.rootPem();
        std::vector<std::string> words = {"aiosmtpd",
                                          "-n",
                                          "-u",
                                          "-l",
                                          fmt::format("127.0.0.1:{}", port_),
                                          "--tlscert",
                                          folder_ + "/server.pem",
                                          "--tlskey",
                                          folder_ + "/server.key",
                                          "-c",
                                          "aiosmtpd.handlers.Mailbox",
                                          folder_ + "/mailbox"};
        std::vector<char*> argv;
        for (std::string& word : words)
            argv.push_back(word.data());
        argv.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder_ + "/log").c_str(),
                                         O_WRONLY | O_CREAT, 0600);
        posix_spawnp(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        for (bool isUp = false; !isUp && std::chrono::steady_clock::now() < until;) {
            const UniqueFd fd = loopbackSocket(port_, false, isUp);
            if (!isUp) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    ~RealMailServer() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
    RealMailServer(const RealMailServer&) = delete;
    RealMailServer& operator=(const RealMailServer&) = delete;

    int port() const { return port_; }
    // A Maildir: the server gives a mail its name when all of it is there.
    std::vector<std::string> mails() const {
        std::vector<std::string> all;
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(folder_ + "/mailbox/new", ignored)) {
            std::ifstream file(entry.path(), std::ios::binary);
            all.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        }
        return all;
    }

private:
    const std::string folder_;
    const int port_;
    pid_t pid_ = -1;
};

TEST(RealMailServer, GetsTheSealedDocumentOverTls) {
    ASSERT_TRUE(hasTool("aiosmtpd")) << "scripts/setup --test installs python3-aiosmtpd";
    TemporaryDirectory folder;
    const RealMailServer server(folder.path());
    DaemonUnderTest daemon(
        R"(seal { id = "seal", key = "office" },
           notify { id = "tell", via = "mail", to = { "anne@client.test", "bob@client.test" }, template = "sealed",
                    language = "fr", attach = { "document" } })",
        "stable_seconds = 0",
        fmt::format(
            R"(notifiers = {{ notifier {{ name = "mail", plugin = "notify-smtp", host = "localhost", port = {},
                                                  ca_file = "{}/root.pem", from = "greffe@office.test",
                                                  from_name = "Étude Dupont" }} }},)",
            server.port(), folder.path()));
    const std::string name = "Bail à l'été.pdf";
    daemon.drop(name, tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1, std::chrono::seconds(60))) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({name}, {}), "") << daemon.log();

    std::ifstream out(daemon.inFolder() + "/out/" + name, std::ios::binary);
    const std::string sealed{std::istreambuf_iterator<char>(out), {}};
    const std::vector<std::string> mails = server.mails();
    ASSERT_THAT(mails, SizeIs(2));
    for (const std::string& bytes : mails) {
        const ReadMail mail = readMail(bytes);
        EXPECT_EQ(mail.problem, "");
        EXPECT_EQ(mail.subject, "Document scellé : " + name);
        EXPECT_EQ(mail.from, "Étude Dupont <greffe@office.test>");
        ASSERT_THAT(mail.attachments, SizeIs(1));
        EXPECT_EQ(mail.attachments[0].name, name);
        EXPECT_EQ(mail.attachments[0].sha256, toHex(sha256(sealed)));
    }
    for (const MessageRow& row : JournalView(daemon.root()).messages())
        EXPECT_EQ(row.state, "sent") << row.answersJson;
}

}  // namespace
}  // namespace greffe
