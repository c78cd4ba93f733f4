// SPDX-License-Identifier: Apache-2.0
// "transformer/1": makes documents out of documents. Pool: documents or converters. Effect class: pure.
#pragma once

#include <greffe/types.h>

namespace greffe {

class Transformer {
public:
    static constexpr const char* kId = "transformer/1";

    // Writes artifacts to `outcome`. Same inputs and params give the same bytes. paramsJson: the step's
    // options, which satisfy the "step" part of the options schema (SPEC.md, OPTIONS). Several artifacts get
    // their file names from a fact "members", if there is one: [{"artifact": …, "name": …}, …].
    virtual void transform(const DocumentView* documents, std::uint32_t count, Slice paramsJson,
                           Outcome& outcome) noexcept = 0;

protected:
    ~Transformer() = default;
};

}  // namespace greffe
