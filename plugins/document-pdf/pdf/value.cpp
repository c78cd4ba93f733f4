// SPDX-License-Identifier: Apache-2.0
#include "value.h"

#include "lexer.h"

#include <charconv>

namespace greffe::pdf {

Kind Value::kind() const {
    return tree_ != nullptr ? tree_->nodes_[index_].kind : Kind::Absent;
}

bool Value::isNull() const {
    const Kind k = kind();
    return k == Kind::Absent || k == Kind::Null || k == Kind::Keyword;
}

std::optional<std::int64_t> Value::integer() const {
    if (kind() != Kind::Integer) return std::nullopt;
    return tree_->nodes_[index_].payload;
}

std::optional<double> Value::number() const {
    if (kind() == Kind::Integer) return static_cast<double>(*integer());
    if (kind() != Kind::Real) return std::nullopt;
    std::string_view text = bytes();
    if (text.front() == '+') text.remove_prefix(1);
    double result = 0;
    // A lone "." and the like cannot come here: the lexer wants a digit.
    if (std::from_chars(text.data(), text.data() + text.size(), result).ec != std::errc())
        return std::nullopt;
    return result;
}

bool Value::boolean() const {
    return kind() == Kind::Bool && tree_->nodes_[index_].payload != 0;
}

std::string Value::name() const {
    return kind() == Kind::Name ? decodeName(bytes()) : std::string();
}

bool Value::isName(std::string_view expected) const {
    if (kind() != Kind::Name) return false;
    const std::string_view token = bytes();
    if (token.find('#') == std::string_view::npos) return token.substr(1) == expected;
    return decodeName(token) == expected;
}

std::string Value::string() const {
    return kind() == Kind::String ? decodeString(bytes()) : std::string();
}

Reference Value::reference() const {
    if (kind() != Kind::Reference) return {};
    const auto payload = static_cast<std::uint64_t>(tree_->nodes_[index_].payload);
    return {static_cast<std::uint32_t>(payload >> 32U), static_cast<std::uint32_t>(payload)};
}

Value Value::find(std::string_view key) const {
    if (!isDict()) return {};
    for (Value name = firstChild(); name; name = name.nextSibling().nextSibling())
        if (name.isName(key)) return name.nextSibling();
    return {};
}

std::size_t Value::countOf(std::string_view key) const {
    std::size_t count = 0;
    if (!isDict()) return count;
    for (Value name = firstChild(); name; name = name.nextSibling().nextSibling())
        if (name.isName(key)) ++count;
    return count;
}

Value Value::firstChild() const {
    if (!isArray() && !isDict()) return {};
    const auto first = static_cast<std::uint32_t>(tree_->nodes_[index_].payload);
    return first != 0 ? Value(tree_, first) : Value();
}

Value Value::nextSibling() const {
    if (tree_ == nullptr) return {};
    const std::uint32_t next = tree_->nodes_[index_].next;
    return next != 0 ? Value(tree_, next) : Value();
}

std::size_t Value::size() const {
    std::size_t count = 0;
    for (Value child = firstChild(); child; child = child.nextSibling())
        ++count;
    return count;
}

std::size_t Value::begin() const {
    return tree_ != nullptr ? tree_->start_ + tree_->nodes_[index_].begin : 0;
}
std::size_t Value::end() const {
    return tree_ != nullptr ? tree_->start_ + tree_->nodes_[index_].end : 0;
}

std::string_view Value::bytes() const {
    if (tree_ == nullptr) return {};
    return tree_->source_.substr(begin(), end() - begin());
}

}  // namespace greffe::pdf
