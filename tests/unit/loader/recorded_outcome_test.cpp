// SPDX-License-Identifier: Apache-2.0
#include "loader/recorded_outcome.h"

#include "sys/files.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace greffe {
namespace {

using testing::HasSubstr;

std::string contentOf(const RecordedArtifact& artifact) {
    ::lseek(artifact.file.get(), 0, SEEK_SET);
    return readAll(artifact.file.get(), 1U << 20U).value();
}

TEST(RecordedOutcome, KeepsFactsAndArtifacts) {
    RecordedOutcome outcome({.inputs = 1});
    outcome.fact("pages", "3");
    ByteSink* first = outcome.artifact("cover", "text/plain");
    EXPECT_TRUE(first->write("hello "));
    EXPECT_TRUE(first->write("world"));
    EXPECT_TRUE(outcome.appended("sealed", "application/pdf", 0)->write("tail"));
    outcome.done();
    const CallResult result = outcome.take();
    EXPECT_EQ(result.verdict, Verdict::Done) << result.explanation;
    EXPECT_EQ(result.facts, Json({{"pages", 3}}));
    ASSERT_EQ(result.artifacts.size(), 2U);
    EXPECT_EQ(contentOf(result.artifacts[0]), "hello world");
    EXPECT_EQ(result.artifacts[0].sizeBytes, 11U);
    EXPECT_EQ(result.artifacts[0].sha256, sha256("hello world"));
    EXPECT_EQ(result.artifacts[1].baseIndex, 0U);
    EXPECT_EQ(contentOf(result.artifacts[1]), "tail");
}

TEST(RecordedOutcome, KeepsEachVerdictsOwnParts) {
    {
        RecordedOutcome outcome;
        outcome.fact("findings", "[]");
        outcome.artifact("cover", "text/plain")->write("x");
        outcome.rejected("not_a_pdf", "no header");
        const CallResult result = outcome.take();
        EXPECT_EQ(result.verdict, Verdict::Rejected);
        EXPECT_EQ(result.reason, Reason::NotAPdf);
        EXPECT_EQ(result.explanation, "no header");
        EXPECT_FALSE(result.isPluginFault());
        EXPECT_TRUE(result.facts.contains("findings"));
        EXPECT_TRUE(result.artifacts.empty());
    }
    {
        RecordedOutcome outcome;
        outcome.fact("dropped", "1");
        outcome.retryLater(30, "rate_limited", "slow down");
        const CallResult result = outcome.take();
        EXPECT_EQ(result.verdict, Verdict::RetryLater);
        EXPECT_EQ(result.delaySeconds, 30U);
        EXPECT_EQ(result.reason, Reason::RateLimited);
        EXPECT_TRUE(result.facts.empty());
    }
    {
        RecordedOutcome outcome;
        outcome.waiting("sr_123", 1000, 2000);
        const CallResult result = outcome.take();
        EXPECT_EQ(result.verdict, Verdict::Waiting);
        EXPECT_EQ(result.externalId, "sr_123");
        EXPECT_EQ(result.nextPollUnixMs, 1000);
        EXPECT_EQ(result.expiresAtUnixMs, 2000);
    }
    {
        RecordedOutcome outcome;
        outcome.uncertain("the line was cut");
        const CallResult result = outcome.take();
        EXPECT_EQ(result.verdict, Verdict::Uncertain);
        EXPECT_EQ(result.reason, Reason::OutcomeUnknown);
    }
}

TEST(RecordedOutcome, TurnsEveryBreakIntoAPluginFault) {
    struct Break {
        const char* what;
        std::function<void(RecordedOutcome&)> call;
        const char* explanation;
    };
    const std::string longText(3U << 20U, 'x');
    const std::vector<Break> breaks = {
        {"nothing said", [](RecordedOutcome&) {}, "no verdict"},
        {"two verdicts",
         [](RecordedOutcome& o) {
             o.done();
             o.done();
         },
         "two verdicts"},
        {"a guarded exception after done",
         [](RecordedOutcome& o) {
             o.done();
             o.rejected("plugin_fault", "boom");
         },
         "two verdicts"},
        {"unknown reason", [](RecordedOutcome& o) { o.rejected("tuesday", "x"); },
         "\"tuesday\" is not a reason code"},
        {"no reason", [](RecordedOutcome& o) { o.rejected("none", "x"); }, "\"none\" is not a reason code"},
        {"empty reason", [](RecordedOutcome& o) { o.retryLater(1, "", "x"); }, "is not a reason code"},
        {"fact after the verdict",
         [](RecordedOutcome& o) {
             o.done();
             o.fact("a", "1");
         },
         "fact after the verdict"},
        {"artifact after the verdict",
         [](RecordedOutcome& o) {
             o.done();
             o.artifact("a", "text/plain")->write("x");
         },
         "artifact after the verdict"},
        {"fact that is no JSON",
         [](RecordedOutcome& o) {
             o.fact("a", "{");
             o.done();
         },
         "fact \"a\": JSON"},
        {"fact with a bad name",
         [](RecordedOutcome& o) {
             o.fact("A b", "1");
             o.done();
         },
         "not a fact's name"},
        {"the same fact twice",
         [](RecordedOutcome& o) {
             o.fact("a", "1");
             o.fact("a", "2");
             o.done();
         },
         "twice"},
        {"facts without end",
         [&](RecordedOutcome& o) {
             o.fact("a", "\"" + longText + "\"");
             o.done();
         },
         "facts or"},
        {"artifact with a path",
         [](RecordedOutcome& o) {
             o.artifact("../a", "text/plain");
             o.done();
         },
         "not an artifact's name"},
        {"artifact without a type",
         [](RecordedOutcome& o) {
             o.artifact("a", "");
             o.done();
         },
         "media type"},
        {"the same artifact twice",
         [](RecordedOutcome& o) {
             o.artifact("a", "text/plain");
             o.artifact("a", "text/plain");
             o.done();
         },
         "twice"},
        {"appended to nothing",
         [](RecordedOutcome& o) {
             o.appended("a", "text/plain", 0)->write("x");
             o.done();
         },
         "does not have"},
        {"write after close",
         [](RecordedOutcome& o) {
             ByteSink* first = o.artifact("a", "text/plain");
             o.artifact("b", "text/plain")->write("x");
             EXPECT_FALSE(first->write("late"));
             o.done();
         },
         "closed"},
        {"write after the verdict",
         [](RecordedOutcome& o) {
             ByteSink* sink = o.artifact("a", "text/plain");
             o.done();
             EXPECT_FALSE(sink->write("late"));
         },
         "closed"},
        {"waiting for nothing", [](RecordedOutcome& o) { o.waiting("", 0, 0); }, "external id"},
        {"waiting before 1970", [](RecordedOutcome& o) { o.waiting("x", -1, 0); }, "negative"},
    };
    for (const Break& one : breaks) {
        RecordedOutcome outcome;
        one.call(outcome);
        const CallResult result = outcome.take();
        EXPECT_TRUE(result.isPluginFault()) << one.what;
        EXPECT_THAT(result.explanation, HasSubstr(one.explanation)) << one.what;
        EXPECT_TRUE(result.artifacts.empty()) << one.what;
        EXPECT_TRUE(result.facts.empty()) << one.what;
    }
}

TEST(RecordedOutcome, StopsWritesAtTheLimit) {
    for (const bool honest : {true, false}) {
        RecordedOutcome outcome({.maxArtifactBytes = 10, .maxTotalBytes = 15});
        ByteSink* sink = outcome.artifact("a", "text/plain");
        EXPECT_TRUE(sink->write("1234567890"));
        EXPECT_FALSE(sink->write("1"));
        if (honest)
            outcome.rejected("limit_exceeded", "too much");
        else
            outcome.done();
        const CallResult result = outcome.take();
        EXPECT_EQ(result.reason, honest ? Reason::LimitExceeded : Reason::PluginFault);
    }
    RecordedOutcome outcome({.maxArtifactBytes = 10, .maxTotalBytes = 15});
    EXPECT_TRUE(outcome.artifact("a", "text/plain")->write("1234567890"));
    EXPECT_FALSE(outcome.artifact("b", "text/plain")->write("123456")) << "all artifacts together";
}

TEST(RecordedOutcome, OurOwnFullDiskIsNotThePluginsFault) {
    RecordedOutcome outcome({}, []() -> Result<UniqueFd> { return makeError(Errc::NoSpace, "no room"); });
    EXPECT_FALSE(outcome.artifact("a", "text/plain")->write("x"));
    outcome.rejected("limit_exceeded", "the sink said no");
    const CallResult result = outcome.take();
    EXPECT_EQ(result.verdict, Verdict::RetryLater);
    EXPECT_EQ(result.reason, Reason::StorageFull);
}

}  // namespace
}  // namespace greffe
