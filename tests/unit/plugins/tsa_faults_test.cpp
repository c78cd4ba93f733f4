// SPDX-License-Identifier: Apache-2.0
// The promise E5: whatever a time-stamp authority, its server or the network gets wrong, no token is taken.
#include "support/running_simulators.h"
#include "unit/plugins/tsa_instance.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::HasSubstr;

// One authority for all cases: a fault must not leave traces either.
RunningSimulators& world() {
    static RunningSimulators simulators(R"({"tsa": {"key": "p256"}})");
    return simulators;
}

Json trustingOptions() {
    return {{"url", world().textOf("tsa", "url")},
            {"trust_anchors", world().textOf("tsa", "root_pem")},
            {"policy_oid", "1.2.3.4.1"},
            {"max_skew_seconds", 60},
            {"timeout_seconds", 1}};
}

struct Fault {
    const char* name;
    const char* plan;
    const char* reason;
    const char* text;
};

void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}

const Fault kFaults[] = {
    {"WrongNonce", R"({"fault":"wrong_nonce"})", "bad_answer", "has not the nonce"},
    {"NoNonce", R"({"fault":"no_nonce"})", "bad_answer", "has not the nonce"},
    {"WrongImprint", R"({"fault":"wrong_imprint"})", "bad_answer", "another digest"},
    {"WrongPolicy", R"({"fault":"wrong_policy"})", "bad_answer", "policy 1.2.3.4.99 instead of 1.2.3.4.1"},
    {"TimeAhead", R"({"fault":"time_ahead","seconds":120})", "bad_answer", "s ahead of this machine's clock"},
    {"TimeBehind", R"({"fault":"time_behind","seconds":120})", "bad_answer", "s behind this machine's clock"},
    {"ExpiredCertificate", R"({"fault":"expired"})", "bad_answer", "out of date at the token's time"},
    {"NoPurpose", R"({"fault":"no_purpose"})", "bad_answer", "not one for time-stamps alone"},
    {"PurposeNotCritical", R"({"fault":"not_critical"})", "bad_answer", "not one for time-stamps alone"},
    {"TwoPurposes", R"({"fault":"two_purposes"})", "bad_answer", "not one for time-stamps alone"},
    {"Stranger", R"({"fault":"stranger"})", "bad_answer", "is not trusted"},
    {"BrokenSignature", R"({"fault":"broken_signature"})", "bad_answer", "signature is not valid"},
    {"NoEss", R"({"fault":"no_ess"})", "bad_answer", "does not bind itself"},
    {"WrongEss", R"({"fault":"wrong_ess"})", "bad_answer", "names another certificate"},
    {"NoCertificates", R"({"fault":"no_certificates"})", "bad_answer", "signature is not valid"},
    {"TwoSignatures", R"({"fault":"two_signatures"})", "bad_answer", "not exactly one signature"},
    {"Sha1", R"({"fault":"sha1"})", "bad_answer", "no longer protects"},
    {"Rejection", R"({"fault":"rejection"})", "provider_error", "\"the authority rests\"; timeNotAvailable"},
    {"Waiting", R"({"fault":"waiting"})", "provider_error", "waiting; \"come back later\""},
    {"NoToken", R"({"fault":"no_token"})", "bad_answer", "holds no token"},
    {"NotDer", R"({"fault":"not_der"})", "bad_answer", "not one DER TimeStampResp"},
    {"Truncated", R"({"fault":"truncated","bytes":1})", "bad_answer", "not one DER TimeStampResp"},
    {"TrailingBytes", R"({"fault":"trailing_bytes"})", "bad_answer", "not one DER TimeStampResp"},
    {"OneMegabyte", R"({"fault":"large_body","bytes":1048576})", "bad_answer", "larger than 64 KiB"},
    {"JustTooLarge", R"({"fault":"large_body","bytes":65537})", "bad_answer", "larger than 64 KiB"},
    {"SlowDrip", R"({"fault":"slow","pause_ms":50})", "provider_unavailable", "no whole answer came"},
    {"Delay", R"({"fault":"delay","ms":5000})", "provider_unavailable", "no whole answer came"},
    {"CutAtOnce", R"({"fault":"cut","after_bytes":0})", "provider_unavailable", "no whole answer came"},
    // libcurl takes the end of the connection for the end of the headers.
    {"CutInHeaders", R"({"fault":"cut","after_bytes":30})", "bad_answer", "content type"},
    {"CutInBody", R"({"fault":"cut","after_bytes":900})", "provider_unavailable", "no whole answer came"},
    {"Status500", R"({"fault":"status","status":500})", "provider_unavailable", "HTTP status 500"},
    {"Status503", R"({"fault":"status","status":503,"retry_after_seconds":30})", "provider_unavailable",
     "503"},
    {"Status429", R"({"fault":"status","status":429,"retry_after_seconds":17})", "rate_limited", "429"},
    {"Status401", R"({"fault":"status","status":401})", "unauthorized", "401"},
    {"Status404", R"({"fault":"status","status":404})", "provider_error", "404"},
    {"Status302", R"({"fault":"status","status":302})", "provider_error", "redirections are not followed"},
    {"Status204", R"({"fault":"status","status":204})", "provider_error", "204"},
    {"WrongContentType", R"({"fault":"content_type","content_type":"text/html"})", "bad_answer",
     "content type"},
    {"NearlyTheContentType", R"({"fault":"content_type","content_type":"application/timestamp-reply2"})",
     "bad_answer", "content type"},
};

class E5 : public ::testing::TestWithParam<Fault> {};

TEST_P(E5, IsRefusedAndTheNextAnswerIsTaken) {
    TsaInstance tsa;
    ASSERT_TRUE(tsa.start(trustingOptions())) << tsa.problems.all();
    world().setFaults("tsa", "[" + std::string(GetParam().plan) + "]");
    HeardOutcome refused;
    EXPECT_EQ(tsa.stamp(refused).contractBreak, "");
    EXPECT_EQ(refused.verdicts, 1);
    EXPECT_EQ(refused.verdict, Verdict::RetryLater);
    EXPECT_EQ(refused.reason, GetParam().reason);
    EXPECT_THAT(refused.explanation, HasSubstr(GetParam().text));
    EXPECT_TRUE(refused.artifacts.empty());
    EXPECT_TRUE(refused.facts.empty());
    EXPECT_EQ(world().faults("tsa"), Json::array()) << "the fault was not played";

    HeardOutcome taken;
    tsa.stamp(taken);
    EXPECT_EQ(taken.verdict, Verdict::Done) << taken.explanation;
    EXPECT_FALSE(taken.artifacts.at("token").text().empty());
}

std::string faultName(const ::testing::TestParamInfo<Fault>& fault) {
    return fault.param.name;
}
INSTANTIATE_TEST_SUITE_P(Faults, E5, ::testing::ValuesIn(kFaults), faultName);

TEST(TsaFaults, RetryAfterIsPassedOn) {
    TsaInstance tsa;
    ASSERT_TRUE(tsa.start(trustingOptions()));
    world().setFaults("tsa", R"([{"fault":"status","status":429,"retry_after_seconds":17}])");
    HeardOutcome outcome;
    tsa.stamp(outcome);
    EXPECT_EQ(outcome.delay, 17U);
}

TEST(TsaFaults, WithoutAnchorsOnlyTrustIsMissing) {
    TsaInstance tsa;
    Json options = trustingOptions();
    options.erase("trust_anchors");
    ASSERT_TRUE(tsa.start(options));
    for (const Fault& fault : kFaults) {
        if (std::string_view(fault.name) == "Delay" || std::string_view(fault.name) == "SlowDrip") continue;
        world().setFaults("tsa", "[" + std::string(fault.plan) + "]");
        HeardOutcome outcome;
        tsa.stamp(outcome);
        if (std::string_view(fault.name) == "Stranger") {
            EXPECT_EQ(outcome.verdict, Verdict::Done);
            EXPECT_EQ(outcome.facts["trust"], "\"embedded_certificate\"");
            continue;
        }
        EXPECT_EQ(outcome.verdict, Verdict::RetryLater) << fault.name;
        EXPECT_TRUE(outcome.artifacts.empty()) << fault.name;
    }
}

TEST(TsaFaults, ACutAtAnyByteGivesNoToken) {
    TsaInstance tsa;
    ASSERT_TRUE(tsa.start(trustingOptions()));
    std::size_t refused = 0;
    for (int after = 0;; after += after < 140 ? 1 : 13) {
        world().setFaults("tsa", R"([{"fault":"cut","after_bytes":)" + std::to_string(after) + "}]");
        HeardOutcome outcome;
        tsa.stamp(outcome);
        if (outcome.verdict == Verdict::Done) break;  // the whole answer fits
        ASSERT_TRUE(outcome.artifacts.empty());
        ASSERT_EQ(outcome.verdict, Verdict::RetryLater) << after << outcome.explanation;
        ++refused;
        ASSERT_LT(after, 10000);
    }
    EXPECT_GT(refused, 200U);
}

// Not everything in an answer is signed (the chain's certificates, some optional fields): a changed byte may
// leave a token acceptable, but never make it say something else.
TEST(TsaFaults, AChangedByteNeverChangesWhatIsStamped) {
    TsaInstance tsa;
    ASSERT_TRUE(tsa.start(trustingOptions()));
    world().reset("tsa");
    HeardOutcome original;
    const ExchangeRecord good = tsa.stamp(original);
    ASSERT_EQ(original.verdict, Verdict::Done) << original.explanation;
    std::size_t refused = 0;
    const std::string& answer = good.answers.at(0);
    for (std::size_t i = 0; i < answer.size(); ++i) {
        for (const char bit : {'\x01', '\x80'}) {
            std::string changed = answer;
            changed[i] = static_cast<char>(changed[i] ^ bit);
            HttpResponse response;
            response.status = 200;
            response.headers = "content-type: application/timestamp-reply\n";
            response.body = std::string_view(changed);
            RecordedHttpRequest request;
            HeardOutcome outcome;
            HttpExchange* const exchange = tsa.authority().stamp(tsa.imprint, tsa.nonce);
            exchange->next(nullptr, request, outcome);
            exchange->next(&response, request, outcome);
            exchange->release();
            ASSERT_EQ(outcome.verdicts, 1);
            if (outcome.verdict == Verdict::Done) {
                EXPECT_EQ(outcome.facts["gen_time_unix"], original.facts["gen_time_unix"]) << i;
                EXPECT_EQ(outcome.facts["serial"], original.facts["serial"]) << i;
                EXPECT_EQ(outcome.facts["authority"], original.facts["authority"]) << i;
            } else {
                EXPECT_EQ(outcome.verdict, Verdict::RetryLater) << outcome.explanation;
                EXPECT_TRUE(outcome.artifacts.empty());
                ++refused;
            }
        }
    }
    EXPECT_GT(refused, answer.size() * 2 * 9 / 10);
}

TEST(TsaFaults, NobodyAtHomeIsSafeToAskAgain) {
    TsaInstance tsa;
    Json options = trustingOptions();
    options["url"] = "http://127.0.0.1:1/";
    ASSERT_TRUE(tsa.start(options));
    HeardOutcome outcome;
    tsa.stamp(outcome);
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_THAT(outcome.explanation, HasSubstr("the authority was not reached"));
}

}  // namespace
}  // namespace greffe
