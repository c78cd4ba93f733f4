// SPDX-License-Identifier: Apache-2.0
// The walk behind compareRevisions: what may change where. One instance compares one pair of revisions.
//
// Every object that both revisions reach is visited once for each kind of place it is reached from. In places
// of the kind Undefined an object keeps its own rules (a page, a field, an annotation); inside page content
// and appearances nothing has rules of its own, there old and new are the same or the content was changed.
#pragma once

#include "field_tree.h"
#include "object_graph.h"
#include "revision_changes.h"
#include "revision_pairs.h"

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace greffe::document_pdf {

class RevisionWalk {
public:
    RevisionWalk(pdf::Document& before, pdf::Document& now, const ObjectGraph& graph);

    pdf::Check run();
    Changes take() { return std::move(changes_); }

private:
    enum class Role : std::uint8_t { None, Catalog, PageNode, Page, Annotation, Field };
    struct Part {
        Role role = Role::None;
        std::uint32_t page = 0;
    };
    // What a difference means here, and what it is said to be about.
    struct Place {
        ChangeKind kind = ChangeKind::Undefined;
        std::uint32_t label = 0;
    };
    struct Visit {
        std::uint32_t rank = 0;
        Place place;
    };

    // revision_walk.cpp: the machinery.
    pdf::Check assignPageRoles();
    pdf::Check assignAnnotationRoles(const Sided& page, std::uint32_t number);
    Part partOf(std::uint32_t number) const;
    pdf::Check visit(const Visit& visit);
    pdf::Check compareWhole(std::uint32_t rank, const Place& place);
    void follow(const std::vector<pdf::Reference>& references, const Place& place);
    void push(std::uint32_t rank, const Place& place);
    void note(ChangeKind kind, const std::string& text);
    void differ(const Place& place, std::string_view what);
    // Differences mean `difference`; what both refer to is walked as `place`.
    void require(const Sided& old, const Sided& fresh, ChangeKind difference, const Place& place,
                 std::string_view what);
    Place placeNamed(ChangeKind kind, std::string label);

    // revision_rules.cpp: documents and pages.
    pdf::Check compareTrailers();
    pdf::Check compareCatalogs(const Sided& old, const Sided& fresh);
    void comparePageNodes(const Sided& old, const Sided& fresh);
    pdf::Check comparePages(const Sided& old, const Sided& fresh, std::uint32_t page);
    pdf::Check compareAnnotationLists(const Sided& old, const Sided& fresh, std::uint32_t page);
    pdf::Check noteRemovedAnnotation(std::uint32_t number, const Place& place);
    pdf::Check noteNewAnnotation(const pdf::Value& reference, std::uint32_t page);
    void compareAnnotations(const Sided& old, const Sided& fresh, std::uint32_t page);

    // form_rules.cpp: the form.
    pdf::Check compareForms(const Sided& old, const Sided& fresh);
    pdf::Check compareFieldLists(const Sided& old, const Sided& fresh);
    pdf::Check noteNewField(const pdf::Value& reference);
    pdf::Expected<bool> showsSomething(const pdf::Value& widget);
    pdf::Check noteSigned(const pdf::Object& field, const pdf::Value& signature, const std::string& name);
    pdf::Check compareResources(const Sided& old, const Sided& fresh, int depth);
    pdf::Check compareFields(const Sided& old, const Sided& fresh, const FieldNode& field);
    pdf::Check compareSignatureValues(const Sided& old, const Sided& fresh, const FieldNode& field);

    RevisionPairs pairs_;
    const ObjectGraph& graph_;
    FieldTree fields_, freshFields_;  // of the signed revision, and of the newest
    std::unordered_map<std::uint32_t, Part> parts_;
    // Widgets of fields that were added with a further signature.
    std::unordered_set<std::uint32_t> newWidgets_;
    std::vector<std::string> labels_;
    // What is still to be visited; appearances of fields first, so that one field is done before the next.
    std::vector<Visit> open_, openAppearances_;
    // For each kind of place by rank: the last label under which it was visited, plus 1. Only in places of
    // the kind FormFill the label counts: an appearance that two fields share is a change of both.
    std::array<std::vector<std::uint32_t>, 7> seen_;
    std::uint64_t visits_ = 0;
    Changes changes_;
};

}  // namespace greffe::document_pdf
