// SPDX-License-Identifier: Apache-2.0
#include "transform_template.h"

#include <greffe/sdk/testing/test_host.h>
#include <greffe/sdk/testing/test_outcome.h>

#include <gtest/gtest.h>

#include <string>

namespace transform_template {
namespace {

using greffe::DocumentView;
using greffe::Transformer;
using greffe::Verdict;
using greffe::sdk::testing::documentOf;
using greffe::sdk::testing::TestHost;
using greffe::sdk::testing::TestInstance;
using greffe::sdk::testing::TestOutcome;

TEST(LineCounter, CountsAcrossPieces) {
    LineCounter counter;
    EXPECT_EQ(counter.lines(), 0U);
    counter.add("one\ntw");
    EXPECT_EQ(counter.lines(), 2U);
    counter.add("o\n");
    counter.add("");
    EXPECT_EQ(counter.lines(), 2U);
}

struct Call {
    explicit Call(std::string_view options = "{}") : plugin(TransformTemplate::create, host) {
        host.setSecret("mark_key", "0123456789abcdef");
        if (!plugin.start(options)) ADD_FAILURE() << host.problems.text();
    }
    void run(const DocumentView* documents, std::uint32_t count, std::string_view params = "{}") {
        plugin.capability<Transformer>()->transform(documents, count, params, outcome);
        EXPECT_EQ(outcome.verdicts, 1);
    }

    TestHost host;
    TestInstance plugin;
    TestOutcome outcome;
};

TEST(TransformTemplate, WritesThePage) {
    Call call(R"({"title":"Lease of flat 12"})");
    const DocumentView documents[] = {documentOf("one\ntwo\n", "lease.txt", "text/plain", 0),
                                      documentOf("x", "bad\nname", "application/pdf", 1)};
    call.run(documents, 2, R"({"date":"2026-11-22"})");
    ASSERT_EQ(call.outcome.verdict, Verdict::Done) << call.outcome.explanation;
    EXPECT_EQ(call.outcome.facts["documents"], "2");
    EXPECT_EQ(call.outcome.facts["lines"], "3");
    const std::string& page = call.outcome.artifacts["cover"].bytes;
    EXPECT_EQ(page.find("Lease of flat 12\n2026-11-22\n2 documents, 9 bytes\n"), 0U) << page;
    EXPECT_NE(page.find("1. lease.txt\n   text/plain, 8 bytes, 2 lines\n   SHA-256 "), std::string::npos)
        << page;
    EXPECT_NE(page.find("2. bad\uFFFDname\n"), std::string::npos) << "a name cannot bring a line of its own";
    EXPECT_EQ(call.host.log.size(), 1U);
    EXPECT_FALSE(call.host.progress.empty());
}

TEST(TransformTemplate, MarksThePageWithAKeyItNeverSees) {
    Call call;
    const DocumentView document = documentOf("x");
    call.run(&document, 1);
    const std::string page = call.outcome.artifacts["cover"].bytes;
    const std::size_t mark = page.find("\nMark ");
    ASSERT_NE(mark, std::string::npos);
    const auto expected = greffe::sdk::testing::hmacSha256("0123456789abcdef", page.substr(0, mark));
    std::string hex;
    for (const unsigned char byte : expected) {
        constexpr char kDigits[] = "0123456789abcdef";
        hex += kDigits[byte >> 4U];
        hex += kDigits[byte & 15U];
    }
    EXPECT_EQ(page.substr(mark), "\nMark " + hex + "\n");
    EXPECT_EQ(call.outcome.facts["mark"], "\"" + hex + "\"");
}

TEST(TransformTemplate, WorksWithoutOptionalServices) {
    TestHost host;
    host.withheld = {"log/1", "clock/1", "secrets/1", "cancel/1", "temporary-files/1"};
    TestInstance plugin(TransformTemplate::create, host);
    ASSERT_TRUE(plugin.start("{}"));
    TestOutcome outcome;
    const DocumentView document = documentOf("x");
    plugin.capability<Transformer>()->transform(&document, 1, "{}", outcome);
    EXPECT_EQ(outcome.verdict, Verdict::Done);
    EXPECT_EQ(outcome.facts.count("mark"), 0U);
}

TEST(TransformTemplate, StopsWhenItIsCancelled) {
    Call call;
    call.host.cancelAfterAsks = 0;
    const DocumentView document = documentOf("x");
    call.run(&document, 1);
    EXPECT_EQ(call.outcome.verdict, Verdict::RetryLater);
    EXPECT_TRUE(call.outcome.artifacts.empty());
}

TEST(TransformTemplate, RefusesTooMuch) {
    Call call(R"({"max_documents":1})");
    const DocumentView documents[] = {documentOf("x"), documentOf("y")};
    call.run(documents, 2);
    EXPECT_EQ(call.outcome.reason, "limit_exceeded");
    Call tight;
    tight.outcome.mostBytes = 10;
    tight.run(documents, 1);
    EXPECT_EQ(tight.outcome.reason, "limit_exceeded");
    Call wrong;
    wrong.run(documents, 1, "not json");
    EXPECT_EQ(wrong.outcome.reason, "invalid_options");
}

TEST(TransformTemplate, NamesTheOptionThatIsWrong) {
    TestHost host;
    TestInstance plugin(TransformTemplate::create, host);
    EXPECT_FALSE(plugin.start(R"({"title":"two\nlines","max_documents":0,"titel":"x"})"));
    EXPECT_EQ(host.problems.errors.count("title"), 1U);
    EXPECT_EQ(host.problems.errors.count("max_documents"), 1U);
    EXPECT_EQ(host.problems.errors.count("titel"), 1U);
}

}  // namespace
}  // namespace transform_template
