// SPDX-License-Identifier: Apache-2.0
// Breaks: HTTP-3
// Was asked to wait, and does not say so.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodExchange {
    void judge(const HttpResponse& response, Outcome& outcome) override {
        HttpResponse withoutHeaders = response;
        withoutHeaders.headers = {};
        GoodExchange::judge(withoutHeaders, outcome);
    }
};

}  // namespace

GREFFE_BAD_NOTIFIER(Bad);
