// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/exchange_run.h"

#include <fmt/format.h>

namespace greffe {

ExchangeRun::ExchangeRun(HttpWire& wire, HttpExchange* exchange, OutcomeLimits limits,
                         std::uint32_t mostRequests)
    : wire_(wire), mostRequests_(mostRequests), exchange_(exchange), outcome_(limits) {
    if (exchange_ == nullptr) {
        endAs(Reason::PluginFault, "the plugin gave no exchange");
    } else {
        advance(nullptr);
    }
}

void ExchangeRun::endAs(Reason reason, std::string explanation) {
    isOver_ = true;
    ended_.emplace();
    ended_->verdict = Verdict::Rejected;
    ended_->reason = reason;
    ended_->explanation = std::move(explanation);
}

void ExchangeRun::advance(const HttpResponse* response) {
    RecordedHttpRequest request;
    const ExchangeStep step = exchange_->next(response, request, outcome_);
    if (step == ExchangeStep::Finished) {
        isOver_ = true;
        return;
    }
    if (step != ExchangeStep::Send)
        return endAs(Reason::PluginFault, "an exchange that neither sends nor ends");
    if (outcome_.hasVerdict()) return endAs(Reason::PluginFault, "a request after the verdict");
    if (!outcome_.contractBreak().empty()) return endAs(Reason::PluginFault, outcome_.contractBreak());
    if (!request.contractBreak().empty()) return endAs(Reason::PluginFault, request.contractBreak());
    if (++requests_ > mostRequests_)
        return endAs(Reason::PluginFault, fmt::format("an exchange of more than {} requests", mostRequests_));
    send(request);
}

void ExchangeRun::send(const RecordedHttpRequest& request) {
    const Status started = wire_.start(request.data(), [this](const WireAnswer& answer) {
        const HttpResponse response = answer.view();
        advance(&response);
    });
    if (started) return;
    const bool isConfiguration =
        started.error().code == Errc::Denied || started.error().code == Errc::Invalid;
    endAs(isConfiguration ? Reason::ConfigurationError : Reason::PluginFault, started.error().text());
}

CallResult ExchangeRun::take() {
    return ended_ ? std::move(*ended_) : outcome_.take();
}

}  // namespace greffe
