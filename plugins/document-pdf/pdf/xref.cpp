// SPDX-License-Identifier: Apache-2.0
#include "xref.h"

#include "xref_reader.h"

#include <algorithm>
#include <unordered_set>

namespace greffe::pdf {
namespace {

const XrefEntry* findIn(const std::vector<XrefEntry>& entries, std::uint32_t number) {
    const auto at =
        std::lower_bound(entries.begin(), entries.end(), number,
                         [](const XrefEntry& entry, std::uint32_t wanted) { return entry.number < wanted; });
    return at != entries.end() && at->number == number ? &*at : nullptr;
}

// Offsets count from the header when there are bytes before it, but some writers count from the file's first
// byte.
std::size_t baseOf(std::string_view file, const FileFrame& frame, const Limits& limits) {
    if (frame.headerOffset == 0) return 0;
    if (XrefReader(file.substr(frame.headerOffset), limits).looksLikeSection(frame.xrefOffset))
        return frame.headerOffset;
    return XrefReader(file, limits).looksLikeSection(frame.xrefOffset) ? 0 : frame.headerOffset;
}

std::uint32_t highestNumber(const std::vector<XrefEntry>& entries) {
    return entries.empty() ? 0 : entries.back().number;
}

}  // namespace

const XrefEntry* XrefSection::find(std::uint32_t number) const {
    const XrefEntry* own = findIn(entries, number);
    if (kind != SectionKind::Hybrid || (own != nullptr && own->kind != EntryKind::Free)) return own;
    const XrefEntry* hidden = findIn(hybridEntries, number);
    return hidden != nullptr ? hidden : own;
}

const XrefEntry* XrefChain::find(std::uint32_t number) const {
    for (const XrefSection& section : sections_)
        if (const XrefEntry* entry = section.find(number)) return entry;
    return nullptr;
}

Value XrefChain::trailer(std::string_view key) const {
    for (const XrefSection& section : sections_)
        if (const Value value = section.trailer->root().find(key)) return value;
    return {};
}

Expected<XrefChain> XrefChain::read(std::string_view file, const FileFrame& frame, const Limits& limits) {
    XrefChain chain;
    chain.base_ = baseOf(file, frame, limits);
    XrefReader reader(file.substr(chain.base_), limits);
    std::unordered_set<std::uint64_t> seen;
    std::uint64_t offset = frame.xrefOffset;
    std::uint64_t next = 1;
    do {
        if (!seen.insert(offset).second)
            return malformed("the cross-reference sections point at each other in a circle");
        if (seen.size() > limits.maxRevisions)
            return limitExceeded("the file has more than " + std::to_string(limits.maxRevisions) +
                                 " revisions");
        GREFFE_PDF_ASSIGN(chain.sections_.emplace_back(), reader.read(offset));
        const XrefSection& section = chain.sections_.back();
        const Value trailer = section.trailer->root();
        const auto size = trailer.find("Size").integer();
        if (!size || *size < 0) return malformed("a trailer has no /Size");
        next = std::max({next, static_cast<std::uint64_t>(*size),
                         highestNumber(section.entries) + std::uint64_t{1},
                         highestNumber(section.hybridEntries) + std::uint64_t{1}});
        const Value previous = trailer.find("Prev");
        if (!previous.isNull() && (!previous.integer() || *previous.integer() < 0))
            return malformed("a trailer's /Prev is not an offset");
        offset = previous.integer() ? static_cast<std::uint64_t>(*previous.integer()) : 0;
    } while (offset != 0);  // some writers put /Prev 0 for "none"
    if (next > limits.maxObjectNumber)
        return limitExceeded("the file uses object numbers up to " + std::to_string(next - 1));
    chain.nextNumber_ = static_cast<std::uint32_t>(next);
    return chain;
}

}  // namespace greffe::pdf
