// SPDX-License-Identifier: Apache-2.0
// A small JSON value for plugins that bring no JSON library of their own: options, params, facts, and answers
// of services. Strict: duplicate keys, deep nesting, invalid UTF-8, lone surrogates and trailing text are
// errors.
//
//   std::string problem;
//   const auto options = sdk::JsonValue::parse(text, &problem);            // nothing on error
//   const std::string_view title = (*options)["page"]["title"].text("untitled");
//   outcome.fact("pages", sdk::JsonValue::object().set("count", 3).dump());
//
// Reading what is not there gives the null value; asking a value for another kind gives the fallback.
#pragma once

#include <greffe/sdk/utf8.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace greffe::sdk {

class JsonValue {
public:
    enum class Kind { Null, Boolean, Number, Text, Array, Object };

    JsonValue() = default;                                           // null
    JsonValue(bool value) : kind_(Kind::Boolean), isTrue_(value) {}  // NOLINT: meant to be silent
    // Beyond 64 bits with a sign it becomes a real number.
    template <class Whole, class = std::enable_if_t<std::is_integral_v<Whole>>>
    JsonValue(Whole value) : kind_(Kind::Number) {  // NOLINT: meant to be silent
        isWhole_ = value <= 0 || static_cast<std::uint64_t>(value) <= static_cast<std::uint64_t>(INT64_MAX);
        if (isWhole_)
            whole_ = static_cast<std::int64_t>(value);
        else
            real_ = static_cast<double>(value);
    }
    JsonValue(double value) : kind_(Kind::Number), real_(value) {}               // NOLINT: meant to be silent
    JsonValue(std::string_view value) : kind_(Kind::Text), text_(value) {}       // NOLINT: meant to be silent
    JsonValue(const char* value) : JsonValue(std::string_view(value)) {}         // NOLINT: meant to be silent
    JsonValue(const std::string& value) : JsonValue(std::string_view(value)) {}  // NOLINT: meant to be silent
    static JsonValue array() { return JsonValue(Kind::Array); }
    static JsonValue object() { return JsonValue(Kind::Object); }

    // Nothing on error; `problem`, when given, then says where and what ("byte 12: …").
    static std::optional<JsonValue> parse(std::string_view text, std::string* problem = nullptr,
                                          std::size_t maxDepth = 32);
    // Compact. Members stand in the order they were set; invalid UTF-8 becomes U+FFFD, infinities become
    // null.
    std::string dump() const;

    Kind kind() const { return kind_; }
    bool isNull() const { return kind_ == Kind::Null; }
    bool isWhole() const { return kind_ == Kind::Number && isWhole_; }
    bool flag(bool fallback = false) const { return kind_ == Kind::Boolean ? isTrue_ : fallback; }
    // The whole number; a number with a fraction, or beyond 64 bits, is not one.
    std::int64_t whole(std::int64_t fallback = 0) const { return isWhole() ? whole_ : fallback; }
    double number(double fallback = 0) const {
        if (kind_ != Kind::Number) return fallback;
        return isWhole_ ? static_cast<double>(whole_) : real_;
    }
    std::string_view text(std::string_view fallback = {}) const {
        return kind_ == Kind::Text ? std::string_view(text_) : fallback;
    }
    // An array's items, or an object's values in the order of keys().
    const std::vector<JsonValue>& items() const { return items_; }
    const std::vector<std::string>& keys() const { return keys_; }

    const JsonValue& operator[](std::string_view key) const;
    const JsonValue& operator[](const char* key) const { return (*this)[std::string_view(key)]; }

    // Replaces a member of the same key. Makes an object of what was none.
    JsonValue& set(std::string_view key, JsonValue value);
    JsonValue& add(JsonValue item);

private:
    class Parser;
    explicit JsonValue(Kind kind) : kind_(kind) {}
    void dumpTo(std::string& out) const;

    Kind kind_ = Kind::Null;
    bool isTrue_ = false;
    bool isWhole_ = false;
    std::int64_t whole_ = 0;
    double real_ = 0;
    std::string text_;
    std::vector<JsonValue> items_;
    std::vector<std::string> keys_;  // of an object, one for each item
};

inline const JsonValue& JsonValue::operator[](std::string_view key) const {
    static const JsonValue null;
    const auto found = std::find(keys_.begin(), keys_.end(), key);
    return found == keys_.end() ? null : items_[static_cast<std::size_t>(found - keys_.begin())];
}

inline JsonValue& JsonValue::set(std::string_view key, JsonValue value) {
    if (kind_ != Kind::Object) *this = object();
    const auto found = std::find(keys_.begin(), keys_.end(), key);
    if (found != keys_.end()) {
        items_[static_cast<std::size_t>(found - keys_.begin())] = std::move(value);
        return *this;
    }
    items_.push_back(std::move(value));
    keys_.emplace_back(key);
    return *this;
}

inline JsonValue& JsonValue::add(JsonValue item) {
    if (kind_ != Kind::Array) *this = array();
    items_.push_back(std::move(item));
    return *this;
}

// Text between quotes, quotes included.
inline void appendJsonText(std::string& out, std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        const std::size_t length = utf8Length(text, i);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += text[i];
        } else if (c < 0x20) {
            out += "\\u00";
            out += kHex[c >> 4U];
            out += kHex[c & 15U];
        } else if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else {
            out += text.substr(i, length);
        }
        i += length == 0 ? 1 : length;
    }
    out += '"';
}

inline std::string JsonValue::dump() const {
    std::string out;
    dumpTo(out);
    return out;
}

inline void JsonValue::dumpTo(std::string& out) const {
    char digits[40];
    switch (kind_) {
        case Kind::Null: out += "null"; break;
        case Kind::Boolean: out += isTrue_ ? "true" : "false"; break;
        case Kind::Number:
            if (!isWhole_ && !std::isfinite(real_))
                out += "null";
            else
                out.append(digits, isWhole_ ? std::to_chars(digits, digits + sizeof digits, whole_).ptr
                                            : std::to_chars(digits, digits + sizeof digits, real_).ptr);
            break;
        case Kind::Text: appendJsonText(out, text_); break;
        case Kind::Array:
        case Kind::Object:
            out += kind_ == Kind::Array ? '[' : '{';
            for (std::size_t i = 0; i < items_.size(); ++i) {
                if (i != 0) out += ',';
                if (kind_ == Kind::Object) {
                    appendJsonText(out, keys_[i]);
                    out += ':';
                }
                items_[i].dumpTo(out);
            }
            out += kind_ == Kind::Array ? ']' : '}';
            break;
    }
}

}  // namespace greffe::sdk

#include <greffe/sdk/json_parser.h>
