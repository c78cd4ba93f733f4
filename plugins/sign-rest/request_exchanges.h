// SPDX-License-Identifier: Apache-2.0
// What is done with a request that was sent: look, fetch, take back; and the question whether the service is
// there.
#pragma once

#include "service.h"

#include <string>
#include <vector>

namespace greffe::sign_rest {

class StatusExchange final : public sdk::ExchangeBase<StatusExchange> {
public:
    StatusExchange(Host& host, ServicePtr service, Slice sentJson);

private:
    friend class sdk::ExchangeBase<StatusExchange>;
    ExchangeStep proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome);

    Host& host_;
    const ServicePtr service_;
    const std::string remoteId_;
};

// The signed documents one after the other, then the proof.
class FetchExchange final : public sdk::ExchangeBase<FetchExchange> {
public:
    FetchExchange(Host& host, ServicePtr service, Slice sentJson);

private:
    friend class sdk::ExchangeBase<FetchExchange>;
    ExchangeStep proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome);

    Host& host_;
    const ServicePtr service_;
    const std::string remoteId_;
    const std::size_t documents_;
    std::size_t fetched_ = 0;  // the one that is asked for now; documents_ is the proof
};

class CancelExchange final : public sdk::ExchangeBase<CancelExchange> {
public:
    CancelExchange(Host& host, ServicePtr service, Slice sentJson, Slice reason);

private:
    friend class sdk::ExchangeBase<CancelExchange>;
    ExchangeStep proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome);

    Host& host_;
    const ServicePtr service_;
    const std::string remoteId_, reason_;
};

class HealthExchange final : public sdk::ExchangeBase<HealthExchange> {
public:
    HealthExchange(Host& host, ServicePtr service) : host_(host), service_(std::move(service)) {}

private:
    friend class sdk::ExchangeBase<HealthExchange>;
    ExchangeStep proceed(const HttpResponse* answer, HttpRequest& request, Outcome& outcome);

    Host& host_;
    const ServicePtr service_;
};

}  // namespace greffe::sign_rest
