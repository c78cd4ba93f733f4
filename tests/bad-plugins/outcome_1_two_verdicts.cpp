// SPDX-License-Identifier: Apache-2.0
// Breaks: OUTCOME-1
// Done, and then rejected.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
        sdk::reject(outcome, Reason::Malformed, "or not");
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
