// SPDX-License-Identifier: Apache-2.0
// Breaks: QUIET-2
// From here on, every number of the process has a comma.
#include "bad_plugin.h"

#include <clocale>
#include <cstdlib>

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    bool provision(Problems&) noexcept override {
        std::setlocale(LC_ALL, "C.UTF-8");
        ::setenv("LC_NUMERIC", "fr_FR.UTF-8", 1);
        return true;
    }
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
