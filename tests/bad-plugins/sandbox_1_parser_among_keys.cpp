// SPDX-License-Identifier: Apache-2.0
// Breaks: SANDBOX-1
// A transformer reads documents: it has no business beside the keys.
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(Bad, "keys", "transformer/1", GREFFE_BAD_SCHEMA);
