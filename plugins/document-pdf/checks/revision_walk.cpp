// SPDX-License-Identifier: Apache-2.0
#include "revision_walk.h"

#include "display_text.h"

#include <algorithm>
#include <utility>

namespace greffe::document_pdf {

using pdf::Check;
using pdf::Document;
using pdf::Nothing;
using pdf::Reference;
using pdf::Value;

namespace {

// Far more than any file that was not made to cost time.
constexpr std::uint64_t kMaxVisits = 10'000'000;

}  // namespace

RevisionWalk::RevisionWalk(Document& before, Document& now, const ObjectGraph& graph)
    : pairs_(before, now), graph_(graph), labels_{"the document"} {
    for (std::vector<std::uint32_t>& seen : seen_)
        seen.resize(graph.size());
}

void RevisionWalk::note(ChangeKind kind, const std::string& text) {
    if (kind <= changes_.worst) return;
    changes_.worst = kind;
    changes_.text = text;
}

RevisionWalk::Place RevisionWalk::placeNamed(ChangeKind kind, std::string label) {
    labels_.push_back(std::move(label));
    return {kind, static_cast<std::uint32_t>(labels_.size() - 1)};
}

void RevisionWalk::differ(const Place& place, std::string_view what) {
    const std::string& label = labels_[place.label];
    if (place.kind == ChangeKind::FormFill &&
        (changes_.filledFields.empty() || changes_.filledFields.back() != label))
        changes_.filledFields.push_back(label);
    const char* subject = place.kind == ChangeKind::FormFill ? "field " : "";
    note(place.kind, subject + displayText(label) + ": " + std::string(what));
}

void RevisionWalk::push(std::uint32_t rank, const Place& place) {
    std::uint32_t& seen = seen_[static_cast<std::size_t>(place.kind)][rank];
    const bool wasSeen = place.kind == ChangeKind::FormFill ? seen == place.label + 1 : seen != 0;
    if (wasSeen) return;
    seen = place.label + 1;
    (place.kind == ChangeKind::FormFill ? openAppearances_ : open_).push_back({rank, place});
}

void RevisionWalk::follow(const std::vector<Reference>& references, const Place& place) {
    for (const Reference& reference : references)
        if (const auto rank = graph_.rankOf(reference)) push(*rank, place);
}

void RevisionWalk::require(const Sided& old, const Sided& fresh, ChangeKind difference, const Place& place,
                           std::string_view what) {
    std::vector<Reference> references;
    if (!pairs_.isSame(old, fresh, references)) differ({difference, place.label}, what);
    follow(references, place);
}

RevisionWalk::Part RevisionWalk::partOf(std::uint32_t number) const {
    if (fields_.count(number) != 0) return {Role::Field, 0};
    const auto at = parts_.find(number);
    return at != parts_.end() ? at->second : Part{};
}

// Pages in their order, with the annotations that stand on them.
Check RevisionWalk::assignPageRoles() {
    std::vector<Value> open = {pairs_.before().catalog().root().find("Pages")};
    std::vector<std::unique_ptr<pdf::Object>> kept;  // owns the values that wait
    std::uint32_t pages = 0;
    while (!open.empty()) {
        const Value node = open.back();
        open.pop_back();
        if (!node.isReference()) continue;
        const std::uint32_t number = node.reference().number;
        if (parts_.count(number) != 0) continue;
        GREFFE_PDF_ASSIGN(std::unique_ptr<pdf::Object> object, pairs_.before().readAside(node.reference()));
        if (!object || !object->root().isDict()) continue;
        GREFFE_PDF_ASSIGN(const Value kids, pairs_.before().get(object->root(), "Kids"));
        if (!kids.isArray()) {
            parts_[number] = {Role::Page, ++pages};
            GREFFE_PDF_TRY(assignAnnotationRoles({&pairs_.before(), object.get(), object->root()}, pages));
            continue;
        }
        parts_[number] = {Role::PageNode, 0};
        const std::size_t first = open.size();
        for (Value kid = kids.firstChild(); kid; kid = kid.nextSibling())
            open.push_back(kid);
        std::reverse(open.begin() + static_cast<std::ptrdiff_t>(first), open.end());
        kept.push_back(std::move(object));
    }
    return Nothing{};
}

Check RevisionWalk::assignAnnotationRoles(const Sided& page, std::uint32_t number) {
    GREFFE_PDF_ASSIGN(const Value list, page.document->get(page.value, "Annots"));
    for (Value item = list.firstChild(); list.isArray() && item; item = item.nextSibling())
        if (item.isReference()) parts_.emplace(item.reference().number, Part{Role::Annotation, number});
    return Nothing{};
}

Check RevisionWalk::compareWhole(std::uint32_t rank, const Place& place) {
    const ObjectGraph::Node& node = graph_.node(rank);
    if (pairs_.isUntouched(node.number)) {
        for (const std::uint32_t target : graph_.edgesOf(rank))
            push(target, place);
        return Nothing{};
    }
    GREFFE_PDF_ASSIGN(const ObjectPair pair, pairs_.read({node.number, node.generation}));
    const std::string what = "object " + std::to_string(node.number) + " was changed";
    if (!pair.old.owner || !pair.fresh.owner) {
        if (pair.old.owner || pair.fresh.owner) differ(place, what);
        return Nothing{};
    }
    require(pair.old, pair.fresh, place.kind, place, what);
    if (!pairs_.hasSameStream(pair)) differ(place, what);
    return Nothing{};
}

Check RevisionWalk::visit(const Visit& visit) {
    if (++visits_ > kMaxVisits) return pdf::limitExceeded("there is too much to compare");
    const ObjectGraph::Node& node = graph_.node(visit.rank);
    const Part part = visit.place.kind == ChangeKind::Undefined ? partOf(node.number) : Part{};
    if (part.role == Role::None) return compareWhole(visit.rank, visit.place);
    GREFFE_PDF_ASSIGN(const ObjectPair pair, pairs_.read({node.number, node.generation}));
    if (!pair.old.owner || !pair.fresh.owner) {
        note(part.role == Role::Page || part.role == Role::PageNode ? ChangeKind::PageContent
                                                                    : ChangeKind::Undefined,
             "object " + std::to_string(node.number) + " was removed");
        return Nothing{};
    }
    switch (part.role) {
        case Role::Catalog: return compareCatalogs(pair.old, pair.fresh);
        case Role::PageNode: comparePageNodes(pair.old, pair.fresh); break;
        case Role::Page: return comparePages(pair.old, pair.fresh, part.page);
        case Role::Annotation: compareAnnotations(pair.old, pair.fresh, part.page); break;
        case Role::Field: return compareFields(pair.old, pair.fresh, fields_.at(node.number));
        case Role::None: break;
    }
    return Nothing{};
}

Check RevisionWalk::run() {
    GREFFE_PDF_ASSIGN(fields_, readFieldTree(pairs_.before()));
    GREFFE_PDF_ASSIGN(freshFields_, readFieldTree(pairs_.now()));
    GREFFE_PDF_TRY(assignPageRoles());
    parts_[pairs_.before().catalog().id.number] = {Role::Catalog, 0};
    GREFFE_PDF_TRY(compareTrailers());
    while (!open_.empty() || !openAppearances_.empty()) {
        std::vector<Visit>& source = openAppearances_.empty() ? open_ : openAppearances_;
        const Visit next = source.back();
        source.pop_back();
        GREFFE_PDF_TRY(visit(next));
    }
    return Nothing{};
}

}  // namespace greffe::document_pdf
