// SPDX-License-Identifier: Apache-2.0
// One parsed object: a flat tree of values that remember where their bytes stand.
//
// Tree owns the nodes; Value is a cheap handle into it (two words) and is valid as long as the Tree and the
// bytes it was parsed from. A default Value is absent: every question to it has a harmless answer, so that
// chains such as dict.find("A").find("B").integer() need no checks in between.
#pragma once

#include "expected.h"
#include "limits.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::pdf {

struct Reference {
    std::uint32_t number = 0;
    std::uint32_t generation = 0;

    bool operator==(const Reference&) const = default;
    std::string text() const { return std::to_string(number) + " " + std::to_string(generation) + " R"; }
};

enum class Kind : std::uint8_t {
    Absent,
    Null,
    Bool,
    Integer,
    Real,
    Name,
    String,
    Array,
    Dict,
    Reference,
    Keyword,  // a bare word that is none of the above: read as null, kept in its bytes
};

class Tree;

class Value {
public:
    Value() = default;

    Kind kind() const;
    explicit operator bool() const { return kind() != Kind::Absent; }
    // Absent, null, or a word that nobody knows.
    bool isNull() const;
    bool isDict() const { return kind() == Kind::Dict; }
    bool isArray() const { return kind() == Kind::Array; }
    bool isReference() const { return kind() == Kind::Reference; }
    bool isString() const { return kind() == Kind::String; }

    std::optional<std::int64_t> integer() const;
    // Integers and reals.
    std::optional<double> number() const;
    bool boolean() const;  // false for everything but true
    // The name without its slash, #xx decoded; empty for other kinds.
    std::string name() const;
    bool isName(std::string_view expected) const;
    // The bytes of a string, not decrypted; empty for other kinds.
    std::string string() const;
    // {0, 0} for other kinds.
    Reference reference() const;

    // The first value under `key` of a dictionary.
    Value find(std::string_view key) const;
    // How often a dictionary has `key`: readers disagree on which one counts, so a splice refuses more than
    // one.
    std::size_t countOf(std::string_view key) const;
    // Children in the order of the file: of an array its values, of a dictionary key, value, key, value.
    Value firstChild() const;
    Value nextSibling() const;
    std::size_t size() const;  // number of children; walks them

    // Where the value stands in the bytes the tree was parsed from, and those bytes.
    std::size_t begin() const;
    std::size_t end() const;
    std::string_view bytes() const;

private:
    friend class Tree;
    Value(const Tree* tree, std::uint32_t index) : tree_(tree), index_(index) {}

    const Tree* tree_ = nullptr;
    std::uint32_t index_ = 0;
};

class Tree {
public:
    // Parses the one value that begins at `position` of `source`. Stops behind it; `end()` says where.
    static Expected<Tree> parse(std::string_view source, std::size_t position, const Limits& limits);

    Tree(Tree&&) noexcept = default;
    Tree& operator=(Tree&&) noexcept = default;
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    // Handles point at the tree: ask again after it was moved.
    Value root() const { return nodes_.size() > 1 ? Value(this, 1) : Value(); }
    std::size_t end() const { return end_; }

private:
    friend class Value;
    friend class TreeBuilder;
    Tree() = default;

    struct Node {
        std::uint32_t begin = 0;  // relative to start_
        std::uint32_t end = 0;
        std::uint32_t next = 0;  // the next sibling, 0 for none
        Kind kind = Kind::Null;
        std::int64_t payload = 0;  // an integer, a boolean, number<<32|generation, or the first child
    };

    std::string_view source_;
    std::size_t start_ = 0;
    std::size_t end_ = 0;
    std::vector<Node> nodes_;  // [0] is a place-holder so that 0 can mean none
};

}  // namespace greffe::pdf
