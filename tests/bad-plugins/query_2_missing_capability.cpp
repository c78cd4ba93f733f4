// SPDX-License-Identifier: Apache-2.0
// Breaks: QUERY-2
// Declares a handler that is not there.
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(Bad, "documents", "transformer/1 document-handler/1", GREFFE_BAD_SCHEMA);
