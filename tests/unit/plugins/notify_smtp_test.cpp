// SPDX-License-Identifier: Apache-2.0
// Mails as they arrive.
#include "unit/plugins/notify_smtp_instance.h"

namespace greffe {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST(NotifySmtp, SendsAMail) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    ASSERT_TRUE(smtp.isReady) << smtp.problems.all();
    const HeardOutcome outcome = smtp.send(mail());
    EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    ASSERT_EQ(sink.mails().size(), 1U);
    const TakenMail taken = sink.mails().front();
    EXPECT_THAT(taken.from, HasSubstr("<greffe@office.example> SIZE="));
    EXPECT_THAT(taken.from, HasSubstr(" BODY=8BITMIME"));
    EXPECT_EQ(taken.to, "<zoe@client.example>");
    EXPECT_EQ(taken.data,
              "Date: Sun, 22 Nov 2026 04:00:00 +0000\r\n"
              "From: =?UTF-8?B?w4l0dWRlIE1hcnRpbg==?=\r\n <greffe@office.example>\r\n"
              "To: =?UTF-8?B?Wm/DqSBEdXJhbmQ=?=\r\n <zoe@client.example>\r\n"
              "Message-ID: <0123abc.1@office.example>\r\n"
              "Subject: =?UTF-8?B?Vm90cmUgYmFpbCBlc3Qgc2lnbsOp?=\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Language: fr\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: 8bit\r\n\r\n"
              "Bonjour,\r\n.caché\r\nAu revoir\r\n");
    EXPECT_NE(taken.from.find("SIZE=" + std::to_string(taken.data.size())), std::string::npos);
    const json recipients = json::parse(outcome.facts.at("recipients"));
    EXPECT_EQ(recipients[0]["state"], "sent");
    EXPECT_EQ(recipients[0]["code"], 250);
    std::vector<std::string> phases;
    for (const json& each : json::parse(outcome.facts.at("answers"))) {
        phases.push_back(each["phase"]);
        EXPECT_EQ(each["at_unix_ms"], kNowMs);
    }
    EXPECT_THAT(phases, testing::ElementsAre("greeting", "ehlo", "mail", "rcpt", "data", "end", "quit"));
}

TEST(NotifySmtp, WritesWhatEveryServerCanTake) {
    SmtpSink sink;
    sink.extensions.clear();
    Smtp smtp(optionsFor(sink.port()));
    json message = mail();
    message["text"] = "é = " + std::string(1200, 'x') + " \nend\t";
    ASSERT_EQ(smtp.send(message).verdict, Verdict::Done);
    const TakenMail taken = sink.mails().front();
    EXPECT_EQ(taken.from, "<greffe@office.example>");
    EXPECT_THAT(taken.data, HasSubstr("quoted-printable"));
    EXPECT_THAT(taken.data, HasSubstr("\r\n\r\n=C3=A9 =3D xxx"));
    EXPECT_THAT(taken.data, HasSubstr("x=20\r\nend=09\r\n"));
    for (std::size_t at = 0, end = 0; (end = taken.data.find("\r\n", at)) != std::string::npos; at = end + 2)
        EXPECT_LE(end - at, 76U) << taken.data.substr(at, end - at);
    for (const char c : taken.data)
        EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(NotifySmtp, KeepsLongLinesWithinTheLimit) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    json message = mail();
    message["text"] = std::string(998, 'a') + "\n" + std::string(998, '.');
    ASSERT_EQ(smtp.send(message).verdict, Verdict::Done);
    EXPECT_THAT(sink.mails()[0].data, HasSubstr("7bit"));
    EXPECT_THAT(sink.mails()[0].data, HasSubstr("\r\n" + std::string(998, '.') + "\r\n"));
    message["text"] = std::string(999, 'a');
    ASSERT_EQ(smtp.send(message).verdict, Verdict::Done);
    EXPECT_THAT(sink.mails()[1].data, HasSubstr("quoted-printable"));
}

// Read by another program: Python's e-mail package.
TEST(NotifySmtp, IsReadByOthersAsItWasMeant) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    std::string pdf;
    for (int i = 0; i < 100'000; ++i)
        pdf += static_cast<char>(i * 7 % 256);
    DocumentView first, second;
    first.mediaType = "application/pdf";
    first.bytes = Slice(pdf);
    second.index = 1;
    second.mediaType = "message/rfc822";
    second.bytes = "Subject: inner\r\n\r\nx";
    json message = mail();
    message["subject"] = "Réf. 2026/11 – " + std::string(150, 'e') + " été";
    message["to"][0]["name"] = "Durand, \"Zoé\" <zoe@evil.example>";
    message["html"] = "<p>Bonjour é</p>";
    const std::string longName =
        "Bail d'habitation – appartement n° 12, bâtiment « Les Érables » à Évreux (Eure), signé par toutes "
        "les parties.pdf";
    message["attachments"] = {{{"document", 0}, {"name", longName}},
                              {{"document", 1}, {"name", "a \"b\".eml"}}};
    ASSERT_EQ(smtp.send(message, {first, second}).verdict, Verdict::Done);
    const TemporaryDirectory directory;
    std::ofstream(directory.path() + "/mail.eml", std::ios::binary) << sink.mails().front().data;
    std::ofstream(directory.path() + "/read.py") << R"PY(
import email, email.policy, hashlib, json, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
body = m.get_body(("html",)); text = m.get_body(("plain",))
print(json.dumps({
  "subject": m["subject"], "to": [[a.display_name, a.addr_spec] for a in m["to"].addresses],
  "from": [[a.display_name, a.addr_spec] for a in m["from"].addresses],
  "id": m["message-id"], "defects": [str(d) for p in m.walk() for d in p.defects],
  "text": text.get_content(), "html": body.get_content(),
  "attachments": [[a.get_filename(), a.get_content_type(), hashlib.sha256(a.get_content()).hexdigest()] for a in m.iter_attachments()]}))
)PY";
    const std::string command =
        "/usr/bin/python3 " + directory.path() + "/read.py " + directory.path() + "/mail.eml";
    FILE* const reader = popen(command.c_str(), "r");
    ASSERT_NE(reader, nullptr);
    std::string output(100'000, '\0');
    output.resize(fread(output.data(), 1, output.size(), reader));
    ASSERT_EQ(pclose(reader), 0);
    const json read = json::parse(output);
    EXPECT_EQ(read["subject"], message["subject"]);
    EXPECT_EQ(read["to"], json::parse(R"([["Durand, \"Zoé\" <zoe@evil.example>","zoe@client.example"]])"));
    EXPECT_EQ(read["from"], json::parse(R"([["Étude Martin","greffe@office.example"]])"));
    EXPECT_EQ(read["id"], message["message_id"]);
    EXPECT_EQ(read["defects"], json::array());
    EXPECT_EQ(read["text"], message["text"]);
    EXPECT_EQ(read["html"], message["html"]);
    unsigned char digest[32];
    EVP_Digest(pdf.data(), pdf.size(), digest, nullptr, EVP_sha256(), nullptr);
    std::string hex;
    for (const unsigned char byte : digest) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", byte);
        hex += two;
    }
    ASSERT_EQ(read["attachments"].size(), 2U);
    EXPECT_EQ(read["attachments"][0], json({longName, "application/pdf", hex}));
    EXPECT_EQ(read["attachments"][1][0], "a \"b\".eml");
    EXPECT_EQ(read["attachments"][1][1], "application/octet-stream") << "a mail inside may not be in base 64";
}

TEST(NotifySmtp, SendsOneMailToEachRecipient) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    json message = mail();
    message["to"] = {
        {{"address", "a@x.example"}}, {{"address", "b@x.example"}}, {{"address", "c@x.example"}}};
    const HeardOutcome outcome = smtp.send(message);
    EXPECT_EQ(outcome.verdict, Verdict::Done);
    ASSERT_EQ(sink.mails().size(), 3U);
    EXPECT_EQ(sink.connections(), 1);
    EXPECT_THAT(sink.mails()[1].data, HasSubstr("To: <b@x.example>\r\n"));
    EXPECT_THAT(sink.mails()[1].data, Not(HasSubstr("a@x.example"))) << "nobody learns who else got it";
    EXPECT_EQ(json::parse(outcome.facts.at("recipients")).size(), 3U);
}

TEST(NotifySmtp, RefusesWhatCouldBreakOutOfItsPlace) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    DocumentView document;
    document.mediaType = "application/pdf";
    const auto refuses = [&](const char* where, const json& message) {
        const HeardOutcome outcome = smtp.send(message, {document});
        EXPECT_EQ(outcome.verdict, Verdict::Rejected) << where;
        EXPECT_EQ(outcome.reason, "invalid_options") << where;
    };
    for (const std::string& breaker : {std::string("\r\nBcc: x@evil.example"), std::string("\n"),
                                       std::string("\r"), std::string("\0", 1)}) {
        json message = mail();
        message["subject"] = "x" + breaker;
        refuses("subject", message);
        message = mail();
        message["to"][0]["name"] = "x" + breaker;
        refuses("name", message);
        message = mail();
        message["to"][0]["address"] = "x@client.example" + breaker;
        refuses("address", message);
        message = mail();
        message["message_id"] = "<a@b" + breaker + ">";
        refuses("message_id", message);
        message = mail();
        message["language"] = "fr" + breaker;
        refuses("language", message);
        message = mail();
        message["attachments"] = {{{"document", 0}, {"name", "x" + breaker + ".pdf"}}};
        refuses("attachment", message);
    }
    for (const char* address :
         {"", "x", "@x.example", "x@", "a b@x.example", "a@x@y.example", "<a@x.example>", "a@x.example>",
          "a@x.example,b@x.example", "\"a b\"@x.example", ".a@x.example", "a..b@x.example", "a@[127.0.0.1]",
          "a@-x.example", "a@x.example SIZE=1"}) {
        json message = mail();
        message["to"][0]["address"] = address;
        refuses(address, message);
    }
    json message = mail();
    message["text"] = std::string("a\0b", 3);
    refuses("text", message);
    message = mail();
    message["attachments"] = {{{"document", 1}, {"name", "x.pdf"}}};
    refuses("index", message);
    message = mail();
    message["to"] = json::array();
    refuses("nobody", message);
    EXPECT_EQ(sink.connections(), 0);
}

}  // namespace
}  // namespace greffe
