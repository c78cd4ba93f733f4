// SPDX-License-Identifier: Apache-2.0
// Breaks: OUTCOME-4
// Adds a fact when the host has acted already.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
        outcome.fact("late", "1");
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
