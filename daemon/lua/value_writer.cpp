// SPDX-License-Identifier: Apache-2.0
#include "lua/value_writer.h"

#include "base/bytes_text.h"
#include "lua/dossier_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace greffe::lua {
namespace {

constexpr int kStackPerLevel = 10;

std::string_view textAt(lua_State* state, int index) {
    std::size_t size = 0;
    const char* const bytes = lua_tolstring(state, index, &size);
    return {bytes, size};
}

std::string member(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

// The last key of a path: what the finding is about.
std::string lastKey(const std::string& path) {
    std::string key = path.substr(path.rfind('.') + 1);
    return key.substr(0, key.find('['));
}

}  // namespace

ValueWriter::ValueWriter(lua_State* state, lua_State* shelf, lua_State* holder, const WriterLimits& limits)
    : state_(state), shelf_(shelf), holder_(holder), limits_(limits) {}

Json ValueWriter::write(int index, const std::string& path, const std::string& file) {
    file_ = file;
    line_ = 1;
    return writeValue(lua_absindex(state_, index), path, 0);
}

bool ValueWriter::countText(std::size_t bytes) {
    textBytes_ += bytes;
    return textBytes_ <= limits_.maxTextBytes;
}

Json ValueWriter::refuse(const char* code, const std::string& path, const std::string& message) {
    // A value that is shared a million times is told once.
    if (findings_.size() < 100 && (findings_.empty() || findings_.back().message != message))
        findings_.push_back({code, true, file_, line_, message, lastKey(path)});
    return nullptr;
}

Json ValueWriter::writeValue(int index, const std::string& path, std::size_t depth) {
    if (++values_ > limits_.maxValues)
        return refuse("value_too_large", path, fmt::format("more than {} values", limits_.maxValues));
    if (depth > limits_.maxDepth || lua_checkstack(state_, kStackPerLevel) == 0)
        return refuse("value_too_deep", path,
                      fmt::format("tables inside tables, more than {} levels deep", limits_.maxDepth));
    switch (lua_type(state_, index)) {
        case LUA_TNIL: return nullptr;
        case LUA_TBOOLEAN: return lua_toboolean(state_, index) != 0;
        case LUA_TNUMBER: {
            if (lua_isinteger(state_, index) != 0) return lua_tointeger(state_, index);
            const double number = lua_tonumber(state_, index);
            if (!std::isfinite(number))
                return refuse("number_not_finite", path,
                              fmt::format("\"{}\" is not a number that can be kept", lastKey(path)));
            return number;
        }
        case LUA_TSTRING: {
            const std::string_view text = textAt(state_, index);
            if (!countText(text.size()))
                return refuse("value_too_large", path,
                              fmt::format("more than {} bytes of text", limits_.maxTextBytes));
            if (!isUtf8(text))
                return refuse("text_not_utf8", path, fmt::format("\"{}\" is not UTF-8 text", lastKey(path)));
            return std::string(text);
        }
        case LUA_TTABLE: return writeTable(index, path, depth);
        case LUA_TFUNCTION: return writeFunction(index, path);
        default:
            return refuse("value_not_data", path,
                          fmt::format("\"{}\" holds a {}, which is not data", lastKey(path),
                                      luaL_typename(state_, index)));
    }
}

Json ValueWriter::writeTable(int index, const std::string& path, std::size_t depth) {
    if (pushViewed(state_, index)) {
        Json shown = writeTable(lua_absindex(state_, -1), path, depth);
        lua_pop(state_, 1);
        return shown;
    }
    if (limits_.isData) {
        if (pushWordName(state_, index) || pushSecretPath(state_, index) || pushRecord(state_, index)) {
            lua_pop(state_, 1);
            return refuse(
                "value_not_data", path,
                fmt::format("\"{}\" holds an entry of the configuration, which is not data", lastKey(path)));
        }
    }
    if (pushWordName(state_, index)) {
        Json word = {{"@word", std::string(textAt(state_, -1))}};
        lua_pop(state_, 1);
        return word;
    }
    if (pushSecretPath(state_, index)) {
        Json secret = {{"@secret_file", std::string(textAt(state_, -1))}};
        lua_pop(state_, 1);
        return secret;
    }
    if (pushRecord(state_, index)) {
        lua_pop(state_, 1);
        return writeRecord(index, path, depth);
    }
    Json named = Json::object();
    Json listed = Json::array();
    writeEntries(index, path, depth, named, listed);
    if (named.empty()) return listed;
    if (listed.empty()) return named;
    return refuse("table_mixed", path, fmt::format("\"{}\" mixes a list with named entries", lastKey(path)));
}

Json ValueWriter::writeRecord(int index, const std::string& path, std::size_t depth) {
    const std::string outerFile = file_;
    const int outerLine = line_;
    Json record = Json::object();
    std::string inner = path;
    pushRecord(state_, index);
    const int description = lua_absindex(state_, -1);
    lua_rawgeti(state_, description, kRecordKind);
    record["@kind"] = std::string(textAt(state_, -1));
    lua_rawgeti(state_, description, kRecordFile);
    file_ = std::string(textAt(state_, -1));
    lua_rawgeti(state_, description, kRecordLine);
    line_ = static_cast<int>(lua_tointeger(state_, -1));
    lua_rawgeti(state_, description, kRecordIsUnknown);
    if (lua_toboolean(state_, -1) != 0) record["@unknown"] = true;
    if (lua_rawgeti(state_, description, kRecordName) == LUA_TSTRING)
        record["@name"] = std::string(textAt(state_, -1));
    lua_settop(state_, description - 1);
    record["@file"] = file_;
    record["@line"] = line_;
    // A pipeline's functions keep their place when the list around it changes.
    if (record["@kind"] == "pipeline")
        if (const std::string name = textMember(index, "name"); !name.empty()) inner = "pipelines." + name;
    Json named = Json::object();
    Json listed = Json::array();
    writeEntries(index, inner, depth, named, listed);
    record["@options"] = std::move(named);
    if (!listed.empty()) record["@items"] = std::move(listed);
    file_ = outerFile;
    line_ = outerLine;
    return record;
}

std::string ValueWriter::textMember(int index, std::string_view wanted) {
    // Not lua_getfield: making the key's text may raise.
    lua_pushnil(state_);
    while (lua_next(state_, index) != 0) {
        if (lua_type(state_, -2) == LUA_TSTRING && lua_type(state_, -1) == LUA_TSTRING &&
            textAt(state_, -2) == wanted) {
            std::string text(textAt(state_, -1));
            lua_pop(state_, 2);
            return text;
        }
        lua_pop(state_, 1);
    }
    return {};
}

void ValueWriter::writeEntries(int index, const std::string& path, std::size_t depth, Json& named,
                               Json& listed) {
    // The list part first, 1..n without a hole; what else has a number is refused below.
    const auto size = static_cast<lua_Integer>(lua_rawlen(state_, index));
    lua_Integer count = 0;
    for (lua_Integer i = 1; i <= size && values_ <= limits_.maxValues; ++i) {
        if (lua_rawgeti(state_, index, i) == LUA_TNIL) {
            lua_pop(state_, 1);
            break;
        }
        listed.push_back(writeValue(lua_absindex(state_, -1), fmt::format("{}[{}]", path, i), depth + 1));
        lua_pop(state_, 1);
        count = i;
    }
    std::vector<std::pair<std::string, int>> entries;  // name and place on the shelf
    const int shelfBase = lua_gettop(shelf_);
    bool isStray = false;
    lua_pushnil(state_);
    while (lua_next(state_, index) != 0) {
        const int key = lua_absindex(state_, -2);
        if (lua_type(state_, key) == LUA_TSTRING) {
            if (entries.size() > limits_.maxValues || lua_checkstack(shelf_, 1) == 0) {
                lua_pop(state_, 2);
                refuse("value_too_large", path, fmt::format("more than {} values", limits_.maxValues));
                break;
            }
            lua_xmove(state_, shelf_, 1);
            entries.emplace_back(textAt(state_, key), lua_gettop(shelf_));
            continue;
        }
        if (lua_isinteger(state_, key) == 0 || lua_tointeger(state_, key) < 1 ||
            lua_tointeger(state_, key) > count)
            isStray = true;
        lua_pop(state_, 1);
    }
    if (isStray && values_ <= limits_.maxValues)
        refuse("table_mixed", path,
               fmt::format("\"{}\" has an entry that is neither named nor of a list without holes",
                           lastKey(path)));
    std::sort(entries.begin(), entries.end());
    for (const auto& [name, place] : entries) {
        if (values_ > limits_.maxValues) break;
        if (!isUtf8(name) || !countText(name.size())) {
            refuse("text_not_utf8", path, "the name of an entry is not UTF-8 text");
        } else if (!name.empty() && name[0] == '@') {
            refuse("key_reserved", member(path, name),
                   fmt::format("names that begin with @ are reserved: \"{}\"", name));
        } else {
            lua_pushvalue(shelf_, place);
            lua_xmove(shelf_, state_, 1);
            named[name] = writeValue(lua_absindex(state_, -1), member(path, name), depth + 1);
            lua_pop(state_, 1);
        }
    }
    lua_settop(shelf_, shelfBase);
}

Json ValueWriter::writeFunction(int index, const std::string& path) {
    lua_Debug function{};
    lua_pushvalue(state_, index);
    lua_getinfo(state_, ">S", &function);
    if (limits_.isData)
        return refuse("value_not_data", path,
                      fmt::format("\"{}\" holds a function, which is not data", lastKey(path)));
    if (function.source[0] != '@')
        return refuse(
            "value_not_data", path,
            fmt::format("\"{}\" is a function of the library; write function(d) … end", lastKey(path)));
    if (holder_ != nullptr) {
        if (lua_checkstack(holder_, 2) == 0) return refuse("value_too_large", path, "too many functions");
        lua_pushvalue(state_, index);
        lua_xmove(state_, holder_, 1);
        paths_.push_back(path);
    }
    return {{"@function", {{"file", function.source + 1}, {"line", function.linedefined}, {"path", path}}}};
}

}  // namespace greffe::lua
