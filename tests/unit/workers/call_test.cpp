// SPDX-License-Identifier: Apache-2.0
#include "workers/call.h"

#include "sys/files.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

Message messageOf(const EncodedFrame& frame) {
    Message message;
    message.body = frame.body;
    for (const int fd : frame.descriptors)
        message.descriptors.emplace_back(dup(fd));
    return message;
}

std::shared_ptr<UniqueFd> memory(std::string_view bytes) {
    return std::make_shared<UniqueFd>(std::move(sealedMemoryFile("test", bytes)).value());
}

TEST(CallCodec, CallsComeBackAsTheyWere) {
    CallRequest call;
    call.id = 7;
    call.operation = "validate";
    call.instance = "pdf";
    call.paramsJson = R"({"page_size":"A4"})";
    call.key = "k";
    call.deadlineMs = 123;
    call.inputs.push_back(
        {memory("bytes"), 5, sha256("bytes"), "document", "bad\xff name", "application/pdf"});
    const EncodedFrame frame = encodeCalls({&call});
    Message message = messageOf(frame);
    auto back = decodeCalls(message);
    ASSERT_TRUE(back) << back.error().text();
    ASSERT_EQ(back->size(), 1U);
    EXPECT_EQ(back->front().id, 7U);
    EXPECT_EQ(back->front().paramsJson, call.paramsJson);
    EXPECT_EQ(back->front().deadlineMs, 123);
    EXPECT_EQ(back->front().inputs.front().name, "bad\xff name");
    EXPECT_EQ(back->front().inputs.front().sha256, sha256("bytes"));
}

TEST(CallCodec, AnswersComeBackAsTheyWere) {
    Answer answer;
    answer.id = 9;
    answer.outcome.verdict = Verdict::Rejected;
    answer.outcome.reason = Reason::PageSize;
    answer.outcome.explanation = "page 2";
    answer.outcome.factsJson = R"({"pages":3})";
    answer.outcome.artifacts.push_back({"sealed", "application/pdf", memory("tail"), 4, 0});
    Message message = messageOf(encodeAnswers({answer}, 4096));
    auto back = decodeAnswers(message);
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->residentBytes, 4096U);
    const CallOutcome& outcome = back->answers.front().outcome;
    EXPECT_EQ(outcome.reason, Reason::PageSize);
    EXPECT_EQ(outcome.factsJson, R"({"pages":3})");
    EXPECT_EQ(outcome.artifacts.front().sizeBytes, 4U);
    EXPECT_EQ(outcome.artifacts.front().baseInput, 0);
}

TEST(CallCodec, AWorkersLiesAreCorruptFrames) {
    for (const char* body :
         {"", "[]", "{}", R"({"answers":[{"id":1,"verdict":9}]})", R"({"answers":[{"id":1}]})",
          R"({"answers":[{"id":1,"verdict":0,"reason":"invented"}]})",
          R"({"answers":[{"id":1,"verdict":0,"artifacts":[{"name":"a","fd":3}]}]})",
          R"({"answers":[{"id":1,"verdict":0,"artifacts":[{"name":"a","fd":-1}]}]})"}) {
        Message message;
        message.body = body;
        auto decoded = decodeAnswers(message);
        ASSERT_FALSE(decoded) << body;
        EXPECT_EQ(decoded.error().code, Errc::Corrupt) << body;
    }
}

TEST(CallCodec, AnArtifactThatCanStillChangeIsNotTaken) {
    Message message;
    message.body = R"({"answers":[{"id":1,"verdict":0,"artifacts":[{"name":"a","fd":0}]}]})";
    FILE* file = std::tmpfile();
    message.descriptors.emplace_back(dup(fileno(file)));
    std::fclose(file);
    EXPECT_FALSE(decodeAnswers(message)) << "a file on disk cannot be sealed";
}

}  // namespace
}  // namespace greffe
