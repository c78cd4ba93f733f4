// SPDX-License-Identifier: Apache-2.0
// Breaks: MALFORMED-1
// Looks at the first byte of a document that has none.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        if (count == 1 && documents[0].bytes.empty()) __builtin_trap();
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
