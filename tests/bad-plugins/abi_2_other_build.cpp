// SPDX-License-Identifier: Apache-2.0
// Breaks: ABI-2
// Built with the old layout of std::string.
#include <greffe/abi.h>

#undef GREFFE_BUILD_TAG
#define GREFFE_BUILD_TAG "itanium;" GREFFE_ABI_ARCH ";cxx11abi=0"
#include "bad_plugin.h"

namespace {

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
