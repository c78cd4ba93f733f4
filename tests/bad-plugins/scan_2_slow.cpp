// SPDX-License-Identifier: Apache-2.0
// Breaks: SCAN-2
// Builds its tables while it is loaded.
#include "bad_plugin.h"

#include <unistd.h>

namespace {

using namespace greffe;

#ifdef GREFFE_SANITIZED
constexpr unsigned kMicroseconds = 800'000;
#else
constexpr unsigned kMicroseconds = 150'000;
#endif

struct Early {
    Early() { ::usleep(kMicroseconds); }
} early;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
};

}  // namespace

GREFFE_BAD_PLUGIN(Bad);
