// SPDX-License-Identifier: Apache-2.0
// Breaks: PROGRAMS-1
// Has a program run that its metadata do not name: who reads them believes that it starts none.
#include "bad_plugin.h"

#include <greffe/programs.h>

namespace {

using namespace greffe;

class Bad final : public bad::GoodTransformer<Bad> {
public:
    using GoodTransformer::GoodTransformer;
    void transform(const DocumentView* documents, std::uint32_t count, Slice,
                   Outcome& outcome) noexcept override {
        sdk::refusable(outcome, [&] {
            if (auto* programs = host().service<ProgramService>()) {
                ProgramCall call;
                call.program = "pdfinfo";
                sdk::StringSink output;
                sdk::StringSink errors;
                ProgramResult result;
                programs->run(call, output, errors, result);
            }
            copy(documents, count, outcome);
        });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(Bad, "converters", "transformer/1", GREFFE_BAD_SCHEMA);
