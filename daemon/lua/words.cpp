// SPDX-License-Identifier: Apache-2.0
#include "lua/words.h"

#include "lua/configuration_run.h"
#include "lua/sandbox.h"
#include "lua/trampoline.h"

namespace greffe::lua {
namespace {

// Registry: word table → its name; name → word table; record table → description; handle table → path.
const char kWordNames = 0;
const char kWordsByName = 0;
const char kRecords = 0;
const char kSecrets = 0;
const char kWordMetatable = 0;
const char kRecordMetatable = 0;
const char kHandleMetatable = 0;

ConfigurationRun* runOf(lua_State* state) {
    return static_cast<ConfigurationRun*>(Sandbox::of(state).owner);
}

bool pushFrom(lua_State* state, const char* registryKey, int index) {
    if (!lua_istable(state, index) || lua_checkstack(state, 3) == 0) return false;
    index = lua_absindex(state, index);
    lua_rawgetp(state, LUA_REGISTRYINDEX, registryKey);
    lua_pushvalue(state, index);
    lua_rawget(state, -2);
    lua_remove(state, -2);
    if (!lua_isnil(state, -1)) return true;
    lua_pop(state, 1);
    return false;
}

// registry[registryKey][key] = the value on top, which stays.
void remember(lua_State* state, const char* registryKey, int key) {
    key = lua_absindex(state, key);
    lua_rawgetp(state, LUA_REGISTRYINDEX, registryKey);
    lua_pushvalue(state, key);
    lua_pushvalue(state, -3);
    lua_rawset(state, -3);
    lua_pop(state, 1);
}

void attach(lua_State* state, const char* metatableKey) {
    lua_rawgetp(state, LUA_REGISTRYINDEX, metatableKey);
    lua_setmetatable(state, -2);
}

// --- words
// -----------------------------------------------------------------------------------------------------

// Pushes the one word of that name (a string at `name`).
void pushWord(lua_State* state, int name) {
    lua_rawgetp(state, LUA_REGISTRYINDEX, &kWordsByName);
    lua_pushvalue(state, name);
    lua_rawget(state, -2);
    lua_remove(state, -2);
    if (!lua_isnil(state, -1)) return;
    lua_pop(state, 1);
    lua_newtable(state);
    attach(state, &kWordMetatable);
    lua_pushvalue(state, name);
    remember(state, &kWordNames, -2);
    lua_pop(state, 1);
    lua_rawgetp(state, LUA_REGISTRYINDEX, &kWordsByName);
    lua_pushvalue(state, name);
    lua_pushvalue(state, -3);
    lua_rawset(state, -3);
    lua_pop(state, 1);
}

// __index of the environment: upvalue 1 is the base library.
int readName(lua_State* state, Complaint& complaint) {
    lua_settop(state, 2);
    lua_pushvalue(state, 2);
    if (lua_rawget(state, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    lua_pop(state, 1);
    if (lua_type(state, 2) != LUA_TSTRING) return complaint.say("names are text");
    ConfigurationRun* const run = runOf(state);
    Place place;
    if (run == nullptr || !placeOf(state, 1, place))
        return complaint.say("unknown name '%.80s'", lua_tostring(state, 2));
    run->noteName(lua_tostring(state, 2), place);
    pushWord(state, 2);
    return 1;
}

int writeName(lua_State* state, Complaint& complaint) {
    Place place;
    ConfigurationRun* const run = runOf(state);
    const char* const name = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : "?";
    if (run == nullptr || !placeOf(state, 1, place))
        return complaint.say("'%.80s' is not a local variable: a function keeps nothing between calls", name);
    run->noteGlobal(name, place);
    return 0;
}

int readWord(lua_State* state, Complaint& complaint) {
    if (!pushWordName(state, 1)) return complaint.say("unknown name");
    ConfigurationRun* const run = runOf(state);
    if (run != nullptr && run->isKnown(lua_tostring(state, -1)))
        return complaint.say("'%.80s' makes an entry: write %.80s { … }", lua_tostring(state, -1),
                             lua_tostring(state, -1));
    return complaint.say("unknown name '%.80s'", lua_tostring(state, -1));
}

int refuseChange(lua_State*, Complaint& complaint) {
    return complaint.say("entries cannot be changed from outside");
}

// --- records
// ---------------------------------------------------------------------------------------------------

void copyInto(lua_State* state, int from, int to) {
    lua_pushnil(state);
    while (lua_next(state, from) != 0) {
        lua_pushvalue(state, -2);
        lua_insert(state, -2);
        lua_rawset(state, to);
    }
}

// word(argument) → record. A table given to two constructors makes two records: its entries are copied.
int makeRecord(lua_State* state, Complaint& complaint) {
    lua_settop(state, 2);
    if (!pushWordName(state, 1)) return complaint.say("not a constructor");  // 3
    ConfigurationRun* const run = runOf(state);
    Place place;
    if (run == nullptr || !placeOf(state, 1, place))
        return complaint.say("'%.80s' can be called in configuration files only", lua_tostring(state, 3));
    lua_newtable(state);  // 4: the record
    attach(state, &kRecordMetatable);
    lua_createtable(state, kRecordIsUnknown, 0);  // 5: its description
    lua_pushvalue(state, 3);
    lua_rawseti(state, 5, kRecordKind);
    lua_pushstring(state, place.file);
    lua_rawseti(state, 5, kRecordFile);
    lua_pushinteger(state, place.line);
    lua_rawseti(state, 5, kRecordLine);
    lua_pushboolean(state, run->isKnown(lua_tostring(state, 3)) ? 0 : 1);
    lua_rawseti(state, 5, kRecordIsUnknown);
    lua_pushboolean(state, 0);
    lua_rawseti(state, 5, kRecordName);
    if (lua_type(state, 2) == LUA_TSTRING) {
        lua_pushvalue(state, 2);
        lua_rawseti(state, 5, kRecordName);
    } else if (lua_istable(state, 2) && lua_getmetatable(state, 2) == 0) {
        copyInto(state, 2, 4);
    } else {
        run->noteArgument(lua_tostring(state, 3), luaL_typename(state, 2), place);
    }
    lua_settop(state, 5);
    remember(state, &kRecords, 4);
    lua_pop(state, 1);
    return 1;
}

// role "tenant" { … }: the second call. The line stays that of the first.
int completeRecord(lua_State* state, Complaint& complaint) {
    lua_settop(state, 2);
    Place place;
    ConfigurationRun* const run = runOf(state);
    if (run == nullptr || !placeOf(state, 1, place) || !pushRecord(state, 1))
        return complaint.say("an entry cannot be called");
    lua_rawgeti(state, 3, kRecordName);
    lua_pushnil(state);
    const bool isFilled = lua_next(state, 1) != 0;
    lua_settop(state, 3);
    lua_rawgeti(state, 3, kRecordName);
    if (lua_type(state, -1) != LUA_TSTRING || isFilled || !lua_istable(state, 2)) {
        lua_rawgeti(state, 3, kRecordKind);
        run->noteArgument(lua_tostring(state, -1), isFilled ? "a second table" : luaL_typename(state, 2),
                          place);
    } else {
        copyInto(state, 2, 1);
    }
    lua_pushvalue(state, 1);
    return 1;
}

// --- helpers of the language
// -------------------------------------------------------------------------------------

int secretFile(lua_State* state, Complaint&) {
    luaL_checkstring(state, 1);
    lua_settop(state, 1);
    lua_newtable(state);
    attach(state, &kHandleMetatable);
    lua_pushvalue(state, 1);
    remember(state, &kSecrets, 2);
    lua_pop(state, 1);
    return 1;
}

int readEnvironment(lua_State* state, Complaint& complaint) {
    const char* const name = luaL_checkstring(state, 1);
    ConfigurationRun* const run = runOf(state);
    Place place;
    if (run == nullptr || !placeOf(state, 1, place)) return complaint.say("env() is for configuration files");
    const char* const value = run->environmentValue(name, place);
    if (value == nullptr) return 0;
    lua_pushstring(state, value);
    return 1;
}

int include(lua_State* state, Complaint& complaint) {
    const char* const pattern = luaL_checkstring(state, 1);
    ConfigurationRun* const run = runOf(state);
    Place place;
    if (run == nullptr || !placeOf(state, 1, place))
        return complaint.say("include is for configuration files");
    return run->include(state, pattern, place);
}

void newMetatable(lua_State* state, const char* registryKey, const char* typeName, lua_CFunction call,
                  lua_CFunction index) {
    lua_createtable(state, 0, 5);
    lua_pushstring(state, typeName);
    lua_setfield(state, -2, "__name");
    lua_pushboolean(state, 0);
    lua_setfield(state, -2, "__metatable");
    lua_pushcfunction(state, trampoline<refuseChange>);
    lua_setfield(state, -2, "__newindex");
    if (call != nullptr) {
        lua_pushcfunction(state, call);
        lua_setfield(state, -2, "__call");
    }
    if (index != nullptr) {
        lua_pushcfunction(state, index);
        lua_setfield(state, -2, "__index");
    }
    lua_rawsetp(state, LUA_REGISTRYINDEX, registryKey);
}

}  // namespace

void openWords(lua_State* state) {
    for (const char* key : {&kWordNames, &kWordsByName, &kRecords, &kSecrets}) {
        lua_newtable(state);
        lua_rawsetp(state, LUA_REGISTRYINDEX, key);
    }
    newMetatable(state, &kWordMetatable, "constructor", trampoline<makeRecord>, trampoline<readWord>);
    newMetatable(state, &kRecordMetatable, "entry", trampoline<completeRecord>, nullptr);
    newMetatable(state, &kHandleMetatable, "secret", nullptr, nullptr);
    lua_pushcfunction(state, trampoline<secretFile>);
    lua_setfield(state, -2, "secret_file");
    lua_pushcfunction(state, trampoline<readEnvironment>);
    lua_setfield(state, -2, "env");
    lua_pushcfunction(state, trampoline<include>);
    lua_setfield(state, -2, "include");

    lua_newtable(state);  // the environment itself stays empty
    lua_createtable(state, 0, 3);
    lua_pushvalue(state, -3);
    lua_pushcclosure(state, trampoline<readName>, 1);
    lua_setfield(state, -2, "__index");
    lua_pushcfunction(state, trampoline<writeName>);
    lua_setfield(state, -2, "__newindex");
    lua_pushboolean(state, 0);
    lua_setfield(state, -2, "__metatable");
    lua_setmetatable(state, -2);
    lua_remove(state, -2);
}

void pushFailedRecord(lua_State* state, const Place& place) {
    lua_newtable(state);
    attach(state, &kRecordMetatable);
    lua_createtable(state, kRecordIsUnknown, 0);
    lua_pushliteral(state, "include");
    lua_rawseti(state, -2, kRecordKind);
    lua_pushboolean(state, 0);
    lua_rawseti(state, -2, kRecordName);
    lua_pushstring(state, place.file);
    lua_rawseti(state, -2, kRecordFile);
    lua_pushinteger(state, place.line);
    lua_rawseti(state, -2, kRecordLine);
    lua_pushboolean(state, 1);
    lua_rawseti(state, -2, kRecordIsUnknown);
    remember(state, &kRecords, -2);
    lua_pop(state, 1);
}

bool pushWordName(lua_State* state, int index) {
    return pushFrom(state, &kWordNames, index);
}
bool pushRecord(lua_State* state, int index) {
    return pushFrom(state, &kRecords, index);
}
bool pushSecretPath(lua_State* state, int index) {
    return pushFrom(state, &kSecrets, index);
}

bool placeOf(lua_State* state, int level, Place& place) {
    lua_Debug activation{};
    for (; lua_getstack(state, level, &activation) != 0; ++level) {
        lua_getinfo(state, "Sl", &activation);
        if (activation.source[0] != '@' || activation.currentline < 0) continue;
        place.file = activation.source + 1;
        place.line = activation.currentline;
        return true;
    }
    return false;
}

}  // namespace greffe::lua
