// SPDX-License-Identifier: Apache-2.0
#include "simulate/pure_results.h"

#include "support/temporary_directory.h"
#include "sys/files.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

// Counts what it is asked; says something else each time.
class Workers final : public CallTarget {
public:
    explicit Workers(Reactor& reactor) : reactor_(reactor) {}
    void submit(CallRequest request, bool, Done done) override {
        ++asked;
        CallOutcome outcome;
        outcome.verdict = verdict;
        outcome.reason = reason;
        outcome.factsJson = "{\"asked\":" + std::to_string(asked) + "}";
        CallArtifact artifact;
        artifact.name = "made";
        artifact.fd = std::make_shared<UniqueFd>(sealedMemoryFile("made", request.paramsJson).value());
        artifact.sizeBytes = request.paramsJson.size();
        artifact.baseInput = 0;
        outcome.artifacts.push_back(artifact);
        outcome.attachments.push_back({"digest", std::string("\0\xff", 2)});
        reactor_.post([outcome, done = std::move(done)] { done(outcome); });
    }
    int asked = 0;
    Verdict verdict = Verdict::Done;
    Reason reason = Reason::None;

private:
    Reactor& reactor_;
};

class PureResultsTest : public ::testing::Test {
protected:
    CallOutcome ask(PureResults& results, const std::string& params = "{}",
                    const std::string& bytes = "document", const std::string& builds = "1",
                    bool isReplayable = true) {
        RememberedCalls calls(workers_, results, builds, reactor_);
        CallRequest request;
        request.operation = "transform";
        request.paramsJson = params;
        CallInput input;
        input.fd = std::make_shared<UniqueFd>(sealedMemoryFile("input", bytes).value());
        input.sizeBytes = bytes.size();
        request.inputs.push_back(input);
        CallOutcome outcome;
        calls.submit(std::move(request), isReplayable, [&](CallOutcome answered) {
            outcome = std::move(answered);
            reactor_.stop();
        });
        reactor_.run();
        return outcome;
    }
    std::string folder() const { return folder_.path() + "/results"; }

    TemporaryDirectory folder_;
    Reactor reactor_;
    Workers workers_{reactor_};
};

TEST_F(PureResultsTest, TheSameWorkIsDoneOnce) {
    PureResults results;
    const CallOutcome first = ask(results, R"({"a":1})");
    const CallOutcome again = ask(results, R"({"a":1})");
    EXPECT_EQ(workers_.asked, 1);
    EXPECT_EQ(again.factsJson, first.factsJson);
    ASSERT_EQ(again.artifacts.size(), 1U);
    EXPECT_EQ(again.artifacts[0].baseInput, 0);
    EXPECT_EQ(MappedFile::map(again.artifacts[0].fd->get(), 0, again.artifacts[0].sizeBytes)->bytes(),
              R"({"a":1})");
    EXPECT_EQ(attachmentOf(again.attachments, "digest"), std::string_view("\0\xff", 2));
}

TEST_F(PureResultsTest, WhateverCouldChangeTheAnswerMakesItOtherWork) {
    PureResults results;
    ask(results);
    ask(results, R"({"a":1})");
    ask(results, "{}", "another document");
    ask(results, "{}", "document", "plugins built anew");
    EXPECT_EQ(workers_.asked, 4);
    ask(results, "{}", "document", "1", false);
    EXPECT_EQ(workers_.asked, 5) << "an effect is no result";
}

TEST_F(PureResultsTest, TroubleOfTheMachineIsNotKept) {
    PureResults results;
    workers_.verdict = Verdict::RetryLater;
    ask(results);
    workers_.verdict = Verdict::Rejected;
    workers_.reason = Reason::PluginFault;
    ask(results);
    workers_.reason = Reason::PageSize;
    ask(results);
    const CallOutcome again = ask(results);
    EXPECT_EQ(workers_.asked, 3);
    EXPECT_EQ(again.verdict, Verdict::Rejected);
    EXPECT_EQ(again.reason, Reason::PageSize);
}

TEST_F(PureResultsTest, AnotherProcessKnowsItToo) {
    {
        PureResults results(folder());
        ask(results);
    }
    PureResults results(folder());
    ask(results);
    EXPECT_EQ(workers_.asked, 1);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder()), {}), 1);
}

TEST_F(PureResultsTest, WhatWasDamagedIsDoneAgain) {
    {
        PureResults results(folder());
        ask(results);
    }
    const auto file = std::filesystem::directory_iterator(folder())->path();
    const std::string whole = readFile(file.string(), 1U << 20U).value();
    for (const std::string& damaged :
         {std::string(), whole.substr(0, whole.size() - 1), whole.substr(1), "x" + whole.substr(1)}) {
        std::ofstream(file, std::ios::binary) << damaged;
        PureResults results(folder());
        const int before = workers_.asked;
        ask(results);
        EXPECT_EQ(workers_.asked, before + 1) << damaged.size();
    }
}

TEST_F(PureResultsTest, WhatNobodyAskedForInAMonthGoes) {
    std::filesystem::create_directories(folder());
    std::ofstream(folder() + "/old") << "x";
    std::filesystem::last_write_time(
        folder() + "/old", std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 31));
    std::ofstream(folder() + "/new") << "x";
    const PureResults results(folder());
    EXPECT_FALSE(std::filesystem::exists(folder() + "/old"));
    EXPECT_TRUE(std::filesystem::exists(folder() + "/new"));
}

}  // namespace
}  // namespace greffe
