// SPDX-License-Identifier: Apache-2.0
// What the plugin asks, what it takes, and whether OpenSSL's own tools agree: as verifier and as another
// authority.
#include "base/sha256.h"
#include "support/running_simulators.h"
#include "support/temporary_directory.h"
#include "support/test_pki.h"
#include "unit/plugins/tsa_instance.h"

#include <gmock/gmock.h>
#include <openssl/ts.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace greffe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string contentOf(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

void write(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

// Runs in `directory`; the empty string when it worked, else what it printed.
std::string shell(const TemporaryDirectory& directory, const std::string& command) {
    const int status =
        std::system(("cd '" + directory.path() + "' && { " + command + "; } > output 2>&1").c_str());
    return status == 0 ? std::string() : "failed: " + contentOf(directory.path() + "/output");
}

Json optionsFor(const RunningSimulators& world) {
    return {{"url", world.textOf("tsa", "url")}, {"trust_anchors", world.textOf("tsa", "root_file")}};
}

class TsaWithKey : public ::testing::TestWithParam<const char*> {};

TEST_P(TsaWithKey, TakesATokenThatOpensslVerifies) {
    RunningSimulators world(R"({"tsa": {"key": ")" + std::string(GetParam()) + "\"}}");
    TsaInstance tsa;
    ASSERT_TRUE(tsa.start(optionsFor(world))) << tsa.problems.all();
    HeardOutcome outcome;
    const ExchangeRecord record = tsa.stamp(outcome);
    EXPECT_EQ(record.contractBreak, "");
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    EXPECT_EQ(outcome.mediaTypes["token"], "application/timestamp-token");

    const std::string& token = outcome.artifacts["token"].text();
    EXPECT_EQ(outcome.facts["token_sha256"], "\"" + toHex(sha256(token)) + "\"");
    EXPECT_EQ(outcome.facts["serial"], "\"01\"");
    EXPECT_EQ(outcome.facts["policy"], "\"1.2.3.4.1\"");
    EXPECT_EQ(outcome.facts["trust"], "\"anchors\"");
    EXPECT_THAT(outcome.facts["authority"], HasSubstr("Société d'essai"));
    EXPECT_NEAR(std::stod(outcome.facts["gen_time_unix"]), static_cast<double>(std::time(nullptr)), 5);

    const TemporaryDirectory directory;
    write(directory.path() + "/token.der", token);
    const std::string imprint = toHex({reinterpret_cast<const char*>(tsa.imprint), sizeof tsa.imprint});
    EXPECT_EQ(shell(directory, "openssl ts -verify -token_in -in token.der -digest " + imprint +
                                   " -CAfile '" + world.textOf("tsa", "root_file") + "'"),
              "");
}

INSTANTIATE_TEST_SUITE_P(Keys, TsaWithKey, ::testing::Values("p256", "rsa2048"),
                         [](const auto& key) { return std::string(key.param); });

TEST(TsaRfc3161, AsksWhatItShould) {
    RunningSimulators world(R"({"tsa": {}})");
    TsaInstance tsa;
    Json options = optionsFor(world);
    options["policy_oid"] = "1.2.3.4.1";
    options["timeout_seconds"] = 7;
    ASSERT_TRUE(tsa.start(options));
    HeardOutcome outcome;
    const ExchangeRecord record = tsa.stamp(outcome);
    ASSERT_EQ(record.requests.size(), 1U);
    const HttpRequestData& request = record.requests[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.contentType, "application/timestamp-query");
    EXPECT_EQ(request.timeoutMs, 7000U);
    EXPECT_EQ(request.maxAnswerBytes, 65536U);

    const auto* at = reinterpret_cast<const unsigned char*>(request.body.data());
    const sdk::OpenSsl<TS_REQ, TS_REQ_free> parsed(
        d2i_TS_REQ(nullptr, &at, static_cast<long>(request.body.size())));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(TS_REQ_get_version(parsed.get()), 1);
    EXPECT_EQ(TS_REQ_get_cert_req(parsed.get()), 1);
    EXPECT_EQ(TS_REQ_get_ext_count(parsed.get()), 0);
    std::uint64_t nonce = 0;
    EXPECT_EQ(ASN1_INTEGER_get_uint64(&nonce, TS_REQ_get_nonce(parsed.get())), 1);
    EXPECT_EQ(nonce, 0xF0F1F2F3F4F5F6F7U);
    const ASN1_OCTET_STRING* const hash = TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint(parsed.get()));
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(hash)), 32),
              std::string_view(reinterpret_cast<const char*>(tsa.imprint), 32));
}

TEST(TsaRfc3161, ANonceOfZerosIsANonce) {
    RunningSimulators world(R"({"tsa": {}})");
    TsaInstance tsa;
    ASSERT_TRUE(tsa.start(optionsFor(world)));
    std::fill(std::begin(tsa.nonce), std::end(tsa.nonce), static_cast<unsigned char>(0));
    HeardOutcome outcome;
    tsa.stamp(outcome);
    EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
}

TEST(TsaRfc3161, TakesTheOldFormOfTheCertificateId) {  // RFC 3161 itself: ESSCertID with SHA-1
    RunningSimulators world(R"({"tsa": {}})");
    TsaInstance tsa;
    ASSERT_TRUE(tsa.start(optionsFor(world)));
    world.setFaults("tsa", R"([{"fault": "ess_v1"}])");
    HeardOutcome outcome;
    tsa.stamp(outcome);
    EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
}

TEST(TsaRfc3161, PoliciesOfBothSides) {
    RunningSimulators world(R"({"tsa": {"policy_oid": "1.2.3.4.1"}})");
    TsaInstance other;
    Json options = optionsFor(world);
    options["policy_oid"] = "1.2.3.4.2";
    ASSERT_TRUE(other.start(options));
    HeardOutcome refused;
    other.stamp(refused);
    EXPECT_THAT(refused.explanation, HasSubstr("unacceptedPolicy"));

    TsaInstance any;
    ASSERT_TRUE(any.start(optionsFor(world)));
    world.setFaults("tsa", R"([{"fault": "wrong_policy"}])");
    HeardOutcome taken;
    any.stamp(taken);
    EXPECT_EQ(taken.verdict, Verdict::Done);
    EXPECT_EQ(taken.facts["policy"], "\"1.2.3.4.99\"");
}

TEST(TsaRfc3161, PasswordsAreFilledInByTheHost) {
    RunningSimulators world(R"({"tsa": {"username": "étude", "password": "s3cret"}})");
    TsaInstance tsa;
    tsa.host.setSecret("password", "s3cret");
    Json options = optionsFor(world);
    options["username"] = "étude";
    ASSERT_TRUE(tsa.start(options)) << tsa.problems.all();
    HeardOutcome taken;
    const ExchangeRecord record = tsa.stamp(taken);
    EXPECT_EQ(taken.verdict, Verdict::Done) << taken.explanation;
    for (const auto& [name, value] : record.requests[0].headers)
        EXPECT_THAT(value, ::testing::Not(HasSubstr("s3cret"))) << name;

    TsaInstance wrong;
    wrong.host.setSecret("password", "guess");
    ASSERT_TRUE(wrong.start(options));
    HeardOutcome refused;
    wrong.stamp(refused);
    EXPECT_EQ(refused.verdict, Verdict::RetryLater);
    EXPECT_EQ(refused.reason, "unauthorized");
}

TEST(TsaRfc3161, HealthProvesThatItStampsAndKeepsNothing) {
    RunningSimulators world(R"({"tsa": {}})");
    TsaInstance tsa;
    ASSERT_TRUE(tsa.start(optionsFor(world)));
    HeardOutcome well;
    runExchange(tsa.authority().health(), tsa.host, well);
    EXPECT_EQ(well.verdict, Verdict::Done) << well.explanation;
    EXPECT_TRUE(well.artifacts.empty());
    world.setFaults("tsa", R"([{"fault": "expired"}])");
    HeardOutcome ill;
    runExchange(tsa.authority().health(), tsa.host, ill);
    EXPECT_EQ(ill.verdict, Verdict::RetryLater);
}

TEST(TsaRfc3161, SerialNumbersOutliveTheAuthority) {
    const TemporaryDirectory directory;
    for (int serial = 1; serial <= 3; ++serial) {
        RunningSimulators world(R"({"tsa": {"serial_file": ")" + directory.path() + R"(/serial"}})");
        TsaInstance tsa;
        ASSERT_TRUE(tsa.start(optionsFor(world)));
        HeardOutcome outcome;
        tsa.stamp(outcome);
        EXPECT_EQ(outcome.facts["serial"], "\"0" + std::to_string(serial) + "\"");
        EXPECT_EQ(world.stop(), 0);
    }
}

TEST(TsaRfc3161, OptionsThatCannotWork) {
    TestPki pki;
    const auto errorsOf = [](const Json& options, const char* password) {
        TsaInstance tsa;
        if (password != nullptr) tsa.host.setSecret("password", password);
        EXPECT_FALSE(tsa.start(options));
        return tsa.problems.errors;
    };
    const std::string url = "https://tsa.test/";
    EXPECT_THAT(errorsOf({{"url", "ftp://tsa.test/"}}, nullptr), ElementsAre(HasSubstr("url: ")));
    EXPECT_THAT(errorsOf({{"url", url}, {"username", "a"}}, nullptr), ElementsAre(HasSubstr("password: ")));
    EXPECT_THAT(errorsOf({{"url", url}}, "b"), ElementsAre(HasSubstr("username: ")));
    EXPECT_THAT(errorsOf({{"url", url}, {"policy_oid", "our policy"}}, nullptr),
                ElementsAre(HasSubstr("policy_oid: ")));
    EXPECT_THAT(errorsOf({{"url", url}, {"trust_anchors", "anchors.pem"}}, nullptr),
                ElementsAre("trust_anchors: give PEM text or an absolute path"));
    EXPECT_THAT(errorsOf({{"url", url}, {"trust_anchors", "/nowhere/anchors.pem"}}, nullptr),
                ElementsAre(HasSubstr("trust_anchors: cannot be opened")));
    std::string damaged = pki.rootPem();
    damaged[100] = '!';
    EXPECT_THAT(errorsOf({{"url", url}, {"trust_anchors", damaged}}, nullptr),
                ElementsAre(HasSubstr("trust_anchors: a certificate in it is damaged")));
}

TEST(TsaRfc3161, WarningsThatCount) {
    TsaInstance tsa;
    tsa.host.setSecret("password", "b");
    EXPECT_TRUE(tsa.start({{"url", "http://tsa.test/"}, {"username", "a"}}));
    EXPECT_THAT(tsa.problems.warnings,
                ElementsAre(HasSubstr("use https"), HasSubstr("trust_anchors: without it")));
}

TEST(TsaRfc3161, IsWhatItSays) {
    EXPECT_STREQ(tsaPlugin().id, "tsa-rfc3161");
    EXPECT_STREQ(tsaPlugin().sandbox, "providers");
    const Json schema = Json::parse(tsaPlugin().optionsSchema);
    for (const Json& option : schema["properties"])
        EXPECT_FALSE(option["description"].get<std::string>().empty());
    TsaInstance tsa;
    EXPECT_EQ(tsa.instance->query("timestamp-authority/2"), nullptr);
}

// Another authority than our own simulator: the openssl command, with its defaults (an ESSCertID with SHA-1
// included).
class OpensslAuthority : public ::testing::TestWithParam<const char*> {};

TEST_P(OpensslAuthority, ItsAnswersAreTaken) {
    const TemporaryDirectory directory;
    TestPki pki;
    const TestIdentity identity = pki.timestamping(TestKey::Rsa2048);
    write(directory.path() + "/key.pem", identity.keyPem());
    write(directory.path() + "/cert.pem", identity.certificatePem());
    write(directory.path() + "/chain.pem", identity.chainPem());
    write(directory.path() + "/serial", "29\n");  // the last one given
    write(directory.path() + "/tsa.cnf",
          "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\nsigner_digest = sha256\n"
          "default_policy = 1.2.3.4.1\ndigests = sha256\naccuracy = secs:1\n"
          "ordering = no\ntsa_name = yes\ness_cert_id_chain = yes\n" +
              std::string(GetParam()));
    TsaInstance tsa;
    ASSERT_TRUE(tsa.start({{"url", "http://tsa.test/"}, {"trust_anchors", pki.rootPem()}}));
    HttpExchange* const exchange = tsa.authority().stamp(tsa.imprint, tsa.nonce);
    RecordedHttpRequest request;
    HeardOutcome outcome;
    ASSERT_EQ(exchange->next(nullptr, request, outcome), ExchangeStep::Send);
    write(directory.path() + "/query.tsq", request.data().body);
    ASSERT_EQ(shell(directory,
                    "openssl ts -query -in query.tsq -text && openssl ts -reply -config tsa.cnf -queryfile "
                    "query.tsq -signer cert.pem -inkey key.pem -chain chain.pem -out reply.tsr"),
              "");
    const std::string reply = contentOf(directory.path() + "/reply.tsr");
    HttpResponse response;
    response.status = 200;
    response.headers = "server: openssl\ncontent-type: Application/Timestamp-Reply; charset=binary\n";
    response.body = std::string_view(reply);
    EXPECT_EQ(exchange->next(&response, request, outcome), ExchangeStep::Finished);
    exchange->release();
    EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    EXPECT_EQ(outcome.facts["serial"], "\"2A\"");
}

INSTANTIATE_TEST_SUITE_P(EssKinds, OpensslAuthority,
                         ::testing::Values("", "ess_cert_id_alg = sha256\n", "ess_cert_id_alg = sha512\n"),
                         [](const auto& line) {
                             const std::string text = line.param;
                             return text.empty() ? "default" : text.substr(text.rfind(' ') + 1, 6);
                         });

}  // namespace
}  // namespace greffe
