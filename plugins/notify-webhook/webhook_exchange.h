// SPDX-License-Identifier: Apache-2.0
// One event to the receiver: a signed POST, then what its answer means. Never touches the network itself.
#pragma once

#include <greffe/capability/http.h>
#include <greffe/host.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace greffe::webhook {

// What one instance knows about its receiver.
struct Receiver {
    std::string url;
    std::uint32_t secret = SecretsService::kNone;  // kNone: events are not signed
    std::uint32_t timeoutMs = 30'000;
    std::vector<std::pair<std::string, std::string>> headers;  // placeholders already in place
};

class WebhookExchange final : public HttpExchange {
public:
    WebhookExchange(Host& host, std::shared_ptr<const Receiver> receiver, std::string key,
                    std::string message)
        : host_(host), receiver_(std::move(receiver)), key_(std::move(key)), message_(std::move(message)) {}

    ExchangeStep next(const HttpResponse* response, HttpRequest& request, Outcome& outcome) noexcept override;
    void release() noexcept override { delete this; }

private:
    ~WebhookExchange() = default;

    ExchangeStep send(HttpRequest& request, Outcome& outcome);
    void take(const HttpResponse& response, Outcome& outcome);
    void takeStatus(const HttpResponse& response, Outcome& outcome);
    std::int64_t nowUnix();

    Host& host_;
    const std::shared_ptr<const Receiver> receiver_;
    const std::string key_;
    const std::string message_;
};

}  // namespace greffe::webhook
