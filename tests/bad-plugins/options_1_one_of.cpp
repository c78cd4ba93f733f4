// SPDX-License-Identifier: Apache-2.0
// Breaks: OPTIONS-1
// oneOf is JSON Schema, and outside the subset.
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(
    Bad, "documents", "transformer/1",
    R"({"type":"object","properties":{"title":{"type":"string","description":"stands on top","oneOf":[]}}})");
