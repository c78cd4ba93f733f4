// SPDX-License-Identifier: Apache-2.0
#include "config/free_names.h"

#include "config/lua_lexer.h"

#include <algorithm>
#include <array>
#include <set>

namespace greffe {
namespace {

using Tokens = std::vector<LuaToken>;

constexpr std::array<std::string_view, 22> kKeywords = {
    "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
    "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};

bool isWord(const LuaToken& token) {
    return token.kind == LuaToken::Kind::Name &&
           std::find(kKeywords.begin(), kKeywords.end(), token.text) == kKeywords.end();
}

class Names {
public:
    explicit Names(const Tokens& tokens) : tokens_(tokens) {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            if (tokens_[at].is("local") || tokens_[at].is("for")) declareList(at + 1);
            if (tokens_[at].is("function")) declareParameters(at + 1);
        }
    }

    bool isDeclared(std::string_view name) const { return declared_.count(name) != 0; }

    // What stands there is no field, no key of a table, no label.
    bool isUse(std::size_t at) const {
        if (!isWord(tokens_[at])) return false;
        if (at == 0) return true;
        const LuaToken& before = tokens_[at - 1];
        // Of "..", the second dot stands before the name; of "x.y", the first and only one.
        const bool isField = before.is(".") && !(at > 1 && tokens_[at - 2].is("."));
        const bool isKey = tokens_[at + 1].is("=") && (before.is("{") || before.is(",") || before.is(";"));
        return !isField && !isKey && !before.is(":") && !before.is("goto");
    }

private:
    // local a <const>, b = …; local function f; for i, each in …
    void declareList(std::size_t at) {
        if (tokens_[at].is("function")) ++at;
        for (; isWord(tokens_[at]); ++at) {
            declared_.insert(tokens_[at].text);
            ++at;
            if (tokens_[at].is("<") && tokens_.size() > at + 3) {
                declared_.insert(tokens_[at + 1].text);  // the attribute: const, close
                at += 3;
            }
            if (!tokens_[at].is(",")) return;
        }
    }

    // function (a, b), function f(a), function t.f(a), function t:f(a), which has a self.
    void declareParameters(std::size_t at) {
        for (; isWord(tokens_[at]) || tokens_[at].is(".") || tokens_[at].is(":"); ++at)
            if (tokens_[at].is(":")) declared_.insert("self");
        if (tokens_[at].is("(")) declareList(at + 1);
    }

    const Tokens& tokens_;
    std::set<std::string_view> declared_ = {"_ENV"};
};

}  // namespace

const std::vector<std::string>& libraryNames() {
    static const std::vector<std::string> kNames = {
        "include", "env",   "secret_file", "assert",   "error",        "getmetatable", "ipairs", "math",
        "next",    "pairs", "pcall",       "rawequal", "rawlen",       "select",       "string", "table",
        "type",    "utf8",  "tonumber",    "tostring", "setmetatable", "xpcall"};
    return kNames;
}

std::vector<FreeName> freeNames(std::string_view lua) {
    const Tokens tokens = lexLua(lua);
    const Names names(tokens);
    std::vector<FreeName> found;
    for (std::size_t at = 0; at + 1 < tokens.size(); ++at)
        if (names.isUse(at) && !names.isDeclared(tokens[at].text))
            found.push_back({std::string(tokens[at].text), tokens[at].line, tokens[at].column});
    return found;
}

}  // namespace greffe
