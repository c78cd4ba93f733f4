// SPDX-License-Identifier: Apache-2.0
// Breaks: OPTIONS-2
// Nobody knows what the option is for.
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(Bad, "documents", "transformer/1",
                     R"({"type":"object","properties":{"title":{"type":"string"}}})");
