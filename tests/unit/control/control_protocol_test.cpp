// SPDX-License-Identifier: Apache-2.0
#include "control/control_protocol.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::HasSubstr;

TEST(ControlProtocol, ARequestGoesThereAndComesBack) {
    ControlRequest request;
    request.id = 7;
    request.operation = "dossier.show";
    request.params = {{"dossier", "01J"}};
    const std::string line = requestLine(request);
    EXPECT_EQ(line.back(), '\n');
    EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line";
    const auto read = readRequest(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->id, 7);
    EXPECT_EQ(read->operation, "dossier.show");
    EXPECT_EQ(read->params, request.params);
}

TEST(ControlProtocol, WhatIsNoRequestIsToldWithAnExample) {
    for (const char* line :
         {"", "hello", "[]", R"({"op":"status"})", R"({"greffe":"1","op":"status"})", R"({"greffe":1})",
          R"({"greffe":1,"op":"status","params":[]})", R"({"greffe":1,"op":"status","more":1})"}) {
        const auto read = readRequest(line);
        ASSERT_FALSE(read) << line;
        EXPECT_EQ(read.error().code, Errc::Invalid) << line;
        EXPECT_THAT(read.error().advice, HasSubstr("\"op\":\"status\""));
    }
}

TEST(ControlProtocol, AnotherVersionIsNamed) {
    const auto read = readRequest(R"({"greffe":2,"op":"status"})");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::Unsupported);
    EXPECT_THAT(read.error().text(), HasSubstr("version 2"));
}

TEST(ControlProtocol, AnErrorKeepsItsCodeMessageAndAdvice) {
    for (const Errc code :
         {Errc::Invalid, Errc::NotFound, Errc::Exists, Errc::Denied, Errc::NoSpace, Errc::Io, Errc::Busy,
          Errc::Timeout, Errc::Closed, Errc::Corrupt, Errc::Unsupported, Errc::Internal}) {
        ControlAnswer answer;
        answer.id = 3;
        answer.kind = ControlAnswer::Kind::Error;
        answer.error = makeError(code, "what", "do this");
        const auto read = readAnswer(answerLine(answer));
        ASSERT_TRUE(read) << read.error().text();
        EXPECT_EQ(read->kind, ControlAnswer::Kind::Error);
        EXPECT_EQ(read->id, 3);
        EXPECT_EQ(read->error.code, code);
        EXPECT_EQ(read->error.text(), "what (do this)");
    }
}

TEST(ControlProtocol, ProgressIsNotTakenForTheAnswer) {
    ControlAnswer answer;
    answer.kind = ControlAnswer::Kind::Progress;
    answer.body = {{"done_bytes", 5}};
    EXPECT_EQ(readAnswer(answerLine(answer))->kind, ControlAnswer::Kind::Progress);
    answer.kind = ControlAnswer::Kind::Result;
    EXPECT_EQ(readAnswer(answerLine(answer))->kind, ControlAnswer::Kind::Result);
}

}  // namespace
}  // namespace greffe
