// SPDX-License-Identifier: Apache-2.0
#include "workers/call.h"

#include "sys/files.h"
#include "workers/frame_body.h"

#include <gmock/gmock.h>
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
    call.attachments = {{"cms", std::string("0\x80\0\xff\"", 5)}, {"token", ""}};
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
    EXPECT_EQ(attachmentOf(back->front().attachments, "cms"), std::string_view("0\x80\0\xff\"", 5));
    EXPECT_EQ(back->front().attachments.size(), 2U);
    EXPECT_EQ(attachmentOf(back->front().attachments, "no such"), "");
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
    answer.outcome.attachments = {{"digest", std::string(32, '\0')}};
    answer.outcome.artifacts.push_back({"sealed", "application/pdf", memory("tail"), 4, 0});
    Message message = messageOf(encodeAnswers({answer}, 4096));
    auto back = decodeAnswers(message);
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->residentBytes, 4096U);
    const CallOutcome& outcome = back->answers.front().outcome;
    EXPECT_EQ(outcome.reason, Reason::PageSize);
    EXPECT_EQ(outcome.factsJson, R"({"pages":3})");
    EXPECT_EQ(attachmentOf(outcome.attachments, "digest"), std::string(32, '\0'));
    EXPECT_EQ(outcome.artifacts.front().sizeBytes, 4U);
    EXPECT_EQ(outcome.artifacts.front().baseInput, 0);
}

// Each call's bytes come out of the one run of sections behind the head.
TEST(CallCodec, ManyCallsShareOneFrame) {
    std::vector<CallRequest> calls(16);
    std::vector<const CallRequest*> pointers;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        calls[i].id = i;
        calls[i].paramsJson = "{\"n\":" + std::to_string(i) + "}";
        if (i % 3 == 0) calls[i].attachments = {{"a", std::string(i * 100, 'a')}, {"b", std::string(i, 'b')}};
        pointers.push_back(&calls[i]);
    }
    Message message = messageOf(encodeCalls(pointers));
    auto back = decodeCalls(message);
    ASSERT_TRUE(back) << back.error().text();
    ASSERT_EQ(back->size(), calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        EXPECT_EQ((*back)[i].paramsJson, calls[i].paramsJson);
        ASSERT_EQ((*back)[i].attachments.size(), calls[i].attachments.size());
        for (std::size_t k = 0; k < calls[i].attachments.size(); ++k)
            EXPECT_EQ((*back)[i].attachments[k].bytes, calls[i].attachments[k].bytes);
    }
}

// The errors of decodeAnswers on `head` with `sections` behind it, or "taken".
std::string verdictOn(const std::string& head, const std::string& sections = {}) {
    Message message;
    message.body = joinFrameBody(head, sections);
    auto decoded = decodeAnswers(message);
    if (decoded) return "taken";
    return decoded.error().code == Errc::Corrupt ? decoded.error().message : "not corrupt";
}

TEST(CallCodec, AWorkersLiesAreCorruptFrames) {
    for (const char* head :
         {"", "[]", "{}", "nonsense", R"({"answers":[{"id":1,"verdict":9}]})", R"({"answers":[{"id":1}]})",
          R"({"answers":[{"id":1,"verdict":0,"reason":"invented"}]})",
          R"({"answers":[{"id":1,"verdict":0,"artifacts":[{"name":"a","fd":3}]}]})",
          R"({"answers":[{"id":1,"verdict":0,"artifacts":[{"name":"a","fd":-1}]}]})"})
        EXPECT_THAT(verdictOn(head), testing::StartsWith("worker frame: ")) << head;
    for (const std::string& body : {std::string(), std::string("\0\0\0", 3), std::string("\1\0\0\0", 4),
                                    std::string("\xff\xff\xff\xff{}", 6)}) {
        Message message;
        message.body = body;
        auto decoded = decodeAnswers(message);
        ASSERT_FALSE(decoded);
        EXPECT_EQ(decoded.error().code, Errc::Corrupt);
    }
}

TEST(CallCodec, SectionsMustBeWhatTheHeadSays) {
    const auto answer = [](const std::string& more) {
        return R"({"answers":[{"id":1,"verdict":0)" + more + "}]}";
    };
    const auto attachments = [&](const std::string& list) { return answer(R"(,"attachments":)" + list); };
    EXPECT_EQ(verdictOn(answer(R"(,"facts":7)"), R"({"a":1})"), "taken");
    EXPECT_EQ(verdictOn(attachments(R"([{"name":"cms","size":3}])"), "abc"), "taken");

    for (const char* facts : {"3", "8", "-1", "1e30", "18446744073709551615", "9223372036854775807"})
        EXPECT_NE(verdictOn(answer(std::string(R"(,"facts":)") + facts), R"({"a":1})"), "taken") << facts;
    for (const char* text : {"[1234]", "{\"a\":1", "{\"a\xff\":1}", "{\"a\":1,\"a\":2}"})
        EXPECT_NE(verdictOn(answer(R"(,"facts":)" + std::to_string(std::string(text).size())), text), "taken")
            << text;

    EXPECT_NE(verdictOn(answer(""), "left over"), "taken");
    for (const char* list :
         {R"({})", R"("cms")", R"([3])", R"([{"name":"cms"}])", R"([{"name":"cms","size":-1}])",
          R"([{"name":"cms","size":4}])", R"([{"name":"cms","size":2}])", R"([{"name":"","size":3}])",
          R"([{"size":3}])", R"([{"name":"cms","size":1},{"name":"cms","size":2}])",
          R"([{"name":"a","size":9223372036854775807},{"name":"b","size":3}])"})
        EXPECT_NE(verdictOn(attachments(list), "abc"), "taken") << list;
    std::string many;
    for (int i = 0; i < 17; ++i)
        many += (i == 0 ? "" : ",") + std::string(R"({"name":")") + std::to_string(i) + R"(","size":0})";
    EXPECT_NE(verdictOn(attachments("[" + many + "]")), "taken");
    EXPECT_NE(verdictOn(attachments(R"([{"name":")" + std::string(65, 'n') + R"(","size":3}])"), "abc"),
              "taken");
}

TEST(CallCodec, AnArtifactExtendsAnInputThatCanBe) {
    for (const char* base : {"-2", "128", "4294967296", "-4294967296"}) {
        Message message;
        message.body = joinFrameBody(
            std::string(R"({"answers":[{"id":1,"verdict":0,"artifacts":[{"name":"a","fd":0,"base":)") + base +
                "}]}]}",
            "");
        message.descriptors.emplace_back(dup(memory("tail")->get()));
        EXPECT_FALSE(decodeAnswers(message)) << base;
    }
}

TEST(CallCodec, AnArtifactThatCanStillChangeIsNotTaken) {
    Message message;
    message.body =
        joinFrameBody(R"({"answers":[{"id":1,"verdict":0,"artifacts":[{"name":"a","fd":0}]}]})", "");
    FILE* file = std::tmpfile();
    message.descriptors.emplace_back(dup(fileno(file)));
    std::fclose(file);
    EXPECT_FALSE(decodeAnswers(message)) << "a file on disk cannot be sealed";
}

// A frame cut anywhere, or with any byte changed, is refused or decoded: it never reads beyond itself.
TEST(CallCodec, NoCutAndNoFlippedByteIsMoreThanAnError) {
    Answer answer;
    answer.id = 1;
    answer.outcome.verdict = Verdict::Done;
    answer.outcome.factsJson = R"({"level":"B-B"})";
    answer.outcome.attachments = {{"cms", "0123456789"}};
    const std::string whole = encodeAnswers({answer}, 1).body;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Message message;
        message.body = whole.substr(0, size);
        EXPECT_FALSE(decodeAnswers(message)) << size;
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        Message message;
        message.body = whole;
        message.body[at] = static_cast<char>(message.body[at] ^ 0x21);
        if (auto decoded = decodeAnswers(message)) {
            for (const Answer& each : decoded->answers)
                EXPECT_LE(each.outcome.attachments.size(), 1U);
        }
    }
}

}  // namespace
}  // namespace greffe
