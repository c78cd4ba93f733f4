// SPDX-License-Identifier: Apache-2.0
// Breaks: LIFE-3
// Every instance leaves 64 bytes behind.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    bool configure(Slice options, Problems& problems) noexcept override {
        leaked_ = new char[64];
        return GoodTransformer::configure(options, problems);
    }

private:
    char* volatile leaked_ = nullptr;
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
