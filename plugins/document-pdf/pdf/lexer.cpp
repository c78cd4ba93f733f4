// SPDX-License-Identifier: Apache-2.0
#include "lexer.h"

namespace greffe::pdf {

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

namespace {

// Integers of up to 18 digits; what is longer is a Real, which nobody takes for an offset.
TokenKind classifyNumber(std::string_view text, std::int64_t& value) {
    std::size_t i = 0;
    bool negative = false;
    if (text[0] == '+' || text[0] == '-') {
        negative = text[0] == '-';
        i = 1;
    }
    std::size_t digits = 0;
    bool hasPoint = false;
    std::int64_t result = 0;
    for (; i < text.size(); ++i) {
        if (isDigit(text[i])) {
            if (++digits <= 18 && !hasPoint) result = result * 10 + (text[i] - '0');
        } else if (text[i] == '.' && !hasPoint) {
            hasPoint = true;
        } else {
            return TokenKind::Word;
        }
    }
    if (digits == 0) return TokenKind::Word;
    if (hasPoint || digits > 18) return TokenKind::Real;
    value = negative ? -result : result;
    return TokenKind::Integer;
}

}  // namespace

Lexer::Lexer(std::string_view bytes, std::size_t position) : bytes_(bytes), position_(position) {}

void Lexer::skipWhite() {
    while (position_ < bytes_.size()) {
        const char c = bytes_[position_];
        if (isWhite(c)) {
            ++position_;
        } else if (c == '%') {
            while (position_ < bytes_.size() && bytes_[position_] != '\n' && bytes_[position_] != '\r')
                ++position_;
        } else {
            return;
        }
    }
}

Token Lexer::literalString() {
    Token token{TokenKind::Bad, position_, bytes_.size(), 0};
    std::size_t open = 0;
    for (std::size_t i = position_; i < bytes_.size(); ++i) {
        const char c = bytes_[i];
        if (c == '\\') {
            ++i;
        } else if (c == '(') {
            ++open;
        } else if (c == ')' && --open == 0) {
            token.kind = TokenKind::String;
            token.end = i + 1;
            break;
        }
    }
    position_ = token.end;
    return token;
}

Token Lexer::hexString() {
    Token token{TokenKind::Bad, position_, bytes_.size(), 0};
    for (std::size_t i = position_ + 1; i < bytes_.size(); ++i) {
        const char c = bytes_[i];
        if (c == '>') {
            token.kind = TokenKind::HexString;
            token.end = i + 1;
            break;
        }
        if (hexValue(c) < 0 && !isWhite(c)) {
            token.end = i;
            break;
        }
    }
    position_ = token.end;
    return token;
}

Token Lexer::regular(TokenKind kind) {
    Token token{kind, position_, position_, 0};
    std::size_t i = position_ + (kind == TokenKind::Name ? 1 : 0);
    while (i < bytes_.size() && isRegular(bytes_[i]))
        ++i;
    token.end = position_ = i;
    if (kind == TokenKind::Word) {
        const char first = bytes_[token.begin];
        if (isDigit(first) || first == '-' || first == '+' || first == '.')
            token.kind = classifyNumber(text(token), token.integer);
    }
    return token;
}

Token Lexer::next() {
    skipWhite();
    if (position_ >= bytes_.size()) return {TokenKind::End, bytes_.size(), bytes_.size(), 0};
    const char c = bytes_[position_];
    const bool doubled = position_ + 1 < bytes_.size() && bytes_[position_ + 1] == c;
    const auto punctuation = [this](TokenKind kind, std::size_t size) {
        const Token token{kind, position_, position_ + size, 0};
        position_ += size;
        return token;
    };
    switch (c) {
        case '/': return regular(TokenKind::Name);
        case '(': return literalString();
        case '[': return punctuation(TokenKind::ArrayOpen, 1);
        case ']': return punctuation(TokenKind::ArrayClose, 1);
        case '<': return doubled ? punctuation(TokenKind::DictOpen, 2) : hexString();
        case '>': return doubled ? punctuation(TokenKind::DictClose, 2) : punctuation(TokenKind::Bad, 1);
        case ')':
        case '{':
        case '}': return punctuation(TokenKind::Bad, 1);
        default: return regular(TokenKind::Word);
    }
}

std::string decodeName(std::string_view token) {
    std::string name;
    for (std::size_t i = 1; i < token.size(); ++i) {
        if (token[i] == '#' && i + 2 < token.size() && hexValue(token[i + 1]) >= 0 &&
            hexValue(token[i + 2]) >= 0) {
            name += static_cast<char>(hexValue(token[i + 1]) * 16 + hexValue(token[i + 2]));
            i += 2;
        } else {
            name += token[i];
        }
    }
    return name;
}

namespace {

std::string decodeHex(std::string_view token) {
    std::string bytes;
    int half = -1;
    for (const char c : token) {
        const int value = hexValue(c);
        if (value < 0) continue;
        if (half < 0) {
            half = value;
        } else {
            bytes += static_cast<char>(half * 16 + value);
            half = -1;
        }
    }
    if (half >= 0) bytes += static_cast<char>(half * 16);
    return bytes;
}

// The character behind a backslash at text[i]; moves i to the last character it used.
void decodeEscape(std::string_view text, std::size_t& i, std::string& bytes) {
    static constexpr std::string_view kLetters = "nrtbf", kMeanings = "\n\r\t\b\f";
    const char c = text[i];
    if (const std::size_t at = kLetters.find(c); at != std::string_view::npos) {
        bytes += kMeanings[at];
    } else if (c >= '0' && c <= '7') {
        int value = 0;
        std::size_t digits = 0;
        while (digits < 3 && i + digits < text.size() && text[i + digits] >= '0' && text[i + digits] <= '7')
            value = value * 8 + (text[i + digits++] - '0');
        bytes += static_cast<char>(value & 0xFF);
        i += digits - 1;
    } else if (c == '\r') {  // a line continued
        if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else if (c != '\n') {
        bytes += c;
    }
}

}  // namespace

std::string decodeString(std::string_view token) {
    if (token.size() < 2) return {};
    if (token[0] == '<') return decodeHex(token);
    const std::string_view text = token.substr(1, token.size() - 2);
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            if (++i < text.size()) decodeEscape(text, i, bytes);
        } else if (text[i] == '\r') {  // every end of line in a string reads as one line feed
            if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
            bytes += '\n';
        } else {
            bytes += text[i];
        }
    }
    return bytes;
}

}  // namespace greffe::pdf
