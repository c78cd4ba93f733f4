// SPDX-License-Identifier: Apache-2.0
// The plugins that are there and usable, found in a list of directories without running any of them; and for
// each file that is not usable, the reason. A directory earlier in the list wins, so that an office can put
// its own build of a plugin before the shipped one.
//
// Immutable after scan(); share it between threads as you like.
#pragma once

#include "base/result.h"
#include "loader/plugin_metadata.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

struct PluginProblem {
    std::string path;  // file or directory
    Error error;
};

class PluginCatalogue {
public:
    // Looks at the files *.so of each directory (absolute paths), not below them.
    static PluginCatalogue scan(const std::vector<std::string>& directories,
                                const AbiFacts& host = hostAbi());

    // Sorted by id; no two of the same id.
    const std::vector<PluginMetadata>& plugins() const { return plugins_; }
    // In the order in which they were met: directory by directory, file names sorted.
    const std::vector<PluginProblem>& problems() const { return problems_; }

    // nullptr when there is none.
    const PluginMetadata* find(std::string_view id) const;
    // The plugin, or an error that says where it was looked for and, when a file of that name is there but
    // not usable, why.
    Result<const PluginMetadata*> require(std::string_view id) const;

private:
    void scanDirectory(const std::string& directory, const AbiFacts& host);
    void add(PluginMetadata plugin, const AbiFacts& host);

    std::vector<std::string> directories_;
    std::vector<PluginMetadata> plugins_;
    std::vector<PluginProblem> problems_;
};

}  // namespace greffe
