// SPDX-License-Identifier: Apache-2.0
// One evaluation of a set of configuration files in a fresh sandbox.
//
// Every file runs in a coroutine of its own: when one fails, its error is noted, `include` gives nothing for
// it, and the others are still evaluated, so that all problems come out at once. The run never stops at the
// first.
#pragma once

#include "base/json.h"
#include "lua/sandbox.h"
#include "lua/words.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace greffe::lua {

struct SourceFile {
    std::string name;
    std::string text;
    std::string chunkName;  // "@" + name, as Lua wants it
};

// What evaluate() of evaluator.h receives.
struct Sources {
    std::vector<SourceFile> files;
    std::string main;
    std::vector<std::string> confD;
    std::map<std::string, std::optional<std::string>> environment;  // allowed names; null: allowed, not set
    std::set<std::string> names;                                    // known constructors; empty: all are

    static Result<Sources> read(const Json& input);
};

struct Finding {
    std::string code;
    bool isError = true;
    std::string file;
    int line = 0;
    std::string message;
    std::string name;  // the name or key it is about, or empty: whoever has the text can find its column

    Json toJson() const;
};

class ConfigurationRun {
public:
    ConfigurationRun(Sandbox& sandbox, Sources sources);

    // Runs main, then conf_d in order. The values stay in the sandbox.
    void evaluate();
    // How many layers there are (main first) and their files.
    std::size_t layerCount() const { return layers_.size(); }
    const std::string& layerFile(std::size_t layer) const { return files_[layers_[layer]].name; }
    // Pushes the value that a layer returned, nil when it failed. Never raises.
    void pushLayer(std::size_t layer);

    std::vector<Finding>& findings() { return findings_; }
    Json usedFiles() const;
    // Notes one thing once, however often a script runs into it.
    void note(Finding finding);

    // For words.cpp; these may be called with Lua frames below and never raise, but for include.
    void noteName(const char* name, const Place& place);
    void noteGlobal(const char* name, const Place& place);
    void noteArgument(const char* constructor, const char* what, const Place& place);
    bool isKnown(const char* name) const;
    const char* environmentValue(const char* name, const Place& place);
    // Leaves one value on the stack: the file's, or a list of values for a pattern with a star.
    int include(lua_State* state, const char* pattern, const Place& place);

    // What went wrong in a coroutine, told at the line where it stopped. Never raises.
    Finding explain(lua_State* coroutine, Ending ending, const std::string& file) const;

private:
    // Leaves the file's value, or nil, on the stack. May raise when memory is short.
    void runFile(lua_State* state, std::size_t file);
    void noteFailure(lua_State* coroutine, Ending ending, const std::string& file);
    bool begin(std::size_t file);
    void findMatches(const char* pattern, const Place& place);

    Sandbox& sandbox_;
    std::vector<SourceFile> files_;
    Sources sources_;
    std::vector<std::size_t> layers_;
    std::vector<std::size_t> matches_;  // of the includes in progress, one after the other
    std::vector<std::size_t> inProgress_;
    std::set<std::size_t> used_;
    std::vector<Finding> findings_;
    std::size_t current_ = 0;   // the layer that evaluate() runs
    std::string root_;          // folder of the main file, with its slash: nothing outside is included
    std::string includedFrom_;  // the place of the include that is being done
    int includedAtLine_ = 1;
};

}  // namespace greffe::lua
