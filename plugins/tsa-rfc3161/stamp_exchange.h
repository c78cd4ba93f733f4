// SPDX-License-Identifier: Apache-2.0
// One question to the authority: the request, then what is made of the answer. Never touches the network
// itself.
#pragma once

#include "authority.h"
#include "messages.h"

#include <greffe/capability/http.h>
#include <greffe/host.h>

#include <memory>

namespace greffe::tsa {

class StampExchange final : public HttpExchange {
public:
    // With keepToken false the token is checked and thrown away: a question about the authority's health.
    StampExchange(Host& host, std::shared_ptr<const Authority> authority, const Question& question,
                  bool keepToken)
        : host_(host), authority_(std::move(authority)), question_(question), keepToken_(keepToken) {}

    ExchangeStep next(const HttpResponse* response, HttpRequest& request, Outcome& outcome) noexcept override;
    void release() noexcept override { delete this; }

private:
    ~StampExchange() = default;

    ExchangeStep send(HttpRequest& request, Outcome& outcome);
    void take(const HttpResponse& response, Outcome& outcome);

    Host& host_;
    const std::shared_ptr<const Authority> authority_;
    const Question question_;
    const bool keepToken_;
};

}  // namespace greffe::tsa
