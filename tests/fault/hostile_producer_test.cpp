// SPDX-License-Identifier: Apache-2.0
// A producer that is no friend: it changes what it dropped while that is looked at (H12), and gives files
// names and kinds that nobody should open (H7).
//
// GREFFE_ATTACKS=n: that many attacked documents (the long form: 10000).
#include "base/json.h"
#include "base/sha256.h"
#include "end_to_end/journal_view.h"
#include "support/daemon_under_test.h"
#include "sys/files.h"
#include "sys/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Keeps the descriptors of what it dropped, and writes, truncates, renames and puts others in its place until
// told to stop.
class Attacker {
public:
    Attacker(std::string folder, std::vector<std::string> names)
        : folder_(std::move(folder)), names_(std::move(names)), thread_([this] { attack(); }) {}
    ~Attacker() { stop(); }
    void stop() {
        mustStop_ = true;
        if (thread_.joinable()) thread_.join();
    }
    std::uint64_t blows() const { return blows_; }

private:
    void attack() {
        std::vector<UniqueFd> held;
        for (const std::string& name : names_)
            held.emplace_back(open((folder_ + "/" + name).c_str(), O_RDWR | O_CLOEXEC));
        std::mt19937 random(std::random_device{}());
        while (!mustStop_) {
            const std::size_t i = random() % names_.size();
            const std::string path = folder_ + "/" + names_[i];
            const int fd = held[i].get();
            long result = -1;
            switch (random() % 6) {
                case 0:
                    result = pwrite(fd, "PAY 1,000,000 EUR", 17, static_cast<off_t>(random() % 400));
                    break;
                case 1: result = ftruncate(fd, static_cast<off_t>(random() % 600)); break;
                case 2: {
                    const std::string whole = tinyPdf(fmt::format("other {}", random() % 1000));
                    result = pwrite(fd, whole.data(), whole.size(), 0);
                    break;
                }
                case 3: result = ::rename(path.c_str(), (path + ".away").c_str()); break;
                case 4: result = ::rename((path + ".away").c_str(), path.c_str()); break;
                default: {
                    // Where it is claimed, too, as one who may write there.
                    for (const char* place : {"/in-progress/", "/done/"})
                        if (truncate((folder_ + place + names_[i]).c_str(),
                                     static_cast<off_t>(random() % 600)) == 0)
                            result = 0;
                }
            }
            blows_ += result >= 0 ? 1 : 0;
            if (random() % 8 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
    }

    const std::string folder_;
    const std::vector<std::string> names_;
    std::atomic<bool> mustStop_{false};
    std::atomic<std::uint64_t> blows_{0};
    std::thread thread_;
};

TEST(HostileProducer, WhatIsSealedIsWhatWasHashed) {
    const char* wanted = std::getenv("GREFFE_ATTACKS");
    const std::size_t attacks = wanted != nullptr ? static_cast<std::size_t>(std::atoi(wanted)) : 100;
    DaemonUnderTest daemon;
    ASSERT_TRUE(daemon.start());
    std::size_t dropped = 0, sealed = 0;
    std::uint64_t blows = 0;
    while (dropped < attacks) {
        std::vector<std::string> names;
        for (int i = 0; i < 50 && dropped < attacks; ++i, ++dropped) {
            names.push_back(fmt::format("{:06}.pdf", dropped));
            daemon.drop(names.back(), tinyPdf(names.back()));
        }
        {
            Attacker attacker(daemon.inFolder(), names);
            std::this_thread::sleep_for(milliseconds(1'500));
            attacker.stop();
            blows += attacker.blows();
        }
        for (const std::string& name : names) {  // what it took away comes back and is a document as any
            std::error_code none;
            fs::rename(daemon.inFolder() + "/" + name + ".away", daemon.inFolder() + "/" + name, none);
        }
        ASSERT_TRUE(daemon.isRunning()) << daemon.log();
    }
    // Everything that was taken comes to its end, or to quarantine/. A file that was changed in in-progress/
    // is not what was received any more, and may stay there.
    const auto isQuiet = [&] {
        for (const std::string& name : daemon.names(""))
            if (name.find(".pdf") != std::string::npos) return false;
        for (const DossierRow& row : JournalView(daemon.root()).dossiers())
            if (row.state != DossierState::Held && (!isFinal(row.state) || !row.isDelivered)) return false;
        return true;
    };
    bool hasEnded = false;
    for (int i = 0; i < 600 && !hasEnded; ++i) {
        std::this_thread::sleep_for(milliseconds(100));
        hasEnded = isQuiet();
    }
    EXPECT_TRUE(hasEnded) << ::testing::PrintToString(daemon.names("")) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    for (const std::string& name : daemon.names("done")) {
        if (name.size() < 13 || name.substr(name.size() - 13) != ".receipt.json") continue;
        const Json receipt = Json::parse(daemon.contentOf("done", name), nullptr, false);
        const Json received = memberOf(receipt, "received");
        const auto size = received.at("size_bytes").get<std::size_t>();
        for (const Json& result : memberOf(receipt, "results")) {
            const std::string bytes = daemon.contentOf("out", textOf(result, "name"));
            ASSERT_GT(bytes.size(), size) << name;
            EXPECT_EQ(toHex(sha256(bytes)), textOf(result, "sha256")) << name;
            EXPECT_EQ(toHex(sha256(std::string_view(bytes).substr(0, size))), textOf(received, "sha256"))
                << name << ": other bytes were sealed than were hashed";
            ++sealed;
        }
    }
    EXPECT_EQ(daemon.names("out").size(), sealed) << "a result without a receipt";
    EXPECT_GT(sealed, 0U);
    EXPECT_GT(blows, attacks);
    std::printf("%zu documents under %llu blows, %zu of them sealed\n", dropped,
                static_cast<unsigned long long>(blows), sealed);
}

const std::vector<std::string>& hostileNames() {
    static const std::vector<std::string> names = {"-rf",
                                                   "--help",
                                                   "$(id)",
                                                   "`id`",
                                                   "a;b",
                                                   "a|b",
                                                   "a&b",
                                                   "a b",
                                                   " a",
                                                   "a ",
                                                   "a\tb",
                                                   "new\nline",
                                                   "cr\rreturn",
                                                   "esc\x1b[31m",
                                                   "bell\a",
                                                   "del\x7f",
                                                   "c1\xc2\x9b",
                                                   "rtl\xe2\x80\xaegpj",
                                                   "zero\xe2\x80\x8bwidth",
                                                   "bad\xff\xfe",
                                                   "over\xc0\xaflong",
                                                   "nfd-e\xcc\x81",
                                                   "nfc-\xc3\xa9",
                                                   "quote'",
                                                   "quote\"",
                                                   "back\\slash",
                                                   "per%cent%s%n",
                                                   "<script>",
                                                   "{{name}}",
                                                   "~",
                                                   "CON",
                                                   "long"};
    return names;
}

std::string extended(const std::string& stem) {
    if (stem == "long") return std::string(251, 'n') + ".pdf";
    return stem + ".pdf";
}

void makeKind(const std::string& kind, const std::string& path, const DaemonUnderTest& daemon) {
    if (kind == "symlink") {
        ASSERT_EQ(symlink("/etc/passwd", path.c_str()), 0);
    } else if (kind == "hard_link") {
        const std::string other = fmt::format("{}/other-{}", daemon.root(), std::hash<std::string>()(path));
        close(open(other.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        ASSERT_EQ(link(other.c_str(), path.c_str()), 0);
    } else if (kind == "fifo") {
        ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    } else if (kind == "directory") {
        ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
    } else if (kind == "socket") {
        // Bound through the folder's descriptor: its path is longer than a socket's may be.
        const UniqueFd folder(open(daemon.inFolder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string shortPath =
            fmt::format("/proc/self/fd/{}/{}", folder.get(), path.substr(daemon.inFolder().size() + 1));
        if (shortPath.size() >= sizeof address.sun_path) return;  // no name for a socket at all
        std::memcpy(address.sun_path, shortPath.c_str(), shortPath.size() + 1);
        ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0)
            << strerror(errno);
    }
}

class HostileNames : public testing::TestWithParam<std::string> {};

// H7. Nothing blocks, nothing is followed, no raw control byte is written anywhere, and a good document goes
// through beside them.
TEST_P(HostileNames, BlockNothingAndReachNoOutputRaw) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(daemon.start());
    std::size_t made = 0;
    for (const std::string& stem : hostileNames()) {
        const std::string path = daemon.inFolder() + "/" + extended(stem);
        if (GetParam() == "file") {
            daemon.drop(extended(stem), "not a pdf: " + stem);
        } else {
            makeKind(GetParam(), path, daemon);
        }
        made +=
            GetParam() != "directory" && fs::symlink_status(path).type() != fs::file_type::not_found ? 1 : 0;
    }
    daemon.drop("good.pdf", tinyPdf());
    if (GetParam() == "file") made = hostileNames().size();
    ASSERT_TRUE(daemon.waitUntilSettled(made + 1, std::chrono::seconds(30)))
        << made << " were made, left are " << ::testing::PrintToString(daemon.names("")) << "\n"
        << daemon.log();
    EXPECT_EQ(daemon.names("out"), std::vector<std::string>{"good.pdf"});
    std::string listed;
    EXPECT_EQ(daemon.command({"dossier", "list"}, &listed), 0);
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    std::string outputs = daemon.log() + listed;
    // Receipts are for programs: JSON, in which a name stands as it is.
    for (const std::string& name : daemon.names("rejected"))
        if (name.find(".reason.txt") != std::string::npos) outputs += daemon.contentOf("rejected", name);
    for (const char c : outputs) {
        const auto byte = static_cast<unsigned char>(c);
        ASSERT_TRUE((byte >= ' ' && byte != 0x7f) || c == '\n')
            << "byte " << int{byte} << " was written as it came";
    }
    for (const char* hidden : {"\xc2\x9b", "\xe2\x80\xae"})
        EXPECT_EQ(outputs.find(hidden), std::string::npos) << "a control character was written as it came";
    EXPECT_EQ(outputs.find("root:"), std::string::npos) << "a link was followed";
}

INSTANTIATE_TEST_SUITE_P(Kinds, HostileNames,
                         testing::Values("file", "symlink", "hard_link", "fifo", "directory", "socket"),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace greffe
