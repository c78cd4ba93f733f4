// SPDX-License-Identifier: Apache-2.0
// readManifestCall on anything, as a side-car and as the manifest of a folder: a refusal with a reason, or
// facts that are JSON and say the same when they are read again. Seeds: tests/fuzz/seeds/manifest.
#include "base/invariant.h"
#include "base/json.h"
#include "plugin_host/manifest.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    constexpr const char* kExpected[] = {
        R"({"roles":[{"name":"tenant","many":true,"optional":true},{"name":"owner","many":false,"optional":true}],)"
        R"("slots":["lease"],"is_side_car":true})",
        R"({"roles":[],"slots":["lease","identity"],"is_side_car":false})"};
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    for (const char* expected : kExpected) {
        const greffe::CallOutcome outcome = greffe::readManifestCall(text, expected);
        if (outcome.verdict == greffe::Verdict::Done) {
            const greffe::CallOutcome again = greffe::readManifestCall(outcome.factsJson, expected);
            GREFFE_INVARIANT(again.verdict == greffe::Verdict::Done && again.factsJson == outcome.factsJson);
        } else {
            GREFFE_INVARIANT(outcome.verdict == greffe::Verdict::Rejected && !outcome.explanation.empty());
        }
    }
    return 0;
}
