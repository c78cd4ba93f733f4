// SPDX-License-Identifier: Apache-2.0
// Breaks: HTTP-2
// Every answer is a good answer.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodExchange {
    void judge(const HttpResponse&, Outcome& outcome) override { outcome.done(); }
};

}  // namespace

GREFFE_BAD_NOTIFIER(Bad);
