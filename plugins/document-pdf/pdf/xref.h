// SPDX-License-Identifier: Apache-2.0
// The cross-reference chain of a file: every section from the newest revision back to the first, kept apart,
// so that later code can tell what each revision changed. Tables, streams and hybrids (ISO 32000-2, 7.5.4
// and 7.5.8).
//
// PoDoFo refuses cross-reference streams with a field wider than 4 bytes (pyHanko writes [1 8 2]) and every
// file with bytes before its header; this reader takes both.
#pragma once

#include "expected.h"
#include "limits.h"
#include "pre_scan.h"
#include "value.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::pdf {

enum class EntryKind : std::uint8_t { Free, InFile, InObjectStream };

struct XrefEntry {
    std::uint64_t place =
        0;  // InFile: offset, counted from the header's base; InObjectStream: the stream's number
    std::uint32_t number = 0;       // of the object
    std::uint32_t detail : 24 = 0;  // InFile and Free: generation; InObjectStream: index in the stream
    EntryKind kind : 8 = EntryKind::Free;
};
static_assert(sizeof(XrefEntry) == 16);

enum class SectionKind : std::uint8_t { Table, Stream, Hybrid };

struct XrefSection {
    SectionKind kind = SectionKind::Table;
    std::uint64_t offset = 0;              // as startxref or /Prev gave it
    std::vector<XrefEntry> entries;        // by number; the table's, or the stream's
    std::vector<XrefEntry> hybridEntries;  // by number; those of /XRefStm
    std::unique_ptr<Tree> trailer;         // the trailer dictionary, or the stream's

    // In a hybrid the table's used entries come first, then the stream's, then the table's free ones: a table
    // hides the compressed objects from old readers by calling them free. Null when the section does not
    // speak of `number`.
    const XrefEntry* find(std::uint32_t number) const;
};

class XrefChain {
public:
    static Expected<XrefChain> read(std::string_view file, const FileFrame& frame, const Limits& limits);

    // Newest first; never empty.
    const std::vector<XrefSection>& sections() const { return sections_; }
    // The newest entry; null when no section has one.
    const XrefEntry* find(std::uint32_t number) const;
    // What is added to an offset of this file to get a position in its bytes: the header's, or 0.
    std::size_t base() const { return base_; }
    // The value of a trailer key in the newest section that has it.
    Value trailer(std::string_view key) const;
    // One more than the highest object number that any section or /Size mentions.
    std::uint32_t nextNumber() const { return nextNumber_; }

private:
    std::vector<XrefSection> sections_;
    std::size_t base_ = 0;
    std::uint32_t nextNumber_ = 1;
};

}  // namespace greffe::pdf
