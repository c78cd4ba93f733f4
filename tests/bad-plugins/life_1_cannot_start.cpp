// SPDX-License-Identifier: Apache-2.0
// Breaks: LIFE-1
// Refuses the options that it documents.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    bool provision(Problems& problems) noexcept override {
        problems.error("title", "not today");
        return false;
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
