// SPDX-License-Identifier: Apache-2.0
// The authority's certificates, responder and lists as OpenSSL's own programs and curl judge them.
#include "support/running_simulators.h"
#include "support/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <ctime>
#include <filesystem>

namespace greffe {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A running authority, and a shell in a folder that holds what it gave out as root.pem, tsa.pem and, when it
// has one, intermediate.pem.
class TrustBench {
public:
    explicit TrustBench(const std::string& config = "{}") : world(R"({"tsa": )" + config + "}") {
        copy("root_file", "root.pem");
        copy("certificate_file", "tsa.pem");
        if (world.ready().at("tsa").contains("intermediate_file"))
            copy("intermediate_file", "intermediate.pem");
    }

    // What the command printed, with $URL for the authority's address; its exit status last, "exit 0".
    std::string shell(const std::string& command) const {
        const std::string line = fmt::format("cd '{}' && URL='{}' && {{ {}\n}} 2>&1; echo \"exit $?\"",
                                             directory_.path(), world.textOf("tsa", "url"), command);
        FILE* const pipe = popen(line.c_str(), "r");
        std::string said;
        char buffer[4096];
        for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
            said.append(buffer, got);
        pclose(pipe);
        return said;
    }

    // What openssl says of the TSA's certificate, asking whom the certificate names.
    std::string ocsp(const std::string& more = {}) const {
        return shell(
            "openssl ocsp -issuer intermediate.pem -cert tsa.pem "
            "-url $(openssl x509 -in tsa.pem -noout -ocsp_uri) -CAfile root.pem " +
            more);
    }
    // What openssl says of the TSA's certificate by the lists of both authorities, fetched by curl.
    std::string verifyByLists() const {
        return shell(
            "for each in root intermediate; do curl -sSf \"${URL}crl/$each.crl\" -o $each.crl && "
            "openssl crl -inform DER -in $each.crl -out $each.crl.pem; done; "
            "cat root.crl.pem intermediate.crl.pem > lists.pem; "
            "openssl verify -crl_check_all -CAfile root.pem -untrusted intermediate.pem -CRLfile lists.pem "
            "tsa.pem");
    }
    // A stamp that openssl asks for and verifies with whatever is in trust.pem.
    std::string stamp(const std::string& verifyOptions) const {
        return shell(
            "openssl ts -query -data tsa.pem -cert -sha256 -out query.tsq 2> /dev/null && "
            "curl -sS -H 'Content-Type: application/timestamp-query' --data-binary @query.tsq $URL "
            "-o reply.tsr && openssl ts -verify -queryfile query.tsq -in reply.tsr " +
            verifyOptions);
    }

    RunningSimulators world;

private:
    void copy(const std::string& key, const std::string& name) const {
        std::filesystem::copy_file(world.textOf("tsa", key), directory_.path() + "/" + name);
    }

    const TemporaryDirectory directory_;
};

TEST(TsaTrust, CertificatesSayWhereTheyCanBeAskedFor) {
    const TrustBench bench;
    const std::string text = bench.shell("openssl x509 -in tsa.pem -noout -text; echo $URL");
    const std::string url = bench.world.textOf("tsa", "url");
    EXPECT_THAT(text, HasSubstr("OCSP - URI:" + url + "ocsp/intermediate"));
    EXPECT_THAT(text, HasSubstr("CA Issuers - URI:" + url + "certificates/intermediate.crt"));
    EXPECT_THAT(text, HasSubstr("URI:" + url + "crl/intermediate.crl"));
    EXPECT_THAT(bench.shell("openssl x509 -in intermediate.pem -noout -text"),
                AllOf(HasSubstr(url + "ocsp/root"), HasSubstr(url + "crl/root.crl")));
    EXPECT_THAT(bench.shell("curl -sSf -D headers ${URL}certificates/intermediate.crt -o got.crt; "
                            "openssl x509 -inform DER -in got.crt | diff - intermediate.pem && "
                            "grep -i '^content-type' headers"),
                AllOf(HasSubstr("application/pkix-cert"), HasSubstr("exit 0")));
}

TEST(TsaTrust, OpensslTakesTheResponderAtItsWord) {
    const TrustBench bench;
    EXPECT_THAT(bench.ocsp(), AllOf(HasSubstr("Response verify OK"), HasSubstr("tsa.pem: good"),
                                    Not(HasSubstr("WARNING")), HasSubstr("exit 0")));
    bench.world.operate("tsa", "revoke",
                        R"({"certificate": "tsa", "reason": "keyCompromise", "seconds_ago": 60})");
    EXPECT_THAT(bench.ocsp(), AllOf(HasSubstr("Response verify OK"), HasSubstr("tsa.pem: revoked"),
                                    HasSubstr("Reason: keyCompromise")));
    EXPECT_THAT(bench.shell("openssl ocsp -issuer intermediate.pem -serial 0x1234 -url "
                            "${URL}ocsp/intermediate -CAfile root.pem"),
                AllOf(HasSubstr("Response verify OK"), HasSubstr("0x1234: unknown")));
    const Json asked = bench.world.received("tsa").at("revocation");
    ASSERT_EQ(asked.size(), 3U);
    EXPECT_EQ(asked.at(0), Json::parse(R"({"service": "ocsp", "authority": "intermediate", "method": "POST",
                                           "fault": ""})"));
}

TEST(TsaTrust, OcspByGetAndForNobody) {
    const TrustBench bench;
    const std::string get =
        "openssl ocsp -issuer intermediate.pem -cert tsa.pem {} -reqout request.der > /dev/null; "
        "curl -sSf -D headers -o answer.der \"${{URL}}ocsp/{}/$(base64 -w0 request.der | sed '{}')\"; "
        "grep -i '^content-type' headers; "
        "openssl ocsp -respin answer.der -no_nonce -issuer intermediate.pem -cert tsa.pem -CAfile root.pem";
    const char* const escaped = "s,+,%2B,g;s,/,%2F,g;s,=,%3D,g";
    EXPECT_THAT(bench.shell(fmt::format(fmt::runtime(get), "", "intermediate", escaped)),
                AllOf(HasSubstr("application/ocsp-response"), HasSubstr("tsa.pem: good")));
    EXPECT_THAT(bench.shell(fmt::format(fmt::runtime(get), "-no_nonce", "intermediate", "")),
                HasSubstr("tsa.pem: good"))
        << "slashes as they are";
    EXPECT_THAT(bench.shell(fmt::format(fmt::runtime(get), "", "root", escaped)), HasSubstr("unauthorized"))
        << "not the root's certificate";
    EXPECT_THAT(bench.shell("curl -sS -H 'Content-Type: application/ocsp-request' -d nonsense -o answer.der "
                            "${URL}ocsp/root; openssl ocsp -respin answer.der"),
                HasSubstr("malformedrequest"));
    EXPECT_THAT(bench.shell("curl -sS -o /dev/null -w '%{http_code}' -d x ${URL}ocsp/root"),
                HasSubstr("415"));
    EXPECT_THAT(bench.shell("curl -sS -o /dev/null -w '%{http_code}' ${URL}ocsp/nobody/x"), HasSubstr("404"));
}

// Each mistake, and by what openssl notices it.
TEST(TsaTrust, WrongAnswersOfTheResponder) {
    const TrustBench bench;
    struct Case {
        const char* fault;
        const char* noticed;
    };
    for (const Case& each : {
             Case{"unknown", "tsa.pem: unknown"},
             Case{"revoked", "tsa.pem: revoked"},
             Case{"try_later", "trylater (3)"},
             Case{"internal_error", "internalerror (2)"},
             Case{"unauthorized", "unauthorized (6)"},
             Case{"malformed", "Error querying OCSP responder"},
             Case{"truncated", "Error querying OCSP responder"},
             Case{"unreachable", "Error querying OCSP responder"},
             Case{"expired", "status expired"},
             Case{"not_yet", "status not yet valid"},
             Case{"wrong_nonce", "Nonce Verify error"},
             Case{"no_nonce", "no nonce in response"},
             Case{"wrong_signer", "Response Verify Failure"},
             Case{"no_purpose", "missing ocspsigning usage"},
             Case{"expired_responder", "certificate has expired"},
             Case{"broken_signature", "Response Verify Failure"},
             Case{"other_certificate", "No Status found"},
             Case{"status", "Error querying OCSP responder"},
         }) {
        bench.world.setFaults("tsa", fmt::format(R"([{{"at": "ocsp", "fault": "{}"}}])", each.fault));
        EXPECT_THAT(bench.ocsp(), HasSubstr(each.noticed)) << each.fault;
    }
    bench.world.setFaults("tsa", R"([{"at": "ocsp", "fault": "no_next_update"}])");
    EXPECT_THAT(bench.ocsp(), AllOf(HasSubstr("good"), Not(HasSubstr("Next Update"))));
    EXPECT_THAT(bench.ocsp(), HasSubstr("tsa.pem: good")) << "all is well again";
}

TEST(TsaTrust, ListsOfBothAuthorities) {
    const TrustBench bench;
    EXPECT_THAT(bench.verifyByLists(), HasSubstr("tsa.pem: OK"));
    bench.world.operate("tsa", "revoke",
                        R"({"certificate": "intermediate", "reason": "cACompromise", "seconds_ago": 60})");
    EXPECT_THAT(bench.verifyByLists(), HasSubstr("error 23 at 1 depth lookup: certificate revoked"));
    EXPECT_THAT(bench.shell("openssl crl -inform DER -in root.crl -noout -text -CAfile root.pem"),
                AllOf(HasSubstr("verify OK"), HasSubstr("CRL Number"), HasSubstr("CA Compromise")));
    bench.world.reset("tsa");
    EXPECT_THAT(bench.verifyByLists(), HasSubstr("tsa.pem: OK"));
    EXPECT_THAT(bench.shell("for i in 1 2; do curl -sSf ${URL}crl/root.crl | "
                            "openssl crl -inform DER -noout -crlnumber; done | sort -u | wc -l"),
                HasSubstr("2"))
        << "no number twice";
    EXPECT_THAT(bench.shell("openssl verify -crl_check -crl_download -CAfile root.pem "
                            "-untrusted intermediate.pem tsa.pem"),
                HasSubstr("tsa.pem: OK"))
        << "openssl finds the list by itself";
}

TEST(TsaTrust, WrongLists) {
    const TrustBench bench;
    struct Case {
        const char* fault;
        const char* noticed;
    };
    for (const Case& each : {
             Case{"expired", "CRL has expired"},
             Case{"not_yet", "CRL is not yet valid"},
             Case{"broken_signature", "CRL signature failure"},
             Case{"wrong_signer", "CRL signature failure"},
             Case{"not_der", "Could not read CRL"},
             Case{"truncated", "Could not read CRL"},
             Case{"missing", "404"},
             Case{"unreachable", "Empty reply from server"},
         }) {
        bench.world.setFaults("tsa",
                              fmt::format(R"([{{"at": "crl/intermediate", "fault": "{}"}}])", each.fault));
        EXPECT_THAT(bench.verifyByLists(), HasSubstr(each.noticed)) << each.fault;
    }
    EXPECT_THAT(bench.verifyByLists(), HasSubstr("tsa.pem: OK"));
}

TEST(TsaTrust, OpensslVerifiesStampsUntilTheCertificateIsTakenBack) {
    const TrustBench bench;
    const std::string withLists = "-CAfile trust.pem -untrusted intermediate.pem -crl_check_all";
    bench.verifyByLists();
    bench.shell("cat root.pem lists.pem > trust.pem");
    EXPECT_THAT(bench.stamp(withLists), HasSubstr("Verification: OK"));
    bench.world.operate("tsa", "revoke", R"({"certificate": "tsa", "reason": "superseded"})");
    bench.verifyByLists();
    bench.shell("cat root.pem lists.pem > trust.pem");
    EXPECT_THAT(bench.stamp(withLists), HasSubstr("certificate revoked"));
    EXPECT_THAT(bench.stamp("-CAfile root.pem"), HasSubstr("Verification: OK")) << "who does not look";
}

TEST(TsaTrust, WithoutAnIntermediate) {
    const TrustBench bench(R"({"intermediate": false})");
    EXPECT_THAT(bench.shell("openssl x509 -in tsa.pem -noout -ocsp_uri"), HasSubstr("ocsp/root"));
    EXPECT_THAT(bench.shell("openssl ocsp -issuer root.pem -cert tsa.pem -url ${URL}ocsp/root "
                            "-CAfile root.pem"),
                AllOf(HasSubstr("Response verify OK"), HasSubstr("tsa.pem: good")));
    EXPECT_THAT(bench.stamp("-CAfile root.pem"), HasSubstr("Verification: OK"));
    EXPECT_THROW(bench.world.operate("tsa", "revoke", R"({"certificate": "intermediate"})"),
                 std::runtime_error);
}

TEST(TsaTrust, RevocationsAreConfiguredWithTheirTime) {
    const TrustBench bench(R"({"revoked": [{"certificate": "tsa", "seconds_ago": -3600},
                                           {"certificate": "intermediate", "seconds_ago": 86400}]})");
    EXPECT_THAT(bench.ocsp(), HasSubstr("tsa.pem: good")) << "not yet";
    EXPECT_THAT(bench.verifyByLists(), HasSubstr("error 23 at 1 depth lookup: certificate revoked"));
    bench.world.operate("tsa", "clock", R"({"advance_seconds": 3700})");
    EXPECT_THAT(bench.ocsp("-validity_period 7200"), HasSubstr("tsa.pem: revoked"));
    bench.world.reset("tsa");
    EXPECT_THAT(bench.ocsp(), HasSubstr("tsa.pem: good"));
}

TEST(TsaTrust, ItsClockMayBeWrong) {
    const TrustBench bench(R"({"clock_skew_seconds": 7200})");
    EXPECT_THAT(bench.ocsp(), HasSubstr("status not yet valid"));
    EXPECT_EQ(bench.world.operate("tsa", "clock", R"({"skew_seconds": -90000})").at("skew_seconds"), -90000);
    EXPECT_THAT(bench.ocsp(), HasSubstr("status expired"));
    EXPECT_THAT(bench.verifyByLists(), HasSubstr("CRL has expired"));
    bench.stamp("-CAfile root.pem");
    const std::string stamped = bench.shell(
        "openssl ts -reply -in reply.tsr -text 2> /dev/null | sed -n 's/Time stamp: //p' | date -u -f - +%s");
    EXPECT_LE(std::stoll(stamped), std::time(nullptr) - 90000) << stamped;
}

TEST(TsaTrust, ItsCertificatesMayHaveExpired) {
    const TrustBench expired(R"({"valid_from_seconds": -864000, "valid_until_seconds": -86400})");
    EXPECT_THAT(expired.stamp("-CAfile root.pem"), HasSubstr("certificate has expired"));
    const TrustBench above(R"({"intermediate_valid_until_seconds": -86400})");
    EXPECT_THAT(above.shell("openssl verify -CAfile root.pem -untrusted intermediate.pem tsa.pem"),
                HasSubstr("error 10 at 1 depth lookup: certificate has expired"));
}

TEST(TsaTrust, WhatDoesNotExistIsRefused) {
    const TrustBench bench;
    const auto refuses = [&](const char* order, const char* body) {
        EXPECT_THROW(bench.world.operate("tsa", order, body), std::runtime_error) << body;
    };
    refuses("revoke", R"({"certificate": "nobody"})");
    refuses("revoke", R"({"certificate": "tsa", "reason": "boredom"})");
    refuses("dance", "{}");
    for (const char* faults :
         {R"([{"at": "ocsp", "fault": "wrong_imprint"}])", R"([{"at": "crl", "fault": "wrong_nonce"}])",
          R"([{"fault": "try_later"}])", R"([{"at": "nowhere", "fault": "status"}])"})
        EXPECT_THROW(bench.world.setFaults("tsa", faults), std::runtime_error) << faults;
    EXPECT_THROW(TrustBench(R"({"revoked": [{"certificate": "tsa", "reason": "boredom"}]})"),
                 std::runtime_error);
}

}  // namespace
}  // namespace greffe
