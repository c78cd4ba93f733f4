// SPDX-License-Identifier: Apache-2.0
// A running YouSign simulator, a client of it, and a receiver of its webhooks.
#pragma once

#include "base/clock.h"
#include "support/pdf_builder.h"
#include "support/running_simulators.h"
#include "support/test_server.h"
#include "unit/simulators/api_client.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace greffe {

inline constexpr const char* kWebhookSecret = "k3yForWebhookTests-32-bytes-long";

// Takes webhooks and answers 200.
class WebhookReceiver {
public:
    WebhookReceiver()
        : server_([](TestConnection& client) {
              client.readHttpRequest();
              client.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
          }) {}

    struct Heard {
        std::string head, body;
        Json json() const { return parseJson(body).value(); }
        std::string event() const { return json().at("event_name").get<std::string>(); }
        // Of the first header of this name; empty when absent.
        std::string header(const std::string& name) const {
            const std::size_t at = head.find("\r\n" + name + ": ");
            if (at == std::string::npos) return {};
            const std::size_t from = at + name.size() + 4;
            return head.substr(from, head.find("\r\n", from) - from);
        }
    };
    // Waits for so many, ten seconds at most.
    std::vector<Heard> wait(std::size_t count) const {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (server_.requests().size() < count && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        std::vector<Heard> all;
        for (const std::string& each : server_.requests()) {
            const std::size_t at = each.find("\r\n\r\n");
            all.push_back({each.substr(0, at + 2), each.substr(at + 4)});
        }
        return all;
    }
    std::vector<std::string> events(std::size_t count) const {
        std::vector<std::string> names;
        for (const Heard& each : wait(count))
            names.push_back(each.event());
        return names;
    }
    std::string url() const { return server_.url("http", "/yousign"); }

private:
    TestServer server_;
};

struct YousignWorld {
    // `options`: of the simulator, beside limits and patience enough for a busy machine.
    explicit YousignWorld(const std::string& options = "{}", const std::vector<std::string>& arguments = {})
        : simulators(configWith(options), arguments),
          api(simulators.textOf("yousign", "url"), simulators.textOf("yousign", "api_key")) {}

    static std::string configWith(const std::string& options) {
        Json own = {
            {"calls_per_minute", 10000}, {"calls_per_hour", 10000}, {"webhook_first_timeout_ms", 10000}};
        own.update(Json::parse(options));
        return dumpJson({{"yousign", own}});
    }

    std::string subscribe(const std::string& endpoint, const Json& changes = Json::object()) const {
        Json body = {{"endpoint", endpoint},         {"description", "daemon"}, {"sandbox", true},
                     {"subscribed_events", {"*"}},   {"scopes", {"*"}},         {"auto_retry", true},
                     {"secret_key", kWebhookSecret}, {"enabled", true}};
        body.update(changes);
        const ApiAnswer answer = api.post("/webhooks", body);
        return answer.status == 201 ? answer.json().at("id").get<std::string>() : answer.body;
    }
    std::string create(const Json& changes = Json::object()) const {
        Json body = {{"name", "Devis 2026-0042"}, {"delivery_mode", "none"}};
        body.update(changes);
        return idOf(api.post("/signature_requests", body));
    }
    std::string addDocument(const std::string& request, const std::string& pdf = onePage(),
                            const std::string& name = "devis.pdf") const {
        return idOf(api.upload(at(request, "/documents"), {{"file", pdf, name, "application/pdf"},
                                                           {"nature", "signable_document", "", ""}}));
    }
    ApiAnswer addSigner(const std::string& request, const std::string& document, const std::string& firstName,
                        const Json& changes = Json::object()) const {
        Json body = {
            {"info",
             {{"first_name", firstName},
              {"last_name", "Le Goff"},
              {"email", firstName + "@example.com"},
              {"phone_number", "+33600000001"},
              {"locale", "fr"}}},
            {"signature_level", "electronic_signature"},
            {"signature_authentication_mode", "no_otp"},
            {"fields",
             {{{"document_id", document}, {"type", "signature"}, {"page", 1}, {"x", 77}, {"y", 581}}}}};
        body.merge_patch(changes);
        return api.post(at(request, "/signers"), body);
    }
    // A request with one document and these signers, activated; its id.
    std::string ongoing(const std::vector<std::string>& signers = {"Anne"},
                        const Json& changes = Json::object()) const {
        std::string request = create(changes);
        const std::string document = addDocument(request);
        for (const std::string& each : signers)
            addSigner(request, document, each);
        api.post(at(request, "/activate"));
        return request;
    }
    std::string statusOf(const std::string& request) const {
        return textOf(api.get(at(request)).json(), "status");
    }
    // A day that is so far ahead, yyyy-mm-dd.
    static std::string dayAhead(int days) {
        return formatUtc(systemClock().wall() + std::chrono::hours(24 * days)).substr(0, 10);
    }
    static std::string at(const std::string& request, const std::string& below = {}) {
        return "/signature_requests/" + request + below;
    }
    static std::string idOf(const ApiAnswer& answer) { return textOf(answer.json(), "id"); }
    static std::string onePage() { return PdfBuilder::onePage().build(); }

    RunningSimulators simulators;
    ApiClient api;
};

}  // namespace greffe
