// SPDX-License-Identifier: Apache-2.0
// What the check knows about plugins: the facts that stand in their files, read without running them.
#pragma once

#include "base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

struct PluginFacts {
    std::string id, version, sandbox;
    std::vector<std::string> capabilities;  // "digest-signer/1"
    std::string optionsSchema = "{}";       // JSON Schema text

    // Any revision of "digest-signer".
    bool offers(std::string_view capability) const;
};

// Whether it can stand behind this constructor of greffe.lua: "key", "notifier" …. What is made for none of
// them is for "provider". (The table is the compiler's, compile_house.cpp.)
bool isForRole(const PluginFacts& plugin, std::string_view constructor);

class PluginCatalog {
public:
    // nullptr for one that is not installed. Valid as long as the catalog.
    virtual const PluginFacts* find(std::string_view id) const = 0;
    virtual std::vector<std::string> ids() const = 0;

protected:
    ~PluginCatalog() = default;
};

// A catalog that was told what there is.
class ListedPlugins final : public PluginCatalog {
public:
    void add(PluginFacts facts);
    // {"id", "version", "sandbox", "capabilities": […], "options_schema": {…}}
    Status add(std::string_view metadataJson);

    const PluginFacts* find(std::string_view id) const override;
    std::vector<std::string> ids() const override;

private:
    std::map<std::string, PluginFacts, std::less<>> plugins_;
};

}  // namespace greffe
