// SPDX-License-Identifier: Apache-2.0
// Where this installation keeps its parts, found from where the binary is: a build tree, /usr, or a prefix of
// one's own.
#pragma once

#include <string>
#include <vector>

namespace greffe {

struct HousePaths {
    std::string luaModule;                       // greffe-lua.so
    std::vector<std::string> pluginDirectories;  // in order of precedence; GREFFE_PLUGIN_PATH first
    std::string shared;                          // templates, locales, the plugin template
    std::string scratch = "/tmp";                // folders of programs, each for the length of one run
};

HousePaths findHousePaths();

}  // namespace greffe
