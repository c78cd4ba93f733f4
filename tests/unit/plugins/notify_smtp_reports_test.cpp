// SPDX-License-Identifier: Apache-2.0
// Reports of a mail's fate are asked for where the server sends them, and come back with our message id.
#include "support/running_simulators.h"
#include "unit/plugins/notify_smtp_instance.h"

#include <chrono>
#include <thread>

namespace greffe {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(NotifySmtpReports, AreAskedForWhereTheServerSendsThem) {
    SmtpSink sink;
    sink.extensions = {"8BITMIME", "DSN"};
    Smtp smtp(optionsFor(sink.port()));
    ASSERT_EQ(smtp.send(mail()).verdict, Verdict::Done);
    const TakenMail taken = sink.mails().front();
    EXPECT_EQ(taken.from, "<greffe@office.example> BODY=8BITMIME RET=HDRS ENVID=0123abc.1@office.example");
    EXPECT_EQ(taken.to, "<zoe@client.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;zoe@client.example");
}

TEST(NotifySmtpReports, AreNotAskedForElsewhere) {
    SmtpSink sink;
    sink.extensions = {"8BITMIME", "XDSN", "DSNX"};
    Smtp smtp(optionsFor(sink.port()));
    ASSERT_EQ(smtp.send(mail()).verdict, Verdict::Done);
    EXPECT_EQ(sink.mails().front().from, "<greffe@office.example> BODY=8BITMIME");
    EXPECT_EQ(sink.mails().front().to, "<zoe@client.example>");
}

TEST(NotifySmtpReports, ValuesAreEncodedOrLeftOut) {
    SmtpSink sink;
    sink.extensions = {"SMTPUTF8", "DSN"};
    Smtp smtp(optionsFor(sink.port()));
    json message = mail();
    message["message_id"] = "<a+b=c@office.example>";
    message["to"][0]["address"] = "zoe+lease=1@client.example";
    ASSERT_EQ(smtp.send(message).verdict, Verdict::Done);
    EXPECT_THAT(sink.mails()[0].from, EndsWith(" ENVID=a+2Bb+3Dc@office.example"));
    EXPECT_THAT(sink.mails()[0].to, EndsWith(" ORCPT=rfc822;zoe+2Blease+3D1@client.example"));
    message["message_id"] = "<" + std::string(120, 'x') + "@office.example>";
    message["to"][0]["address"] = "zoé@client.example";
    ASSERT_EQ(smtp.send(message).verdict, Verdict::Done);
    EXPECT_THAT(sink.mails()[1].from, EndsWith(" SMTPUTF8 RET=HDRS")) << "an ENVID has 100 letters at most";
    EXPECT_THAT(sink.mails()[1].to, EndsWith("<zoé@client.example> NOTIFY=FAILURE,DELAY"))
        << "the type rfc822 is for ASCII";
}

// A server that sends reports, and one that does not know them.
TEST(NotifySmtpReports, ABounceCarriesOurMessageId) {
    const RunningSimulators world(
        R"({"smtp": {"recipients": [{"address": "zoe@client.example", "does": "bounce"}]}})");
    Smtp smtp(optionsFor(world.portOf("smtp")));
    const HeardOutcome outcome = smtp.send(mail());
    ASSERT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    EXPECT_EQ(json::parse(outcome.facts.at("recipients"))[0]["state"], "sent");
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (world.received("smtp").at("reports").empty() && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ASSERT_EQ(world.received("smtp").at("reports").size(), 1U);
    const std::string report = world.receivedBytes("smtp", "r1");
    EXPECT_THAT(report, HasSubstr("Original-Envelope-Id: 0123abc.1@office.example\r\n"));
    EXPECT_THAT(report, HasSubstr("Original-Recipient: rfc822; zoe@client.example\r\n"));
    EXPECT_THAT(report, HasSubstr("Message-ID: <0123abc.1@office.example>\r\n"));
    EXPECT_THAT(report, Not(HasSubstr("Bonjour"))) << "the mail stays where it is";

    const RunningSimulators plain(R"({"smtp": {"dsn": false}})");
    Smtp other(optionsFor(plain.portOf("smtp")));
    EXPECT_EQ(other.send(mail()).verdict, Verdict::Done);
    EXPECT_FALSE(plain.received("smtp").at("messages").at(0).contains("dsn"));
}

}  // namespace
}  // namespace greffe
