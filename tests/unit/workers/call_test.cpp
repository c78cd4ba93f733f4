// SPDX-License-Identifier: Apache-2.0
#include "workers/call.h"

#include "sys/files.h"
#include "workers/frame_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

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

// A frame with one answer as a worker that lies writes it: what stands behind the facts is `rest`'s to write.
struct Lie {
    std::uint8_t verdict = 0;
    std::string reason;
    std::string facts;
    std::function<void(FieldWriter&)> rest = [](FieldWriter& fields) {
        fields.u32(0);  // attachments
        fields.u32(0);  // artifacts
    };

    std::string body() const {
        FieldWriter fields;
        fields.u64(4096);
        fields.u32(1);
        fields.u64(7);
        fields.u8(verdict);
        fields.bytes(reason);
        fields.bytes("");
        fields.u32(0);
        fields.bytes("");
        fields.i64(0);
        fields.i64(0);
        fields.bytes(facts);
        rest(fields);
        return fields.take();
    }
};

Lie lieOf(std::uint8_t verdict, const std::string& reason, const std::string& facts = {}) {
    Lie lie;
    lie.verdict = verdict;
    lie.reason = reason;
    lie.facts = facts;
    return lie;
}

// The error of decodeAnswers on `body`, with one memory file; or "taken".
std::string verdictOn(const std::string& body) {
    Message message;
    message.body = body;
    message.descriptors.emplace_back(dup(memory("tail")->get()));
    auto decoded = decodeAnswers(message);
    if (decoded) return "taken";
    return decoded.error().code == Errc::Corrupt ? decoded.error().message : "not corrupt";
}

TEST(CallCodec, AWorkersLiesAreCorruptFrames) {
    EXPECT_EQ(verdictOn(Lie().body()), "taken");
    EXPECT_THAT(verdictOn(""), testing::StartsWith("worker frame: "));
    EXPECT_THAT(verdictOn(lieOf(9, "").body()), testing::HasSubstr("unknown verdict"));
    EXPECT_THAT(verdictOn(lieOf(0, "invented").body()), testing::HasSubstr("unknown reason"));
    EXPECT_THAT(verdictOn(Lie().body() + "left over"), testing::HasSubstr("behind the last answer"));
    for (const std::uint32_t count : {0U, 65U, 0xFFFFFFFFU}) {
        FieldWriter fields;
        fields.u64(1);
        fields.u32(count);
        EXPECT_THAT(verdictOn(fields.take()), testing::HasSubstr("no answer, or more")) << count;
    }
}

TEST(CallCodec, FactsAreAnObjectInStrictJson) {
    EXPECT_EQ(verdictOn(lieOf(0, "", R"({"a":1})").body()), "taken");
    for (const char* text : {"[1234]", "7", "{\"a\":1", "{\"a\xff\":1}", "{\"a\":1,\"a\":2}"})
        EXPECT_NE(verdictOn(lieOf(0, "", text).body()), "taken") << text;
}

TEST(CallCodec, AttachmentsHaveNamesOfTheirOwnAndAreFew) {
    const auto attachments = [](const std::vector<Attachment>& list, std::uint32_t count) {
        Lie lie;
        lie.rest = [list, count](FieldWriter& fields) {
            fields.u32(count);
            for (const Attachment& attachment : list) {
                fields.bytes(attachment.name);
                fields.bytes(attachment.bytes);
            }
            fields.u32(0);
        };
        return verdictOn(lie.body());
    };
    EXPECT_EQ(attachments({{"cms", "abc"}, {"token", ""}}, 2), "taken");
    EXPECT_NE(attachments({{"cms", "abc"}}, 2), "taken") << "one that is not there";
    EXPECT_NE(attachments({{"cms", "abc"}, {"token", ""}}, 1), "taken") << "one more than was said";
    EXPECT_NE(attachments({{"", "abc"}}, 1), "taken");
    EXPECT_NE(attachments({{"cms", "a"}, {"cms", "bc"}}, 2), "taken");
    EXPECT_NE(attachments({{std::string(65, 'n'), "abc"}}, 1), "taken");
    EXPECT_NE(attachments({}, 0xFFFFFFFFU), "taken");
    std::vector<Attachment> many;
    for (int i = 0; i < 17; ++i)
        many.push_back({std::to_string(i), ""});
    EXPECT_NE(attachments(many, 17), "taken");
}

// The verdict on one artifact, `name` in the memory file at `place`, behind the input `base`.
std::string artifactVerdict(const std::string& name, std::uint32_t place, std::int64_t base) {
    Lie lie;
    lie.rest = [=](FieldWriter& fields) {
        fields.u32(0);
        fields.u32(1);
        fields.bytes(name);
        fields.bytes("application/pdf");
        fields.u32(place);
        fields.i64(base);
    };
    return verdictOn(lie.body());
}

TEST(CallCodec, AnArtifactHasANameAFileAndAnInputThatCanBe) {
    EXPECT_EQ(artifactVerdict("sealed", 0, 0), "taken");
    EXPECT_EQ(artifactVerdict("sealed", 0, CallArtifact::kNoBase), "taken");
    EXPECT_NE(artifactVerdict("", 0, 0), "taken");
    EXPECT_NE(artifactVerdict("sealed", 1, 0), "taken") << "a file that did not come";
    for (const std::int64_t base : {-2L, 128L, 4'294'967'296L, -4'294'967'296L})
        EXPECT_NE(artifactVerdict("sealed", 0, base), "taken") << base;
}

TEST(CallCodec, AnArtifactThatCanStillChangeIsNotTaken) {
    Answer answer;
    answer.outcome.verdict = Verdict::Done;
    answer.outcome.artifacts.push_back({"a", "application/pdf", memory("tail"), 4, CallArtifact::kNoBase});
    Message message;
    message.body = encodeAnswers({answer}, 1).body;
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
