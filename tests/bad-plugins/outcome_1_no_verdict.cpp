// SPDX-License-Identifier: Apache-2.0
// Breaks: OUTCOME-1
// Forgets to say how it ended.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        if (count == 1 && documents[0].mediaType.view() == "text/plain") return;
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
