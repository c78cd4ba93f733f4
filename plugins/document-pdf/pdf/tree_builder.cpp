// SPDX-License-Identifier: Apache-2.0
// Tree::parse. Iterative on purpose: 140 KB of "<<" end a recursive parser with the stack.
#include "lexer.h"
#include "value.h"

namespace greffe::pdf {

class TreeBuilder {
public:
    TreeBuilder(std::string_view source, std::size_t position, const Limits& limits)
        : lexer_(source.substr(0, position + std::min(limits.maxObjectBytes, source.size() - position)),
                 position),
          limits_(limits),
          isCut_(source.size() - position > limits.maxObjectBytes) {
        tree_.source_ = source;
        tree_.start_ = position;
        tree_.nodes_.reserve(16);
        tree_.nodes_.emplace_back();
        open_.push_back({});
    }

    Expected<Tree> build();

private:
    // A container whose end has not come yet. The first one is the virtual parent of the whole value.
    struct Open {
        std::uint32_t node = 0;
        std::uint32_t children = 0;
        std::uint32_t last[3] = {0, 0, 0};  // the newest children, newest first
    };

    Check add(Kind kind, const Token& token, std::int64_t payload);
    bool makeReference(const Token& token);
    Check close(const Token& token, Kind kind);
    Check take(const Token& token);
    bool isWhole(const Token& token);
    Refusal damaged(const Token& token, const char* what) const;

    Lexer lexer_;
    const Limits& limits_;
    bool isCut_;  // the lexer sees only the first maxObjectBytes
    Tree tree_;
    std::vector<Open> open_;
};

Refusal TreeBuilder::damaged(const Token& token, const char* what) const {
    if (isCut_ && token.end >= tree_.start_ + limits_.maxObjectBytes)
        return limitExceeded("an object is larger than " + std::to_string(limits_.maxObjectBytes) + " bytes");
    return malformed("byte " + std::to_string(token.begin) + ": " + what);
}

Check TreeBuilder::add(Kind kind, const Token& token, std::int64_t payload) {
    if (tree_.nodes_.size() > limits_.maxValuesPerObject)
        return limitExceeded("an object has more than " + std::to_string(limits_.maxValuesPerObject) +
                             " values");
    const auto index = static_cast<std::uint32_t>(tree_.nodes_.size());
    tree_.nodes_.push_back({static_cast<std::uint32_t>(token.begin - tree_.start_),
                            static_cast<std::uint32_t>(token.end - tree_.start_), 0, kind, payload});
    Open& parent = open_.back();
    if (parent.last[0] != 0)
        tree_.nodes_[parent.last[0]].next = index;
    else if (parent.node != 0)
        tree_.nodes_[parent.node].payload = index;
    parent.last[2] = parent.last[1];
    parent.last[1] = parent.last[0];
    parent.last[0] = index;
    ++parent.children;
    return Nothing{};
}

// "12 0 R" arrives as three tokens; the first becomes the reference, the second goes.
bool TreeBuilder::makeReference(const Token& token) {
    Open& parent = open_.back();
    if (parent.children < 2) return false;
    Tree::Node& number = tree_.nodes_[parent.last[1]];
    const Tree::Node& generation = tree_.nodes_[parent.last[0]];
    if (number.kind != Kind::Integer || generation.kind != Kind::Integer) return false;
    if (number.payload < 0 || number.payload > limits_.maxObjectNumber || generation.payload < 0 ||
        generation.payload > 65535)
        return false;
    number.kind = Kind::Reference;
    number.payload = static_cast<std::int64_t>(static_cast<std::uint64_t>(number.payload) << 32U |
                                               static_cast<std::uint64_t>(generation.payload));
    number.end = static_cast<std::uint32_t>(token.end - tree_.start_);
    number.next = 0;
    tree_.nodes_.pop_back();  // an integer has no children, so the newest child is the newest node
    parent.last[0] = parent.last[1];
    parent.last[1] = parent.last[2];
    parent.last[2] = 0;
    --parent.children;
    return true;
}

Check TreeBuilder::close(const Token& token, Kind kind) {
    const Open closed = open_.back();
    if (closed.node == 0 || tree_.nodes_[closed.node].kind != kind)
        return damaged(token, "a bracket closes nothing");
    tree_.nodes_[closed.node].end = static_cast<std::uint32_t>(token.end - tree_.start_);
    open_.pop_back();
    if (kind != Kind::Dict) return Nothing{};
    if (closed.children % 2 != 0) return damaged(token, "a dictionary ends behind a key without its value");
    for (auto i = static_cast<std::uint32_t>(tree_.nodes_[closed.node].payload); i != 0;) {
        if (tree_.nodes_[i].kind != Kind::Name)
            return damaged(token, "a dictionary has a key that is not a name");
        i = tree_.nodes_[tree_.nodes_[i].next].next;
    }
    return Nothing{};
}

Check TreeBuilder::take(const Token& token) {
    switch (token.kind) {
        case TokenKind::End: return damaged(token, "the file ends inside an object");
        case TokenKind::Bad: return damaged(token, "not the beginning of a value");
        case TokenKind::Integer: return add(Kind::Integer, token, token.integer);
        case TokenKind::Real: return add(Kind::Real, token, 0);
        case TokenKind::Name: return add(Kind::Name, token, 0);
        case TokenKind::String:
        case TokenKind::HexString: return add(Kind::String, token, 0);
        case TokenKind::ArrayOpen:
        case TokenKind::DictOpen: {
            if (open_.size() > limits_.maxNesting)
                return limitExceeded("byte " + std::to_string(token.begin) + ": more than " +
                                     std::to_string(limits_.maxNesting) +
                                     " dictionaries and arrays inside each other");
            GREFFE_PDF_TRY(add(token.kind == TokenKind::DictOpen ? Kind::Dict : Kind::Array, token, 0));
            Open container;
            container.node = open_.back().last[0];
            open_.push_back(container);
            return Nothing{};
        }
        case TokenKind::ArrayClose: return close(token, Kind::Array);
        case TokenKind::DictClose: return close(token, Kind::Dict);
        case TokenKind::Word: break;
    }
    const std::string_view word = lexer_.text(token);
    if (word == "R" && makeReference(token)) return Nothing{};
    if (word == "true" || word == "false") return add(Kind::Bool, token, word == "true" ? 1 : 0);
    if (word == "null") return add(Kind::Null, token, 0);
    if (word == "endobj" || word == "endstream" || word == "obj")
        return damaged(token, "an object ends inside a value");
    return add(Kind::Keyword, token, 0);
}

// After a value on the outermost level: whether nothing can follow that belongs to it. Only an integer may
// still become a reference.
bool TreeBuilder::isWhole(const Token& token) {
    if (open_.size() != 1) return false;
    if (token.kind != TokenKind::Integer) return true;
    Lexer ahead = lexer_;
    const bool isReference = ahead.next().kind == TokenKind::Integer && ahead.isWord(ahead.next(), "R");
    return !isReference && tree_.nodes_.size() == 2;
}

Expected<Tree> TreeBuilder::build() {
    for (;;) {
        const Token token = lexer_.next();
        GREFFE_PDF_TRY(take(token));
        if (isWhole(token)) break;
    }
    tree_.end_ = lexer_.position();
    return std::move(tree_);
}

Expected<Tree> Tree::parse(std::string_view source, std::size_t position, const Limits& limits) {
    if (position >= source.size()) return malformed("an object is said to begin behind the end of the file");
    return TreeBuilder(source, position, limits).build();
}

}  // namespace greffe::pdf
