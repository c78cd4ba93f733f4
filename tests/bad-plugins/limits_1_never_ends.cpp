// SPDX-License-Identifier: Apache-2.0
// Breaks: LIMITS-1
// Looks for an end that a document of one byte does not have.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        const volatile bool isWaiting = count == 1 && documents[0].bytes.size == 1;
        while (isWaiting) {
        }
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
