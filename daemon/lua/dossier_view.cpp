// SPDX-License-Identifier: Apache-2.0
#include "lua/dossier_view.h"

#include "base/json.h"
#include "lua/trampoline.h"

namespace greffe::lua {
namespace {

constexpr int kStackPerLevel = 8;
const char kViewed = 0;        // registry: proxy → the table behind it
const char kOfTheDossier = 0;  // metatables, which differ in what they say to a write
const char kOfAVariable = 0;

void pushBehind(lua_State* state, int index) {
    index = lua_absindex(state, index);
    lua_rawgetp(state, LUA_REGISTRYINDEX, &kViewed);
    lua_pushvalue(state, index);
    lua_rawget(state, -2);
    lua_remove(state, -2);
}

int readMember(lua_State* state, Complaint&) {
    lua_settop(state, 2);
    pushBehind(state, 1);
    if (!lua_istable(state, -1)) return 0;
    lua_pushvalue(state, 2);
    lua_rawget(state, -2);
    return 1;
}

int refuseToTheDossier(lua_State*, Complaint& complaint) {
    return complaint.say("the dossier is read-only: return what should change");
}

int refuseToAVariable(lua_State*, Complaint& complaint) {
    return complaint.say(
        "a table that was made outside the function is read-only, for nothing is kept between calls: make "
        "one "
        "inside it");
}

int countMembers(lua_State* state, Complaint&) {
    pushBehind(state, 1);
    lua_pushinteger(state, lua_istable(state, -1) ? static_cast<lua_Integer>(lua_rawlen(state, -1)) : 0);
    return 1;
}

void makeMetatable(lua_State* state, const char& key, lua_CFunction refuseWrite) {
    lua_createtable(state, 0, 5);
    lua_pushcfunction(state, trampoline<readMember>);
    lua_setfield(state, -2, "__index");
    lua_pushcfunction(state, refuseWrite);
    lua_setfield(state, -2, "__newindex");
    lua_pushcfunction(state, trampoline<countMembers>);
    lua_setfield(state, -2, "__len");
    lua_pushboolean(state, 0);
    lua_setfield(state, -2, "__metatable");
    lua_rawsetp(state, LUA_REGISTRYINDEX, &key);
}

void putViewInPlace(lua_State* state, const char& metatable) {
    lua_newtable(state);
    lua_rawgetp(state, LUA_REGISTRYINDEX, &kViewed);
    lua_pushvalue(state, -2);
    lua_pushvalue(state, -4);
    lua_rawset(state, -3);
    lua_pop(state, 1);
    lua_rawgetp(state, LUA_REGISTRYINDEX, &metatable);
    lua_setmetatable(state, -2);
    lua_remove(state, -2);
}

}  // namespace

void openViews(lua_State* state) {
    lua_newtable(state);
    lua_createtable(state, 0, 1);
    lua_pushliteral(state, "k");
    lua_setfield(state, -2, "__mode");  // views of an earlier call are garbage
    lua_setmetatable(state, -2);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &kViewed);
    makeMetatable(state, kOfTheDossier, trampoline<refuseToTheDossier>);
    makeMetatable(state, kOfAVariable, trampoline<refuseToAVariable>);
}

void pushView(lua_State* state, const Json& value) {
    luaL_checkstack(state, kStackPerLevel, "a dossier nested too deeply");
    switch (value.type()) {
        case Json::value_t::boolean: lua_pushboolean(state, value.get_ref<const bool&>() ? 1 : 0); return;
        case Json::value_t::number_integer:
            lua_pushinteger(state, value.get_ref<const std::int64_t&>());
            return;
        case Json::value_t::number_unsigned:
            lua_pushinteger(state, static_cast<lua_Integer>(value.get_ref<const std::uint64_t&>()));
            return;
        case Json::value_t::number_float: lua_pushnumber(state, value.get_ref<const double&>()); return;
        case Json::value_t::string: {
            const std::string& text = value.get_ref<const std::string&>();
            lua_pushlstring(state, text.data(), text.size());
            return;
        }
        case Json::value_t::array:
        case Json::value_t::object: break;
        default: lua_pushnil(state); return;
    }
    lua_newtable(state);
    if (value.is_object()) {
        for (auto member = value.begin(); member != value.end(); ++member) {
            lua_pushlstring(state, member.key().data(), member.key().size());
            pushView(state, *member);
            lua_rawset(state, -3);
        }
    } else {
        lua_Integer place = 0;
        for (const Json& element : value) {
            pushView(state, element);
            lua_rawseti(state, -2, ++place);
        }
    }
    putViewInPlace(state, kOfTheDossier);
}

void replaceByView(lua_State* state) {
    putViewInPlace(state, kOfAVariable);
}

bool pushViewed(lua_State* state, int index) {
    if (!lua_istable(state, index) || lua_checkstack(state, 4) == 0) return false;
    pushBehind(state, index);
    if (lua_istable(state, -1)) return true;
    lua_pop(state, 1);
    return false;
}

bool isView(lua_State* state, int index) {
    if (!pushViewed(state, index)) return false;
    lua_pop(state, 1);
    return true;
}

}  // namespace greffe::lua
