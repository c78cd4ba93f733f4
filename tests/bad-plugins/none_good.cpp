// SPDX-License-Identifier: Apache-2.0
// Breaks: none
// Keeps every rule: without it, a kit that fails everything would look right.
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
