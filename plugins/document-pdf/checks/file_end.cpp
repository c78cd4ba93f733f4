// SPDX-License-Identifier: Apache-2.0
#include "file_end.h"

#include "pdf/lexer.h"

namespace greffe::document_pdf {
namespace {

std::string_view withoutLeadingWhite(std::string_view bytes) {
    while (!bytes.empty() && pdf::isWhite(bytes.front()))
        bytes.remove_prefix(1);
    return bytes;
}

}  // namespace

std::string_view bytesBehindEnd(const pdf::Document& document) {
    constexpr std::string_view kMark = "%%EOF";
    const std::string_view tail = document.file().substr(document.frame().startxrefOffset);
    pdf::Lexer lexer(tail, std::string_view("startxref").size());
    lexer.next();  // the offset; without one the document would not be open
    std::string_view behind = withoutLeadingWhite(tail.substr(lexer.position()));
    if (behind.substr(0, kMark.size()) == kMark) behind.remove_prefix(kMark.size());
    return withoutLeadingWhite(behind);
}

}  // namespace greffe::document_pdf
