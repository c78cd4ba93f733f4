// SPDX-License-Identifier: Apache-2.0
// Breaks: QUIET-3
// Opens a temporary file a call, and closes none.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        if (auto* files = host().service<TemporaryFileService>()) static_cast<void>(files->open());
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
