// SPDX-License-Identifier: Apache-2.0
// What is made from the schemas for people and their editors. Pure functions of the declarations: equal
// builds give equal texts, so that a generated file can be compared with the one that is kept.
#pragma once

#include "config/plugin_catalog.h"
#include "config/schema.h"

#include <string>

namespace greffe {

// The configuration's reference page, Markdown: every construct with its options, then every diagnostic code.
std::string referencePage();
// A section of the same form for a plugin's options; the reason instead when its schema cannot be read.
std::string pluginReference(const PluginFacts& plugin);

// Definitions for the Lua language server (LuaCATS comments): one class a construct, one function a
// constructor.
std::string luaAnnotations();

// "text", "list of texts", "A, B or C": an option's type for people.
std::string typeText(const Option& option);

}  // namespace greffe
