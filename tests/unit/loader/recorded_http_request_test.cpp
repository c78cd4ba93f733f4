// SPDX-License-Identifier: Apache-2.0
#include "loader/recorded_http_request.h"

#include <gmock/gmock.h>

#include <functional>

namespace greffe {
namespace {

using testing::HasSubstr;

TEST(RecordedHttpRequest, KeepsWhatWasAsked) {
    RecordedHttpRequest request;
    request.start("POST", "https://api.example/v1/x?y=1");
    request.header("Authorization", "Bearer {{secret:1:ab}}");
    request.body("application/json", "{}");
    request.limits(5000, 1000);
    EXPECT_EQ(request.contractBreak(), "");
    EXPECT_EQ(request.data().method, "POST");
    EXPECT_EQ(request.data().url, "https://api.example/v1/x?y=1");
    ASSERT_EQ(request.data().headers.size(), 1U);
    EXPECT_EQ(request.data().contentType, "application/json");
    EXPECT_EQ(request.data().timeoutMs, 5000U);
}

TEST(RecordedHttpRequest, FindsBreaks) {
    using Call = std::function<void(RecordedHttpRequest&)>;
    const std::pair<Call, const char*> breaks[] = {
        {[](auto&) {}, "without start"},
        {[](auto& r) {
             r.start("GET", "https://a");
             r.start("GET", "https://a");
         },
         "twice"},
        {[](auto& r) { r.start("GET /", "https://a"); }, "token"},
        {[](auto& r) { r.start("GET", "/relative"); }, "absolute"},
        {[](auto& r) { r.start("GET", "file:///etc/passwd"); }, "absolute"},
        {[](auto& r) { r.start("GET", "https://a b"); }, "blanks"},
        {[](auto& r) { r.start("GET", "https://a\r\nX: y"); }, "blanks"},
        {[](auto& r) {
             r.start("GET", "https://a");
             r.header("X", "a\r\nHost: b");
         },
         "line break"},
        {[](auto& r) {
             r.start("GET", "https://a");
             r.header("X y", "a");
         },
         "token"},
        {[](auto& r) {
             r.start("GET", "https://a");
             r.header("HOST", "a");
         },
         "host's to write"},
        {[](auto& r) {
             r.start("GET", "https://a");
             r.header("X", std::string(70'000, 'a'));
         },
         "64 KiB"},
        {[](auto& r) {
             r.start("GET", "https://a");
             for (int i = 0; i < 101; ++i)
                 r.header("X", "a");
         },
         "100 headers"},
        {[](auto& r) {
             r.start("GET", "https://a");
             r.body("", "a");
         },
         "content type"},
        {[](auto& r) {
             r.start("GET", "https://a");
             r.body("a/b", "a");
             r.body("a/b", "a");
         },
         "twice"},
        {[](auto& r) {
             r.start("GET", "https://a");
             r.limits(0, 1);
         },
         "limit"},
    };
    for (const auto& [call, text] : breaks) {
        RecordedHttpRequest request;
        call(request);
        EXPECT_THAT(request.contractBreak(), HasSubstr(text));
    }
}

}  // namespace
}  // namespace greffe
