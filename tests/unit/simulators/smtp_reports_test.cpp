// SPDX-License-Identifier: Apache-2.0
// Delivery reports: asked for by libcurl and Python's smtplib, read by Python's email package.
#include "support/running_simulators.h"
#include "support/temporary_directory.h"
#include "unit/simulators/smtp_client.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Argument: {"port", "from", "to": [[address, [options]]], "options"}. Prints the refused addresses.
constexpr const char* kSend = R"PY(
import json, smtplib, sys
job = json.loads(sys.argv[1])
refused = {}
with smtplib.SMTP("127.0.0.1", job["port"], "greffe.test") as server:
    server.ehlo()
    assert server.mail(job["from"], job["options"])[0] == 250
    for address, options in job["to"]:
        code, text = server.rcpt(address, options)
        if code != 250: refused[address] = [code, text.decode()]
    if len(refused) < len(job["to"]):
        assert server.data(job.get("message", "Message-ID: <7@greffe.test>\r\nSubject: Lease\r\n\r\nThe body\r\n"))[0] == 250
print(json.dumps({"dsn": server.has_extn("dsn"), "refused": refused}))
)PY";

// Argument: a file with a report. Its fields, as another reader sees them.
constexpr const char* kRead = R"PY(
import email, email.policy, json, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
people, programs, mail = m.get_payload()
print(json.dumps({
  "type": m.get_content_type(), "report_type": m.get_param("report-type"), "to": str(m["to"]),
  "subject": m["subject"], "auto": m["auto-submitted"], "id": m["message-id"],
  "text": people.get_content(), "status_type": programs.get_content_type(),
  "groups": [dict(group.items()) for group in programs.get_payload()],
  "returned": mail.get_content_type(), "mail": mail.get_payload()[0].as_string() if mail.is_multipart() else mail.get_payload(),
  "defects": [str(d) for part in m.walk() for d in part.defects]}))
)PY";

class ReportBench {
public:
    explicit ReportBench(const std::string& config = "{}") : world(R"({"smtp": )" + config + "}") {}

    // An address and what its RCPT asks for.
    using Recipient = std::pair<std::string, std::vector<std::string>>;

    Json send(const std::vector<Recipient>& to, const std::vector<std::string>& options = {},
              const std::string& from = "office@greffe.test") const {
        return python(
            kSend,
            dumpJson({{"port", world.portOf("smtp")}, {"from", from}, {"to", to}, {"options", options}}));
    }
    // Waits until as many reports are there.
    Json reports(std::size_t count) const {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        for (;;) {
            Json reports = world.received("smtp").at("reports");
            if (reports.size() >= count || std::chrono::steady_clock::now() > end) {
                EXPECT_EQ(reports.size(), count);
                return reports;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    // As Python reads it.
    Json read(const std::string& id) const {
        const std::string path = directory_.path() + "/report.eml";
        std::ofstream(path, std::ios::binary) << world.receivedBytes("smtp", id);
        return python(kRead, path);
    }

    RunningSimulators world;

private:
    Json python(const char* program, const std::string& argument) const {
        std::ofstream(directory_.path() + "/program.py") << program;
        std::ofstream(directory_.path() + "/argument") << argument;
        const std::string command =
            fmt::format("cd '{}' && /usr/bin/python3 program.py \"$(cat argument)\" 2>&1", directory_.path());
        FILE* const pipe = popen(command.c_str(), "r");
        std::string said;
        char buffer[4096];
        for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
            said.append(buffer, got);
        EXPECT_EQ(pclose(pipe), 0) << said;
        return parseJson(said).value();
    }

    const TemporaryDirectory directory_;
};

TEST(SmtpReports, WhatTheSenderAskedForIsKept) {
    const ReportBench bench;
    const Json sent = bench.send({{"tenant@b.test", {"NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;te+2Bn@b.test"}}},
                                 {"RET=HDRS", "ENVID=Case+3DKept"});
    EXPECT_EQ(sent.at("dsn"), true);
    EXPECT_EQ(bench.world.received("smtp").at("messages").at(0).at("dsn"), Json::parse(R"({
        "ret": "HDRS", "envid": "Case=Kept",
        "recipients": {"tenant@b.test": {"notify": "FAILURE,DELAY", "orcpt": "rfc822;te+n@b.test"}}})"));
}

TEST(SmtpReports, WrongWishesAreRefused) {
    RunningSimulators world(R"({"smtp": {}})");
    BareClient client(world.portOf("smtp"));
    client.hear();
    client.ask("EHLO test");
    for (const char* wrong : {"RET=MAYBE", "RET=HDRS RET=HDRS", "ENVID=", "ENVID=a=b", "ENVID=a+2",
                              "ENVID=a+2b", "ENVID=a ENVID=b"})
        EXPECT_THAT(client.ask("MAIL FROM:<a@b.test> " + std::string(wrong)), StartsWith("501 5.5.4"))
            << wrong;
    EXPECT_THAT(client.ask("MAIL FROM:<a@b.test> ENVID=" + std::string(101, 'x')), StartsWith("501 5.5.4"));
    EXPECT_THAT(client.ask("MAIL FROM:<a@b.test> ret=full ENVID=" + std::string(100, 'x')),
                StartsWith("250"));
    for (const char* wrong :
         {"NOTIFY=", "NOTIFY=ALWAYS", "NOTIFY=NEVER,SUCCESS", "NOTIFY=SUCCESS,", "ORCPT=x@b.test",
          "ORCPT=;x@b.test", "ORCPT=rfc822;", "NOTIFY=NEVER NOTIFY=NEVER"})
        EXPECT_THAT(client.ask("RCPT TO:<c@b.test> " + std::string(wrong)), StartsWith("501 5.5.4")) << wrong;
    EXPECT_THAT(client.ask("RCPT TO:<c@b.test> SIZE=1"), StartsWith("555"));
    EXPECT_THAT(client.ask("RCPT TO:<c@b.test> notify=success,delay"), StartsWith("250"));
}

TEST(SmtpReports, AServerThatKnowsNothingOfThem) {
    const ReportBench bench(R"({"dsn": false})");
    EXPECT_EQ(bench.send({{"tenant@b.test", {}}}).at("dsn"), false);
    BareClient client(bench.world.portOf("smtp"));
    client.hear();
    client.ask("EHLO test");
    EXPECT_THAT(client.ask("MAIL FROM:<a@b.test> RET=HDRS"), StartsWith("555 5.5.4"));
    client.ask("MAIL FROM:<a@b.test>");
    EXPECT_THAT(client.ask("RCPT TO:<c@b.test> NOTIFY=NEVER"), StartsWith("555 5.5.4"));
}

TEST(SmtpReports, AMailOfCurlBounces) {
    const ReportBench bench(R"({"recipients": [{"address": "*@gone.test", "does": "bounce"}]})");
    MailJob job;
    job.port = bench.world.portOf("smtp");
    job.to = {"tenant@gone.test"};
    ASSERT_EQ(sendMail(job).code, CURLE_OK);
    const Json row = bench.reports(1).at(0);
    EXPECT_EQ(row.at("id"), "r1");
    EXPECT_EQ(row.at("from"), "") << "the null return path";
    EXPECT_EQ(row.at("to"), Json::array({"office@greffe.test"}));
    EXPECT_EQ(row.at("action"), "failed");
    EXPECT_EQ(row.at("of"), "1");
    EXPECT_EQ(row.at("recipients"), Json::array({"tenant@gone.test"}));
    EXPECT_EQ(bench.world.received("smtp").at("messages").size(), 1U) << "reports have their own list";

    const Json report = bench.read("r1");
    EXPECT_EQ(report.at("type"), "multipart/report");
    EXPECT_EQ(report.at("report_type"), "delivery-status");
    EXPECT_EQ(report.at("to"), "office@greffe.test");
    EXPECT_EQ(report.at("auto"), "auto-replied");
    EXPECT_EQ(report.at("status_type"), "message/delivery-status");
    EXPECT_EQ(report.at("defects"), Json::array());
    EXPECT_THAT(report.at("text").get<std::string>(), HasSubstr("<tenant@gone.test>: 550 5.1.1"));
    ASSERT_EQ(report.at("groups").size(), 2U);
    const Json& mail = report.at("groups").at(0);
    EXPECT_EQ(mail.at("Reporting-MTA"), "dns; simulator.test");
    EXPECT_TRUE(mail.contains("Arrival-Date"));
    EXPECT_FALSE(mail.contains("Original-Envelope-Id"));
    const Json& recipient = report.at("groups").at(1);
    EXPECT_EQ(recipient.at("Final-Recipient"), "rfc822; tenant@gone.test");
    EXPECT_EQ(recipient.at("Action"), "failed");
    EXPECT_EQ(recipient.at("Status"), "5.1.1");
    EXPECT_EQ(recipient.at("Diagnostic-Code"), "smtp; 550 5.1.1 nobody of that name");
    EXPECT_EQ(report.at("returned"), "message/rfc822");
    EXPECT_THAT(report.at("mail").get<std::string>(), HasSubstr("Signed."));
}

TEST(SmtpReports, SayWhatTheSenderAskedToHear) {
    const ReportBench bench(R"({"recipients": [
        {"address": "*", "does": "bounce", "status": "5.2.2", "diagnostic": "552 5.2.2 full"}]})");
    bench.send({{"tenant@b.test", {"NOTIFY=FAILURE", "ORCPT=rfc822;first@b.test"}}},
               {"RET=HDRS", "ENVID=7+2B@greffe.test"});
    bench.reports(1);
    const Json report = bench.read("r1");
    EXPECT_EQ(report.at("groups").at(0).at("Original-Envelope-Id"), "7+@greffe.test");
    EXPECT_EQ(report.at("groups").at(1).at("Original-Recipient"), "rfc822; first@b.test");
    EXPECT_EQ(report.at("groups").at(1).at("Status"), "5.2.2");
    EXPECT_EQ(report.at("groups").at(1).at("Diagnostic-Code"), "smtp; 552 5.2.2 full");
    EXPECT_EQ(report.at("returned"), "text/rfc822-headers");
    EXPECT_THAT(report.at("mail").get<std::string>(), HasSubstr("Message-ID: <7@greffe.test>"));
    EXPECT_THAT(report.at("mail").get<std::string>(), Not(HasSubstr("The body")));
}

TEST(SmtpReports, OnlyForThoseWhoWantThem) {
    const ReportBench bench(R"({"recipients": [
        {"address": "bounce@b.test", "does": "bounce"}, {"address": "relay@b.test", "does": "relay"},
        {"address": "delay@b.test", "does": "delay", "then": "deliver"},
        {"address": "never@b.test", "does": "never"}]})");
    struct Case {
        const char* recipient;
        const char* notify;
        std::vector<std::string> actions;
    };
    for (const Case& each : {
             Case{"good@b.test", "", {}},
             Case{"good@b.test", "SUCCESS", {"delivered"}},
             Case{"good@b.test", "FAILURE,DELAY", {}},
             Case{"relay@b.test", "SUCCESS", {"relayed"}},
             Case{"bounce@b.test", "", {"failed"}},
             Case{"bounce@b.test", "SUCCESS", {}},
             Case{"bounce@b.test", "NEVER", {}},
             Case{"delay@b.test", "", {"delayed"}},
             Case{"delay@b.test", "SUCCESS,DELAY", {"delayed", "delivered"}},
             Case{"delay@b.test", "SUCCESS", {"delivered"}},
             Case{"never@b.test", "SUCCESS,FAILURE,DELAY", {}},
         }) {
        bench.world.reset("smtp");
        std::vector<std::string> options;
        if (*each.notify != '\0') options.push_back("NOTIFY=" + std::string(each.notify));
        // The second one's report comes last: what was to come before it has come.
        bench.send({{each.recipient, options}});
        bench.send({{"relay@b.test", {"NOTIFY=SUCCESS"}}});
        std::vector<std::string> actions;
        for (const Json& report : bench.reports(each.actions.size() + 1))
            actions.push_back(report.at("action"));
        ASSERT_FALSE(actions.empty());
        actions.pop_back();
        EXPECT_EQ(actions, each.actions) << each.recipient << " " << each.notify;
    }
}

TEST(SmtpReports, ADelayEndsOneWayOrTheOther) {
    const ReportBench bench(R"({"recipients": [
        {"address": "slow@b.test", "does": "delay", "then": "bounce", "then_after_ms": 50, "status": "5.4.7",
         "diagnostic": "451 4.4.1 no answer"}]})");
    bench.send({{"slow@b.test", {"NOTIFY=SUCCESS,FAILURE,DELAY"}}}, {"RET=FULL"});
    bench.reports(2);
    const Json delayed = bench.read("r1");
    EXPECT_EQ(delayed.at("groups").at(1).at("Action"), "delayed");
    EXPECT_EQ(delayed.at("groups").at(1).at("Status"), "4.4.1");
    EXPECT_TRUE(delayed.at("groups").at(1).contains("Will-Retry-Until"));
    EXPECT_EQ(delayed.at("returned"), "text/rfc822-headers") << "the whole comes back with failures only";
    const Json failed = bench.read("r2");
    EXPECT_EQ(failed.at("groups").at(1).at("Action"), "failed");
    EXPECT_EQ(failed.at("groups").at(1).at("Status"), "5.4.7");
    EXPECT_NE(failed.at("id"), delayed.at("id"));
}

TEST(SmtpReports, EachRecipientHasAFateOfItsOwn) {
    const ReportBench bench(R"({"recipients": [
        {"address": "a@gone.test", "does": "bounce"}, {"address": "b@gone.test", "does": "bounce"},
        {"address": "c@gone.test", "does": "refuse", "code": 550, "text": "5.1.1 no such person"},
        {"address": "full@b.test", "does": "full"}, {"address": "fuller@b.test", "does": "full", "code": 552}]})");
    const Json sent = bench.send({{"a@gone.test", {}},
                                  {"b@gone.test", {}},
                                  {"c@gone.test", {}},
                                  {"full@b.test", {}},
                                  {"fuller@b.test", {}},
                                  {"good@b.test", {}}});
    EXPECT_EQ(sent.at("refused"), Json::parse(R"({"c@gone.test": [550, "5.1.1 no such person"],
        "full@b.test": [452, "4.2.2 mailbox full"], "fuller@b.test": [552, "5.2.2 mailbox full"]})"));
    EXPECT_EQ(bench.world.received("smtp").at("messages").at(0).at("to"),
              Json({"a@gone.test", "b@gone.test", "good@b.test"}));
    bench.reports(1);
    const Json groups = bench.read("r1").at("groups");
    ASSERT_EQ(groups.size(), 3U) << "one report for both";
    EXPECT_EQ(groups.at(1).at("Final-Recipient"), "rfc822; a@gone.test");
    EXPECT_EQ(groups.at(2).at("Final-Recipient"), "rfc822; b@gone.test");
}

TEST(SmtpReports, GreylistingLetsTheSecondAttemptIn) {
    const ReportBench bench(R"({"recipients": [{"address": "*@grey.test", "does": "greylist"}]})");
    const std::vector<ReportBench::Recipient> to = {{"a@grey.test", {"NOTIFY=SUCCESS"}}};
    EXPECT_EQ(bench.send(to).at("refused").at("a@grey.test"), Json({451, "4.7.1 come back later"}));
    EXPECT_EQ(bench.send(to).at("refused"), Json::object());
    EXPECT_EQ(bench.send({{"b@grey.test", {}}}).at("refused").size(), 1U) << "each pair for itself";
    EXPECT_EQ(bench.reports(1).at(0).at("action"), "delivered");
}

TEST(SmtpReports, BouncesThatShouldNotBe) {
    const ReportBench bench(R"({"recipients": [
        {"address": "twice@b.test", "does": "bounce", "copies": 2},
        {"address": "wrong@b.test", "does": "bounce", "return_path": "MAILER-DAEMON@b.test"}]})");
    bench.send({{"twice@b.test", {}}}, {}, "");
    bench.send({{"twice@b.test", {}}});
    EXPECT_EQ(bench.reports(2).at(1).at("of"), "2") << "what has the null return path is never reported on";
    EXPECT_NE(bench.read("r1").at("id"), bench.read("r2").at("id"));
    bench.send({{"wrong@b.test", {}}});
    EXPECT_EQ(bench.reports(3).at(2).at("from"), "MAILER-DAEMON@b.test");
}

TEST(SmtpReports, ArriveAtTheServerOfTheSender) {
    const RunningSimulators office(R"({"smtp": {}})");
    const ReportBench bench(
        fmt::format(R"({{"reports_port": {}, "recipients": [{{"address": "*", "does": "bounce"}}]}})",
                    office.portOf("smtp")));
    bench.send({{"tenant@b.test", {}}});
    EXPECT_EQ(bench.reports(1).at(0).at("handed_over"), Json::parse(R"({"code": 250, "error": ""})"));
    const Json messages = office.received("smtp").at("messages");
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages.at(0).at("from"), "");
    EXPECT_EQ(messages.at(0).at("to"), Json::array({"office@greffe.test"}));
    EXPECT_EQ(office.receivedBytes("smtp", "1"), bench.world.receivedBytes("smtp", "r1"));
    EXPECT_EQ(office.received("smtp").at("reports"), Json::array());
    office.setFaults("smtp", R"([{"at": "message", "fault": "reply", "code": 554}])");
    bench.send({{"tenant@b.test", {}}});
    EXPECT_EQ(bench.reports(2).at(1).at("handed_over").at("code"), 554);
}

TEST(SmtpReports, OnOrder) {
    const ReportBench bench;
    bench.send({{"a@b.test", {"NOTIFY=NEVER"}}, {"c@b.test", {}}}, {"ENVID=42"});
    const Json ids = bench.world.operate("smtp", "report", R"({"message": "1", "recipient": "a@b.test",
        "action": "failed", "status": "5.7.1", "diagnostic": "554 5.7.1 spam", "copies": 2})");
    EXPECT_EQ(ids.at("reports"), Json({"r1", "r2"}));
    const Json report = bench.read("r2");
    EXPECT_EQ(report.at("groups").size(), 2U);
    EXPECT_EQ(report.at("groups").at(0).at("Original-Envelope-Id"), "42");
    EXPECT_EQ(report.at("groups").at(1).at("Diagnostic-Code"), "smtp; 554 5.7.1 spam");
    bench.world.operate("smtp", "report", R"({"message": "1", "action": "delayed"})");
    EXPECT_EQ(bench.read("r3").at("groups").size(), 3U) << "all recipients";
    for (const char* wrong : {R"({"message": "2"})", R"({"message": "1", "action": "lost"})",
                              R"({"message": "1", "recipient": "z@b.test"})"})
        EXPECT_THROW(bench.world.operate("smtp", "report", wrong), std::runtime_error) << wrong;
}

TEST(SmtpReports, AddressesBeyondAscii) {
    const ReportBench bench(R"({"recipients": [{"address": "*", "does": "bounce"}]})");
    BareClient client(bench.world.portOf("smtp"));
    client.hear();
    client.ask("EHLO test");
    client.ask("MAIL FROM:<a@b.test> SMTPUTF8");
    client.ask("RCPT TO:<zoé@b.test>");
    client.ask("DATA");
    client.ask("Subject: x\r\n\r\ny\r\n.");
    bench.reports(1);
    const std::string text = bench.world.receivedBytes("smtp", "r1");
    EXPECT_THAT(text, HasSubstr("report-type=global-delivery-status"));
    EXPECT_THAT(text, HasSubstr("Content-Type: message/global-delivery-status\r\n"
                                "Content-Transfer-Encoding: 8bit\r\n"));
    EXPECT_THAT(text, HasSubstr("Final-Recipient: utf-8; zoé@b.test\r\n"));
}

TEST(SmtpReports, RulesComeAndGo) {
    const ReportBench bench(R"({"recipients": [{"address": "x@b.test", "does": "refuse"}]})");
    EXPECT_EQ(bench.send({{"x@b.test", {}}}).at("refused").size(), 1U);
    bench.world.operate("smtp", "recipients",
                        R"([{"address": "y@b.test", "does": "bounce", "after_ms": 600000}])");
    EXPECT_EQ(bench.send({{"x@b.test", {}}}).at("refused").size(), 0U);
    bench.send({{"y@b.test", {}}});
    EXPECT_EQ(bench.world.received("smtp").at("waiting_reports"), 1);
    bench.world.reset("smtp");
    EXPECT_EQ(bench.world.received("smtp").at("waiting_reports"), 0);
    EXPECT_EQ(bench.send({{"x@b.test", {}}}).at("refused").size(), 1U) << "as configured";
    for (const char* wrong : {"{}", R"([{"does": "bounce"}])", R"([{"address": "*", "does": "dance"}])",
                              R"([{"address": "*", "does": "refuse", "code": 250}])",
                              R"([{"address": "*", "does": "delay", "then": "dance"}])"})
        EXPECT_THROW(bench.world.operate("smtp", "recipients", wrong), std::runtime_error) << wrong;
}

}  // namespace
}  // namespace greffe
