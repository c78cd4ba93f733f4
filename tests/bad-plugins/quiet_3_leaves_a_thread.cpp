// SPDX-License-Identifier: Apache-2.0
// Breaks: QUIET-3
// A thread goes on after the instance is gone.
#include "bad_plugin.h"

#include <chrono>
#include <thread>

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    bool provision(Problems&) noexcept override {
        std::thread([] {
            for (;;)
                std::this_thread::sleep_for(std::chrono::seconds(1));
        }).detach();
        return true;
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
