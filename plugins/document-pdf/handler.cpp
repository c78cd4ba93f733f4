// SPDX-License-Identifier: Apache-2.0
#include "handler.h"

#include "examination.h"
#include "facts.h"
#include "judgement.h"
#include "profile.h"

#include <greffe/sdk/instance.h>

#include <vector>

namespace greffe::document_pdf {
namespace {

void refuse(const std::vector<Finding>& findings, Outcome& outcome) {
    recordFindings(findings, outcome);
    sdk::reject(outcome, findings.front().reason, findings.front().text);
}

void refuseUnread(const pdf::Refusal& refusal, Outcome& outcome) {
    if (refusal.reason == Reason::DeadlineExceeded) return sdk::retry(outcome, refusal.reason, refusal.text);
    refuse({Finding{refusal.reason, refusal.text, {}}}, outcome);
}

void conclude(const Examination& found, const std::vector<Finding>& findings, Outcome& outcome) {
    recordFacts(found, outcome);
    if (!findings.empty()) return refuse(findings, outcome);
    recordFindings(findings, outcome);
    outcome.done();
}

}  // namespace

std::uint32_t PdfHandler::probe(Slice firstBytes) noexcept {
    const std::string_view head = firstBytes.view().substr(0, 4096);
    const std::size_t at = head.find("%PDF-");
    if (at == 0) return 100;
    // Readers accept the header anywhere in the first kilobyte; a web page may quote one, too.
    return at < 1024 ? 60 : 0;
}

void PdfHandler::inspect(const DocumentView& document, Outcome& outcome) noexcept {
    sdk::guarded(outcome, [&] {
        Patience patience(cancel_);
        const auto found = examine(document.bytes, limits_, patience);
        if (!found) return refuseUnread(found.refusal(), outcome);
        conclude(*found, judgeForm(*found), outcome);
    });
}

void PdfHandler::validate(const DocumentView& document, Slice profileJson, Outcome& outcome) noexcept {
    sdk::guarded(outcome, [&] {
        const auto profile = readProfile(profileJson);
        if (!profile) return sdk::reject(outcome, profile.refusal().reason, profile.refusal().text);
        Patience patience(cancel_);
        const auto found = examine(document.bytes, limits_, patience);
        if (!found) return refuseUnread(found.refusal(), outcome);
        conclude(*found, judge(*found, *profile), outcome);
    });
}

}  // namespace greffe::document_pdf
