// SPDX-License-Identifier: Apache-2.0
// A daemon whose dossiers are signed at the simulated service, and the front that takes its webhooks.
#pragma once

#include "front/http_front.h"
#include "support/daemon_under_test.h"
#include "support/running_simulators.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace greffe {

// plugin: sign-rest, or sign-plain, which cannot look for a request. stepOptions: of the step `signatures`.
class SigningHouse {
public:
    struct Order {
        std::string plugin = "sign-rest";
        std::string stepOptions = "poll_seconds = 10, proof = \"proof\",";
        std::string serviceOptions = "{}";  // of the simulator
        std::string providerOptions = "timeout_seconds = 1,";
        std::string moreSteps;
    };
    explicit SigningHouse(const Order& order)
        : world("{\"signing\": " + order.serviceOptions + "}"),
          daemon(steps(order), "stable_seconds = 0", house(order, world)) {
        writeSecret("api_key", world.textOf("signing", "api_key"));
        writeSecret("webhook_secret", world.textOf("signing", "webhook_secret"));
    }

    bool start() {
        return daemon.start(
            {{}, {{"GREFFE_PLUGIN_PATH", std::string(GREFFE_BINARY_DIR) + "/tests/plugins"}}});
    }
    // The door that webhooks come to; the service is told of it.
    void openFront() {
        auto opened = HttpFront::start({daemon.controlSocket(), "127.0.0.1", 0});
        front = std::move(*opened);
        world.operate("signing", "subscribe", dumpJson({{"url", hookUrl()}}));
    }
    std::string hookUrl() const { return fmt::format("http://127.0.0.1:{}/hooks/esign", front->port()); }

    Json state() const { return world.received("signing").at("state"); }
    // Ids and external ids, also of thousands.
    Json summary() const { return world.operate("signing", "summary"); }
    std::size_t requests() const { return summary().at("requests").size(); }
    // Daemon and workers at once, and it is started again.
    bool restartAfterKill() {
        daemon.killAllHard();
        return daemon.waitForEnd(std::chrono::seconds(30)) >= 0 && start();
    }
    std::string receipt(const std::string& place, const std::string& name) const {
        return daemon.contentOf(place, name + ".receipt.json");
    }
    // What greffe dossier list says, as text.
    std::string dossiers() const {
        std::string text;
        daemon.command({"dossier", "list"}, &text);
        return text;
    }
    // Ids, of those in a state; of all without one.
    std::vector<std::string> dossierIds(const std::string& state = {}) const {
        std::vector<std::string> ids;
        for (std::size_t before = 1; ids.size() != before;) {
            before = ids.size();
            std::vector<std::string> arguments = {"dossier", "list", "--json", "--limit", "500"};
            if (!state.empty()) arguments.insert(arguments.end(), {"--state", state});
            if (!ids.empty()) arguments.insert(arguments.end(), {"--after", ids.back()});
            std::string text;
            daemon.command(arguments, &text);
            const auto list = parseJson(text);
            if (!list) break;
            for (const Json& row : list->is_array() ? *list : memberOf(*list, "dossiers"))
                ids.push_back(row.contains("id") ? textOf(row, "id") : textOf(row, "dossier"));
        }
        return ids;
    }
    std::string onlyDossier() const {
        const std::vector<std::string> ids = dossierIds();
        return ids.size() == 1 ? ids.front() : std::string();
    }

    static bool waitFor(const std::function<bool()>& condition,
                        std::chrono::seconds limit = std::chrono::seconds(40)) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < until) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return condition();
    }

    RunningSimulators world;
    DaemonUnderTest daemon;
    std::unique_ptr<HttpFront> front;

private:
    void writeSecret(const std::string& name, const std::string& text) const {
        std::ofstream(daemon.root() + "/" + name) << text;
    }
    static std::string steps(const Order& order) {
        return fmt::format(
            R"(sign {{ id = "signatures", provider = "esign", {}
                      signers = function(d) return {{ {{ first_name = "Anne", last_name = "Le Goff",
                                                         email = "anne@example.com", language = "fr" }} }} end,
                      retry = {{ attempts = 1000, first_delay_seconds = 1, max_delay_seconds = 2 }} }}, {})",
            order.stepOptions, order.moreSteps);
    }
    static std::string house(const Order& order, const RunningSimulators& service) {
        return fmt::format(
            R"(signature_providers = {{ signature_provider {{ name = "esign", plugin = "{}", url = "{}",
                 api_key = secret_file("@ROOT@/api_key"), webhook_secret = secret_file("@ROOT@/webhook_secret"),
                 allow_http = true, allow_private_address = true, {} }} }},)",
            order.plugin, service.textOf("signing", "url"), order.providerOptions);
    }
};

}  // namespace greffe
