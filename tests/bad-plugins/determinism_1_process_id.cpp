// SPDX-License-Identifier: Apache-2.0
// Breaks: DETERMINISM-1
// The process id stands in the document.
#include "bad_plugin.h"

#include <unistd.h>

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        title_ = std::to_string(::getpid());
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
