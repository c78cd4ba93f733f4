// SPDX-License-Identifier: Apache-2.0
// The parts of a simulated HTTP service that keeps state.
#include "simulators/http/form_data.h"
#include "simulators/http/rate_limit.h"
#include "simulators/http/route_table.h"
#include "simulators/http/server_certificates.h"
#include "simulators/http/service_faults.h"
#include "simulators/simulated_clock.h"

#include <curl/curl.h>
#include <gmock/gmock.h>

namespace greffe::simulators {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

RouteTable threeRoutes() {
    const auto nothing = [](const HttpCall&) { return HttpAnswer{}; };
    RouteTable table;
    table.add("download_all", "GET", "/requests/{request}/documents/download", nothing);
    table.add("get_document", "GET", "/requests/{request}/documents/{document}", nothing);
    table.add("add_document", "POST", "/requests/{request}/documents", nothing);
    return table;
}

TEST(RouteTable, FindsTheFirstThatMatches) {
    const RouteTable table = threeRoutes();
    EXPECT_EQ(table.find("GET", "/requests/7/documents/download?version=current").route->name,
              "download_all");
    const auto match = table.find("GET", "/requests/a%2Fb/documents/9");
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.route->name, "get_document");
    EXPECT_THAT(match.parameters, UnorderedElementsAre(Pair("request", "a/b"), Pair("document", "9")));
}

TEST(RouteTable, TellsAnUnknownPathFromAnotherMethod) {
    const RouteTable table = threeRoutes();
    EXPECT_TRUE(table.find("DELETE", "/requests/7/documents").isPathKnown);
    EXPECT_EQ(table.find("DELETE", "/requests/7/documents").route, nullptr);
    for (const char* path : {"/requests/7", "/requests//documents", "/requests/7/documents/", "/", ""})
        EXPECT_FALSE(table.find("GET", path).isPathKnown) << path;
}

TEST(RouteTable, ReadsQueriesWithBracketsPlainOrEncoded) {
    EXPECT_THAT(queryOf("/x?status[in]=a,b&external_id%5Beq%5D=A%2BB&q=a+b&empty"),
                ElementsAre(Pair("status[in]", "a,b"), Pair("external_id[eq]", "A+B"), Pair("q", "a b"),
                            Pair("empty", "")));
    EXPECT_TRUE(queryOf("/x").empty());
}

const std::string kBody =
    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"devis \xC3\xA9t\xC3\xA9.pdf\"\r\n"
    "Content-Type: application/pdf\r\n\r\n%PDF\r\n--\r\n\0bytes\r\n"
    "--b\r\nContent-Disposition: form-data; name=\"nature\"\r\n\r\nattachment\r\n--b--\r\n"s;

TEST(FormData, KeepsTheBytesOfAFile) {
    const std::string body =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n"
        "Content-Type: application/pdf\r\n\r\n%PDF\r\n--\r\n\0bytes\r\n\r\n--b--\r\n"s;
    const auto parts = readFormData("multipart/form-data; boundary=b", body);
    ASSERT_TRUE(parts.ok()) << parts.error().text();
    ASSERT_EQ(parts->size(), 1U);
    EXPECT_EQ(parts->front().bytes, std::string("%PDF\r\n--\r\n\0bytes\r\n", 18));
    EXPECT_EQ(parts->front().fileName, "a.pdf");
    EXPECT_EQ(parts->front().contentType, "application/pdf");
}

TEST(FormData, RefusesWhatWasCut) {
    for (std::size_t size = 0; size + 4 < kBody.size(); size += 7)
        EXPECT_FALSE(readFormData("multipart/form-data; boundary=b", kBody.substr(0, size)).ok()) << size;
    EXPECT_FALSE(readFormData("multipart/form-data", kBody).ok());
    EXPECT_FALSE(readFormData("application/json", "{}").ok());
}

TEST(RateLimit, CountsInEachWindow) {
    RateLimit limit({{60s, 2}, {3600s, 3}});
    const WallTime start = fromUnixMs(1'767'225'600'000);
    EXPECT_EQ(limit.count(start).windows[0].remaining, 1);
    EXPECT_TRUE(limit.count(start + 1s).isAllowed);
    const auto third = limit.count(start + 20s);
    EXPECT_FALSE(third.isAllowed);
    EXPECT_EQ(third.tightest, 0U);
    EXPECT_EQ(third.windows[0].resetIn, 40s);
    const auto fourth = limit.count(start + 60s);
    EXPECT_TRUE(fourth.isAllowed) << "a refused call is not counted";
    EXPECT_EQ(fourth.tightest, 1U);
    EXPECT_FALSE(limit.count(start + 61s).isAllowed);
    EXPECT_TRUE(limit.count(start + 3600s).isAllowed);
    limit.reset();
    EXPECT_EQ(limit.count(start + 3601s).windows[1].remaining, 2);
}

TEST(RateLimit, ZeroIsNoLimit) {
    RateLimit limit({{60s, 0}, {3600s, 200}, {60s, 0}});
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(limit.count(fromUnixMs(0)).isAllowed);
    EXPECT_EQ(limit.count(fromUnixMs(0)).tightest, 1U);
}

TEST(ServiceFaults, SayWhetherTheCallWasCarriedOut) {
    int carriedOut = 0;
    const auto play = [&](const char* fault) {
        return playServiceFault(Json::parse(fault), [&] {
            ++carriedOut;
            return jsonAnswer(201, {{"id", 1}});
        });
    };
    EXPECT_EQ(play(R"({"fault":"status","status":500})").status, 500);
    EXPECT_TRUE(play(R"({"fault":"reset"})").isReset);
    EXPECT_EQ(carriedOut, 0);
    const HttpAnswer late = play(R"({"fault":"status","status":429,"retry_after_seconds":7,"effect":true})");
    EXPECT_EQ(late.status, 429);
    EXPECT_EQ(late.headers.at("Retry-After"), "7");
    EXPECT_EQ(play(R"({"fault":"silence","ms":5})").cutAfterBytes, 0U);
    EXPECT_EQ(play(R"({"fault":"cut","after_bytes":9})").cutAfterBytes, 9U);
    EXPECT_EQ(play(R"({"fault":"body","body":"{"})").body, "{");
    EXPECT_EQ(carriedOut, 4);
}

TEST(SimulatedClock, MovesAndRuns) {
    SimulatedClock clock;
    const WallTime before = clock.now();
    clock.advance(48h);
    EXPECT_GE(clock.now() - before, 48h);
    EXPECT_LT(clock.now() - before, 49h);
    clock.setSpeed(36'000);
    std::this_thread::sleep_for(5ms);
    EXPECT_GE(clock.now() - before, 48h + 150s);
    EXPECT_EQ(rfc3339(fromUnixMs(1'767'225'600'999), "+00:00"), "2026-01-01T00:00:00+00:00");
    EXPECT_EQ(httpDate(fromUnixMs(1'767'225'600'000)), "Thu, 01 Jan 2026 00:00:00 GMT");
}

struct Answered {
    CURLcode code = CURLE_OK;
    long status = 0;
};

Answered ask(const std::string& url, const std::string& rootPem) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    curl_blob root{const_cast<char*>(rootPem.data()), rootPem.size(), CURL_BLOB_COPY};
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO_BLOB, &root);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    Answered answered;
    answered.code = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answered.status);
    return answered;
}

TEST(HttpService, ShowsTheCertificateItIsToldTo) {
    ServerCertificates certificates;
    for (const std::string& kind : ServerCertificates::kinds()) {
        HttpService service([](const HttpQuestion&) { return jsonAnswer(204, {}); });
        const auto identity = certificates.identity(kind);
        ASSERT_TRUE(identity.ok()) << identity.error().text();
        ASSERT_TRUE(service.start(0, &*identity).ok());
        EXPECT_THAT(service.url(), HasSubstr("https://localhost:"));
        const Answered answered = ask(service.url(), certificates.rootPem());
        EXPECT_EQ(answered.code, kind == "good" ? CURLE_OK : CURLE_PEER_FAILED_VERIFICATION) << kind;
        EXPECT_EQ(answered.status, kind == "good" ? 204 : 0) << kind;
    }
    EXPECT_FALSE(certificates.identity("bad").ok());
}

TEST(HttpService, ResetsAndCutsOverTlsAndPlain) {
    ServerCertificates certificates;
    for (const bool isTls : {false, true}) {
        HttpService service([](const HttpQuestion& question) {
            HttpAnswer answer = jsonAnswer(200, {{"a", "long enough to be cut"}});
            answer.cutAfterBytes = question.path == "/cut" ? 100 : 0;
            answer.isReset = question.path == "/reset";
            return answer;
        });
        const TestIdentity identity = certificates.identity("good").value();
        ASSERT_TRUE(service.start(0, isTls ? &identity : nullptr).ok());
        EXPECT_NE(ask(service.url() + "/cut", certificates.rootPem()).code, CURLE_OK);
        const CURLcode code = ask(service.url() + "/reset", certificates.rootPem()).code;
        EXPECT_TRUE(code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING) << code;
        EXPECT_EQ(ask(service.url() + "/empty", certificates.rootPem()).code,
                  isTls ? code : CURLE_GOT_NOTHING);
    }
}

}  // namespace
}  // namespace greffe::simulators
