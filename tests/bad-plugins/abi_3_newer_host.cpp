// SPDX-License-Identifier: Apache-2.0
// Breaks: ABI-3
// Needs a Greffe that does not exist.
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_EXPORT_PLUGIN(GREFFE_BAD_ID, "0.1.0", "Breaks one rule", "documents", "99.0", "transformer/1",
                     GREFFE_BAD_SCHEMA, Bad::create);
