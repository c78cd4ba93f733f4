// SPDX-License-Identifier: Apache-2.0
// The one object a plugin exports, and the life of an instance.
//
// A plugin is a shared object named <id>.so with one PluginDescriptor, exported by GREFFE_EXPORT_PLUGIN. The
// same facts also stand as JSON in the ELF section "greffe_metadata", so that discovery and `greffe check`
// never run its code.
#pragma once

#include <greffe/abi.h>
#include <greffe/host.h>
#include <greffe/types.h>

namespace greffe {

// One configured use of a plugin. Order of calls (SPEC.md, LIFE):
//   create → configure → validate → provision → query/use … → cleanup → release
// cleanup() must work after any of the calls before it failed. No work in constructors or statics.
class Instance {
public:
    // optionsJson: an object that already satisfies the options schema. Report every problem, return false if
    // any is an error.
    virtual bool configure(Slice optionsJson, Problems& problems) noexcept = 0;
    // Looks deeper than a schema can, still without the network ("the PEM holds no certificate").
    virtual bool validate(Problems& problems) noexcept = 0;
    // Acquires what use needs. After this the sandbox closes: no file can be opened any more.
    virtual bool provision(Problems& problems) noexcept = 0;
    // The interface for a capability id, or null for an id the plugin does not have.
    virtual void* query(Slice capabilityId) noexcept = 0;
    virtual void cleanup() noexcept = 0;
    // Destroys the instance with the plugin's own allocator.
    virtual void release() noexcept = 0;

    template <class Capability>
    Capability* capability() noexcept {
        return static_cast<Capability*>(query(Capability::kId));
    }

protected:
    ~Instance() = default;
};

struct PluginDescriptor {
    std::uint32_t magic;       // kDescriptorMagic
    std::uint32_t structSize;  // sizeof in the plugin's build; the host reads min(structSize, its own)
    std::uint16_t abiMajor, abiMinor;
    std::uint32_t reserved;
    const char* buildTag;       // GREFFE_BUILD_TAG of the plugin's build
    const char* id;             // "kind-name", equal to the file's name without ".so"
    const char* version;        // "1.4.0"
    const char* summary;        // one sentence
    const char* sandbox;        // the pool it needs: documents, converters, providers, keys
    const char* requiresHost;   // oldest Greffe it works with, "0.1"
    const char* capabilities;   // ids separated by one space: "sealer/1 document-handler/1"
    const char* optionsSchema;  // JSON Schema (the subset of SPEC.md, OPTIONS) of an instance's options
    Instance* (*create)(Host& host);
};
static_assert(sizeof(PluginDescriptor) == 88,
              "the descriptor's layout is part of the ABI: grow it at its end only");

}  // namespace greffe
