// SPDX-License-Identifier: Apache-2.0
// Breaks: QUIET-2
// Ignores SIGPIPE for everybody.
#include "bad_plugin.h"

#include <csignal>

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    bool provision(Problems&) noexcept override {
        std::signal(SIGPIPE, SIG_IGN);
        return true;
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
