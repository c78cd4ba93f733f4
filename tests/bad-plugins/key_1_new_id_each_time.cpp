// SPDX-License-Identifier: Apache-2.0
// Breaks: KEY-1
// A key of its own invention each time: the service sees two different requests.
#include "bad_plugin.h"

#include <unistd.h>

namespace {

using namespace greffe;

class Bad final : public bad::GoodExchange {
    void write(HttpRequest& request) override {
        request.start("POST", "https://hook.example/greffe");
        request.header("idempotency-key", std::to_string(::getpid()));
        request.body("application/json", "{}");
    }
};

}  // namespace

GREFFE_BAD_NOTIFIER(Bad);
