// SPDX-License-Identifier: Apache-2.0
// Breaks: SCAN-1
// A constructor runs for every command that merely looks at the plugin.
#include "bad_plugin.h"

#include <cstdio>

namespace {

using namespace greffe;

struct Early {
    Early() {
        if (std::FILE* file = std::fopen("loaded", "w")) std::fclose(file);
    }
} early;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
