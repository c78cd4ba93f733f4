// SPDX-License-Identifier: Apache-2.0
// Everything that document-pdf says about a file, for any bytes: one verdict, well-formed facts, and no
// signature that holds without being intact over a revision. Good seeds: the valid corpus and the signature
// attacks.
#include "document-pdf/handler.h"
#include "support/fake_host.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>

namespace {

void require(bool isTrue) {
    if (!isTrue) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    greffe::DocumentView document;
    document.bytes = {reinterpret_cast<const char*>(data), size};
    greffe::document_pdf::PdfHandler handler;
    greffe::HeardOutcome outcome;
    handler.validate(document, R"({"encryption":"allow","active_content":"allow","signatures":"must_hold"})",
                     outcome);
    require(outcome.verdicts == 1);
    require(outcome.verdict == greffe::Verdict::Done || outcome.verdict == greffe::Verdict::Rejected);
    require(outcome.verdict == greffe::Verdict::Done || greffe::findReason(outcome.reason) != nullptr);
    for (const auto& [name, text] : outcome.facts) {
        const auto json = nlohmann::json::parse(text);
        if (name != "signatures") continue;
        for (const auto& signature : json) {
            const bool holds = signature["holds"];
            require(holds == signature["why"].get<std::string>().empty());
            require(!holds || (signature["intact"].get<bool>() && signature["coverage"] != "wrong"));
            require(holds || outcome.verdict == greffe::Verdict::Rejected);
        }
    }
    return 0;
}
