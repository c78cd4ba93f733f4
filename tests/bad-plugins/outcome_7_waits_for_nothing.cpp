// SPDX-License-Identifier: Apache-2.0
// Breaks: OUTCOME-7
// Waits for an answer that nobody can match.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView*, std::uint32_t, Slice, Outcome& outcome) noexcept override {
        outcome.waiting("", 0, 0);
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
