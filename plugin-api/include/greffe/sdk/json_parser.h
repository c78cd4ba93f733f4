// SPDX-License-Identifier: Apache-2.0
// The reader behind JsonValue::parse. Included by json.h; include that.
#pragma once

#include <greffe/sdk/json.h>
#include <greffe/sdk/utf8.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace greffe::sdk {

class JsonValue::Parser {
    static constexpr std::size_t kMaxMembers = 10'000;

public:
    Parser(std::string_view text, std::size_t maxDepth) : text_(text), maxDepth_(maxDepth) {}

    std::optional<JsonValue> run(std::string* problem) {
        JsonValue value;
        const bool isRead =
            read(value, 0) && (skipBlanks(), at_ == text_.size() || fail("text behind the value"));
        if (isRead) return value;
        if (problem != nullptr) *problem = "byte " + std::to_string(at_) + ": " + problem_;
        return std::nullopt;
    }

private:
    bool fail(const char* what) {
        problem_ = what;
        return false;
    }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skipBlanks() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
    }
    bool take(char c) {
        if (peek() != c || at_ >= text_.size()) return false;
        ++at_;
        return true;
    }
    bool word(std::string_view expected, JsonValue& out, JsonValue value) {
        if (text_.substr(at_, expected.size()) != expected) return fail("not a JSON value");
        at_ += expected.size();
        out = std::move(value);
        return true;
    }

    bool read(JsonValue& out, std::size_t depth) {
        skipBlanks();
        switch (peek()) {
            case '{': return depth < maxDepth_ ? readObject(out, depth + 1) : fail("nested too deep");
            case '[': return depth < maxDepth_ ? readArray(out, depth + 1) : fail("nested too deep");
            case '"': out = JsonValue(Kind::Text); return readText(out.text_);
            case 't': return word("true", out, JsonValue(true));
            case 'f': return word("false", out, JsonValue(false));
            case 'n': return word("null", out, JsonValue());
            default: return readNumber(out);
        }
    }

    bool readObject(JsonValue& out, std::size_t depth) {
        out = object();
        ++at_;
        skipBlanks();
        if (take('}')) return true;
        do {
            skipBlanks();
            std::string key;
            if (!readText(key)) return false;
            if (std::find(out.keys_.begin(), out.keys_.end(), key) != out.keys_.end())
                return fail("a key stands twice in one object");
            // The search above is quadratic: nobody's options or answers have that many keys in one object.
            if (out.keys_.size() >= kMaxMembers) return fail("too many members in one object");
            skipBlanks();
            if (!take(':')) return fail("':' expected");
            out.keys_.push_back(std::move(key));
            if (!read(out.items_.emplace_back(), depth)) return false;
            skipBlanks();
        } while (take(','));
        return take('}') || fail("',' or '}' expected");
    }

    bool readArray(JsonValue& out, std::size_t depth) {
        out = array();
        ++at_;
        skipBlanks();
        if (take(']')) return true;
        do {
            if (!read(out.items_.emplace_back(), depth)) return false;
            skipBlanks();
        } while (take(','));
        return take(']') || fail("',' or ']' expected");
    }

    bool readNumber(JsonValue& out) {
        const std::size_t begin = at_;
        const auto digits = [&] {
            const std::size_t from = at_;
            while (peek() >= '0' && peek() <= '9')
                ++at_;
            return at_ > from;
        };
        take('-');
        const bool hasZero = peek() == '0';
        const std::size_t first = at_;
        if (!digits()) return fail("not a JSON value");
        if (hasZero && at_ - first > 1) return fail("a number with a leading zero");
        bool isWhole = true;
        if (take('.')) {
            isWhole = false;
            if (!digits()) return fail("a number without its fraction");
        }
        if (peek() == 'e' || peek() == 'E') {
            isWhole = false;
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            if (!digits()) return fail("a number without its exponent");
        }
        const char* const from = text_.data() + begin;
        const char* const to = text_.data() + at_;
        std::int64_t whole = 0;
        if (isWhole && std::from_chars(from, to, whole).ec == std::errc()) {
            out = JsonValue(whole);
            return true;
        }
        double real = 0;
        // Too small is zero, as other readers have it; too large is an error.
        if (std::from_chars(from, to, real).ec != std::errc() &&
            text_.substr(begin, at_ - begin).find("e-") == std::string_view::npos &&
            text_.substr(begin, at_ - begin).find("E-") == std::string_view::npos)
            return fail("a number out of range");
        out = JsonValue(real);
        return true;
    }

    bool readText(std::string& out) {
        if (!take('"')) return fail("'\"' expected");
        while (at_ < text_.size()) {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') return take('"');
            if (c < 0x20) return fail("a control character in a text");
            if (c == '\\') {
                if (!readEscape(out)) return false;
                continue;
            }
            const std::size_t length = utf8Length(text_, at_);
            if (length == 0) return fail("not UTF-8");
            out += text_.substr(at_, length);
            at_ += length;
        }
        return fail("a text without end");
    }

    bool readEscape(std::string& out) {
        constexpr std::string_view kLetters = "\"\\/bfnrt";
        constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
        ++at_;
        if (peek() != 'u') {
            const std::size_t index = at_ < text_.size() ? kLetters.find(text_[at_]) : std::string_view::npos;
            if (index == std::string_view::npos) return fail("an unknown escape");
            out += kMeanings[index];
            ++at_;
            return true;
        }
        std::uint32_t code = 0;
        if (!readHex(code)) return false;
        if (code >= 0xDC00 && code <= 0xDFFF) return fail("half of a surrogate pair");
        if (code >= 0xD800 && code <= 0xDBFF) {
            std::uint32_t low = 0;
            if (!take('\\') || peek() != 'u' || !readHex(low) || low < 0xDC00 || low > 0xDFFF)
                return fail("half of a surrogate pair");
            code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
        }
        appendUtf8(out, code);
        return true;
    }

    // At 'u': reads it and four digits.
    bool readHex(std::uint32_t& code) {
        ++at_;
        if (at_ + 4 > text_.size()) return fail("a text without end");
        const char* const from = text_.data() + at_;
        const auto parsed = std::from_chars(from, from + 4, code, 16);
        if (parsed.ec != std::errc() || parsed.ptr != from + 4)
            return fail("four hexadecimal digits expected");
        at_ += 4;
        return true;
    }

    std::string_view text_;
    std::size_t maxDepth_;
    std::size_t at_ = 0;
    const char* problem_ = "";
};

inline std::optional<JsonValue> JsonValue::parse(std::string_view text, std::string* problem,
                                                 std::size_t maxDepth) {
    return Parser(text, maxDepth).run(problem);
}

}  // namespace greffe::sdk
