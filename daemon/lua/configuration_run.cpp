// SPDX-License-Identifier: Apache-2.0
#include "lua/configuration_run.h"

#include "lua/paths.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe::lua {
namespace {

constexpr std::size_t kMaxFindings = 1000;
constexpr std::size_t kMaxIncludeDepth = 8;
const char kLayersKey = 0;

// "config/x.lua:8: attempt …" → line 8 and the rest. Lua shortens long names to "...end/of/name.lua".
bool splitPosition(std::string& message, const std::string& file, int& line) {
    for (std::size_t colon = message.find(':'); colon != std::string::npos;
         colon = message.find(':', colon + 1)) {
        const std::size_t end = message.find_first_not_of("0123456789", colon + 1);
        if (end == colon + 1 || end == std::string::npos || message.compare(end, 2, ": ") != 0) continue;
        const std::string prefix = message.substr(0, colon);
        const bool isShortened = prefix.compare(0, 3, "...") == 0;
        const std::string tail = isShortened ? prefix.substr(3) : prefix;
        const bool isThisFile = isShortened
                                    ? file.size() >= tail.size() &&
                                          file.compare(file.size() - tail.size(), tail.size(), tail) == 0
                                    : file == tail;
        if (!isThisFile || end - colon > 9) return false;
        line = std::stoi(message.substr(colon + 1, end - colon - 1));
        message.erase(0, end + 2);
        return true;
    }
    return false;
}

}  // namespace

Json Finding::toJson() const {
    Json json = {{"code", code},
                 {"severity", isError ? "error" : "warning"},
                 {"file", file},
                 {"line", line},
                 {"message", message}};
    if (!name.empty()) json["name"] = name;
    return json;
}

ConfigurationRun::ConfigurationRun(Sandbox& sandbox, Sources sources)
    : sandbox_(sandbox), files_(std::move(sources.files)), sources_(std::move(sources)) {
    sources_.files.clear();
    root_ = sources_.main.substr(0, sources_.main.rfind('/') + 1);
    const auto add = [&](const std::string& name) {
        for (std::size_t i = 0; i < files_.size(); ++i)
            if (files_[i].name == name) {
                layers_.push_back(i);
                return;
            }
        note({"include_not_found", true, name, 1, fmt::format("there is no file \"{}\"", name), {}});
    };
    add(sources_.main);
    for (const std::string& name : sources_.confD)
        add(name);
}

void ConfigurationRun::evaluate() {
    sandbox_.allow(kEvaluationLimits);
    sandbox_.owner = this;
    sandbox_.protect(
        [](lua_State* state) -> int {
            lua_newtable(state);
            lua_rawsetp(state, LUA_REGISTRYINDEX, &kLayersKey);
            return 0;
        },
        nullptr);
    for (current_ = 0; current_ < layers_.size() && !sandbox_.isStopped(); ++current_) {
        const bool worked = sandbox_.protect(
            [](lua_State* state) -> int {
                ConfigurationRun& run = *static_cast<ConfigurationRun*>(lua_touserdata(state, 1));
                lua_rawgetp(state, LUA_REGISTRYINDEX, &kLayersKey);
                run.runFile(state, run.layers_[run.current_]);
                lua_rawseti(state, -2, static_cast<lua_Integer>(run.current_ + 1));
                return 0;
            },
            this);
        if (!worked)
            note({"lua_memory_limit",
                  true,
                  layerFile(current_),
                  1,
                  "the evaluation needs more memory than it may use",
                  {}});
    }
    sandbox_.owner = nullptr;
}

void ConfigurationRun::pushLayer(std::size_t layer) {
    lua_State* const state = sandbox_.state();
    if (lua_rawgetp(state, LUA_REGISTRYINDEX, &kLayersKey) == LUA_TTABLE) {
        lua_rawgeti(state, -1, static_cast<lua_Integer>(layer + 1));
        lua_remove(state, -2);
    }
}

Json ConfigurationRun::usedFiles() const {
    Json names = Json::array();
    for (const std::size_t file : used_)
        names.push_back(files_[file].name);
    return names;
}

bool ConfigurationRun::begin(std::size_t file) {
    const SourceFile& source = files_[file];
    used_.insert(file);
    if (std::find(inProgress_.begin(), inProgress_.end(), file) != inProgress_.end()) {
        note({"include_cycle", true, includedFrom_, includedAtLine_,
              fmt::format("\"{}\" includes itself", source.name), "include"});
        return false;
    }
    if (inProgress_.size() >= kMaxIncludeDepth) {
        note({"include_cycle", true, includedFrom_, includedAtLine_,
              fmt::format("files include each other more than {} levels deep", kMaxIncludeDepth), "include"});
        return false;
    }
    if (!source.text.empty() && source.text[0] == LUA_SIGNATURE[0]) {
        note({"lua_bytecode", true, source.name, 1, "compiled Lua is not read, only text", {}});
        return false;
    }
    inProgress_.push_back(file);
    return true;
}

void ConfigurationRun::runFile(lua_State* state, std::size_t file) {
    if (!begin(file)) {
        lua_pushnil(state);
        return;
    }
    luaL_checkstack(state, 8, "too many nested files");
    lua_State* const coroutine = lua_newthread(state);
    const int load = luaL_loadbufferx(coroutine, files_[file].text.data(), files_[file].text.size(),
                                      files_[file].chunkName.c_str(), "t");
    int results = 0;
    Ending ending = Ending::Failed;
    if (load == LUA_OK) {
        pushEnvironment(coroutine);
        lua_setupvalue(coroutine, -2, 1);
        ending = sandbox_.resume(coroutine, state, 0, results);
    } else if (sandbox_.isStopped() || load == LUA_ERRMEM) {
        ending = Ending::OutOfMemory;
    }
    inProgress_.pop_back();
    if (ending != Ending::Finished) {
        noteFailure(coroutine, ending, files_[file].name);
        lua_pushnil(state);
    } else if (results == 0 || lua_isnil(coroutine, -results)) {
        note({"file_returns_nothing",
              true,
              files_[file].name,
              1,
              "the file returns nothing; it should end with \"return …\"",
              {}});
        lua_pushnil(state);
    } else {
        lua_pop(coroutine, results - 1);
        lua_xmove(coroutine, state, 1);
    }
    lua_remove(state, -2);  // the coroutine is abandoned, whatever it still meant to do
    sandbox_.goOnWithoutGarbage();
}

void ConfigurationRun::noteFailure(lua_State* coroutine, Ending ending, const std::string& file) {
    Finding finding = explain(coroutine, ending, file);
    // A file that includes one that took all the time is stopped too, and not to blame.
    const bool isTold = ending == Ending::OutOfTime &&
                        std::any_of(findings_.begin(), findings_.end(),
                                    [](const Finding& f) { return f.code == "lua_cpu_limit"; });
    if (!isTold) note(std::move(finding));
}

Finding ConfigurationRun::explain(lua_State* coroutine, Ending ending, const std::string& file) const {
    Finding finding{"lua_runtime", true, file, 1, {}, {}};
    Place place;
    const bool isRunning = placeOf(coroutine, 0, place);
    if (isRunning) {
        finding.file = place.file;
        finding.line = place.line;
    }
    if (ending == Ending::OutOfTime) {
        finding.code = "lua_cpu_limit";
        finding.message = "stopped: it used more CPU time than it may";
        return finding;
    }
    if (ending == Ending::OutOfMemory) {
        finding.code = "lua_memory_limit";
        finding.message = "stopped: it used more memory than it may";
        return finding;
    }
    if (!isRunning) finding.code = "lua_syntax";
    if (lua_gettop(coroutine) == 0 || lua_type(coroutine, -1) != LUA_TSTRING) {
        finding.message = "an error was raised whose value is not text";
        return finding;
    }
    finding.message = lua_tostring(coroutine, -1);
    if (finding.message == "C stack overflow" || finding.message == "error in error handling")
        finding.code = "lua_runtime";
    // error("…", 2) blames the caller, which may be in another file.
    if (!splitPosition(finding.message, finding.file, finding.line))
        for (const SourceFile& source : files_)
            if (splitPosition(finding.message, source.name, finding.line)) {
                finding.file = source.name;
                break;
            }
    return finding;
}

int ConfigurationRun::include(lua_State* state, const char* pattern, const Place& place) {
    const std::size_t first = matches_.size();
    findMatches(pattern, place);
    includedFrom_ = place.file;
    includedAtLine_ = place.line;
    const std::size_t count = matches_.size() - first;
    if (!hasStar(pattern)) {
        if (count != 0) runFile(state, matches_[first]);
        if (count == 0 || lua_isnil(state, -1)) {
            lua_settop(state, count == 0 ? lua_gettop(state) : lua_gettop(state) - 1);
            pushFailedRecord(state, place);
        }
    } else {
        lua_newtable(state);
        lua_Integer kept = 0;
        for (std::size_t i = 0; i < count && !sandbox_.isStopped(); ++i) {
            runFile(state, matches_[first + i]);
            if (lua_isnil(state, -1)) {
                lua_pop(state, 1);
            } else {
                lua_rawseti(state, -2, ++kept);
            }
        }
    }
    matches_.resize(first);
    return 1;
}

void ConfigurationRun::findMatches(const char* pattern, const Place& place) {
    const std::optional<std::string> wanted = resolvePath(place.file, pattern);
    if (!wanted || wanted->compare(0, root_.size(), root_) != 0) {
        note({"include_outside", true, place.file, place.line,
              fmt::format("include \"{}\" leaves the configuration's folder", pattern), pattern});
        return;
    }
    const std::size_t before = matches_.size();
    for (std::size_t i = 0; i < files_.size(); ++i)
        if (matchesPath(*wanted, files_[i].name)) matches_.push_back(i);
    std::sort(matches_.begin() + static_cast<std::ptrdiff_t>(before), matches_.end(),
              [this](std::size_t left, std::size_t right) { return files_[left].name < files_[right].name; });
    if (matches_.size() > before) return;
    const bool isPattern = hasStar(pattern);
    note({isPattern ? "include_empty" : "include_not_found", !isPattern, place.file, place.line,
          isPattern ? fmt::format("include \"{}\" finds no file", pattern)
                    : fmt::format("include: there is no file \"{}\"", *wanted),
          pattern});
}

void ConfigurationRun::note(Finding finding) {
    if (findings_.size() >= kMaxFindings) return;
    for (const Finding& known : findings_)
        if (known.code == finding.code && known.file == finding.file && known.line == finding.line &&
            known.message == finding.message)
            return;
    findings_.push_back(std::move(finding));
}

void ConfigurationRun::noteName(const char* name, const Place& place) {
    if (isKnown(name)) return;
    note({"unknown_name", true, place.file, place.line, fmt::format("unknown name \"{}\"", name), name});
}

void ConfigurationRun::noteGlobal(const char* name, const Place& place) {
    note({"global_assignment", true, place.file, place.line,
          fmt::format("\"{}\" is not kept between files; write \"local {} = …\"", name, name), name});
}

void ConfigurationRun::noteArgument(const char* constructor, const char* what, const Place& place) {
    note({"constructor_argument", true, place.file, place.line,
          fmt::format("{} wants a table, not {}", constructor, what), constructor});
}

bool ConfigurationRun::isKnown(const char* name) const {
    return sources_.names.empty() || sources_.names.count(name) != 0;
}

const char* ConfigurationRun::environmentValue(const char* name, const Place& place) {
    const auto found = sources_.environment.find(name);
    if (found == sources_.environment.end()) {
        note({"env_not_allowed", true, place.file, place.line,
              fmt::format("env(\"{}\"): this variable is not on the list of those that may be read", name),
              name});
        return nullptr;
    }
    return found->second ? found->second->c_str() : nullptr;
}

}  // namespace greffe::lua
