// SPDX-License-Identifier: Apache-2.0
// Where an option stands. Lua tells the line of a constructor call (M10); the option's own line and column
// are found here, between the constructor's brace and its end.
//
// Not thread-safe (texts are lexed on first use). Entries that a script made by computing are not in the
// text: they are placed at their constructor.
#pragma once

#include "config/lua_lexer.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace greffe {

struct SourcePlace {
    std::string file;
    int line = 0;
    int column = 0;
};

// A way into a table: entry names and places in a list (from 1).
using TableStep = std::variant<std::string, std::size_t>;
using TablePath = std::vector<TableStep>;

class SourceMap {
public:
    void addFile(std::string name, std::string text);

    // The constructor `kind` that is called on `line`. When the line has several, `path` decides.
    SourcePlace constructor(const std::string& file, int line, std::string_view kind,
                            const TablePath& path = {}) const;
    // An entry below it; the nearest enclosing entry that is in the text, the constructor at worst.
    SourcePlace entry(const std::string& file, int line, std::string_view kind, const TablePath& path) const;
    // An entry of the table that the file returns.
    SourcePlace returned(const std::string& file, const TablePath& path) const;
    // Where the same name stands a second time in the constructor's table (kind empty: in the one that the
    // file returns). Lua silently takes the last.
    std::optional<SourcePlace> second(const std::string& file, int line, std::string_view kind,
                                      const std::string& name) const;
    // A name or text on the line or the first one behind it; column 1 when there is none.
    SourcePlace word(const std::string& file, int line, std::string_view text) const;

private:
    using Tokens = std::vector<LuaToken>;
    struct File {
        std::string text;
        Tokens tokens;
        bool isLexed = false;
    };

    const Tokens* tokensOf(const std::string& file) const;

    mutable std::map<std::string, File> files_;
};

}  // namespace greffe
