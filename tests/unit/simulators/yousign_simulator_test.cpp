// SPDX-License-Identifier: Apache-2.0
// The simulated YouSign as a client on libcurl sees it.
#include "base/sha256.h"
#include "simulators/webhooks/hmac.h"
#include "simulators/yousign/account.h"
#include "support/run_tool.h"
#include "support/temporary_directory.h"
#include "unit/simulators/yousign_world.h"

#include <gmock/gmock.h>

#include <fstream>

namespace greffe {
namespace {

using simulators::hmacSha256Hex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

void writeTo(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

// The test vector of the provider sheet (1.10).
TEST(YousignSignature, OfTheSheet) {
    const std::string body =
        R"({"event_id":"0f7b6c1e-2a44-4d0b-9b57-5d1a3c9e7711","event_name":"signature_request.done",)"
        R"("event_time":"1767225600","subscription_id":"7c1d9a52-3e8f-4b6a-8f21-90ab12cd34ef",)"
        R"("subscription_description":"daemon","sandbox":true,"data":{"signature_request":)"
        R"({"id":"5b2f3c9a-8d41-4e0e-a7c6-1f2e3d4c5b6a","status":"done","external_id":"INV-2026-0042"}}})";
    ASSERT_EQ(body.size(), 344U);
    EXPECT_EQ(hmacSha256Hex(kWebhookSecret, body),
              "112e0c2e6cb349e0e05621812d71537ca2711e38f7f1c22d215b05c66d57231d");
}

TEST(YousignAccount, ADayEndsWhereTheRequestIs) {
    const auto end = [](const char* date, const char* zone) {
        return formatUtc(simulators::YousignAccount::endOfDay(date, zone)).substr(0, 19);
    };
    EXPECT_EQ(end("2026-12-31", "Europe/Paris"), "2026-12-31T22:59:59") << "the sheet's sample (1.5)";
    EXPECT_EQ(end("2027-06-30", "Europe/Paris"), "2027-06-30T21:59:59");
    EXPECT_EQ(end("2027-03-27", "Europe/Paris"), "2027-03-27T22:59:59") << "the last day of winter time";
    EXPECT_EQ(end("2027-03-28", "Europe/Paris"), "2027-03-28T21:59:59");
    EXPECT_EQ(end("2027-10-30", "Europe/Paris"), "2027-10-30T21:59:59");
    EXPECT_EQ(end("2027-10-31", "Europe/Paris"), "2027-10-31T22:59:59");
    EXPECT_EQ(end("2027-06-30", "America/Bogota"), "2027-06-30T23:59:59") << "not known: UTC";
}

TEST(YousignSimulator, FromDraftToASignedDocument) {
    const WebhookReceiver receiver;
    const YousignWorld world;
    world.subscribe(receiver.url());
    const std::string request = world.create({{"external_id", "INV-2026-0042"},
                                              {"expiration_date", world.dayAhead(90)},
                                              {"timezone", "Europe/Paris"},
                                              {"audit_trail_locale", "fr"}});
    const std::string pdf = world.onePage();
    const ApiAnswer uploaded =
        world.api.upload(world.at(request, "/documents"), {{"file", pdf, "devis.pdf", "application/pdf"},
                                                           {"nature", "signable_document", "", ""},
                                                           {"parse_anchors", "false", "", ""}});
    ASSERT_EQ(uploaded.status, 201) << uploaded.body;
    EXPECT_EQ(uploaded.json().at("sha256"), toHex(sha256(pdf)));
    EXPECT_EQ(uploaded.json().at("total_pages"), 1);
    const std::string document = world.idOf(uploaded);
    const ApiAnswer signer = world.addSigner(request, document, "Anne");
    ASSERT_EQ(signer.status, 201) << signer.body;
    EXPECT_EQ(signer.json().at("status"), "initiated");
    EXPECT_TRUE(signer.json().at("signature_link").is_null());

    const ApiAnswer active = world.api.post(world.at(request, "/activate"), Json::object());
    ASSERT_EQ(active.status, 201) << active.body;
    EXPECT_EQ(active.json().at("status"), "ongoing");
    EXPECT_THAT(textOf(active.json(), "expiration_date"), StartsWith(world.dayAhead(90) + "T2"));
    EXPECT_EQ(active.json().at("signers").at(0).at("status"), "notified");
    EXPECT_THAT(textOf(active.json().at("signers").at(0), "signature_link"), HasSubstr("/signatures/"));
    EXPECT_EQ(world.api.get(world.at(request, "/documents/download?version=completed")).json().at("type"),
              "document.unable_to_download_signature_request_not_in_done");
    EXPECT_EQ(world.api.get(world.at(request, "/audit_trails/download")).json().at("type"),
              "audit_trail.not_ready_for_download");

    world.simulators.operate("yousign", "sign");
    EXPECT_EQ(world.statusOf(request), "done");
    const ApiAnswer file = world.api.get(world.at(request, "/documents/" + document + "/download"));
    EXPECT_EQ(file.headers.at("content-type"), "application/pdf");
    EXPECT_THAT(file.headers.at("content-disposition"), HasSubstr("devis.pdf"));
    EXPECT_THAT(file.body, StartsWith(pdf)) << "what was uploaded stays as it was";
    EXPECT_GT(file.body.size(), pdf.size());
    EXPECT_THAT(file.body.substr(pdf.size()), HasSubstr("(Anne Le Goff, "));
    const TemporaryDirectory directory;
    writeTo(directory.path() + "/signed.pdf", file.body);
    ASSERT_TRUE(hasTool("qpdf"));
    const ToolResult judged = runTool({"qpdf", "--check", directory.path() + "/signed.pdf"});
    EXPECT_EQ(judged.exitCode, 0) << judged.output;
    const ApiAnswer trail = world.api.get(world.at(request, "/audit_trails/download?merge=true"));
    EXPECT_THAT(trail.body, StartsWith("%PDF-"));
    writeTo(directory.path() + "/trail.pdf", trail.body);
    const ToolResult trailJudged = runTool({"qpdf", "--check", directory.path() + "/trail.pdf"});
    EXPECT_EQ(trailJudged.exitCode, 0) << trailJudged.output;
    EXPECT_EQ(world.api.get(world.at(request, "/signers/" + world.idOf(signer) + "/audit_trails"))
                  .json()
                  .at("signer")
                  .at("first_name"),
              "Anne");

    EXPECT_THAT(receiver.events(4), ElementsAre("signature_request.activated", "signer.notified",
                                                "signer.done", "signature_request.done"));
    for (const auto& each : receiver.wait(4)) {
        EXPECT_EQ(each.header("X-Yousign-Signature-256"),
                  "sha256=" + hmacSha256Hex(kWebhookSecret, each.body));
        EXPECT_EQ(each.header("X-Yousign-Retry"), "0");
        EXPECT_EQ(each.header("User-Agent"), "Yousign Webhook Bot");
        EXPECT_EQ(each.header("Content-Type"), "application/json");
        EXPECT_EQ(each.json().at("data").at("signature_request").at("external_id"), "INV-2026-0042");
        EXPECT_TRUE(each.json().at("event_time").is_string());
        EXPECT_EQ(each.json().at("sandbox"), true);
    }
    EXPECT_EQ(receiver.wait(4).at(2).json().at("data").at("signer").at("status"), "signed");
}

TEST(YousignSimulator, OrderedSignersAreAskedOneAfterTheOther) {
    const WebhookReceiver receiver;
    const YousignWorld world;
    world.subscribe(receiver.url(), {{"subscribed_events", {"signer.notified", "signature_request.done"}}});
    const std::string request = world.ongoing({"Anne", "Paul"}, {{"ordered_signers", true}});
    const auto signers = [&] { return world.api.get(world.at(request, "/signers")).json(); };
    EXPECT_EQ(signers().at(1).at("status"), "initiated");
    EXPECT_TRUE(signers().at(1).at("signature_link").is_null());
    EXPECT_THROW(world.simulators.operate("yousign", "sign", R"({"signer": "Paul@example.com"})"),
                 std::runtime_error);
    world.simulators.operate("yousign", "sign");
    EXPECT_EQ(signers().at(0).at("status"), "signed");
    EXPECT_EQ(signers().at(1).at("status"), "notified");
    EXPECT_TRUE(signers().at(1).at("signature_link").is_string());
    world.simulators.operate("yousign", "sign");
    EXPECT_THAT(receiver.events(3),
                ElementsAre("signer.notified", "signer.notified", "signature_request.done"));
}

TEST(YousignSimulator, AllTheOtherEnds) {
    const WebhookReceiver receiver;
    const YousignWorld world;
    world.subscribe(receiver.url(), {{"subscribed_events",
                                      {"signer.declined", "signer.error", "signature_request.declined",
                                       "signature_request.canceled", "signature_request.expired",
                                       "signature_request.reactivated", "signature_request.deleted"}}});
    const std::string declined = world.ongoing({"Anne", "Paul"}, {{"signers_allowed_to_decline", true}});
    world.simulators.operate("yousign", "decline", R"({"reason": "Too dear"})");
    const Json shown = world.api.get(world.at(declined)).json();
    EXPECT_EQ(shown.at("status"), "declined");
    EXPECT_EQ(shown.at("decline_information").at("reason"), "Too dear");
    EXPECT_EQ(shown.at("signers").at(1).at("status"), "aborted");

    const std::string canceled = world.ongoing();
    EXPECT_EQ(world.api.post(world.at(canceled, "/cancel"), {{"reason", "I changed my mind"}}).status, 400);
    EXPECT_EQ(world.api.post(world.at(canceled, "/cancel"), {{"reason", "other"}}).status, 201);
    EXPECT_EQ(world.statusOf(canceled), "canceled");
    EXPECT_EQ(world.api.post(world.at(canceled, "/cancel"), {{"reason", "other"}}).status, 400);

    const std::string failed = world.ongoing();
    world.simulators.operate("yousign", "fail");
    EXPECT_EQ(world.statusOf(failed), "canceled");

    const std::string expired = world.ongoing();
    EXPECT_EQ(world.api.call("DELETE", world.at(expired)).status, 400) << "ongoing";
    // What is still on its way when the clock moves back would be due in 200 days.
    EXPECT_EQ(receiver.events(5).size(), 5U);
    world.simulators.operate("yousign", "clock", R"({"advance_seconds": 17280000})");
    EXPECT_EQ(world.statusOf(expired), "expired");
    EXPECT_EQ(receiver.events(6).size(), 6U);
    world.simulators.operate("yousign", "clock", R"({"advance_seconds": -17280000})");
    EXPECT_EQ(
        world.api.post(world.at(expired, "/reactivate"), {{"expiration_date", world.dayAhead(30)}}).status,
        201);
    EXPECT_EQ(world.statusOf(expired), "ongoing");
    world.simulators.operate("yousign", "expire", R"({"request": ")" + expired + R"("})");
    EXPECT_EQ(world.api.call("DELETE", world.at(expired)).status, 204);
    EXPECT_EQ(world.statusOf(expired), "deleted");
    EXPECT_THAT(receiver.events(9),
                ElementsAre("signer.declined", "signature_request.declined", "signature_request.canceled",
                            "signer.error", "signature_request.canceled", "signature_request.expired",
                            "signature_request.reactivated", "signature_request.expired",
                            "signature_request.deleted"));
}

TEST(YousignSimulator, WebhooksGoWrongOnDemand) {
    const WebhookReceiver receiver;
    YousignWorld world;
    world.subscribe(receiver.url());
    world.simulators.setFaults("yousign", R"([{"at": "webhook", "fault": "forged"},
        {"at": "webhook", "fault": "reordered"}, {"at": "webhook", "fault": "doubled"},
        {"at": "webhook", "fault": "lost"}])");
    world.ongoing();
    world.simulators.operate("yousign", "sign");
    EXPECT_THAT(receiver.events(4),
                ElementsAre("signature_request.activated", "signer.done", "signer.notified", "signer.done"));
    const auto heard = receiver.wait(4);
    EXPECT_NE(heard[0].header("X-Yousign-Signature-256"),
              "sha256=" + hmacSha256Hex(kWebhookSecret, heard[0].body));
    EXPECT_EQ(heard[1].json().at("event_id"), heard[3].json().at("event_id"));
    const Json log = world.simulators.deliveries("yousign").at("attempts");
    EXPECT_EQ(log.size(), 5U);
}

TEST(YousignSimulator, AnOwnSigningPageNeedsTheCode) {
    const YousignWorld world;
    const std::string request = world.create();
    const std::string document = world.addDocument(request);
    const std::string signer = world.idOf(
        world.addSigner(request, document, "Anne", {{"signature_authentication_mode", "otp_sms"}}));
    world.api.post(world.at(request, "/activate"));
    const std::string path = world.at(request, "/signers/" + signer);
    EXPECT_EQ(world.api.post(path + "/send_otp").status, 204);
    const Json person =
        world.simulators.received("yousign").at("state").at("signature_requests").at(0).at("signers").at(0);
    Json body = {
        {"ip_address", "192.0.2.7"}, {"consent_given_at", "2026-01-01T00:05:00+00:00"}, {"otp", "x"}};
    EXPECT_EQ(world.api.post(path + "/sign", body).status, 400);
    body["otp"] = person.at("code");
    EXPECT_EQ(world.api.post(path + "/sign", body).status, 204);
    EXPECT_EQ(world.statusOf(request), "done");
}

TEST(YousignSimulator, ItsLinkLeadsToAPage) {
    const YousignWorld world;
    const std::string request = world.ongoing({"Anne"}, {{"name", "Bail & annexes"}});
    const Json signer = world.api.get(world.at(request, "/signers")).json().at(0);
    const ApiClient browser(textOf(signer, "signature_link"), "");
    const ApiAnswer page = browser.get("");
    EXPECT_THAT(page.headers.at("content-type"), StartsWith("text/html"));
    EXPECT_THAT(page.body, HasSubstr("Bail &amp; annexes"));
    EXPECT_THAT(page.body, Not(HasSubstr("http")));
    EXPECT_EQ(ApiClient(textOf(signer, "signature_link") + "x", "").get("").status, 200) << "sandbox=truex";
    EXPECT_EQ(browser.send("POST", "", "application/x-www-form-urlencoded", "do=sign").status, 200);
    EXPECT_EQ(world.statusOf(request), "done");
}

// A signature that was being made when the request ended is not finished behind everybody's back.
TEST(YousignSimulator, AnEndInTheMiddleOfASignature) {
    for (const char* kept : {"aborted", "unchanged"}) {
        const YousignWorld world(R"({"signing_seconds": 30, "signers_of_ended_request": ")" +
                                 std::string(kept) + R"("})");
        const std::string request = world.ongoing();
        world.simulators.operate("yousign", "sign");
        world.simulators.operate("yousign", "expire");
        world.api.post(world.at(request, "/reactivate"), {{"expiration_date", world.dayAhead(30)}});
        world.simulators.operate("yousign", "clock", R"({"advance_seconds": 60})");
        EXPECT_EQ(world.statusOf(request), "ongoing") << kept;
        world.simulators.operate("yousign", "sign");
        world.simulators.operate("yousign", "clock", R"({"advance_seconds": 60})");
        EXPECT_EQ(world.statusOf(request), "done") << kept;
    }
}

// What the sheet only infers is on one side what the settings say it is.
TEST(YousignSimulator, GuessesAreSettings) {
    const WebhookReceiver receiver;
    const YousignWorld world(R"({"wrong_status_http": "403", "wrong_status_type": "x.y",
        "error_content_type": "application/problem+json", "issued_at": "rfc3339", "signer_event": "signer_only",
        "decline_reason": "signer", "signature_prefix": false, "signers_of_ended_request": "unchanged",
        "single_download": "zip", "content_disposition": false, "time_zone_suffix": "Z",
        "activation_needs": "nothing", "initials_encoding": "json", "event_objects": "full"})");
    world.subscribe(receiver.url(), {{"subscribed_events", {"signer.declined"}}});
    const std::string request = world.create({{"signers_allowed_to_decline", true}});
    const ApiAnswer refused = world.api.post(world.at(request, "/cancel"), {{"reason", "other"}});
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.json().at("type"), "x.y");
    EXPECT_EQ(refused.headers.at("content-type"), "application/problem+json");
    const ApiAnswer document = world.api.upload(world.at(request, "/documents"),
                                                {{"file", world.onePage(), "a.pdf", "application/pdf"},
                                                 {"nature", "signable_document", "", ""},
                                                 {"initials", R"({"alignment": "left", "y": 20})", "", ""}});
    ASSERT_EQ(document.status, 201) << document.body;
    EXPECT_EQ(document.json().at("initials").at("y"), 20);
    world.addSigner(request, world.idOf(document), "Anne", {{"fields", nullptr}});
    world.addSigner(request, world.idOf(document), "Paul", {{"fields", nullptr}});
    EXPECT_EQ(world.api.post(world.at(request, "/activate")).status, 201);
    world.simulators.operate("yousign", "decline", R"({"reason": "No"})");
    const Json shown = world.api.get(world.at(request)).json();
    EXPECT_THAT(textOf(shown, "created_at"), testing::EndsWith("Z"));
    EXPECT_EQ(shown.at("signers").at(1).at("status"), "notified");
    const ApiAnswer files = world.api.get(world.at(request, "/documents/download"));
    EXPECT_EQ(files.headers.at("content-type"), "application/zip");
    EXPECT_EQ(files.headers.count("content-disposition"), 0U);
    const auto heard = receiver.wait(1).at(0);
    EXPECT_EQ(heard.header("X-Yousign-Signature-256"), hmacSha256Hex(kWebhookSecret, heard.body));
    EXPECT_THAT(heard.header("X-Yousign-Issued-At"), testing::EndsWith("+00:00"));
    EXPECT_FALSE(heard.json().at("data").contains("signature_request"));
    EXPECT_EQ(heard.json().at("data").at("signer").at("signature_request_id"), request);
    EXPECT_EQ(heard.json().at("data").at("signer").at("decline_reason"), "No");
    EXPECT_TRUE(heard.json().at("data").at("signer").contains("info"));
}

// Clients ask first whether to send so much (Expect: 100-continue).
TEST(YousignSimulator, TakesLargeDocuments) {
    const YousignWorld world;
    const std::string request = world.create();
    const std::string pdf = PdfBuilder::onePage().setStream(9, "", std::string(5U << 20U, 'x')).build();
    const std::string document = world.addDocument(request, pdf);
    EXPECT_EQ(world.api.get(world.at(request, "/documents/" + document + "/download")).body, pdf);
    const ApiAnswer shown = world.api.get(world.at(request, "/documents"));
    EXPECT_EQ(shown.json().at(0).at("sha256"), toHex(sha256(pdf)));
}

TEST(YousignSimulator, SigningAndTrailsMayTakeTime) {
    const YousignWorld world(R"({"signing_seconds": 30, "audit_trail_delay_seconds": 60})");
    const std::string request = world.ongoing();
    world.simulators.operate("yousign", "sign");
    EXPECT_EQ(world.api.get(world.at(request)).json().at("signers").at(0).at("status"), "processing");
    world.simulators.operate("yousign", "clock", R"({"advance_seconds": 30})");
    EXPECT_EQ(world.statusOf(request), "done");
    const std::string trail = world.at(request, "/audit_trails/download");
    EXPECT_EQ(world.api.get(trail).status, 400);
    world.simulators.operate("yousign", "clock", R"({"advance_seconds": 60})");
    EXPECT_EQ(world.api.get(trail).status, 200);
}

}  // namespace
}  // namespace greffe
