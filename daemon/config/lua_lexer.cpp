// SPDX-License-Identifier: Apache-2.0
#include "config/lua_lexer.h"

#include <cctype>

namespace greffe {
namespace {

bool isNameStart(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool isNamePart(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<LuaToken> all() {
        if (text_.substr(0, 1) == "#") skipLine();
        while (skipBlanks(), at_ < text_.size())
            next();
        tokens_.push_back({LuaToken::Kind::End, {}, line_, column_});
        return std::move(tokens_);
    }

private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    void step() {
        const char c = text_[at_++];
        if (c == '\n') {
            ++line_;
            column_ = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80) {
            ++column_;
        }
    }

    void skipLine() {
        while (at_ < text_.size() && peek() != '\n')
            step();
    }

    void skipBlanks() {
        while (at_ < text_.size()) {
            if (std::isspace(static_cast<unsigned char>(peek())) != 0) {
                step();
            } else if (peek() == '-' && peek(1) == '-') {
                step();
                step();
                if (const std::size_t level = longBracketLevel(); level != kNoBracket) {
                    readLongBracket(level);
                } else {
                    skipLine();
                }
            } else {
                return;
            }
        }
    }

    static constexpr std::size_t kNoBracket = static_cast<std::size_t>(-1);

    // "[==[" at the cursor: its number of equal signs.
    std::size_t longBracketLevel() const {
        if (peek() != '[') return kNoBracket;
        std::size_t level = 0;
        while (peek(1 + level) == '=')
            ++level;
        return peek(1 + level) == '[' ? level : kNoBracket;
    }

    std::string_view readLongBracket(std::size_t level) {
        for (std::size_t i = 0; i < level + 2; ++i)
            step();
        const std::size_t begin = at_;
        while (at_ < text_.size()) {
            if (peek() == ']') {
                std::size_t equals = 0;
                while (peek(1 + equals) == '=')
                    ++equals;
                if (equals == level && peek(1 + equals) == ']') {
                    const std::string_view inside = text_.substr(begin, at_ - begin);
                    for (std::size_t i = 0; i < level + 2; ++i)
                        step();
                    return inside;
                }
            }
            step();
        }
        return text_.substr(begin);
    }

    std::string_view readQuoted() {
        const char quote = peek();
        step();
        const std::size_t begin = at_;
        while (at_ < text_.size() && peek() != quote && peek() != '\n') {
            if (peek() == '\\' && at_ + 1 < text_.size()) step();
            step();
        }
        const std::string_view inside = text_.substr(begin, at_ - begin);
        if (peek() == quote) step();
        return inside;
    }

    void next() {
        LuaToken token{LuaToken::Kind::Symbol, {}, line_, column_};
        const std::size_t begin = at_;
        const char c = peek();
        if (isNameStart(c)) {
            token.kind = LuaToken::Kind::Name;
            while (isNamePart(peek()))
                step();
        } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
            token.kind = LuaToken::Kind::Number;
            while (isNamePart(peek()) || peek() == '.')
                step();
        } else if (c == '"' || c == '\'') {
            token.kind = LuaToken::Kind::Text;
            token.text = readQuoted();
        } else if (const std::size_t level = longBracketLevel(); level != kNoBracket) {
            token.kind = LuaToken::Kind::Text;
            token.text = readLongBracket(level);
        } else {
            // "==" must not be taken for the "=" of an entry; other double symbols do not matter here.
            step();
            if ((c == '=' || c == '~' || c == '<' || c == '>') && peek() == '=') step();
        }
        if (token.kind != LuaToken::Kind::Text) token.text = text_.substr(begin, at_ - begin);
        tokens_.push_back(token);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    int column_ = 1;
    std::vector<LuaToken> tokens_;
};

}  // namespace

std::vector<LuaToken> lexLua(std::string_view text) {
    return Lexer(text).all();
}

}  // namespace greffe
