// SPDX-License-Identifier: Apache-2.0
#include "object_graph.h"

#include <algorithm>

namespace greffe::document_pdf {
namespace {

void appendNumbers(const std::vector<pdf::XrefEntry>& entries, std::vector<std::uint32_t>& numbers) {
    for (const pdf::XrefEntry& entry : entries)
        numbers.push_back(entry.number);
}

}  // namespace

ObjectGraph::ObjectGraph(const pdf::XrefChain& xref) {
    std::vector<std::uint32_t> numbers;
    for (const pdf::XrefSection& section : xref.sections()) {
        appendNumbers(section.entries, numbers);
        appendNumbers(section.hybridEntries, numbers);
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    nodes_.reserve(numbers.size());
    for (const std::uint32_t number : numbers) {
        const pdf::XrefEntry& entry = *xref.find(number);
        nodes_.push_back({number, entry.kind == pdf::EntryKind::InFile ? entry.detail : 0U,
                          entry.kind == pdf::EntryKind::Free});
    }
}

std::optional<std::uint32_t> ObjectGraph::rankOf(pdf::Reference reference) const {
    const auto at =
        std::lower_bound(nodes_.begin(), nodes_.end(), reference.number,
                         [](const Node& node, std::uint32_t wanted) { return node.number < wanted; });
    if (at == nodes_.end() || at->number != reference.number) return std::nullopt;
    if (!at->isFree && at->generation != reference.generation) return std::nullopt;
    return static_cast<std::uint32_t>(at - nodes_.begin());
}

ObjectGraph::Edges ObjectGraph::edgesOf(std::uint32_t rank) const {
    if (rank + 1 >= starts_.size()) return {};
    return {edges_.data() + starts_[rank], edges_.data() + starts_[rank + 1]};
}

std::vector<bool> ObjectGraph::reachableFrom(const std::vector<std::uint32_t>& roots) const {
    std::vector<bool> seen(nodes_.size());
    std::vector<std::uint32_t> open;
    const auto visit = [&](std::uint32_t rank) {
        if (seen[rank]) return;
        seen[rank] = true;
        open.push_back(rank);
    };
    for (const std::uint32_t root : roots)
        visit(root);
    while (!open.empty()) {
        const std::uint32_t rank = open.back();
        open.pop_back();
        for (const std::uint32_t target : edgesOf(rank))
            visit(target);
    }
    return seen;
}

}  // namespace greffe::document_pdf
