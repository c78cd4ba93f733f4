// SPDX-License-Identifier: Apache-2.0
// What changed between a signed revision and the newest one, by what a change means to a reader.
//
// Both revisions are walked side by side from their catalogs. Everywhere but in a few known places (the
// form's fields, a page's annotations, the security store, metadata) old and new must be the same, reference
// by reference. Each object is compared once for each kind of place that leads to it: an appearance that a
// field may change must stay as it is when a page draws it, too. Whatever is neither the same nor known is
// Undefined.
//
// The PDF specification leaves open what is allowed; these rules are ours, and README.md lists them.
#pragma once

#include "object_graph.h"
#include "pdf/document.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::document_pdf {

// In order of weight.
enum class ChangeKind : std::uint8_t {
    None,
    Housekeeping,  // security store, document time-stamps, metadata
    Signatures,    // further signatures
    FormFill,      // values and appearances of existing fields
    Annotations,   // comments and marks that are no content of their own
    PageContent,   // pages, their content or resources
    Undefined,     // anything else
};

std::string_view changeName(ChangeKind kind);  // "none", "dss_or_timestamp", …

struct Changes {
    ChangeKind worst = ChangeKind::None;
    std::string text;                           // the first change of the worst kind
    std::uint32_t visibleMarks = 0;             // of signatures in new fields
    std::vector<std::string> filledFields;      // fully qualified names
    std::vector<std::uint32_t> signedFields;    // object numbers of fields that were signed later
    std::vector<std::string> signedFieldNames;  // of the same, document time-stamps left out
};

// `before` is the signed revision: a document opened on the first bytes of `now`'s file, whose
// cross-reference `now` continues. `graph` is of `now`.
Changes compareRevisions(pdf::Document& before, pdf::Document& now, const ObjectGraph& graph);

}  // namespace greffe::document_pdf
