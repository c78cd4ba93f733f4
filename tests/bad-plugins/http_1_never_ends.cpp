// SPDX-License-Identifier: Apache-2.0
// Breaks: HTTP-1
// Asks again and again.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodExchange {
public:
    ExchangeStep next(const HttpResponse*, HttpRequest& request, Outcome&) noexcept override {
        GoodExchange::write(request);
        return ExchangeStep::Send;
    }
};

}  // namespace

GREFFE_BAD_NOTIFIER(Bad);
