// SPDX-License-Identifier: Apache-2.0
// "document-handler/1": knows a family of formats. Pool: documents. Effect class: pure.
#pragma once

#include <greffe/types.h>

namespace greffe {

class DocumentHandler {
public:
    static constexpr const char* kId = "document-handler/1";

    // How sure the handler is that these bytes are its format, 0 (no) to 100 (certain). Looks at 4 KiB at
    // most.
    virtual std::uint32_t probe(Slice firstBytes) noexcept = 0;
    // Facts about a well-formed document (see the plugin's README for their names). Rejected when it is not.
    virtual void inspect(const DocumentView& document, Outcome& outcome) noexcept = 0;
    // Checks the document against a profile (the validate step's options, JSON). Done = it fits, with the
    // same facts as inspect; Rejected = it does not, with the first finding's code and the fact "findings":
    // [{code, text, pages}].
    virtual void validate(const DocumentView& document, Slice profileJson, Outcome& outcome) noexcept = 0;

protected:
    ~DocumentHandler() = default;
};

}  // namespace greffe
