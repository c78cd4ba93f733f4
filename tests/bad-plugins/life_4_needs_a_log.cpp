// SPDX-License-Identifier: Apache-2.0
// Breaks: LIFE-4
// Takes for granted that every host has a log.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    bool provision(Problems&) noexcept override {
        LogService* volatile log = host().service<LogService>();
        log->write(LogLevel::Info, "plugin provisioned", {});
        return true;
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
