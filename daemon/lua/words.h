// SPDX-License-Identifier: Apache-2.0
// Constructors without a list of constructors. Every name that is not of the library is a *word*; calling a
// word makes a *record* that remembers where it was called (M10):
//
//   seal { id = "seal" }          a record with options
//   role "tenant" { many = true } a record with a name, then options
//   refuse "not signed in time"   a record with a name
//
// So the evaluator need not know what a seal is: the schemas of daemon/config decide, and can report every
// mistake of a file at once. A word that is on nobody's list is reported where it is used, with the
// evaluation going on.
#pragma once

#include <lua.hpp>

namespace greffe::lua {

// Takes the base library from the top of the stack and puts the environment there. May raise.
void openWords(lua_State* state);

// Where the running script is: the nearest activation that belongs to a file. False when there is none.
struct Place {
    const char* file = nullptr;  // valid as long as the function lives
    int line = 0;
};
bool placeOf(lua_State* state, int level, Place& place);

// Pushes the word's name (a string) or nothing. Never raise.
bool pushWordName(lua_State* state, int index);

// Fields of a record's description, a list: see pushRecord.
enum RecordField : int { kRecordKind = 1, kRecordName, kRecordFile, kRecordLine, kRecordIsUnknown };
// Pushes the description of a record, or nothing. Never raises.
bool pushRecord(lua_State* state, int index);

// Pushes a record that stands for something that failed and was reported: nobody complains about it again.
// May raise.
void pushFailedRecord(lua_State* state, const Place& place);

// Pushes the path of a secret_file("…") handle, or nothing. Never raises.
bool pushSecretPath(lua_State* state, int index);

}  // namespace greffe::lua
