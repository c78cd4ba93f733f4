// SPDX-License-Identifier: Apache-2.0
// Breaks: HTTP-4
// Lets a value bring a header of its own.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodExchange {
    void write(HttpRequest& request) override {
        GoodExchange::write(request);
        request.header("x-subject", "Hello\r\nx-admin: yes");
    }
};

}  // namespace

GREFFE_BAD_NOTIFIER(Bad);
