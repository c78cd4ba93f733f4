// SPDX-License-Identifier: Apache-2.0
// Breaks: OUTCOME-6
// Writes without looking: the document is cut, and called done.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        ByteSink* sink = outcome.artifact("copy", "text/plain");
        for (std::uint32_t i = 0; i < count; ++i)
            sink->write(documents[i].bytes);
        outcome.done();
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
