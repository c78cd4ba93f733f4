// SPDX-License-Identifier: Apache-2.0
// What the simulated YouSign refuses, counts, lists and spoils, as a client on libcurl sees it.
#include "unit/simulators/yousign_world.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace greffe {
namespace {

using ::testing::HasSubstr;

TEST(YousignRules, RefusesWhatTheSheetRefuses) {
    const YousignWorld world;
    const auto problemsOf = [&](const Json& body) {
        const ApiAnswer answer = world.api.post("/signature_requests", body);
        EXPECT_EQ(answer.status, 400) << answer.body;
        const Json refusal = answer.json();
        EXPECT_EQ(refusal.at("type"), "parameters_not_valid");
        std::string names;
        for (const Json& each : refusal.at("invalid_params"))
            names += textOf(each, "name") + " ";
        return names;
    };
    EXPECT_EQ(problemsOf(Json::object()), "name delivery_mode ");
    EXPECT_EQ(problemsOf({{"name", "<b>x</b>"}, {"delivery_mode", "post"}}), "name delivery_mode ");
    EXPECT_EQ(problemsOf({{"name", " x"}, {"delivery_mode", "none"}}), "name ");
    EXPECT_EQ(problemsOf({{"name", "see www.example.com"}, {"delivery_mode", "none"}}), "name ");
    EXPECT_EQ(problemsOf({{"name", std::string(129, 'x')}, {"delivery_mode", "none"}}), "name ");
    EXPECT_EQ(problemsOf({{"name", "x"}, {"delivery_mode", "none"}, {"external_id", "a b"}}), "external_id ");
    EXPECT_EQ(problemsOf({{"name", "x"}, {"delivery_mode", "none"}, {"expiration_date", "2027-02-30"}}),
              "expiration_date ");
    EXPECT_EQ(problemsOf({{"name", "x"}, {"delivery_mode", "none"}, {"expiration_date", "2020-01-01"}}),
              "expiration_date ");
    EXPECT_EQ(problemsOf({{"name", "x"}, {"delivery_mode", "none"}, {"colour", "red"}}), "colour ");
    EXPECT_EQ(problemsOf({{"name", "x"},
                          {"delivery_mode", "none"},
                          {"reminder_settings", {{"interval_in_days", 3}, {"max_occurrences", 11}}}}),
              "reminder_settings.max_occurrences reminder_settings.interval_in_days ");

    const std::string request = world.create();
    const std::string document = world.addDocument(request);
    const ApiAnswer signer = world.addSigner(
        request, document, "O.K.",
        {{"signature_authentication_mode", "otp_sms"},
         {"info", {{"phone_number", nullptr}}},
         {"fields", {{{"document_id", document}, {"type", "signature"}, {"page", 2}, {"x", -1}, {"y", 0}}}}});
    EXPECT_EQ(signer.status, 400);
    for (const char* name : {"info.first_name", "info.phone_number", "fields[0].page", "fields[0].x"})
        EXPECT_THAT(signer.body, HasSubstr(std::string("\"") + name + "\""));

    EXPECT_EQ(world.api
                  .upload(world.at(request, "/documents"), {{"file", "not a PDF", "a.pdf", "application/pdf"},
                                                            {"nature", "signable_document", "", ""}})
                  .json()
                  .at("type"),
              "document.analyze_error");
    EXPECT_EQ(world.api.post(world.at(request, "/documents"), Json::object()).status, 415);
    EXPECT_EQ(world.api.send("POST", "/signature_requests", "text/plain", "{}").status, 415);
    EXPECT_EQ(world.api.send("POST", "/signature_requests", "application/json", "{").status, 400);
    EXPECT_EQ(world.api.post(world.at(request, "/activate")).json().at("detail"),
              "The request needs a signer.");
    EXPECT_EQ(world.api.get("/signature_requests/none").json().at("type"), "resource.not_found");
    EXPECT_EQ(world.api.call("PUT", "/signature_requests").json(), Json({{"message", "Method not allowed"}}));
    EXPECT_EQ(world.api.get("/nowhere").status, 404);

    const std::string active = world.ongoing();
    EXPECT_EQ(world.addSigner(active, "x", "Paul").status, 400);
    EXPECT_EQ(world.api.call("PATCH", world.at(active), {{"name", "y"}}).status, 400);
    EXPECT_EQ(world.api.post(world.at(active, "/activate")).status, 400);
}

TEST(YousignRules, KnowsItsKeys) {
    const YousignWorld world;
    const std::string url = world.simulators.textOf("yousign", "url");
    EXPECT_EQ(ApiClient(url, "").get("/signature_requests").status, 401);
    EXPECT_EQ(ApiClient(url, "wrong").get("/signature_requests").status, 401);
    const ApiClient reader(url, world.simulators.textOf("yousign", "read_only_key"));
    EXPECT_EQ(reader.get("/signature_requests").status, 200);
    EXPECT_EQ(reader.post("/signature_requests", Json::object()).status, 403);
}

TEST(YousignRules, CountsCallsAndSaysSo) {
    const YousignWorld world(R"({"calls_per_minute": 3, "calls_per_hour": 5})");
    const ApiAnswer first = world.api.get("/signature_requests");
    EXPECT_EQ(first.headers.at("ratelimit-limit"), "3");
    EXPECT_EQ(first.headers.at("ratelimit-remaining"), "2");
    EXPECT_EQ(first.headers.at("x-ratelimit-remaining-hour"), "4");
    world.api.get("/signature_requests");
    EXPECT_EQ(world.api.get("/nowhere").headers.at("x-ratelimit-remaining-minute"), "0");
    const ApiAnswer refused = world.api.get("/signature_requests");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.json(), Json({{"message", "API rate limit exceeded"}}));
    EXPECT_GT(std::stoi(refused.headers.at("retry-after")), 50);
    world.simulators.operate("yousign", "clock",
                             R"({"advance_seconds": )" + refused.headers.at("retry-after") + "}");
    EXPECT_EQ(world.api.get("/signature_requests").status, 200);
}

TEST(YousignRules, ListsInPages) {
    const YousignWorld world;
    std::vector<std::string> made;
    for (int i = 0; i < 5; ++i)
        made.push_back(world.create({{"external_id", "INV-" + std::to_string(i)}}));
    std::vector<std::string> listed;
    std::string cursor;
    int pages = 0;
    do {
        const Json page =
            world.api.get("/signature_requests?limit=2" + (cursor.empty() ? "" : "&after=" + cursor)).json();
        for (const Json& each : page.at("data"))
            listed.push_back(each.at("id"));
        const Json& next = page.at("meta").at("next_cursor");
        cursor = next.is_string() ? next.get<std::string>() : "";
        // One that comes in between moves nothing.
        if (pages++ == 0) world.create();
    } while (!cursor.empty());
    EXPECT_EQ(pages, 3);
    std::reverse(made.begin(), made.end());
    EXPECT_EQ(listed, made);
    const auto found = [&](const std::string& query) {
        return world.api.get("/signature_requests?" + query).json().at("data").size();
    };
    EXPECT_EQ(found("external_id%5Beq%5D=INV-3"), 1U);
    EXPECT_EQ(found("status[in]=draft,done"), 6U);
    EXPECT_EQ(found("status[eq]=done"), 0U);
    EXPECT_EQ(found("created_at[after]=2020-01-01&q=Devis"), 6U);
    EXPECT_EQ(found("created_at[between]=2020-01-01,2020-12-31"), 0U);
    EXPECT_EQ(found("completed_at[before]=2100-01-01"), 0U) << "none is done";
    EXPECT_EQ(world.api.get("/signature_requests?created_at[after]=yesterday").status, 400);
    EXPECT_EQ(world.api.get("/signature_requests?created_at[near]=2026-01-01").status, 400);
    EXPECT_EQ(world.api.get("/signature_requests?limit=101").status, 400);
    EXPECT_EQ(world.api.get("/signature_requests?after=zz").status, 400);
    EXPECT_EQ(world.api.get("/signature_requests?state[eq]=done").status, 400);
}

// The vendor has no idempotency key: a client that lost the answer finds its request by its external_id.
TEST(YousignRules, AnAnswerIsLostAndTheRequestIsThere) {
    YousignWorld world;
    for (const char* fault :
         {R"([{"at": "create_request", "fault": "silence", "ms": 200}])",
          R"([{"at": "create_request", "fault": "status", "status": 500, "effect": true}])",
          R"([{"at": "create_request", "fault": "cut", "after_bytes": 600}])",
          R"([{"at": "create_request", "fault": "reset", "effect": true}])"}) {
        world.simulators.setFaults("yousign", fault);
        const ApiAnswer answer = world.api.post(
            "/signature_requests", {{"name", "x"}, {"delivery_mode", "none"}, {"external_id", "INV-7"}});
        EXPECT_FALSE(answer.curl == 0 && answer.status == 201) << fault;
        EXPECT_EQ(world.api.get("/signature_requests?external_id[eq]=INV-7").json().at("data").size(), 1U)
            << fault;
        world.simulators.reset("yousign");
    }
    for (const char* fault : {R"([{"at": "create_request", "fault": "status", "status": 503}])",
                              R"([{"at": "create_request", "fault": "reset"}])",
                              R"([{"fault": "status", "status": 429, "retry_after_seconds": 9}])"}) {
        world.simulators.setFaults("yousign", fault);
        EXPECT_NE(world.create(), "x");
        EXPECT_EQ(world.api.get("/signature_requests").json().at("data").size(), 0U) << fault;
    }
}

TEST(YousignRules, FaultsSpeakTheServicesLanguage) {
    YousignWorld world;
    world.simulators.setFaults("yousign", R"([{"fault": "status", "status": 429, "retry_after_seconds": 9},
        {"fault": "status", "status": 500}, {"fault": "content_type", "content_type": "text/html"},
        {"fault": "body", "body": "<html>"}, {"at": "get_request", "fault": "pass"}])");
    const ApiAnswer limited = world.api.get("/signature_requests");
    EXPECT_EQ(limited.json(), Json({{"message", "API rate limit exceeded"}}));
    EXPECT_EQ(limited.headers.at("retry-after"), "9");
    EXPECT_EQ(world.api.get("/signature_requests").json().at("type"), "about:blank");
    EXPECT_EQ(world.api.get("/signature_requests").headers.at("content-type"), "text/html");
    EXPECT_EQ(world.api.get("/signature_requests").body, "<html>");
    EXPECT_EQ(world.simulators.faults("yousign").size(), 1U);
    for (const char* wrong :
         {R"([{"at": "webhook", "fault": "status"}])", R"([{"at": "activate", "fault": "forged"}])",
          R"([{"at": "nowhere", "fault": "status"}])", R"([{"fault": "nonsense"}])"})
        EXPECT_THROW(world.simulators.setFaults("yousign", wrong), std::runtime_error) << wrong;
}

TEST(YousignRules, NothingIsSilentlyTheDefault) {
    for (const char* options : {R"({"issued_at": "never"})", R"({"colour": 1})", R"({"link_hours": 0})",
                                R"({"signature_prefix": "yes"})", R"({"certificate": "bad"})"})
        EXPECT_THROW(YousignWorld world(options), std::runtime_error) << options;
}

TEST(YousignRules, OverTls) {
    YousignWorld world(R"({"certificate": "good"})");
    world.api.setRootFile(world.simulators.textOf("yousign", "root_file"));
    EXPECT_EQ(world.api.get("/signature_requests").status, 200);
    YousignWorld expired(R"({"certificate": "expired"})");
    expired.api.setRootFile(expired.simulators.textOf("yousign", "root_file"));
    EXPECT_NE(expired.api.get("/signature_requests").curl, 0);
}

TEST(YousignRules, SubscriptionsAreKept) {
    const YousignWorld world;
    const std::string id = world.subscribe("http://127.0.0.1:9/hook");
    EXPECT_EQ(world.api.get("/webhooks").json().size(), 1U);
    EXPECT_EQ(world.api.call("PATCH", "/webhooks/" + id, {{"enabled", false}}).json().at("enabled"), false);
    EXPECT_EQ(world.api.call("PATCH", "/webhooks/" + id, {{"secret_key", "short"}}).status, 400);
    EXPECT_EQ(world.api.get("/webhooks/" + id).json().at("secret_key"), kWebhookSecret);
    EXPECT_EQ(world.api.call("DELETE", "/webhooks/" + id).status, 204);
    EXPECT_EQ(world.api.get("/webhooks/" + id).status, 404);
    for (const Json& wrong :
         {Json{{"endpoint", "ftp://x/y"}}, Json{{"subscribed_events", {"signature_request.completed"}}},
          Json{{"scopes", {"all"}}}, Json{{"workspaces", {"x"}}}, Json{{"sandbox", nullptr}}})
        EXPECT_THAT(world.subscribe("http://127.0.0.1:9/hook", wrong), HasSubstr("parameters_not_valid"))
            << wrong;
}

}  // namespace
}  // namespace greffe
