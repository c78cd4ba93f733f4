// SPDX-License-Identifier: Apache-2.0
// Everything that is found out about a document, before anybody asks whether that is good or bad: the
// judgement (judgement.h) compares it with a profile, the facts (facts.h) print it.
#pragma once

#include "checks/object_census.h"
#include "checks/page_list.h"
#include "checks/signature_report.h"
#include "pdf/document.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::document_pdf {

struct Examination {
    // What keeps the document from being well-formed; empty for a good one.
    std::vector<pdf::Refusal> faults;
    PageList pages;
    Census census;
    SignatureReport signatures;
    std::string version;   // "1.7": the catalog's, when it is newer than the header's
    std::string producer;  // safe to display
    std::uint32_t revisions = 1;
    std::uint32_t hiddenLayers = 0;
    std::uint64_t bytesBeforeHeader = 0;
    std::uint64_t bytesBehindEnd = 0;  // behind the last %%EOF and its line end
    bool isEncrypted = false;
    bool isLinearized = false;
};

// A refusal when the file cannot be opened at all (empty, no PDF, password needed, no usable
// cross-reference); what is wrong inside is among the faults.
// DeadlineExceeded when the host said stop.
pdf::Expected<Examination> examine(std::string_view file, const pdf::Limits& limits, Patience& patience);

}  // namespace greffe::document_pdf
