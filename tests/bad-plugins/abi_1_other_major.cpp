// SPDX-License-Identifier: Apache-2.0
// Breaks: ABI-1
// Built for ABI 2: nothing of it may run.
#include <greffe/abi.h>

#undef GREFFE_ABI_MAJOR
#define GREFFE_ABI_MAJOR 2
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
