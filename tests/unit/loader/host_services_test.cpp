// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"
#include "loader/host_services/host_base.h"
#include "loader/host_services/host_cancel.h"
#include "loader/host_services/host_clock.h"
#include "loader/host_services/host_log.h"
#include "loader/host_services/host_temporary_files.h"
#include "loader/host_services/secret_vault.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <greffe/sdk/instance.h>

#include <fcntl.h>
#include <gmock/gmock.h>

namespace greffe {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HostBase, AnswersOnlyWhatIsOffered) {
    HostBase host;
    ManualClock time(fromUnixMs(1234));
    HostClock clock(time);
    host.offer(static_cast<ClockService&>(clock));
    auto* service = static_cast<Host&>(host).service<ClockService>();
    ASSERT_NE(service, nullptr);
    EXPECT_EQ(service->unixMs(), 1234);
    const auto before = service->monotonicMs();
    time.jumpWall(std::chrono::hours(1));
    time.advance(std::chrono::milliseconds(5));
    EXPECT_EQ(service->monotonicMs(), before + 5);
    EXPECT_EQ(host.query("clock/2"), nullptr);
    EXPECT_EQ(host.query(""), nullptr);
    EXPECT_EQ(host.query("log/1"), nullptr);
}

TEST(HostCancel, CarriesAFlagAndProgress) {
    HostCancel cancel;
    EXPECT_FALSE(cancel.isCancelled());
    cancel.progressed(3, 10);
    cancel.cancel();
    EXPECT_TRUE(cancel.isCancelled());
    EXPECT_EQ(cancel.done(), 3U);
    EXPECT_EQ(cancel.beats(), 1U);
    EXPECT_EQ(cancel.asked(), 2U);
    cancel.begin();
    EXPECT_FALSE(cancel.isCancelled());
    EXPECT_EQ(cancel.total(), 0U);
}

void expectWorkingFiles(HostTemporaryFiles& files) {
    const UniqueFd one(files.open());
    const UniqueFd two(files.open());
    ASSERT_TRUE(one && two);
    EXPECT_EQ(files.open(), -1) << "two a call";
    ASSERT_TRUE(writeAll(one.get(), "bytes"));
    ::lseek(one.get(), 0, SEEK_SET);
    EXPECT_EQ(readAll(one.get(), 100).value(), "bytes");
    EXPECT_NE(::fcntl(one.get(), F_GETFD) & FD_CLOEXEC, 0)
        << "programs that a converter starts must not inherit it";
    files.begin();
    EXPECT_TRUE(UniqueFd(files.open()));
}

TEST(HostTemporaryFiles, GivesUnnamedFilesUpToALimit) {
    const TemporaryDirectory directory;
    HostTemporaryFiles onDisk(openDirectory(directory.path()).value(), 2);
    expectWorkingFiles(onDisk);
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
    HostTemporaryFiles inMemory(UniqueFd(), 2);
    expectWorkingFiles(inMemory);
}

TEST(HostLog, HandsOnWhatIsSafeToKeep) {
    SecretVault vault;
    ASSERT_TRUE(vault.add("api_key", "s3cr3t-value"));
    ASSERT_TRUE(vault.add("pin", "1234"));
    std::vector<PluginLogLine> lines;
    HostLog log([&](const PluginLogLine& line) { lines.push_back(line); }, &vault);
    log.write(LogLevel::Warning, "token\nreceived", R"({"serial": 12, "from": "tsa"})");
    log.write(LogLevel::Info, "got s3cr3t-value", R"({"key": "xs3cr3t-valuex", "year": "1234"})");
    log.write(static_cast<LogLevel>(77), std::string(5000, 'x'), R"({"deep": {"er": 1}})");
    log.write(LogLevel::Debug, "x", "not json s3cr3t-value");
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_EQ(lines[0].event, "token received");
    EXPECT_EQ(lines[0].keys["serial"], 12);
    EXPECT_EQ(lines[1].event, "got {{hidden}}");
    EXPECT_EQ(lines[1].keys["key"], "x{{hidden}}x");
    EXPECT_EQ(lines[1].keys["year"], "1234") << "a short secret would turn words into riddles";
    EXPECT_EQ(lines[2].level, LogLevel::Error);
    EXPECT_EQ(lines[2].event.size(), 200U);
    EXPECT_TRUE(lines[2].keys.contains("unreadable_keys"));
    EXPECT_THAT(dumpJson(lines[3].keys), Not(HasSubstr("s3cr3t")));
}

TEST(HostLog, SurvivesASinkThatThrows) {
    HostLog log([](const PluginLogLine&) { throw std::runtime_error("disk full"); });
    log.write(LogLevel::Info, "x", {});
}

TEST(LockedBytes, AreLockedAndNotDumped) {
    auto held = LockedBytes::copyOf("top secret bytes");
    ASSERT_TRUE(held) << held.error().text();
    EXPECT_EQ(held->view(), "top secret bytes");
    // The mapping's flags in smaps: "lo" locked, "dd" not in a core dump, "wf" wiped in a forked child.
    const std::string maps = readFile("/proc/self/smaps", 64U << 20U).value();
    const auto address = reinterpret_cast<std::uintptr_t>(held->view().data());
    char start[40];
    std::snprintf(start, sizeof start, "\n%lx-", static_cast<unsigned long>(address));
    const auto at = maps.find(start);
    ASSERT_NE(at, std::string::npos);
    const std::string flags = maps.substr(maps.find("VmFlags:", at), 120);
    const std::string line = flags.substr(0, flags.find('\n'));
#ifndef GREFFE_SANITIZED  // its runtime makes mlock a no-op
    EXPECT_THAT(line, HasSubstr(" lo"));
#endif
    EXPECT_THAT(line, HasSubstr(" dd"));
    EXPECT_THAT(line, HasSubstr(" wf"));
    LockedBytes moved = std::move(held).value();
    EXPECT_EQ(moved.view(), "top secret bytes");
}

struct Vault {
    Vault() {
        EXPECT_TRUE(vault.add("api_key", "KEY-one"));
        EXPECT_TRUE(vault.add("password", "pass:two"));
    }
    std::string placeholder(const char* option) { return vault.placeholder(vault.find(option)); }
    SecretVault vault;
};

TEST(SecretVault, KeepsOneSecretAnOption) {
    Vault v;
    EXPECT_EQ(v.vault.find("api_key"), 1U);
    EXPECT_EQ(v.vault.find("nothing"), SecretsService::kNone);
    EXPECT_EQ(v.vault.add("api_key", "x").error().code, Errc::Exists);
    EXPECT_EQ(v.vault.add("other", "").error().code, Errc::Invalid);
    EXPECT_EQ(v.vault.bytes(2), "pass:two");
    EXPECT_EQ(v.vault.bytes(0), std::nullopt);
    EXPECT_EQ(v.vault.bytes(3), std::nullopt);
}

TEST(SecretVault, FillsItsOwnPlaceholdersOnly) {
    Vault v;
    const std::string key = v.placeholder("api_key");
    EXPECT_EQ(v.vault.fill("Bearer " + key).value(), "Bearer KEY-one");
    EXPECT_EQ(v.vault.fill(key + key + v.placeholder("password")).value(), "KEY-oneKEY-onepass:two");
    EXPECT_EQ(v.vault.fill("plain").value(), "plain");
    SecretVault other;
    ASSERT_TRUE(other.add("api_key", "OTHER"));
    for (const std::string& strange :
         {other.placeholder(1), std::string("{{secret:1:00000000000000000000000000000000}}"),
          std::string("{{secret:1}}"), std::string("{{secret:"), std::string("{{secret:99999999999:x}}"),
          key.substr(0, key.size() - 1)})
        EXPECT_EQ(v.vault.fill(strange).value(), strange) << "text from outside must not name a secret";
}

TEST(SecretVault, EncodesCredentialsAsBase64) {
    Vault v;
    const std::string key = v.placeholder("api_key");
    EXPECT_EQ(v.vault.fill("Basic {{base64:user:" + key + "}}").value(), "Basic dXNlcjpLRVktb25l");
    EXPECT_EQ(v.vault.fill("{{base64:" + key + ":" + v.placeholder("password") + "}}!").value(),
              "S0VZLW9uZTpwYXNzOnR3bw==!");
    EXPECT_EQ(v.vault.fill("{{base64:x}} " + key).value(), "{{base64:x}} KEY-one") << "not around a secret";
    EXPECT_FALSE(v.vault.fill("{{base64:" + key));
}

TEST(SecretVault, KeepsLineBreaksOutOfHeaders) {
    SecretVault vault;
    ASSERT_TRUE(vault.add("key", "abc\n"));
    EXPECT_TRUE(vault.fill(vault.placeholder(1)));
    const auto header = vault.fillHeader(vault.placeholder(1));
    ASSERT_FALSE(header);
    EXPECT_THAT(header.error().text(), Not(HasSubstr("abc")));
}

TEST(HostSecrets, UsesASecretWithoutShowingIt) {
    Vault v;
    HostSecrets secrets(v.vault, HostSecrets::Reveal::Never);
    const std::uint32_t key = secrets.find("api_key");
    sdk::StringSink placeholder;
    ASSERT_TRUE(secrets.placeholder(key, placeholder));
    EXPECT_THAT(placeholder.text(), Not(HasSubstr("KEY-one")));
    EXPECT_EQ(v.vault.fill(placeholder.text()).value(), "KEY-one");
    sdk::StringSink revealed;
    EXPECT_FALSE(secrets.reveal(key, revealed));
    EXPECT_EQ(revealed.text(), "");
    EXPECT_FALSE(secrets.placeholder(99, placeholder));
    unsigned char mac[32];
    EXPECT_FALSE(secrets.hmacSha256(99, "x", mac));

    HostSecrets open(v.vault, HostSecrets::Reveal::Allowed);
    ASSERT_TRUE(open.reveal(key, revealed));
    EXPECT_EQ(revealed.text(), "KEY-one");
    EXPECT_FALSE(open.reveal(99, revealed));
}

TEST(HostSecrets, WritesBasicCredentialsThatOnlyTheWireCompletes) {
    SecretVault vault;
    ASSERT_TRUE(vault.add("password", "open sesame"));  // RFC 7617, section 2, has this pair
    HostSecrets secrets(vault, HostSecrets::Reveal::Never);
    sdk::StringSink header;
    ASSERT_TRUE(secrets.basicAuthorization("Aladdin", 1, header));
    EXPECT_THAT(header.text(), Not(HasSubstr("sesame")));
    EXPECT_EQ(vault.fillHeader(header.text()).value(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    sdk::StringSink none;
    EXPECT_FALSE(secrets.basicAuthorization("Ala:ddin", 1, none));
    EXPECT_FALSE(secrets.basicAuthorization("Ala}}ddin", 1, none));
    EXPECT_FALSE(secrets.basicAuthorization("Aladdin", 2, none));
    EXPECT_EQ(none.text(), "");
}

// RFC 4231, test case 2.
TEST(HostSecrets, ComputesHmac) {
    SecretVault vault;
    ASSERT_TRUE(vault.add("k", "Jefe"));
    HostSecrets secrets(vault, HostSecrets::Reveal::Never);
    unsigned char mac[32];
    ASSERT_TRUE(secrets.hmacSha256(1, "what do ya want for nothing?", mac));
    EXPECT_EQ(toHex(std::string_view(reinterpret_cast<const char*>(mac), 32)),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace greffe
