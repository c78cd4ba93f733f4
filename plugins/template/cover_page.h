// SPDX-License-Identifier: Apache-2.0
// The work of this plugin, free of anything that a host is: a cover page in plain text for a set of
// documents. What can be tested without a plugin around it should be.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace transform_template {

struct CountedDocument {
    std::string name;  // printable
    std::string mediaType;
    std::uint64_t sizeBytes = 0;
    std::uint64_t lines = 0;
    std::string sha256;  // hexadecimal
};

// Counts line ends piece by piece: a document of a gigabyte is never copied.
class LineCounter {
public:
    void add(std::string_view piece);
    // A last line without an end counts too.
    std::uint64_t lines() const { return ends_ + (isLineOpen_ ? 1 : 0); }

private:
    std::uint64_t ends_ = 0;
    bool isLineOpen_ = false;
};

// One document's paragraph.
std::string paragraphOf(const CountedDocument& document, std::uint32_t number);
// What stands above the paragraphs. `date`, when not empty, is printed as it is.
std::string headingOf(std::string_view title, std::string_view date,
                      const std::vector<CountedDocument>& documents);

}  // namespace transform_template
