// SPDX-License-Identifier: Apache-2.0
// Names in a Lua text that nothing in it declares. The evaluator complains of those that it meets; inside a
// function that a dossier calls a year later it meets none.
//
// Scopes are not followed: a name that is local anywhere in the text counts as known. So nothing that is
// right is complained of, and what is mistyped mostly is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

struct FreeName {
    std::string name;
    int line = 1;
    int column = 1;  // in characters
};

// Names that every file can use without a constructor being called so: Lua's library as the sandbox has it
// (lua/sandbox_library.cpp), and the house's own functions.
const std::vector<std::string>& libraryNames();

// In the order of the text; a name stands for each place where it is used.
std::vector<FreeName> freeNames(std::string_view lua);

}  // namespace greffe
