// SPDX-License-Identifier: Apache-2.0
// Definitions for the Lua language server (LuaCATS comments), made from the schemas: with them an editor
// knows every constructor, option, allowed value and what functions are given, and shows the manual at the
// cursor.
//
// Pure: equal schemas and plugins give equal texts.
#pragma once

#include "config/plugin_catalog.h"

#include <span>
#include <string>
#include <string_view>

namespace greffe {

// One class a construct and one function a constructor; the options of the plugins that are given; then the
// library that scripts have, and nothing of Lua's that they have not.
std::string luaAnnotations(std::span<const PluginFacts> plugins = {});

// The part of it about Lua's own library, as the sandbox has it (lua/sandbox_library.cpp).
std::string_view libraryAnnotations();

// .luarc.json for a folder in which the definitions lie at `library`: Lua 5.4 with these definitions instead
// of those that the language server brings, which know io, os and require.
std::string languageServerSettings(std::string_view library);

}  // namespace greffe
