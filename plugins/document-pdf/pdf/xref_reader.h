// SPDX-License-Identifier: Apache-2.0
// Reads one cross-reference section. Used by XrefChain::read and by the fuzzer.
#pragma once

#include "xref.h"

namespace greffe::pdf {

class XrefReader {
public:
    // `file` begins at the base that offsets count from.
    XrefReader(std::string_view file, const Limits& limits) : file_(file), limits_(limits) {}

    // Whether a section may begin at `offset`: the word xref, or an object.
    bool looksLikeSection(std::uint64_t offset) const;
    // Reads the section at `offset` without following /Prev; a hybrid's stream is read too.
    Expected<XrefSection> read(std::uint64_t offset);

private:
    Expected<XrefSection> readTable(std::size_t position);
    Check readSubsection(std::size_t& position, std::uint64_t first, std::uint64_t count,
                         std::vector<XrefEntry>& entries);
    Expected<XrefSection> readStream(std::size_t position);
    Check decodeEntries(const Value& dict, std::string_view data, std::vector<XrefEntry>& entries);
    Check addEntry(std::vector<XrefEntry>& entries, std::uint64_t number, EntryKind kind, std::uint64_t place,
                   std::uint64_t detail);

    std::string_view file_;
    const Limits& limits_;
    std::uint64_t entriesRead_ = 0;  // of all sections
};

}  // namespace greffe::pdf
