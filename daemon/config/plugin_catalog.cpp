// SPDX-License-Identifier: Apache-2.0
#include "config/plugin_catalog.h"

#include "base/json.h"

namespace greffe {

bool PluginFacts::offers(std::string_view capability) const {
    for (const std::string& offered : capabilities)
        if (offered.size() > capability.size() && offered[capability.size()] == '/' &&
            std::string_view(offered).substr(0, capability.size()) == capability)
            return true;
    return false;
}

void ListedPlugins::add(PluginFacts facts) {
    std::string id = facts.id;
    plugins_.insert_or_assign(std::move(id), std::move(facts));
}

Status ListedPlugins::add(std::string_view metadataJson) {
    GREFFE_TRY_ASSIGN(const Json json, parseJson(metadataJson));
    PluginFacts facts;
    facts.id = textOf(json, "id");
    facts.version = textOf(json, "version");
    facts.sandbox = textOf(json, "sandbox");
    for (const Json& capability : memberOf(json, "capabilities"))
        if (capability.is_string()) facts.capabilities.push_back(capability.get<std::string>());
    const Json& schema = memberOf(json, "options_schema");
    if (facts.id.empty() || !schema.is_object())
        return makeError(Errc::Invalid, "plugin metadata: \"id\" and \"options_schema\" are needed");
    facts.optionsSchema = dumpJson(schema);
    add(std::move(facts));
    return {};
}

const PluginFacts* ListedPlugins::find(std::string_view id) const {
    const auto found = plugins_.find(id);
    return found == plugins_.end() ? nullptr : &found->second;
}

std::vector<std::string> ListedPlugins::ids() const {
    std::vector<std::string> ids;
    for (const auto& [id, facts] : plugins_)
        ids.push_back(id);
    return ids;
}

}  // namespace greffe
