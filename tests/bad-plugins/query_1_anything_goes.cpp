// SPDX-License-Identifier: Apache-2.0
// Breaks: QUERY-1
// Gives a transformer to whoever asks, for whatever.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void* query(Slice) noexcept override { return static_cast<Transformer*>(this); }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
