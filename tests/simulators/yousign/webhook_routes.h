// SPDX-License-Identifier: Apache-2.0
// /webhooks: subscriptions (sheet, 1.10).
#pragma once

#include "simulators/yousign/account.h"

namespace greffe::simulators {

class WebhookRoutes {
public:
    explicit WebhookRoutes(YousignAccount& account) : account_(account) {}

    void addTo(RouteTable& routes);

private:
    HttpAnswer create(const Json& body);
    HttpAnswer change(Subscription& subscription, const Json& body);
    void readInto(Subscription& subscription, Parameters& parameters);
    HttpAnswer withSubscription(const HttpCall& call, const std::function<HttpAnswer(Subscription&)>& act);

    YousignAccount& account_;
};

}  // namespace greffe::simulators
