// SPDX-License-Identifier: Apache-2.0
// readPlan on anything: a refusal, or a plan that writes back to the very same text.
#include "base/invariant.h"
#include "config/plan.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (const greffe::Result<greffe::Plan> plan = greffe::readPlan(text))
        GREFFE_INVARIANT(greffe::planText(*plan) == text);
    return 0;
}
