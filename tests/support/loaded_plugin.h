// SPDX-License-Identifier: Apache-2.0
// A shipped plugin as a test sees it: the real shared object, loaded the short way. Who wants the host's
// checks of a stranger's file uses the loader.
#pragma once

#include <greffe/plugin.h>

#include <dlfcn.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace greffe {

// The descriptor of <build>/lib/greffe/plugins/<id>.so; ends the test program when it is not there. Never
// unloaded.
inline const PluginDescriptor& loadedPlugin(const std::string& id) {
    const std::string path = std::string(GREFFE_BINARY_DIR) + "/lib/greffe/plugins/" + id + ".so";
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const alias = library != nullptr ? dlsym(library, "greffe_plugin") : nullptr;
    if (alias == nullptr) {
        std::cerr << path << ": " << dlerror() << "\n";
        std::abort();
    }
    return **static_cast<const PluginDescriptor* const*>(alias);
}

}  // namespace greffe
