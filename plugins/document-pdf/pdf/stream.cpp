// SPDX-License-Identifier: Apache-2.0
#include "stream.h"

#include "lexer.h"

namespace greffe::pdf {

bool isStreamAt(std::string_view file, std::size_t position) {
    Lexer lexer(file, position);
    lexer.skipWhite();
    return file.substr(lexer.position(), 6) == "stream";
}

Expected<std::string_view> streamBytes(std::string_view file, std::size_t position,
                                       std::optional<std::int64_t> length) {
    Lexer lexer(file, position);
    lexer.skipWhite();
    std::size_t start = lexer.position();
    if (file.substr(start, 6) != "stream")
        return malformed("byte " + std::to_string(start) + ": no stream here");
    start += 6;
    // CR LF or LF; a lone CR is not allowed, but written.
    if (file.substr(start, 2) == "\r\n")
        start += 2;
    else if (start < file.size() && (file[start] == '\n' || file[start] == '\r'))
        start += 1;
    if (!length) {
        const std::size_t end = file.find("endstream", start);
        if (end == std::string_view::npos) return malformed("a stream has no end");
        return file.substr(start, end - start);
    }
    if (*length < 0 || static_cast<std::uint64_t>(*length) > file.size() - start)
        return malformed("byte " + std::to_string(start) + ": a stream is longer than the file");
    std::size_t behind = start + static_cast<std::size_t>(*length);
    while (behind < file.size() && isWhite(file[behind]))
        ++behind;
    if (file.substr(behind, 9) != "endstream")
        return malformed("byte " + std::to_string(start) + ": a stream's /Length is wrong");
    return file.substr(start, static_cast<std::size_t>(*length));
}

}  // namespace greffe::pdf
