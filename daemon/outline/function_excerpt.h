// SPDX-License-Identifier: Apache-2.0
// The text of a step's function, for people: `d.facts.check.pages == 1` says more than "a function".
#pragma once

#include "config/plan.h"

#include <string>
#include <string_view>

namespace greffe {

// What stands between `return` and `end` of a function that only returns something, else the whole function;
// blanks put together. Empty when it is longer than `maxCharacters`, when it does not stand where the option
// is set, or when the line has several of them: then its place must do. option: the last part of its path.
std::string functionExcerpt(const Plan& plan, const FunctionReference& function, std::string_view option,
                            std::size_t maxCharacters = 90);

}  // namespace greffe
