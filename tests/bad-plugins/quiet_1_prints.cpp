// SPDX-License-Identifier: Apache-2.0
// Breaks: QUIET-1
// Says hello on stdout.
#include "bad_plugin.h"

#include <cstdio>

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        std::puts("hello");
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
