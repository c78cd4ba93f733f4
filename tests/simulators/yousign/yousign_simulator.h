// SPDX-License-Identifier: Apache-2.0
// YouSign's public API v3 as its sandbox speaks it: signature requests from draft to their end, documents,
// signers, fields, downloads, webhooks. Written from the provider sheet alone, never compared with the live
// service. README.md says what is played, and which facts are settings.
#pragma once

#include "simulators/http/stateful_simulator.h"
#include "simulators/yousign/account.h"
#include "simulators/yousign/document_routes.h"
#include "simulators/yousign/player.h"
#include "simulators/yousign/request_routes.h"
#include "simulators/yousign/signer_routes.h"
#include "simulators/yousign/webhook_routes.h"

#include <memory>
#include <string>

namespace greffe::simulators {

class YousignSimulator final : public StatefulSimulator {
public:
    YousignSimulator() : StatefulSimulator("yousign") {}
    ~YousignSimulator() override;

protected:
    Result<Plan> setUp(SettingsReader& options) override;
    Json ready(const std::string& url) override;
    Json state() const override;
    void forget() override;
    void passTime() override;
    std::optional<HttpAnswer> refuse(const HttpCall& call, const RouteTable::Route& route) override;
    HttpAnswer errorAnswer(int status) const override;
    void addHeaders(HttpAnswer& answer, const RateLimit::Verdict& verdict) const override;

private:
    // Everything that has a reference to the account.
    struct Parts {
        Parts(const YousignSettings& settings, const SimulatedClock& clock, WebhookSender& sender,
              const std::string& linkOrigin)
            : account(settings, clock, sender, linkOrigin) {}

        YousignAccount account;
        RequestRoutes requests{account};
        DocumentRoutes documents{account};
        SignerRoutes signers{account};
        WebhookRoutes webhooks{account};
        YousignPlayer player{account};
    };

    YousignSettings settings_;
    std::string linkOrigin_;
    std::unique_ptr<Parts> parts_;
};

}  // namespace greffe::simulators
