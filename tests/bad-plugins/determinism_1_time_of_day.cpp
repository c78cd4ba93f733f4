// SPDX-License-Identifier: Apache-2.0
// Breaks: DETERMINISM-1
// The time stands in the document, and is not in the params.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        if (auto* clock = host().service<ClockService>()) title_ = std::to_string(clock->unixMs());
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
