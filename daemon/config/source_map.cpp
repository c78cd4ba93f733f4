// SPDX-License-Identifier: Apache-2.0
#include "config/source_map.h"

#include <optional>

namespace greffe {
namespace {

using Tokens = std::vector<LuaToken>;

bool isEnd(const Tokens& tokens, std::size_t at) {
    return at >= tokens.size() || tokens[at].kind == LuaToken::Kind::End;
}

// The first token after the expression that begins at `at`: a comma, semicolon or closing brace of the same
// table.
std::size_t skipExpression(const Tokens& tokens, std::size_t at) {
    int brackets = 0;
    int blocks = 0;  // "function (d) return a, b end" has commas of its own
    for (; !isEnd(tokens, at); ++at) {
        const LuaToken& token = tokens[at];
        if (token.kind == LuaToken::Kind::Symbol && token.text.size() == 1) {
            const char c = token.text[0];
            if (c == '{' || c == '(' || c == '[') ++brackets;
            if ((c == '}' || c == ')' || c == ']') && --brackets < 0) return at;
            if ((c == ',' || c == ';') && brackets == 0 && blocks <= 0) return at;
        } else if (token.is("function") || token.is("if") || token.is("do") || token.is("repeat")) {
            ++blocks;
        } else if (token.is("end") || token.is("until")) {
            --blocks;
        }
    }
    return at;
}

// Where the entry begins, and where its value does. `open` is the table's opening brace.
struct Entry {
    std::size_t key;
    std::size_t value;
};
std::optional<Entry> findEntry(const Tokens& tokens, std::size_t open, const TableStep& wanted) {
    std::size_t place = 0;
    for (std::size_t at = open + 1; !isEnd(tokens, at) && !tokens[at].is("}");) {
        Entry entry{at, at};
        std::string_view name;
        const bool isNamed =
            tokens[at].kind == LuaToken::Kind::Name && at + 1 < tokens.size() && tokens[at + 1].is("=");
        const bool isBracketed =
            tokens[at].is("[") && at + 3 < tokens.size() && tokens[at + 2].is("]") && tokens[at + 3].is("=");
        if (isNamed) {
            name = tokens[at].text;
            entry.value = at + 2;
        } else if (isBracketed) {
            if (tokens[at + 1].kind == LuaToken::Kind::Text) name = tokens[at + 1].text;
            entry.value = at + 4;
        } else {
            ++place;
        }
        if (const auto* wantedName = std::get_if<std::string>(&wanted)) {
            if ((isNamed || isBracketed) && name == *wantedName) return entry;
        } else if (!isNamed && !isBracketed && place == std::get<std::size_t>(wanted)) {
            return entry;
        }
        at = skipExpression(tokens, entry.value);
        if (isEnd(tokens, at) || tokens[at].is("}")) break;
        ++at;
    }
    return std::nullopt;
}

// Every entry of that name; `open` is the table's opening brace.
std::vector<std::size_t> keysOf(const Tokens& tokens, std::size_t open, std::string_view name) {
    std::vector<std::size_t> keys;
    for (std::size_t at = open + 1; !isEnd(tokens, at) && !tokens[at].is("}"); ++at) {
        const bool isNamed = tokens[at].kind == LuaToken::Kind::Name && tokens[at + 1].is("=");
        if (isNamed && tokens[at].text == name) keys.push_back(at);
        at = skipExpression(tokens, isNamed ? at + 2 : at);
        if (isEnd(tokens, at) || tokens[at].is("}")) break;
    }
    return keys;
}

// The brace of a value that is written as a table, directly or behind a constructor's name.
std::optional<std::size_t> openingBrace(const Tokens& tokens, std::size_t at) {
    if (isEnd(tokens, at)) return std::nullopt;
    if (tokens[at].is("{")) return at;
    if (tokens[at].kind != LuaToken::Kind::Name || tokens[at].is("function")) return std::nullopt;
    ++at;
    if (!isEnd(tokens, at) && tokens[at].is("(")) ++at;
    if (!isEnd(tokens, at) && tokens[at].kind == LuaToken::Kind::Text) ++at;
    if (!isEnd(tokens, at) && tokens[at].is("{")) return at;
    return std::nullopt;
}

// Follows the path as far as the text goes; the token where the last found entry begins.
struct Descent {
    std::size_t token;
    std::size_t depth;  // how much of the path was found
};
Descent descend(const Tokens& tokens, std::size_t start, const TablePath& path) {
    Descent found{start, 0};
    std::size_t value = start;
    for (const TableStep& step : path) {
        const std::optional<std::size_t> open = openingBrace(tokens, value);
        if (!open) break;
        const std::optional<Entry> entry = findEntry(tokens, *open, step);
        if (!entry) break;
        found = {entry->key, found.depth + 1};
        value = entry->value;
    }
    return found;
}

// What follows the file's own return, its last statement: the last one that no block encloses.
std::optional<std::size_t> returnOf(const Tokens& tokens) {
    int blocks = 0;
    std::optional<std::size_t> start;
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        const LuaToken& token = tokens[at];
        if (token.is("function") || token.is("if") || token.is("do") || token.is("repeat")) ++blocks;
        if (token.is("end") || token.is("until")) --blocks;
        if (token.is("return") && blocks == 0 && !isEnd(tokens, at + 1)) start = at + 1;
    }
    return start;
}

bool isMade(const Tokens& tokens, std::size_t at) {
    if (isEnd(tokens, at + 1)) return false;
    const LuaToken& next = tokens[at + 1];
    return next.is("{") || next.is("(") || next.kind == LuaToken::Kind::Text;
}

}  // namespace

void SourceMap::addFile(std::string name, std::string text) {
    files_[std::move(name)] = {std::move(text), {}, false};
}

const SourceMap::Tokens* SourceMap::tokensOf(const std::string& file) const {
    const auto found = files_.find(file);
    if (found == files_.end()) return nullptr;
    if (!found->second.isLexed) {
        found->second.tokens = lexLua(found->second.text);
        found->second.isLexed = true;
    }
    return &found->second.tokens;
}

SourcePlace SourceMap::constructor(const std::string& file, int line, std::string_view kind,
                                   const TablePath& path) const {
    const Tokens* const tokens = tokensOf(file);
    if (tokens == nullptr) return {file, line, 0};
    std::optional<Descent> best;
    std::size_t bestAt = 0;
    for (std::size_t at = 0; at < tokens->size(); ++at) {
        const LuaToken& token = (*tokens)[at];
        if (token.line != line || !token.is(kind) || !isMade(*tokens, at)) continue;
        const Descent descent = descend(*tokens, at, path);
        if (best && descent.depth <= best->depth) continue;
        best = descent;
        bestAt = at;
    }
    return {file, line, best ? (*tokens)[bestAt].column : 1};
}

SourcePlace SourceMap::entry(const std::string& file, int line, std::string_view kind,
                             const TablePath& path) const {
    const Tokens* const tokens = tokensOf(file);
    if (tokens == nullptr) return {file, line, 0};
    std::optional<Descent> best;
    for (std::size_t at = 0; at < tokens->size(); ++at) {
        const LuaToken& token = (*tokens)[at];
        if (token.line != line || !token.is(kind) || !isMade(*tokens, at)) continue;
        const Descent descent = descend(*tokens, at, path);
        if (!best || descent.depth > best->depth) best = descent;
    }
    if (!best) return {file, line, 1};
    return {file, (*tokens)[best->token].line, (*tokens)[best->token].column};
}

std::optional<SourcePlace> SourceMap::second(const std::string& file, int line, std::string_view kind,
                                             const std::string& name) const {
    const Tokens* const tokens = tokensOf(file);
    if (tokens == nullptr) return std::nullopt;
    const std::optional<std::size_t> own = kind.empty() ? returnOf(*tokens) : std::nullopt;
    for (std::size_t at = 0; at < tokens->size(); ++at) {
        const LuaToken& token = (*tokens)[at];
        if (kind.empty() ? at != own : token.line != line || !token.is(kind)) continue;
        const std::optional<std::size_t> open = openingBrace(*tokens, at);
        if (!open) continue;
        if (const std::vector<std::size_t> keys = keysOf(*tokens, *open, name); keys.size() > 1)
            return SourcePlace{file, (*tokens)[keys[1]].line, (*tokens)[keys[1]].column};
    }
    return std::nullopt;
}

SourcePlace SourceMap::returned(const std::string& file, const TablePath& path) const {
    const Tokens* const tokens = tokensOf(file);
    if (tokens == nullptr) return {file, 1, 0};
    const std::optional<std::size_t> start = returnOf(*tokens);
    if (!start) return {file, 1, 1};
    const Descent descent = descend(*tokens, *start, path);
    return {file, (*tokens)[descent.token].line, (*tokens)[descent.token].column};
}

SourcePlace SourceMap::word(const std::string& file, int line, std::string_view text) const {
    if (const Tokens* const tokens = tokensOf(file))
        for (const LuaToken& token : *tokens)
            if (token.line >= line && token.text == text && token.kind != LuaToken::Kind::Number)
                return {file, token.line, token.column};
    return {file, line, 1};
}

}  // namespace greffe
