// SPDX-License-Identifier: Apache-2.0
// A plugin's shared object in this process. From here on a stranger's code runs: only a worker calls load(),
// never the engine, and only for the plugins that its instances need.
//
// A library is never unloaded: whether dlclose does anything depends on what the plugin's own libraries do
// with thread-local and unique symbols, and code that is gone crashes at the next exit handler. A new version
// of a plugin means a new process.
#pragma once

#include "base/result.h"
#include "loader/plugin_metadata.h"

#include <greffe/plugin.h>

namespace greffe {

class PluginLibrary {
public:
    // Loads once; a second call for the same path returns the same object, valid for the life of the process.
    // Errors: the ABI does not fit (both values in the text), the file changed since the metadata were read,
    // a symbol is missing (the loader's own words), the descriptor is damaged or says something else than the
    // metadata. Thread-safe, though constructors of the library run inside.
    static Result<const PluginLibrary*> load(const PluginMetadata& metadata);

    const PluginMetadata& metadata() const { return metadata_; }
    const PluginDescriptor& descriptor() const { return *descriptor_; }

private:
    PluginLibrary(PluginMetadata metadata, const PluginDescriptor* descriptor)
        : metadata_(std::move(metadata)), descriptor_(descriptor) {}
    static Result<const PluginLibrary*> open(const PluginMetadata& metadata);

    PluginMetadata metadata_;
    const PluginDescriptor* descriptor_;
};

// The descriptor says what the metadata say. Errc::Corrupt names the first member that differs, with both
// values.
Status checkDescriptorEqualsMetadata(const PluginDescriptor& descriptor, const PluginMetadata& metadata);

}  // namespace greffe
