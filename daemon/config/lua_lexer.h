// SPDX-License-Identifier: Apache-2.0
// The words of a Lua text and where they stand. Not a parser and not a judge: text that is not Lua still
// gives tokens, since Lua itself has already said what is wrong with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

struct LuaToken {
    enum class Kind { Name, Text, Number, Symbol, End };
    Kind kind = Kind::End;
    std::string_view text;  // of a Text: what stands between the quotes, escapes as written
    int line = 1;
    int column = 1;  // in characters

    bool is(std::string_view symbolOrName) const {
        return (kind == Kind::Name || kind == Kind::Symbol) && text == symbolOrName;
    }
};

// Ends with one token of kind End. The views point into `text`.
std::vector<LuaToken> lexLua(std::string_view text);

}  // namespace greffe
