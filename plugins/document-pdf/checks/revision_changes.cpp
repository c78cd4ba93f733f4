// SPDX-License-Identifier: Apache-2.0
#include "revision_changes.h"

#include "revision_walk.h"

namespace greffe::document_pdf {

std::string_view changeName(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::None: return "none";
        case ChangeKind::Housekeeping: return "dss_or_timestamp";
        case ChangeKind::Signatures: return "signatures";
        case ChangeKind::FormFill: return "form_fill";
        case ChangeKind::Annotations: return "annotations";
        case ChangeKind::PageContent: return "page_content";
        case ChangeKind::Undefined: break;
    }
    return "undefined";
}

Changes compareRevisions(pdf::Document& before, pdf::Document& now, const ObjectGraph& graph) {
    RevisionWalk walk(before, now, graph);
    if (auto walked = walk.run(); !walked) {
        Changes unknown;
        unknown.worst = ChangeKind::Undefined;
        unknown.text = "the changes cannot be read: " + walked.refusal().text;
        return unknown;
    }
    return walk.take();
}

}  // namespace greffe::document_pdf
