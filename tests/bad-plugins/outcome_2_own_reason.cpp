// SPDX-License-Identifier: Apache-2.0
// Breaks: OUTCOME-2
// Invents a reason code: no metric and no folder knows it.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        if (count == 1 && documents[0].mediaType.view() == "text/plain")
            return outcome.rejected("bad_mood", "no texts");
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
