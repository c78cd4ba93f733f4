// SPDX-License-Identifier: Apache-2.0
#include "loader/plugin_library.h"

#include "base/json.h"
#include "loader/boost_dll.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <mutex>

namespace greffe {
namespace {

constexpr const char* kAlias = "greffe_plugin";

struct Registry {
    std::mutex mutex;
    std::map<std::string, std::unique_ptr<const PluginLibrary>, std::less<>> byPath;
    // One entry a library, so that the reference count of none ever falls to zero.
    std::vector<boost::dll::shared_library> handles;
};

// Never destroyed: exit handlers of plugins may still run after those of the daemon.
Registry& registry() {
    static auto* kept = new Registry;
    return *kept;
}

Status same(std::string_view id, std::string_view member, std::string_view descriptor,
            std::string_view metadata) {
    if (descriptor == metadata) return {};
    return makeError(Errc::Corrupt,
                     fmt::format("plugin {}: its descriptor says {} \"{}\", its metadata \"{}\"", id, member,
                                 descriptor, metadata),
                     "the plugin was put together by hand or damaged; build it again");
}

}  // namespace

Status checkDescriptorEqualsMetadata(const PluginDescriptor& descriptor, const PluginMetadata& metadata) {
    GREFFE_TRY(checkDescriptorShape(metadata.id, descriptor));
    GREFFE_TRY(same(metadata.id, "ABI", fmt::format("{}.{}", descriptor.abiMajor, descriptor.abiMinor),
                    fmt::format("{}.{}", metadata.abi.major, metadata.abi.minor)));
    GREFFE_TRY(same(metadata.id, "build tag", descriptor.buildTag, metadata.abi.buildTag));
    GREFFE_TRY(same(metadata.id, "id", descriptor.id, metadata.id));
    GREFFE_TRY(same(metadata.id, "version", descriptor.version, metadata.version));
    GREFFE_TRY(same(metadata.id, "summary", descriptor.summary, metadata.summary));
    GREFFE_TRY(same(metadata.id, "sandbox", descriptor.sandbox, metadata.sandbox));
    GREFFE_TRY(same(metadata.id, "requires_host", descriptor.requiresHost, metadata.abi.version));
    GREFFE_TRY(same(metadata.id, "capabilities", descriptor.capabilities,
                    fmt::format("{}", fmt::join(metadata.capabilities, " "))));
    // Equal as JSON: white space between the macro's two uses of the literal is the author's.
    GREFFE_TRY_ASSIGN(const Json schema, parseJson(descriptor.optionsSchema));
    return same(metadata.id, "options schema", dumpJson(schema), metadata.optionsSchema);
}

Result<const PluginLibrary*> PluginLibrary::open(const PluginMetadata& metadata) {
    GREFFE_TRY(checkAbi(metadata.id, metadata.abi));
    // The same checks again, on the file as it is now.
    GREFFE_TRY_ASSIGN(const PluginMetadata now, readMetadata(metadata.path));
    if (now.file != metadata.file)
        return makeError(Errc::Busy, fmt::format("{}: the file changed since it was examined", metadata.path),
                         "reload the configuration");
    try {
        const boost::dll::fs::path path(metadata.path);
        boost::dll::shared_library handle(
            path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
        registry().handles.push_back(handle);
        if (!handle.has(kAlias))
            return makeError(Errc::Corrupt, fmt::format("{}: exports no \"{}\"", metadata.path, kAlias));
        const auto* descriptor = handle.get<const PluginDescriptor*>(kAlias);
        if (descriptor == nullptr)
            return makeError(Errc::Corrupt, fmt::format("{}: \"{}\" is null", metadata.path, kAlias));
        GREFFE_TRY(checkDescriptorEqualsMetadata(*descriptor, metadata));
        auto library = std::unique_ptr<const PluginLibrary>(new PluginLibrary(metadata, descriptor));
        return registry().byPath.emplace(metadata.path, std::move(library)).first->second.get();
    } catch (const std::exception& error) {
        return makeError(Errc::Invalid, fmt::format("{}: cannot load: {}", metadata.path, error.what()),
                         "install the libraries that the plugin was linked with");
    }
}

Result<const PluginLibrary*> PluginLibrary::load(const PluginMetadata& metadata) {
    const std::scoped_lock lock(registry().mutex);
    if (const auto known = registry().byPath.find(metadata.path); known != registry().byPath.end())
        return known->second.get();
    return open(metadata);
}

}  // namespace greffe
