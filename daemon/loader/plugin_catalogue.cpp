// SPDX-License-Identifier: Apache-2.0
#include "loader/plugin_catalogue.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {

PluginCatalogue PluginCatalogue::scan(const std::vector<std::string>& directories, const AbiFacts& host) {
    PluginCatalogue catalogue;
    catalogue.directories_ = directories;
    for (const std::string& directory : directories)
        catalogue.scanDirectory(directory, host);
    std::sort(catalogue.plugins_.begin(), catalogue.plugins_.end(),
              [](const PluginMetadata& a, const PluginMetadata& b) { return a.id < b.id; });
    return catalogue;
}

void PluginCatalogue::scanDirectory(const std::string& directory, const AbiFacts& host) {
    const auto handle = openDirectory(directory);
    if (!handle) {
        problems_.push_back({directory, handle.error()});
        return;
    }
    std::vector<std::string> names;
    const Status listed = listDirectory(handle->get(), [&](const std::string& name) {
        if (name.size() > 3 && name.ends_with(".so")) names.push_back(name);
        return true;
    });
    if (!listed) problems_.push_back({directory, listed.error()});
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
        const std::string path = directory + (directory.ends_with('/') ? "" : "/") + name;
        auto plugin = readMetadata(path);
        if (plugin)
            add(std::move(plugin).value(), host);
        else
            problems_.push_back({path, plugin.error()});
    }
}

void PluginCatalogue::add(PluginMetadata plugin, const AbiFacts& host) {
    if (const Status fits = checkAbi(plugin.id, plugin.abi, host); !fits) {
        problems_.push_back({plugin.path, fits.error()});
        return;
    }
    const auto same = std::find_if(plugins_.begin(), plugins_.end(),
                                   [&](const PluginMetadata& other) { return other.id == plugin.id; });
    if (same != plugins_.end()) {
        problems_.push_back(
            {plugin.path, makeError(Errc::Exists,
                                    fmt::format("{}: plugin {} {} is already taken from {} ({})", plugin.path,
                                                plugin.id, plugin.version, same->path, same->version),
                                    "remove one of them, or change the order of the plugin directories")});
        return;
    }
    plugins_.push_back(std::move(plugin));
}

const PluginMetadata* PluginCatalogue::find(std::string_view id) const {
    const auto found = std::lower_bound(
        plugins_.begin(), plugins_.end(), id,
        [](const PluginMetadata& plugin, std::string_view wanted) { return plugin.id < wanted; });
    return found != plugins_.end() && found->id == id ? &*found : nullptr;
}

Result<const PluginMetadata*> PluginCatalogue::require(std::string_view id) const {
    if (const PluginMetadata* plugin = find(id)) return plugin;
    const std::string fileName = fmt::format("{}.so", id);
    for (const PluginProblem& problem : problems_)
        if (splitPath(problem.path).name == fileName) return problem.error;
    return makeError(
        Errc::NotFound,
        fmt::format("no plugin {}: {} is not in {}", id, fileName, fmt::join(directories_, ", ")),
        "install the package that brings it, or name its directory in GREFFE_PLUGIN_PATH");
}

}  // namespace greffe
