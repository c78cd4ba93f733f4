// SPDX-License-Identifier: Apache-2.0
// Breaks: CANCEL-1
// Hears that it shall stop, and tidies up at leisure.
#include "bad_plugin.h"

#include <unistd.h>

namespace {

using namespace greffe;

#ifdef GREFFE_SANITIZED
constexpr unsigned kMicroseconds = 14'000'000;
#else
constexpr unsigned kMicroseconds = 2'500'000;
#endif

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        auto* cancel = host().service<CancelService>();
        if (cancel != nullptr && cancel->isCancelled() && !hasTidied_) {
            hasTidied_ = true;
            ::usleep(kMicroseconds);
        }
        sdk::refusable(outcome, [&] { copy(documents, count, outcome); });
    }

private:
    bool hasTidied_ = false;
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
