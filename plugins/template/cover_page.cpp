// SPDX-License-Identifier: Apache-2.0
#include "cover_page.h"

#include <algorithm>

namespace transform_template {

void LineCounter::add(std::string_view piece) {
    if (piece.empty()) return;
    ends_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    isLineOpen_ = piece.back() != '\n';
}

std::string paragraphOf(const CountedDocument& document, std::uint32_t number) {
    return "\n" + std::to_string(number) + ". " + document.name + "\n   " + document.mediaType + ", " +
           std::to_string(document.sizeBytes) + " bytes, " + std::to_string(document.lines) +
           " lines\n   SHA-256 " + document.sha256 + "\n";
}

std::string headingOf(std::string_view title, std::string_view date,
                      const std::vector<CountedDocument>& documents) {
    std::uint64_t bytes = 0;
    for (const CountedDocument& document : documents)
        bytes += document.sizeBytes;
    std::string text(title);
    text += "\n";
    if (!date.empty()) text += std::string(date) + "\n";
    return text + std::to_string(documents.size()) +
           (documents.size() == 1 ? " document, " : " documents, ") + std::to_string(bytes) + " bytes\n";
}

}  // namespace transform_template
