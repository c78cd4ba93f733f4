// SPDX-License-Identifier: Apache-2.0
// Breaks: OPTIONS-3
// Options are snake_case words, as everywhere in the configuration.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    bool configure(Slice, Problems&) noexcept override { return true; }
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(
    Bad, "documents", "transformer/1",
    R"({"type":"object","properties":{"pageTitle":{"type":"string","description":"stands on top"}}})");
