// SPDX-License-Identifier: Apache-2.0
// Breaks: OPTIONS-4
// The administrator reads that something is wrong, and not what.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    bool configure(Slice options, Problems& problems) noexcept override {
        if (options.view().find(R"("title":"")") != std::string_view::npos) {
            problems.error("", "invalid configuration");
            return false;
        }
        return GoodTransformer::configure(options, problems);
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
