// SPDX-License-Identifier: Apache-2.0
// One configured instance of notify-smtp, and a mail for it.
#pragma once

#include "support/fake_host.h"
#include "support/loaded_plugin.h"
#include "support/smtp_sink.h"
#include "support/temporary_directory.h"

#include <greffe/capability/notifier.h>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace greffe {

inline constexpr std::int64_t kNowMs = 1'795'320'000'000;  // 2026-11-22T04:00:00Z

// One configured instance.
class Smtp {
public:
    explicit Smtp(nlohmann::json options, const std::string& password = {}) : host(kNowMs) {
        if (!password.empty()) host.setSecret("password", password);
        instance_ = loadedPlugin("notify-smtp").create(host);
        const std::string text = options.dump();
        isReady = instance_->configure(std::string_view(text), problems) && instance_->validate(problems) &&
                  instance_->provision(problems);
    }
    ~Smtp() {
        instance_->cleanup();
        instance_->release();
    }

    HeardOutcome send(const nlohmann::json& message, const std::vector<DocumentView>& documents = {}) {
        HeardOutcome outcome;
        const std::string text = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore);
        instance_->capability<Notifier>()->send("key", std::string_view(text), documents.data(),
                                                static_cast<std::uint32_t>(documents.size()), outcome);
        EXPECT_EQ(outcome.verdicts, 1);
        return outcome;
    }
    HeardOutcome health() {
        HeardOutcome outcome;
        instance_->capability<Notifier>()->health(outcome);
        return outcome;
    }

    FakeHost host;
    HeardProblems problems;
    bool isReady = false;

private:
    Instance* instance_;
};

inline nlohmann::json optionsFor(int port, const std::string& tls = "none") {
    return {
        {"host", "127.0.0.1"},         {"port", port},        {"tls", tls}, {"from", "greffe@office.example"},
        {"from_name", "Étude Martin"}, {"timeout_seconds", 5}};
}

inline nlohmann::json mail() {
    return {{"message_id", "<0123abc.1@office.example>"},
            {"to", {{{"name", "Zoé Durand"}, {"address", "zoe@client.example"}}}},
            {"subject", "Votre bail est signé"},
            {"text", "Bonjour,\n.caché\nAu revoir"},
            {"language", "fr"},
            {"date_unix", 1'795'320'000}};
}

}  // namespace greffe
