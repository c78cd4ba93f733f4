// SPDX-License-Identifier: Apache-2.0
// The programs of others that converters may run: a list in this program, not in anybody's configuration. A
// plugin names some of it in its metadata; whoever hijacks a plugin can have nothing else started.
#pragma once

#include "base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

struct ListedProgram {
    std::string name;                   // "pdftoppm"
    std::string path;                   // absolute, without links
    std::vector<std::string> readable;  // what it reads beside libraries: fonts and their configuration
};

// Whether the list has it; whether it is installed is another question.
bool isListedProgram(std::string_view name);

// Where it is on this machine. Errc::Denied when the list has no such name, Errc::NotFound when it is not
// installed (the advice names the package), Errc::Denied when somebody else than root could have written it.
Result<ListedProgram> findListedProgram(std::string_view name);

struct FoundPrograms {
    std::vector<ListedProgram> programs;
    std::map<std::string, std::string> missing;  // name → why, and what to do
};
FoundPrograms findPrograms(const std::vector<std::string>& names);

}  // namespace greffe
