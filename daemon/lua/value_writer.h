// SPDX-License-Identifier: Apache-2.0
// From Lua values to JSON, after the script has ended. Uses only calls of Lua's API that cannot raise, so C++
// objects may live beside it; counts everything, because a small script can make a value of any size out of
// shared tables.
#pragma once

#include "base/json.h"
#include "lua/configuration_run.h"

#include <string>
#include <vector>

namespace greffe::lua {

struct WriterLimits {
    std::size_t maxDepth = 24;
    std::size_t maxValues = 200'000;
    std::size_t maxTextBytes = 2U << 20U;
    bool isData = false;  // functions and constructors are refused, not described
};

class ValueWriter {
public:
    // shelf: Sandbox::shelf(). holder: a coroutine that receives the functions met, in the order of paths();
    // or null.
    ValueWriter(lua_State* state, lua_State* shelf, lua_State* holder, const WriterLimits& limits);

    // The value at `index`. Records, words, secrets and functions become the objects of evaluator.h.
    Json write(int index, const std::string& path, const std::string& file);

    // Problems, each at the nearest record around the value.
    std::vector<Finding>& findings() { return findings_; }
    const std::vector<std::string>& paths() const { return paths_; }

private:
    Json writeValue(int index, const std::string& path, std::size_t depth);
    Json writeTable(int index, const std::string& path, std::size_t depth);
    Json writeRecord(int index, const std::string& path, std::size_t depth);
    Json writeFunction(int index, const std::string& path);
    // Fills `named` and `listed` from the table's own entries, names in order: what is reported, and what is
    // left out at a limit, must not depend on Lua's order.
    void writeEntries(int index, const std::string& path, std::size_t depth, Json& named, Json& listed);
    std::string textMember(int index, std::string_view wanted);
    Json refuse(const char* code, const std::string& path, const std::string& message);
    bool countText(std::size_t bytes);

    lua_State* state_;
    lua_State* shelf_;
    lua_State* holder_;
    WriterLimits limits_;
    std::size_t values_ = 0;
    std::size_t textBytes_ = 0;
    std::string file_;  // of the nearest record
    int line_ = 1;
    std::vector<Finding> findings_;
    std::vector<std::string> paths_;
};

}  // namespace greffe::lua
