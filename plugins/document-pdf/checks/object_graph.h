// SPDX-License-Identifier: Apache-2.0
// Which object refers to which, for every object that the cross-reference mentions: four bytes a reference
// and no parsed object kept, so that a file with 90,000 objects costs a few hundred kilobytes.
//
// Objects are spoken of by rank, their place in the order of object numbers. A reference to a number that no
// section mentions leads nowhere and is left out; one to a freed object stays, because the revision that
// freed it changed what refers to it.
//
// Filled once by ObjectCensus, then only read.
#pragma once

#include "pdf/xref.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace greffe::document_pdf {

class ObjectGraph {
public:
    struct Node {
        std::uint32_t number = 0;
        std::uint32_t generation = 0;
        bool isFree = false;
    };
    struct Edges {
        const std::uint32_t* first = nullptr;
        const std::uint32_t* last = nullptr;
        const std::uint32_t* begin() const { return first; }
        const std::uint32_t* end() const { return last; }
    };

    ObjectGraph() = default;
    // All nodes of the newest state of `xref`, still without edges.
    explicit ObjectGraph(const pdf::XrefChain& xref);

    std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
    const Node& node(std::uint32_t rank) const { return nodes_[rank]; }
    // No value for a number that the file does not have, or not in this generation.
    std::optional<std::uint32_t> rankOf(pdf::Reference reference) const;
    std::size_t edgeCount() const { return edges_.size(); }
    Edges edgesOf(std::uint32_t rank) const;

    // Objects are filled in the order of their ranks: the edges of one, then closeNode().
    void addEdge(std::uint32_t target) { edges_.push_back(target); }
    void closeNode() { starts_.push_back(static_cast<std::uint32_t>(edges_.size())); }

    // For each rank whether it can be reached from `roots`.
    std::vector<bool> reachableFrom(const std::vector<std::uint32_t>& roots) const;

private:
    std::vector<Node> nodes_;
    std::vector<std::uint32_t> starts_{0};
    std::vector<std::uint32_t> edges_;
};

}  // namespace greffe::document_pdf
