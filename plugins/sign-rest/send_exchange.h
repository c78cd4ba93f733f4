// SPDX-License-Identifier: Apache-2.0
// Sends one request: looks whether an earlier call sent it, posts it where not.
#pragma once

#include "service.h"

#include <string>

namespace greffe::sign_rest {

class SendExchange final : public sdk::ExchangeBase<SendExchange> {
public:
    // The documents' bytes stay where they are until this exchange is released.
    SendExchange(Host& host, ServicePtr service, Slice requestJson, const DocumentView* documents,
                 std::uint32_t count);

private:
    friend class sdk::ExchangeBase<SendExchange>;
    enum class Phase { Look, Post, LookAgain };

    ExchangeStep proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome);
    ExchangeStep look(HttpRequest& request) const;
    ExchangeStep found(const HttpResponse& answer, HttpRequest& request, Outcome& outcome);
    ExchangeStep post(HttpRequest& request, Outcome& outcome);
    ExchangeStep posted(const HttpResponse& answer, HttpRequest& request, Outcome& outcome);
    std::int64_t nowMs() const;

    Host& host_;
    const ServicePtr service_;
    const std::string requestJson_;
    const std::string externalId_;
    const DocumentView* const documents_;
    const std::uint32_t count_;
    Phase phase_ = Phase::Look;
};

}  // namespace greffe::sign_rest
