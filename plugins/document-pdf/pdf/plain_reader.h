// SPDX-License-Identifier: Apache-2.0
// A second reader of PDF structure, on purpose unlike the first: it shares no code with lexer, xref and
// document, so that a mistake in those cannot hide from the structure check. Plain and slow; for our own
// output and tests, not for intake.
//
// It reads what it must: the chain of sections, where objects stand, and the entries of a dictionary as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace greffe::pdf {

// The entries of "<<…>>" in the order of the text, each value as its text without white space around it.
using PlainDict = std::vector<std::pair<std::string, std::string>>;
// No value when the text is not a dictionary.
std::optional<PlainDict> plainDict(std::string_view text);
// The value's text, or empty.
std::string plainValue(const PlainDict& dict, std::string_view key);
// The number of "12 0 R"; no value for other texts.
std::optional<std::uint32_t> plainReference(std::string_view text);

struct PlainSection {
    std::uint64_t offset = 0;
    bool isStream = false;
    PlainDict trailer;
    // Object number → offset; for objects in streams the stream's number, marked.
    struct Place {
        bool isUsed = false;
        bool isInStream = false;
        std::uint64_t at = 0;
    };
    std::map<std::uint32_t, Place> places;
};

class PlainReader {
public:
    // Reads the chain from the last startxref. error() says what was wrong; the sections read so far stay.
    explicit PlainReader(std::string_view file);

    const std::string& error() const { return error_; }
    const std::vector<PlainSection>& sections() const { return sections_; }  // newest first
    std::size_t base() const { return base_; }

    const PlainSection::Place* place(std::uint32_t number) const;
    // The value's text of object `number`; no value when it is missing or cannot be read (an encrypted object
    // stream).
    std::optional<std::string> object(std::uint32_t number) const;
    // The value of a trailer key in the newest section that has it.
    std::string trailer(std::string_view key) const;

private:
    bool readSection(std::uint64_t offset, PlainSection& section);
    bool readTable(std::size_t at, PlainSection& section);
    bool readStream(std::size_t at, PlainSection& section);
    bool fail(std::string what);

    std::string_view file_;
    std::size_t base_ = 0;
    std::string error_;
    std::vector<PlainSection> sections_;
};

}  // namespace greffe::pdf
