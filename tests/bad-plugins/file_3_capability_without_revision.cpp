// SPDX-License-Identifier: Apache-2.0
// Breaks: FILE-3
// A capability id is name/revision.
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(Bad, "documents", "transformer", GREFFE_BAD_SCHEMA);
