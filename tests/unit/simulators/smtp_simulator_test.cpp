// SPDX-License-Identifier: Apache-2.0
#include "support/running_simulators.h"
#include "support/temporary_directory.h"
#include "unit/simulators/smtp_client.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace greffe {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

MailJob jobFor(const RunningSimulators& world) {
    MailJob job;
    job.port = world.portOf("smtp");
    return job;
}

std::size_t stored(const RunningSimulators& world) {
    return world.received("smtp").at("messages").size();
}

TEST(SmtpSimulator, KeepsWhatItTakes) {
    const TemporaryDirectory directory;
    RunningSimulators world(R"({"smtp": {}})", {"--directory", directory.path()});
    MailJob job = jobFor(world);
    job.to = {"tenant@greffe.test", "guarantor@greffe.test"};
    job.message =
        "Message-ID:\r\n <2@greffe.test>\r\nSubject: Lease\r\n\r\n.A line that begins with a dot\r\n";
    const MailResult sent = sendMail(job);
    ASSERT_EQ(sent.code, CURLE_OK) << sent.text;
    const Json received = world.received("smtp");
    const Json& message = received.at("messages").at(0);
    EXPECT_EQ(message.at("from"), "office@greffe.test");
    EXPECT_EQ(message.at("to"), Json({"tenant@greffe.test", "guarantor@greffe.test"}));
    EXPECT_EQ(message.at("message_id"), "<2@greffe.test>");
    EXPECT_EQ(message.at("subject"), "Lease");
    EXPECT_EQ(message.at("tls"), false);
    EXPECT_EQ(world.receivedBytes("smtp", "1"), job.message);
    EXPECT_TRUE(std::filesystem::exists(directory.path() + "/smtp/messages/000001.eml"));
    EXPECT_TRUE(std::filesystem::exists(directory.path() + "/smtp/messages/000001.json"));
}

TEST(SmtpSimulator, CountsCopiesOfAMessage) {
    RunningSimulators world(R"({"smtp": {}})");
    for (int i = 0; i < 3; ++i)
        ASSERT_EQ(sendMail(jobFor(world)).code, CURLE_OK);
    EXPECT_EQ(world.received("smtp").at("copies").at("<1@greffe.test>"), 3);
    world.reset("smtp");
    EXPECT_EQ(stored(world), 0U);
    ASSERT_EQ(sendMail(jobFor(world)).code, CURLE_OK);
    EXPECT_EQ(world.received("smtp").at("messages").at(0).at("id"), "4") << "ids are not given twice";
}

TEST(SmtpSimulator, StartTlsWithEachKindOfCertificate) {
    RunningSimulators world(R"({"smtp": {"require_tls": true}})");
    MailJob job = jobFor(world);
    EXPECT_EQ(sendMail(job).lastReply, 530);
    job.caFile = world.textOf("smtp", "root_file");
    EXPECT_EQ(sendMail(job).code, CURLE_OK);
    EXPECT_EQ(world.received("smtp").at("messages").at(0).at("tls"), true);
    for (const char* kind : {"wrong_name", "expired", "untrusted"}) {
        world.setFaults("smtp",
                        R"([{"at":"starttls","fault":"certificate","kind":")" + std::string(kind) + "\"}]");
        EXPECT_EQ(sendMail(job).code, CURLE_PEER_FAILED_VERIFICATION) << kind;
    }
    EXPECT_EQ(sendMail(job).code, CURLE_OK);
    EXPECT_EQ(stored(world), 2U);
}

TEST(SmtpSimulator, AuthenticationBothWays) {
    RunningSimulators world(R"({"smtp": {"username": "office", "password": "secr\u00e9t"}})");
    MailJob job = jobFor(world);
    EXPECT_EQ(sendMail(job).lastReply, 530);
    job.user = "office";
    for (const char* mechanism : {"PLAIN", "LOGIN"}) {
        job.mechanism = mechanism;
        job.password = "secrét";
        const MailResult sent = sendMail(job);
        EXPECT_EQ(sent.code, CURLE_OK) << mechanism << sent.text;
        job.password = "guess";
        EXPECT_EQ(sendMail(job).code, CURLE_LOGIN_DENIED) << mechanism;
    }
    const Json received = world.received("smtp");
    EXPECT_EQ(received.at("messages").at(0).at("user"), "office");
    for (const Json& command : received.at("commands"))
        EXPECT_THAT(command.get<std::string>(),
                    ::testing::AnyOf(::testing::Not(StartsWith("AUTH")), "AUTH PLAIN", "AUTH LOGIN"));
}

struct ReplyFault {
    const char* at;
    int code;
};

void PrintTo(const ReplyFault& fault, std::ostream* out) {
    *out << fault.at << fault.code;
}

class EachCommand : public ::testing::TestWithParam<ReplyFault> {};

TEST_P(EachCommand, AnswersAsPlannedAndThenAgainAsUsual) {
    RunningSimulators world(R"({"smtp": {"username": "u", "password": "p"}})");
    MailJob job = jobFor(world);
    job.user = "u";
    job.password = "p";
    const std::string at = GetParam().at;
    world.setFaults(
        "smtp", R"([{"at":")" + at + R"(","fault":"reply","code":)" + std::to_string(GetParam().code) + "}]");
    const MailResult refused = sendMail(job);
    EXPECT_NE(refused.code, CURLE_OK);
    EXPECT_EQ(stored(world), 0U);
    EXPECT_EQ(world.faults("smtp"), Json::array());
    EXPECT_EQ(sendMail(job).code, CURLE_OK);

    world.setFaults("smtp", R"([{"at":")" + at + R"(","fault":"drop"}])");
    EXPECT_NE(sendMail(job).code, CURLE_OK);
    EXPECT_EQ(stored(world), 1U);

    world.setFaults("smtp", R"([{"at":")" + at + R"(","fault":"delay","ms":300}])");
    job.timeoutMs = 150;
    EXPECT_EQ(sendMail(job).code, CURLE_OPERATION_TIMEDOUT);
}

std::string commandName(const ::testing::TestParamInfo<ReplyFault>& fault) {
    return std::string(fault.param.at) + std::to_string(fault.param.code);
}
INSTANTIATE_TEST_SUITE_P(Faults, EachCommand,
                         ::testing::Values(ReplyFault{"connect", 421}, ReplyFault{"auth", 454},
                                           ReplyFault{"mail", 451}, ReplyFault{"mail", 421},
                                           ReplyFault{"rcpt", 550}, ReplyFault{"data", 451},
                                           ReplyFault{"message", 451}, ReplyFault{"message", 550}),
                         commandName);

TEST(SmtpSimulator, AConnectionLostAfterTheDotMayHaveDelivered) {
    RunningSimulators world(R"({"smtp": {}})");
    world.setFaults(
        "smtp",
        R"([{"at":"message","fault":"drop","stored":false},{"at":"message","fault":"drop","stored":true}])");
    EXPECT_NE(sendMail(jobFor(world)).code, CURLE_OK);
    EXPECT_EQ(stored(world), 0U);
    EXPECT_NE(sendMail(jobFor(world)).code, CURLE_OK);
    EXPECT_EQ(stored(world), 1U);
    EXPECT_EQ(sendMail(jobFor(world)).code, CURLE_OK);
    EXPECT_EQ(world.received("smtp").at("copies").at("<1@greffe.test>"), 2);
}

TEST(SmtpSimulator, OneOfTwoRecipientsIsRefused) {
    RunningSimulators world(R"({"smtp": {}})");
    world.setFaults(
        "smtp",
        R"([{"at":"rcpt","fault":"pass"},{"at":"rcpt","fault":"reply","code":550,"text":"5.1.1 unknown"}])");
    BareClient client(world.portOf("smtp"));
    EXPECT_THAT(client.hear(), StartsWith("220 "));
    EXPECT_THAT(client.ask("EHLO test"), StartsWith("250 SIZE"));
    EXPECT_THAT(client.ask("MAIL FROM:<a@b.test>"), StartsWith("250"));
    EXPECT_THAT(client.ask("RCPT TO:<good@b.test>"), StartsWith("250"));
    EXPECT_EQ(client.ask("RCPT TO:<bad@b.test>"), "550 5.1.1 unknown");
    EXPECT_THAT(client.ask("DATA"), StartsWith("354"));
    EXPECT_THAT(client.ask("Subject: x\r\n\r\ny\r\n."), StartsWith("250"));
    EXPECT_EQ(world.received("smtp").at("messages").at(0).at("to"), Json::array({"good@b.test"}));
}

TEST(SmtpSimulator, PipelinedCommandsAreAnsweredInOrder) {
    RunningSimulators world(R"({"smtp": {}})");
    BareClient client(world.portOf("smtp"));
    client.hear();
    client.ask("EHLO test");
    client.say("MAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<a@b.test>\r\nDATA\r\n");
    EXPECT_THAT(client.hear(), StartsWith("250"));
    EXPECT_THAT(client.hear(), StartsWith("250"));
    EXPECT_THAT(client.hear(), StartsWith("354"));
    EXPECT_THAT(client.ask("Subject: x\r\n\r\n\r\n."), StartsWith("250"));
    EXPECT_EQ(world.received("smtp").at("messages").at(0).at("from"), "");
    EXPECT_THAT(client.ask("QUIT"), StartsWith("221"));
    EXPECT_EQ(client.hear(), "");
}

// A mail inside a mail, for servers that take a bare LF for the end of a line.
TEST(SmtpSimulator, ABareLineFeedEndsNothing) {
    RunningSimulators world(R"({"smtp": {}})");
    BareClient client(world.portOf("smtp"));
    client.hear();
    client.ask("EHLO test");
    client.ask("MAIL FROM:<a@b.test>");
    client.ask("RCPT TO:<c@b.test>");
    client.ask("DATA");
    EXPECT_THAT(client.ask("Subject: x\r\n\r\nbody\n.\nMAIL FROM:<evil@b.test>\n\r\n."), StartsWith("250"));
    EXPECT_EQ(stored(world), 1U);
    EXPECT_THAT(world.receivedBytes("smtp", "1"), HasSubstr("body\n.\nMAIL"));
}

TEST(SmtpSimulator, WhatWasSaidBeforeTheHandshakeDoesNotCount) {
    RunningSimulators world(R"({"smtp": {}})");
    BareClient client(world.portOf("smtp"));
    client.hear();
    client.ask("EHLO test");
    client.say("STARTTLS\r\nMAIL FROM:<evil@b.test>\r\n");
    EXPECT_THAT(client.hear(), StartsWith("220"));
    client.say("not a handshake\r\n");
    EXPECT_EQ(client.hear(), "");
    const Json commands = world.received("smtp").at("commands");
    EXPECT_THAT(commands.get<std::vector<std::string>>(),
                Contains("(25 bytes before the handshake were dropped)"));
}

TEST(SmtpSimulator, TheRulesOfTheProtocol) {
    RunningSimulators world(R"({"smtp": {"size_limit_bytes": 100}})");
    BareClient client(world.portOf("smtp"));
    client.hear();
    EXPECT_THAT(client.ask("MAIL FROM:<a@b.test>"), StartsWith("503"));
    EXPECT_THAT(client.ask("FLY"), StartsWith("500"));
    EXPECT_THAT(client.ask("EHLO"), StartsWith("501"));
    EXPECT_THAT(client.ask(std::string(5000, 'x')), StartsWith("500 line too long"));
    EXPECT_THAT(client.ask("ehlo test"), StartsWith("250"));
    EXPECT_THAT(client.ask("MAIL FROM:a@b.test"), StartsWith("501"));
    EXPECT_THAT(client.ask("MAIL FROM:<a@b.test> SIZE=101"), StartsWith("552"));
    EXPECT_THAT(client.ask("MAIL FROM:<a@b.test> MAGIC=1"), StartsWith("555"));
    EXPECT_THAT(client.ask("MAIL FROM:<é@b.test>"), StartsWith("553"));
    EXPECT_THAT(client.ask("MAIL FROM:<é@b.test> SMTPUTF8"), StartsWith("250"));
    EXPECT_THAT(client.ask("MAIL FROM:<a@b.test>"), StartsWith("503"));
    EXPECT_THAT(client.ask("DATA"), StartsWith("503"));
    EXPECT_THAT(client.ask("RCPT TO:<>"), StartsWith("501"));
    EXPECT_THAT(client.ask("RCPT TO:<ç@b.test>"), StartsWith("250"));
    EXPECT_THAT(client.ask("NOOP"), StartsWith("250"));
    EXPECT_THAT(client.ask("DATA"), StartsWith("354"));
    EXPECT_THAT(client.ask(std::string(200, 'y') + "\r\n."), StartsWith("552"));
    EXPECT_THAT(client.ask("RSET"), StartsWith("250"));
    EXPECT_THAT(client.ask("RCPT TO:<a@b.test>"), StartsWith("503"));
    EXPECT_EQ(stored(world), 0U);
}

TEST(SmtpSimulator, EndsWhileClientsAreConnected) {
    RunningSimulators world(R"({"smtp": {}, "tsa": {}})");
    BareClient idle(world.portOf("smtp"));
    idle.hear();
    world.setFaults("smtp", R"([{"at":"ehlo","fault":"delay","ms":60000}])");
    BareClient slow(world.portOf("smtp"));
    slow.hear();
    slow.say("EHLO test\r\n");
    EXPECT_EQ(world.stop(), 0);
    EXPECT_EQ(idle.hear(), "");
}

}  // namespace
}  // namespace greffe
