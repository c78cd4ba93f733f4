// SPDX-License-Identifier: Apache-2.0
#include "pre_scan.h"

#include "lexer.h"

namespace greffe::pdf {
namespace {

constexpr std::size_t kHeaderWindow = 1024;  // ISO 32000-1, annex H: readers accept the header there
constexpr std::size_t kTailWindow = 4096;

void readVersion(std::string_view file, FileFrame& frame) {
    const std::string_view text = file.substr(frame.headerOffset + 5, 3);
    if (text.size() == 3 && isDigit(text[0]) && text[1] == '.' && isDigit(text[2])) {
        frame.versionMajor = text[0] - '0';
        frame.versionMinor = text[2] - '0';
    }
}

}  // namespace

Expected<FileFrame> preScan(std::string_view file, const Limits& limits) {
    if (file.empty()) return Refusal{Reason::EmptyFile, "the file has no bytes"};
    if (file.size() > limits.maxFileBytes)
        return limitExceeded("the file is larger than " + std::to_string(limits.maxFileBytes) + " bytes");
    FileFrame frame;
    frame.headerOffset = file.substr(0, kHeaderWindow).find("%PDF-");
    if (frame.headerOffset == std::string_view::npos)
        return Refusal{Reason::NotAPdf, "no %PDF- header in the first kilobyte"};
    readVersion(file, frame);

    const std::size_t tailStart = file.size() > kTailWindow ? file.size() - kTailWindow : 0;
    const std::string_view tail = file.substr(tailStart);
    const std::size_t at = tail.rfind("startxref");
    if (at == std::string_view::npos)
        return malformed("no startxref in the last 4 KiB: the file is cut off or damaged");
    frame.startxrefOffset = tailStart + at;
    Lexer lexer(tail, at + 9);
    const Token number = lexer.next();
    if (number.kind != TokenKind::Integer || number.integer < 0)
        return malformed("startxref has no offset behind it");
    frame.xrefOffset = static_cast<std::uint64_t>(number.integer);

    const std::string_view behind = tail.substr(number.end);
    if (behind.find("endobj") != std::string_view::npos || behind.find("xref") != std::string_view::npos ||
        behind.find(" obj") != std::string_view::npos)
        return malformed("objects stand behind the last startxref: the file was cut off or appended to");
    return frame;
}

}  // namespace greffe::pdf
