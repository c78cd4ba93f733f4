// SPDX-License-Identifier: Apache-2.0
// Seals with a proof of the time, through the real daemon against authorities that are right, wrong, slow and
// down. What comes out is judged by OpenSSL's own tool, and by pdfsig where it is installed.
#include "base/sha256.h"
#include "support/daemon_under_test.h"
#include "support/mounted.h"
#include "support/running_simulators.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kStamped =
    R"(seal {{ id = "seal", key = "office", level = "B-T", authorities = {{ {} }}, {}
              retry = {{ attempts = 50, first_delay_seconds = 1, max_delay_seconds = 1 }} }})";

std::string authorityLua(const std::string& name, const RunningSimulators& world,
                         const std::string& more = {}) {
    return fmt::format(
        R"(timestamp_authority {{ name = "{}", url = "{}", trust_anchors = "{}", timeout_seconds = 2,
             allow_http = true, allow_private_address = true, {} }},)",
        name, world.textOf("tsa", "url"), world.textOf("tsa", "root_file"), more);
}

std::string house(const std::string& authorities) {
    return "timestamp_authorities = { " + authorities + " },";
}

std::string steps(const std::string& names, const std::string& more = {}) {
    return fmt::format(kStamped, names, more);
}

struct Said {
    int code = -1;
    std::string text;
};
Said shell(const std::string& command) {
    Said said;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    char buffer[4096];
    for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        said.text.append(buffer, got);
    said.code = WEXITSTATUS(pclose(pipe));
    return said;
}

void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

std::size_t requestsTo(const RunningSimulators& world) {
    return world.received("tsa")["requests"].size();
}

// The DER in /Contents of a PDF's only signature: hexadecimal, zeros behind it.
std::string cmsOf(const std::string& pdf) {
    const std::size_t at = pdf.rfind("/Contents<");  // a page's are a reference
    if (at == std::string::npos) return {};
    const std::size_t start = pdf.find('<', at) + 1;
    const std::string hex = pdf.substr(start, pdf.find('>', start) - start);
    std::string der;
    if (!fromHex(hex, der) || der.size() < 4) return {};
    // 30 82 hh ll: everything longer than 255 bytes and shorter than 64 KiB.
    const std::size_t size =
        4 + (static_cast<unsigned char>(der[2]) << 8U) + static_cast<unsigned char>(der[3]);
    return der.substr(0, size);
}

class TimeStamps : public testing::Test {
protected:
    // What openssl says of the seal in out/<name>: the CMS, taken apart by asn1parse, gives the signature
    // value and the token over it, and `openssl ts -verify` judges these.
    static std::string opensslVerdict(const DaemonUnderTest& daemon, const std::string& name,
                                      const std::string& rootFile) {
        const std::string folder = daemon.root() + "/judged";
        std::filesystem::create_directories(folder);
        write(folder + "/cms.der", cmsOf(daemon.contentOf("out", name)));
        // The signer's own signature is the last OCTET STRING in front of the unsigned attributes, the token
        // the SEQUENCE in the SET behind the attribute's name.
        const Said parsed = shell("openssl asn1parse -inform DER -in " + folder + "/cms.der");
        std::size_t octets = 0;
        std::size_t token = 0;
        std::istringstream lines(parsed.text);
        std::size_t setsBehindName = 0;
        bool isNamed = false;
        for (std::string line; std::getline(lines, line);) {
            const std::size_t offset = std::strtoul(line.c_str(), nullptr, 10);
            if (!isNamed && line.find("OCTET STRING") != std::string::npos) octets = offset;
            if (line.find("id-smime-aa-timeStampToken") != std::string::npos) isNamed = true;
            if (isNamed && token == 0 && line.find("SET") != std::string::npos) ++setsBehindName;
            if (setsBehindName == 1 && token == 0 && line.find("SEQUENCE") != std::string::npos)
                token = offset;
        }
        if (token == 0) return "no time-stamp in the signature";
        const Said cut = shell(fmt::format(
            "cd {0} && openssl asn1parse -inform DER -in cms.der -strparse {1} -out token.der -noout && "
            "openssl asn1parse -inform DER -in cms.der -strparse {2} -out value.bin -noout",
            folder, token, octets));
        if (cut.code != 0) return cut.text;
        const Said verified = shell(
            fmt::format("cd {} && openssl ts -verify -token_in -in token.der -data value.bin -CAfile '{}'",
                        folder, rootFile));
        return verified.code == 0 ? "good" : verified.text;
    }

    static std::string receipt(const DaemonUnderTest& daemon, const std::string& place,
                               const std::string& name) {
        return daemon.contentOf(place, name + ".receipt.json");
    }

    static bool waitFor(const std::function<bool()>& condition, seconds limit = seconds(20)) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < until) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return condition();
    }
};

TEST_F(TimeStamps, ASealCarriesATokenThatOpensslAndPopplerAccept) {
    RunningSimulators world(R"({"tsa": {"key": "rsa2048"}})");
    DaemonUnderTest daemon(steps(R"("one")"), "stable_seconds = 0", house(authorityLua("one", world)));
    ASSERT_TRUE(daemon.start());
    daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    ASSERT_EQ(daemon.brokenPromise({"lease.pdf"}, {}), "") << daemon.log();
    EXPECT_EQ(opensslVerdict(daemon, "lease.pdf", world.textOf("tsa", "root_file")), "good");
    EXPECT_THAT(receipt(daemon, "done", "lease.pdf"), HasSubstr(R"("level": "B-T")"));
    EXPECT_THAT(receipt(daemon, "done", "lease.pdf"), HasSubstr("time_stamp"));
    EXPECT_THAT(receipt(daemon, "done", "lease.pdf"), Not(HasSubstr("degraded")));
    EXPECT_EQ(requestsTo(world), 1U);
    ASSERT_EQ(shell("command -v pdfsig").code, 0) << "scripts/setup --test installs pdfsig";
    const Said said = shell("pdfsig -nocert " + daemon.inFolder() + "/out/lease.pdf");
    EXPECT_THAT(said.text, HasSubstr("Signature is Valid."));
    EXPECT_THAT(said.text, HasSubstr("Total document signed"));
}

TEST_F(TimeStamps, TheQueueWaitsUntilTheAuthorityIsBackAndTheReceiptSaysSo) {
    RunningSimulators world(R"({"tsa": {}})");
    world.setFaults("tsa", R"([{"fault": "status", "status": 503, "times": 0}])");
    DaemonUnderTest daemon(steps(R"("one")"), "stable_seconds = 0", house(authorityLua("one", world)));
    ASSERT_TRUE(daemon.start());
    daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(waitFor([&] {
        return receipt(daemon, "in-progress", "lease.pdf").find("timestamp_unavailable") != std::string::npos;
    })) << daemon.log();
    EXPECT_THAT(receipt(daemon, "in-progress", "lease.pdf"), HasSubstr("503"));
    EXPECT_THAT(daemon.names("out"), IsEmpty()) << "no silent downgrade";
    world.setFaults("tsa", "[]");
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"lease.pdf"}, {}), "") << daemon.log();
    EXPECT_EQ(opensslVerdict(daemon, "lease.pdf", world.textOf("tsa", "root_file")), "good");
    EXPECT_THAT(receipt(daemon, "done", "lease.pdf"), Not(HasSubstr("timestamp_unavailable")))
        << "that is over";
}

TEST_F(TimeStamps, FailHoldsTheDossierForAnOperator) {
    RunningSimulators world(R"({"tsa": {}})");
    world.setFaults("tsa", R"([{"fault": "rejection", "times": 0}])");
    DaemonUnderTest daemon(steps(R"("one")", R"(on_no_timestamp = "fail",)"), "stable_seconds = 0",
                           house(authorityLua("one", world)));
    ASSERT_TRUE(daemon.start());
    daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(waitFor([&] {
        return receipt(daemon, "in-progress", "lease.pdf").find(R"("verdict": "held")") != std::string::npos;
    })) << daemon.log();
    EXPECT_THAT(receipt(daemon, "in-progress", "lease.pdf"), HasSubstr("timestamp_unavailable"));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("out"), IsEmpty());
}

TEST_F(TimeStamps, DegradeSealsAtBBAndSaysSoOnTheFirstLevelOfTheReceipt) {
    RunningSimulators world(R"({"tsa": {}})");
    world.setFaults("tsa", R"([{"fault": "status", "status": 500, "times": 0}])");
    DaemonUnderTest daemon(steps(R"("one")", R"(on_no_timestamp = "degrade",)"), "stable_seconds = 0",
                           house(authorityLua("one", world)));
    ASSERT_TRUE(daemon.start());
    daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"lease.pdf"}, {}), "") << daemon.log();
    EXPECT_EQ(opensslVerdict(daemon, "lease.pdf", world.textOf("tsa", "root_file")),
              "no time-stamp in the signature");
    EXPECT_THAT(receipt(daemon, "done", "lease.pdf"), HasSubstr("\n  \"degraded\": true"));
    EXPECT_THAT(receipt(daemon, "done", "lease.pdf"), HasSubstr(R"("level": "B-B")"));
}

TEST_F(TimeStamps, TheSecondAuthorityAnswersForTheFirstWhichIsThenAskedLast) {
    RunningSimulators first(R"({"tsa": {}})");
    RunningSimulators second(R"({"tsa": {}})");
    first.setFaults("tsa", R"([{"fault": "status", "status": 503, "times": 0}])");
    DaemonUnderTest daemon(steps(R"("one", "two")"), "stable_seconds = 0",
                           house(authorityLua("one", first) + authorityLua("two", second)));
    ASSERT_TRUE(daemon.start());
    daemon.drop("a.pdf", tinyPdf("a"));
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    daemon.drop("b.pdf", tinyPdf("b"));
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf", "b.pdf"}, {}), "") << daemon.log();
    for (const char* name : {"a.pdf", "b.pdf"})
        EXPECT_EQ(opensslVerdict(daemon, name, second.textOf("tsa", "root_file")), "good") << name;
    EXPECT_EQ(requestsTo(first), 1U) << "the second document did not wait for it";
    EXPECT_EQ(requestsTo(second), 2U);
}

// Every wrong answer is refused, nothing of it is embedded, and the next good one is taken. Half of them are
// cuts of one answer: the sweep over every byte is plugin_tsa_rfc3161's.
TEST_F(TimeStamps, NoWrongAnswerEverGetsIntoASeal) {
    RunningSimulators world(R"({"tsa": {}})");
    std::string faults;
    int count = 0;
    for (const char* fault :
         {R"({"fault": "wrong_nonce"})", R"({"fault": "no_nonce"})", R"({"fault": "wrong_imprint"})",
          R"({"fault": "not_der"})", R"({"fault": "stranger"})", R"({"fault": "expired"})",
          R"({"fault": "broken_signature"})", R"({"fault": "time_ahead", "seconds": 600})",
          R"({"fault": "large_body", "bytes": 200000})", R"({"fault": "content_type"})",
          R"({"fault": "slow", "pause_ms": 500})", R"({"fault": "delay", "ms": 4000})",
          R"({"fault": "trailing_bytes", "bytes": 1})"}) {
        faults += (count++ == 0 ? "" : ",") + std::string(fault);
    }
    for (const int at : {0, 1, 40, 150, 400, 900}) {
        faults += fmt::format(R"(,{{"fault": "cut", "after_bytes": {}}})", at);
        ++count;
    }
    world.setFaults("tsa", "[" + faults + "]");
    DaemonUnderTest daemon(steps(R"("one")"), "stable_seconds = 0", house(authorityLua("one", world)));
    ASSERT_TRUE(daemon.start());
    daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1, seconds(90))) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"lease.pdf"}, {}), "") << daemon.log();
    EXPECT_EQ(world.faults("tsa").size(), 0U) << "every fault happened";
    EXPECT_EQ(requestsTo(world), static_cast<std::size_t>(count) + 1);
    EXPECT_EQ(opensslVerdict(daemon, "lease.pdf", world.textOf("tsa", "root_file")), "good");
}

TEST_F(TimeStamps, ATokenThatWasPaidForIsNotAskedForAgainAfterACrash) {
    RunningSimulators world(R"({"tsa": {}})");
    DaemonUnderTest daemon(steps(R"("one")"), "stable_seconds = 0", house(authorityLua("one", world)));
    DaemonUnderTest::How how;
    how.environment["GREFFE_FAILPOINTS_SET"] = "seal.token.journaled=abort";
    daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start(how));
    const int end = daemon.waitForEnd(seconds(20));
    GREFFE_NEEDS(end != -1, "this build has no failpoints");
    ASSERT_EQ(end, 128 + SIGKILL) << daemon.log();
    EXPECT_EQ(requestsTo(world), 1U);
    EXPECT_THAT(daemon.names("out"), IsEmpty());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"lease.pdf"}, {}), "") << daemon.log();
    EXPECT_EQ(requestsTo(world), 1U) << "one document, one token";
    EXPECT_EQ(opensslVerdict(daemon, "lease.pdf", world.textOf("tsa", "root_file")), "good");
}

// Between the answer and its record nobody knows that there was one: a second token is the price, a lost or
// doubled seal is not.
TEST_F(TimeStamps, ATokenThatDiedWithTheDaemonIsAskedForOnceMore) {
    RunningSimulators world(R"({"tsa": {}})");
    DaemonUnderTest daemon(steps(R"("one")"), "stable_seconds = 0", house(authorityLua("one", world)));
    DaemonUnderTest::How how;
    how.environment["GREFFE_FAILPOINTS_SET"] = "seal.token.arrived=abort";
    daemon.drop("lease.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start(how));
    const int end = daemon.waitForEnd(seconds(20));
    GREFFE_NEEDS(end != -1, "this build has no failpoints");
    ASSERT_EQ(end, 128 + SIGKILL) << daemon.log();
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"lease.pdf"}, {}), "") << daemon.log();
    EXPECT_EQ(requestsTo(world), 2U);
    EXPECT_EQ(opensslVerdict(daemon, "lease.pdf", world.textOf("tsa", "root_file")), "good");
}

TEST_F(TimeStamps, CheckRefusesBTWithoutAuthorityAndWarnsOfOneWithoutAnchors) {
    std::string said;
    const DaemonUnderTest without(R"(seal { id = "seal", key = "office", level = "B-T" })");
    EXPECT_EQ(without.command({"check", "--config", without.root() + "/config"}, &said), 1);
    EXPECT_THAT(said, HasSubstr("level B-T needs \"authorities\""));

    const DaemonUnderTest anybody(
        R"(seal { id = "seal", key = "office", level = "B-T" })", "stable_seconds = 0",
        house(R"(timestamp_authority { name = "one", url = "https://tsa.example" },)"));
    EXPECT_EQ(anybody.command({"check", "--config", anybody.root() + "/config"}, &said), 0);
    EXPECT_THAT(said, HasSubstr("a time-stamp of anybody is taken"));
}

}  // namespace
}  // namespace greffe
