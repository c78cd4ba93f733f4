// SPDX-License-Identifier: Apache-2.0
// Cuts PDF bytes into tokens (ISO 32000-2, 7.2 and 7.3) and says where each begins and ends.
//
// Positions are what this lexer is for: an increment repeats the original bytes of a dictionary with a splice
// in them, and a library that hands out values only rounds 595.275590551181 when it writes it back, which
// breaks the earlier signature on that page in the eyes of a validator. Never allocates, never recurses,
// reads no byte twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::pdf {

constexpr bool isWhite(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}
constexpr bool isDelimiter(char c) {
    return c == '(' || c == ')' || c == '<' || c == '>' || c == '[' || c == ']' || c == '{' || c == '}' ||
           c == '/' || c == '%';
}
constexpr bool isRegular(char c) {
    return !isWhite(c) && !isDelimiter(c);
}
constexpr bool isDigit(char c) {
    return c >= '0' && c <= '9';
}
// 0 to 15, or -1.
int hexValue(char c);

enum class TokenKind : std::uint8_t {
    End,  // no byte left
    Bad,  // a string without end, a lone '>' or ')'
    Integer,
    Real,
    Name,
    String,
    HexString,
    ArrayOpen,
    ArrayClose,
    DictOpen,
    DictClose,
    Word,  // obj, R, true, stream … and anything else made of regular characters
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::int64_t integer = 0;  // of an Integer
};

class Lexer {
public:
    // Looks at bytes[position, end) only; positions count from the start of `bytes`.
    explicit Lexer(std::string_view bytes, std::size_t position = 0);

    Token next();
    std::size_t position() const { return position_; }
    void seek(std::size_t position) { position_ = position; }
    std::string_view text(const Token& token) const {
        return bytes_.substr(token.begin, token.end - token.begin);
    }
    // Whether the token is the keyword `word`.
    bool isWord(const Token& token, std::string_view word) const {
        return token.kind == TokenKind::Word && text(token) == word;
    }
    // Skips white space and comments.
    void skipWhite();

private:
    Token literalString();
    Token hexString();
    Token regular(TokenKind kind);

    std::string_view bytes_;
    std::size_t position_;
};

// The bytes a name ("/A#42") or string token stands for.
std::string decodeName(std::string_view token);
std::string decodeString(std::string_view token);

}  // namespace greffe::pdf
