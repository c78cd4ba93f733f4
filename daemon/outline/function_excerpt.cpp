// SPDX-License-Identifier: Apache-2.0
#include "outline/function_excerpt.h"

#include "base/json.h"
#include "config/lua_lexer.h"

namespace greffe {
namespace {

bool opensBlock(const LuaToken& token) {
    return token.is("function") || token.is("if") || token.is("do") || token.is("repeat");
}
bool closesBlock(const LuaToken& token) {
    return token.is("end") || token.is("until");
}

// Index of the `end` that belongs to the `function` at `begin`; that of the last token, which is no word,
// when there is none.
std::size_t endOfFunction(const std::vector<LuaToken>& tokens, std::size_t begin) {
    int depth = 0;
    for (std::size_t at = begin; at + 1 < tokens.size(); ++at) {
        if (opensBlock(tokens[at])) ++depth;
        if (closesBlock(tokens[at]) && --depth == 0) return at;
    }
    return tokens.size() - 1;
}

// From the first letter of one token to behind the last of another. Both are names or symbols, whose views
// lie in the source.
std::string_view between(const LuaToken& first, const LuaToken& last) {
    return {first.text.data(),
            static_cast<std::size_t>(last.text.data() + last.text.size() - first.text.data())};
}

std::string withSingleBlanks(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool isBlank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!isBlank) out += c;
        if (isBlank && !out.empty() && out.back() != ' ') out += ' ';
    }
    while (!out.empty() && out.back() == ' ')
        out.pop_back();
    return out;
}

// Of the function between two tokens.
std::string excerptOf(const std::vector<LuaToken>& tokens, std::size_t begin, std::size_t end) {
    std::size_t at = begin;
    while (at < end && !tokens[at].is(")"))
        ++at;
    std::size_t returns = 0;
    for (std::size_t i = begin; i < end; ++i)
        returns += tokens[i].is("return") ? 1 : 0;
    if (returns == 1 && at + 2 < end && tokens[at + 1].is("return")) {
        const std::string_view inside = between(tokens[at + 1], tokens[end]);
        return withSingleBlanks(
            inside.substr(tokens[at + 1].text.size(),
                          inside.size() - tokens[at + 1].text.size() - tokens[end].text.size()));
    }
    return withSingleBlanks(between(tokens[begin], tokens[end]));
}

}  // namespace

std::string functionExcerpt(const Plan& plan, const FunctionReference& function, std::string_view option,
                            std::size_t maxCharacters) {
    const Json sources = storedJson(plan.sourcesJson);
    for (const Json& file : memberOf(sources, "files")) {
        if (textOf(file, "name") != function.file) continue;
        const std::string text = textOf(file, "text");
        const std::vector<LuaToken> tokens = lexLua(text);
        std::string found;
        for (std::size_t at = 0; at + 2 < tokens.size(); ++at) {
            const bool isThere = tokens[at].is(option) && tokens[at + 1].is("=") &&
                                 tokens[at + 2].is("function") && tokens[at + 2].line == function.line;
            if (!isThere) continue;
            if (!found.empty()) return {};  // two of that name on the line
            const std::size_t end = endOfFunction(tokens, at + 2);
            if (end + 1 == tokens.size()) return {};
            found = excerptOf(tokens, at + 2, end);
        }
        return found.size() <= maxCharacters ? found : std::string();
    }
    return {};
}

}  // namespace greffe
