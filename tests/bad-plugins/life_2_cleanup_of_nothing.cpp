// SPDX-License-Identifier: Apache-2.0
// Breaks: LIFE-2
// cleanup() believes that provision() succeeded.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    bool provision(Problems&) noexcept override {
        table_ = new int(7);
        return true;
    }
    void cleanup() noexcept override {
        if (*table_ == 7) delete table_;
    }

private:
    int* volatile table_ = nullptr;
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
