// SPDX-License-Identifier: Apache-2.0
#include "app/house_paths.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace greffe {

HousePaths findHousePaths() {
    namespace fs = std::filesystem;
    std::error_code ignored;
    const fs::path prefix = fs::read_symlink("/proc/self/exe", ignored).parent_path().parent_path();
    HousePaths paths;
    if (const char* extra = std::getenv("GREFFE_PLUGIN_PATH")) {
        std::string list = extra;
        for (std::size_t start = 0; start <= list.size();) {
            const auto colon = std::min(list.find(':', start), list.size());
            if (colon > start) paths.pluginDirectories.push_back(list.substr(start, colon - start));
            start = colon + 1;
        }
    }
    for (const fs::path& house : {prefix / "lib" / "greffe", prefix / GREFFE_INSTALL_LIBDIR / "greffe"}) {
        if (!fs::is_directory(house, ignored)) continue;
        const std::string plugins = (house / "plugins").string();
        // Where the two are one ("lib"), every plugin would be taken twice.
        if (std::find(paths.pluginDirectories.begin(), paths.pluginDirectories.end(), plugins) ==
            paths.pluginDirectories.end())
            paths.pluginDirectories.push_back(plugins);
        if (paths.luaModule.empty()) paths.luaModule = (house / "greffe-lua.so").string();
    }
    if (const char* scratch = std::getenv("TMPDIR"); scratch != nullptr && *scratch == '/')
        paths.scratch = scratch;
    paths.shared = (prefix / "share" / "greffe").string();
    return paths;
}

}  // namespace greffe
