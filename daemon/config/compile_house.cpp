// SPDX-License-Identifier: Apache-2.0
// Settings, instances and templates, and what all parts of the compiler use.
#include "config/compiler.h"
#include "config/json_schema.h"
#include "config/option_fields.h"
#include "config/suggestion.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr const char* kOwnStore = "sqlite";

struct RoleFacts {
    std::string_view constructor, section, unknownCode;
    Refers refers;
    std::vector<std::string> capabilities;  // one of them; empty: any
};

const std::vector<RoleFacts>& roles() {
    static const std::vector<RoleFacts> kRoles = {
        {"key", "keys", "key_unknown", Refers::Key, {"digest-signer"}},
        {"timestamp_authority",
         "timestamp_authorities",
         "authority_unknown",
         Refers::Authority,
         {"timestamp-authority"}},
        {"notifier", "notifiers", "notifier_unknown", Refers::Notifier, {"notifier", "event-notifier"}},
        {"signature_provider",
         "signature_providers",
         "signature_provider_unknown",
         Refers::SignatureProvider,
         {"signature-provider"}},
        {"archive", "archives", "archive_unknown", Refers::Archive, {"archiver"}},
        {"provider", "providers", "provider_unknown", Refers::Provider, {}},
        {"template", "templates", "template_unknown", Refers::Template, {}},
        {"pipeline", "pipelines", "pipeline_unknown", Refers::Pipeline, {}},
    };
    return kRoles;
}

std::string ownerOf(const ConfigRecord& record) {
    const std::string name = record.textOf("name");
    return name.empty() ? record.kind : fmt::format("{} \"{}\"", record.kind, name);
}

}  // namespace

bool isForRole(const PluginFacts& plugin, std::string_view constructor) {
    bool isForAnother = false;
    for (const RoleFacts& role : roles()) {
        const bool fits =
            std::any_of(role.capabilities.begin(), role.capabilities.end(),
                        [&](const std::string& capability) { return plugin.offers(capability); });
        if (role.constructor == constructor && fits) return true;
        isForAnother = isForAnother || fits;
    }
    return constructor == "provider" && !isForAnother;
}

const std::vector<ConfigRecord>& Compiler::section(const std::string& name) const {
    static const std::vector<ConfigRecord> kNone;
    const auto found = sections.find(name);
    return found == sections.end() ? kNone : found->second;
}

const ConfigRecord* Compiler::findRecord(const std::string& sectionName, std::string_view name) const {
    for (const ConfigRecord& record : section(sectionName))
        if (record.textOf("name") == name) return &record;
    return nullptr;
}

bool Compiler::resolve(const Reference& reference) {
    for (const RoleFacts& role : roles()) {
        if (role.refers != reference.what) continue;
        const std::string sectionName(role.section);
        if (findRecord(sectionName, reference.name) != nullptr) {
            used_.insert(sectionName + "/" + reference.name);
            return true;
        }
        std::vector<std::string> known;
        if (role.refers == Refers::Template) known = templateRules.builtIn;
        if (std::find(known.begin(), known.end(), reference.name) != known.end()) return true;
        if (hasFailedFiles) return false;
        for (const ConfigRecord& record : section(sectionName))
            known.push_back(record.textOf("name"));
        check.report(
            role.unknownCode, reference.node,
            fmt::format("{}: there is no {} \"{}\"", reference.owner, role.constructor, reference.name),
            closestName(reference.name, known));
        return false;
    }
    return true;
}

std::string Compiler::onlyName(const std::string& sectionName) {
    const std::vector<ConfigRecord>& records = section(sectionName);
    if (records.size() != 1) return {};
    std::string name = records[0].textOf("name");
    used_.insert(sectionName + "/" + name);
    return name;
}

void Compiler::keepOrigins(const std::string& prefix, const std::map<std::string, Node>& written,
                           const Json& filled) {
    for (const auto& [name, value] : filled.items()) {
        ValueOrigin origin{prefix + "." + name, dumpJson(value), {}, 0};
        if (const auto found = written.find(name); found != written.end()) {
            // Not place(): lexing the text for every value is only worth it for a problem.
            origin.file = found->second.file;
            origin.line = found->second.line;
        }
        origins.push_back(std::move(origin));
    }
}

const PluginFacts* Compiler::usePlugin(const std::string& id, const std::vector<std::string>& anyOf,
                                       const Node& node, const std::string& owner) {
    const PluginFacts* const plugin = catalog.find(id);
    if (plugin == nullptr) {
        check.report("plugin_unknown", node, fmt::format("{}: the plugin \"{}\" is not installed", owner, id),
                     closestName(id, catalog.ids()));
        return nullptr;
    }
    const bool isAble =
        anyOf.empty() || std::any_of(anyOf.begin(), anyOf.end(), [&](const std::string& capability) {
            return plugin->offers(capability);
        });
    if (!isAble) {
        check.report("plugin_capability", node,
                     fmt::format("{}: the plugin \"{}\" offers {}, but {} is needed", owner, id,
                                 plugin->capabilities.empty()
                                     ? "nothing"
                                     : fmt::format("{}", fmt::join(plugin->capabilities, ", ")),
                                 fmt::join(anyOf, " or ")));
        return nullptr;
    }
    if (usedPlugins_.insert(id).second) plan.plugins.push_back({id, plugin->version});
    return plugin;
}

void Compiler::needCapability(const std::string& capability, const Node& node, const std::string& owner) {
    bool isOffered = false;
    for (const std::string& id : catalog.ids()) {
        const PluginFacts* const plugin = catalog.find(id);
        if (!plugin->offers(capability)) continue;
        isOffered = true;
        if (usedPlugins_.insert(id).second) plan.plugins.push_back({id, plugin->version});
    }
    if (!isOffered)
        check.report("capability_missing", node,
                     fmt::format("{}: no installed plugin offers {}", owner, capability));
}

Json Compiler::checkPluginOptions(const PluginFacts& plugin, const Result<Schema>& schema,
                                  const std::map<std::string, Node>& options, const Node& self,
                                  const std::string& owner, const std::vector<std::string>& houseOptions,
                                  std::map<std::string, std::string>& secrets) {
    if (!schema) {
        check.report(
            "plugin_schema", self,
            fmt::format("{}: plugin {} {}: {}", owner, plugin.id, plugin.version, schema.error().message));
        return Json::object();
    }
    check.setSuffix(fmt::format(" (plugin {} {})", plugin.id, plugin.version));
    Json filled = check.checkOptions(options, *schema, self, owner, houseOptions);
    check.setSuffix({});
    if (schema->isOpen)
        for (const auto& [name, node] : options)
            if (schema->find(name) == nullptr) filled[name] = *node.value;
    for (auto option = filled.begin(); option != filled.end();) {
        const std::string path = textOf(*option, "@secret_file");
        if (path.empty()) {
            ++option;
            continue;
        }
        if (path[0] != '/')
            check.report(
                "path_relative", options.at(option.key()),
                fmt::format("{}: the file of a secret is an absolute path, not \"{}\"", owner, path));
        secrets[option.key()] = path;
        option = filled.erase(option);
    }
    return filled;
}

void Compiler::compileSettings() {
    const Schema& schema = *findSchema(SchemaGroup::Settings, "settings");
    const std::vector<ConfigRecord>& records = section("settings");
    static const Json kNothing = Json::object();
    ConfigRecord settings;
    settings.self.value = &kNothing;
    if (!records.empty()) settings = records[0];
    const Json filled = check.check(settings, schema, "settings");
    keepOrigins("settings", settings.options, filled);
    fillFrom(filled, plan.settings);
    // The store is loaded into the engine itself: only one that is named here and does nothing else.
    if (const Node* store = settings.find("store");
        store != nullptr && !plan.settings.store.empty() && plan.settings.store != kOwnStore)
        usePlugin(plan.settings.store, {"store"}, *store, "settings");
}

void Compiler::compileInstances() {
    for (const RoleFacts& role : roles()) {
        if (findSchema(SchemaGroup::Instance, role.constructor) == nullptr) continue;
        for (const ConfigRecord& record : section(std::string(role.section)))
            compileInstance(record);
    }
}

void Compiler::compileInstance(const ConfigRecord& record) {
    const Schema& schema = *findSchema(SchemaGroup::Instance, record.kind);
    const auto role = std::find_if(roles().begin(), roles().end(),
                                   [&](const RoleFacts& r) { return r.constructor == record.kind; });
    const std::string owner = ownerOf(record);
    Json house = check.check(record, schema, owner);
    check.takeReferences();  // the plugin is looked up here
    InstancePlan instance;
    instance.role = record.kind;
    instance.name = textOf(house, "name");
    instance.plugin = textOf(house, "plugin");
    house.erase("name");
    house.erase("plugin");
    const std::string prefix = fmt::format("{}.{}", role->section, instance.name);
    keepOrigins(prefix, record.options, house);
    instance.hostOptionsJson = dumpJson(house);
    const Node* const written = record.find("plugin");
    const PluginFacts* const plugin =
        instance.plugin.empty()
            ? nullptr
            : usePlugin(instance.plugin, role->capabilities, written ? *written : record.self, owner);
    if (plugin != nullptr) {
        instance.version = plugin->version;
        instance.sandbox = plugin->sandbox;
        instance.capabilities = plugin->capabilities;
        std::map<std::string, Node> options = record.options;
        for (const Option& known : schema.options)
            options.erase(known.name);
        const Json filled = checkPluginOptions(*plugin, readJsonSchema(plugin->optionsSchema), options,
                                               record.self, owner, schema.optionNames(), instance.secrets);
        keepOrigins(prefix, options, filled);
        warnOfMissingAnchors(*plugin, filled, record);
        instance.optionsJson = dumpJson(filled);
    }
    plan.instances.push_back(std::move(instance));
}

// A time-stamp is worth what is known of who gave it. A plugin that can check that says so with its option.
void Compiler::warnOfMissingAnchors(const PluginFacts& plugin, const Json& options,
                                    const ConfigRecord& record) {
    static constexpr const char* kOption = "trust_anchors";
    if (record.kind != "timestamp_authority" || !textOf(options, kOption).empty()) return;
    const Json schema = storedJson(plugin.optionsSchema);
    if (!memberOf(schema, "properties").contains(kOption)) return;
    check.report(
        "authority_untrusted", record.self,
        fmt::format(
            "{}: without \"{}\" a time-stamp of anybody is taken; name the authority's root certificate",
            ownerOf(record), kOption));
}

void Compiler::compileTemplates() {
    for (const ConfigRecord& record : section("templates")) {
        const Json filled =
            check.check(record, *findSchema(SchemaGroup::Template, "template"), ownerOf(record));
        TemplatePlan made;
        fillFrom(filled, made);
        keepOrigins("templates." + made.name + "." + made.language, record.options, filled);
        const Status good = templateRules.check ? templateRules.check(made) : Status();
        if (!good) check.report("template_invalid", record.self, good.error().text());
        for (const char* option : {"subject", "text", "html"}) {
            const Node* const node = record.find(option);
            if (node == nullptr || !templateRules.unknownTags) continue;
            for (const std::string& tag : templateRules.unknownTags(record.textOf(option)))
                check.report(
                    "template_tag", *node,
                    fmt::format("{}: nothing is called \"{}\": the tag stays empty", ownerOf(record), tag),
                    closestName(tag, templateRules.tags));
        }
        plan.templates.push_back(std::move(made));
    }
}

void Compiler::reportUnused() {
    std::set<std::string> reported;
    for (const RoleFacts& role : roles()) {
        if (role.refers == Refers::Pipeline) continue;  // others can send dossiers there
        for (const ConfigRecord& record : section(std::string(role.section))) {
            const std::string id = fmt::format("{}/{}", role.section, record.textOf("name"));
            if (used_.count(id) == 0 && reported.insert(id).second)
                check.report("entry_unused", record.self, fmt::format("{} is not used", ownerOf(record)));
        }
    }
}

}  // namespace greffe
