// SPDX-License-Identifier: Apache-2.0
#include "lua/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace greffe::lua {
namespace {

bool never(void*, std::size_t) {
    return false;
}

// "begin-end:capture,capture" of the first match, "none", or "! why the pattern is wrong".
std::string found(std::string_view subject, std::string_view text) {
    Pattern pattern;
    if (const char* problem = pattern.compile(text, true)) return std::string("! ") + problem;
    PatternMatch match(pattern, subject, &never, nullptr);
    if (!match.find(0)) return "none";
    std::string out = std::to_string(match.begin()) + "-" + std::to_string(match.end());
    for (std::size_t i = 0; i < pattern.captureCount(); ++i) {
        const PatternCapture& capture = match.capture(i);
        out += i == 0 ? ":" : ",";
        out += capture.isPosition ? "@" + std::to_string(capture.begin)
                                  : std::string(subject.substr(capture.begin, capture.size));
    }
    return out;
}

TEST(Pattern, TakesWhatTheManualSays) {
    EXPECT_EQ(found("hello", "l+"), "2-4");
    EXPECT_EQ(found("hello", "l-o"), "2-5");
    EXPECT_EQ(found("hello", "^e"), "none");
    EXPECT_EQ(found("hello", "o$"), "4-5");
    EXPECT_EQ(found("a$b", "a$b"), "0-3");
    EXPECT_EQ(found("hello", ""), "0-0");
    EXPECT_EQ(found("key = value", "^(%w+)%s*=%s*(%w+)$"), "0-11:key,value");
    EXPECT_EQ(found("colour", "colou?r"), "0-6");
    EXPECT_EQ(found("color", "colou?r"), "0-5");
    EXPECT_EQ(found("x(a(b)c)y", "%b()"), "1-8");
    EXPECT_EQ(found("say \"it\" now", "%b\"\""), "4-8");
    EXPECT_EQ(found("THE (quick) fox", "%f[%a]%a+%f[%A]"), "0-3");
    EXPECT_EQ(found("  fox", "%f[%w]()"), "2-2:@2");
    EXPECT_EQ(found("abab", "(ab)%1"), "0-4:ab");
    EXPECT_EQ(found("a-b]", "[]-]+"), "1-2");
    EXPECT_EQ(found("x9", "[^%a]"), "1-2");
    EXPECT_EQ(found("2026-11-22", "(%d+)-(%d+)-(%d+)"), "0-10:2026,11,22");
    EXPECT_EQ(found("aXb", "%u"), "1-2");
    EXPECT_EQ(found("50%", "%%"), "2-3");
    EXPECT_EQ(found("nested", "((n)(e))"), "0-2:ne,n,e");
    EXPECT_EQ(found("aaa", "(a*)(a)"), "0-3:aa,a");
    EXPECT_EQ(found(std::string_view("a\0b", 3), "%z?.b"), "1-3");
    EXPECT_EQ(found("[x]", "%[(.-)%]"), "0-3:x");
}

TEST(Pattern, SaysWhatIsWrong) {
    EXPECT_EQ(found("", "%"), "! malformed pattern (ends with '%')");
    EXPECT_EQ(found("", "[a"), "! malformed pattern (missing ']')");
    EXPECT_EQ(found("", "[%"), "! malformed pattern (missing ']')");
    EXPECT_EQ(found("", "(a"), "! unfinished capture");
    EXPECT_EQ(found("", "a)"), "! invalid pattern capture");
    EXPECT_EQ(found("", "%b("), "! malformed pattern (missing arguments to '%b')");
    EXPECT_EQ(found("", "%fa"), "! missing '[' after '%f' in pattern");
    EXPECT_EQ(found("", "(a%1)"), "! invalid capture index");
    EXPECT_EQ(found("", "%0"), "! invalid capture index");
    EXPECT_EQ(found("", std::string(200, 'a')), "! pattern too complex");
}

TEST(Pattern, StopsWhenAskedTo) {
    Pattern pattern;
    ASSERT_EQ(pattern.compile(".-.-.-.-.-b", true), nullptr);
    int questions = 0;
    const std::string subject(600, 'a');
    PatternMatch match(
        pattern, subject, [](void* count, std::size_t) { return ++*static_cast<int*>(count) == 3; },
        &questions);
    EXPECT_FALSE(match.find(0));
    EXPECT_TRUE(match.isStopped());
    EXPECT_EQ(questions, 3);
}

}  // namespace
}  // namespace greffe::lua
