// SPDX-License-Identifier: Apache-2.0
#include "config/lua_annotations.h"

#include "base/json.h"
#include "config/json_schema.h"
#include "config/schema.h"
#include "config/spec_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace greffe {
namespace {

std::string className(const Schema& schema) {
    return fmt::format("greffe.{}.{}", nameOf(schema.group), schema.name);
}
// What a constructor gives: archive { … } may be an entry of greffe.lua or a step.
std::string madeName(std::string_view constructor) {
    return fmt::format("greffe.made.{}", constructor);
}

// "The text" as comments; an empty line stays an empty comment.
std::string comment(std::string_view text) {
    std::string out;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        out += fmt::format("---{}\n", text.substr(start, end - start));
        start = end + 1;
    }
    return out;
}

// What an editor shows at the constructor's name: the manual's page without its tables.
std::string pageOf(const Schema& schema) {
    std::string page = comment(schema.doc);
    if (!schema.page.purpose.empty()) page += "---\n" + comment(schema.page.purpose);
    if (!schema.page.example.empty()) page += "---```lua\n" + comment(schema.page.example) + "---```\n";
    if (!schema.page.ends.empty()) page += "---\n" + comment(schema.page.ends);
    return page;
}

class Writer {
public:
    void add(const Schema& schema) {
        text_ += "\n" + comment(schema.doc);
        addClass(className(schema), {}, schema);
    }

    // The options of a table get a class of their own, which stands behind that of the options around it.
    void addClass(const std::string& name, const std::string& parents, const Schema& schema) {
        text_ += fmt::format("---@class {}{}\n", name, parents);
        std::vector<const Option*> tables;
        for (const Option& option : schema.options) {
            // slot "lease" { mandatory = true } has given its name already.
            const bool mayBeLeftOut = !option.isRequired || option.name == schema.namedBy;
            text_ += fmt::format("---@field {}{} {} {}\n", option.name, mayBeLeftOut ? "?" : "",
                                 typeOf(option, name), docOf(option));
            if (option.inner != nullptr && !option.inner->options.empty()) tables.push_back(&option);
        }
        if (schema.isOpen) text_ += "---@field [string] any option of the plugin\n";
        for (const Option* option : tables) {
            text_ += "\n" + comment(option->doc);
            addClass(name + "." + option->name, {}, *option->inner);
        }
    }

    void addFacts(const std::string& name, const std::string& doc, const std::vector<Fact>& facts) {
        text_ += fmt::format("\n{}---@class {}\n", comment(doc), name);
        for (const Fact& fact : facts) {
            // Those of a function are the function's.
            if (fact.name == "…") continue;
            const bool isOptional = !fact.type.empty() && fact.type.back() == '?';
            text_ +=
                fmt::format("---@field {}{} {} {}\n", fact.name, isOptional ? "?" : "",
                            isOptional ? fact.type.substr(0, fact.type.size() - 1) : fact.type, fact.doc);
        }
    }

    void addText(std::string_view text) { text_ += text; }
    std::string take() { return std::move(text_); }

private:
    static std::string docOf(const Option& option) {
        std::string doc = option.doc;
        if (!option.defaultJson.empty() && option.defaultJson != "{}")
            doc += fmt::format(" (default {})", option.defaultJson);
        if (option.isFrozen) doc += "; a change needs a restart";
        return doc;
    }

    static std::string typeOf(const Option& option, const std::string& owner) {
        const auto itemType = [&] { return option.item ? typeOf(*option.item, owner) : std::string("any"); };
        std::string type;
        switch (option.type) {
            case ValueType::Text:
                type = option.allowed.empty() ? "string"
                                              : fmt::format("\"{}\"", fmt::join(option.allowed, "\"|\""));
                break;
            case ValueType::Boolean: type = "boolean"; break;
            case ValueType::Integer: type = "integer"; break;
            case ValueType::Number: type = "number"; break;
            case ValueType::List: type = fmt::format("({})[]", itemType()); break;
            case ValueType::Map: type = fmt::format("table<string, {}>", itemType()); break;
            case ValueType::Table:
                type = option.inner && !option.inner->options.empty() ? owner + "." + option.name
                                                                      : "table<string, any>";
                break;
            case ValueType::Steps: type = "greffe.Step[]"; break;
            case ValueType::Outcome: type = "greffe.Outcome"; break;
            case ValueType::Record: {
                std::vector<std::string> made;
                for (const std::string& kind : option.kinds)
                    made.push_back(madeName(kind));
                type = fmt::format("{}", fmt::join(made, "|"));
                break;
            }
            case ValueType::Secret: type = "greffe.Secret"; break;
            case ValueType::Data: return "any";
            case ValueType::Function: return functionType(option.returns.empty() ? "any" : option.returns);
        }
        if (!option.mayBeFunction) return type;
        return type + "|" + functionType(option.returns.empty() ? type : option.returns);
    }

    static std::string functionType(const std::string& returned) {
        return fmt::format("fun(d: greffe.Dossier, item: any): {}", returned);
    }

    std::string text_;
};

void addDossier(Writer& writer) {
    std::vector<std::string> parents;
    for (const Schema& schema : allSchemas()) {
        if (schema.group != SchemaGroup::Step || schema.page.facts.empty()) continue;
        parents.push_back("greffe.facts." + schema.name);
        writer.addFacts(parents.back(), fmt::format("What a step {} records", schema.name),
                        schema.page.facts);
    }
    writer.addFacts("greffe.facts.failed", "What a step records that failed while the dossier went on",
                    failedStepFacts());
    parents.emplace_back("greffe.facts.failed");
    // Which kind of step has the id d.facts is asked for, no editor knows: it offers the facts of all.
    writer.addText(
        fmt::format("\n---Facts of some step\n---@class greffe.Facts: {}\n---@field [string] any\n",
                    fmt::join(parents, ", ")));
    for (const ViewClass& type : dossierView())
        writer.addFacts("greffe." + type.name, type.doc, type.fields);
}

void addConfiguration(Writer& writer) {
    writer.addText(
        "\n---What greffe.lua and the files of conf.d return: write ---@type greffe.Configuration "
        "above a local table of that kind\n---@class greffe.Configuration\n");
    for (const Section& section : allSections()) {
        std::vector<std::string> made;
        for (const std::string& kind : section.kinds)
            made.push_back(madeName(kind));
        writer.addText(fmt::format(
            "---@field {}? {} {}\n", section.name,
            section.isList ? fmt::format("({})[]", fmt::join(made, "|")) : made.front(), section.doc));
    }
}

// "greffe.plugin.notify_smtp": a notifier with the options of this plugin.
std::string pluginClass(const PluginFacts& plugin) {
    std::string name = "greffe.plugin." + plugin.id;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

// Constructor → classes of plugins that it can configure.
std::map<std::string, std::vector<std::string>> addPlugins(Writer& writer,
                                                           std::span<const PluginFacts> plugins) {
    std::map<std::string, std::vector<std::string>> classes;
    for (const PluginFacts& plugin : plugins) {
        const Result<Schema> options = readJsonSchema(plugin.optionsSchema);
        if (!options || options->options.empty()) continue;  // what is wrong with it: greffe config describe
        for (const Schema& schema : allSchemas()) {
            if (schema.group != SchemaGroup::Instance || !isForRole(plugin, schema.name)) continue;
            Schema both = *options;
            Option which = *schema.find("plugin");
            which.allowed = {plugin.id};
            which.isRequired = which.defaultJson != "\"" + plugin.id + "\"";
            both.options.insert(both.options.begin(), std::move(which));
            both.isOpen = false;
            writer.addText("\n" + comment(fmt::format("The plugin {} as a {}", plugin.id, schema.name)));
            const std::string name = pluginClass(plugin) + "." + schema.name;
            writer.addClass(name, ": " + className(schema), both);
            classes[schema.name].push_back(name);
        }
    }
    return classes;
}

// A word may construct two things (archive: an instance and a step): its function takes either.
void addConstructors(Writer& writer, const std::map<std::string, std::vector<std::string>>& plugins) {
    for (const std::string& name : constructorNames()) {
        std::vector<std::string> taken, pages;
        bool isStep = false, isNamed = false;
        for (const Schema& schema : allSchemas()) {
            if (schema.name != name) continue;
            taken.push_back(className(schema));
            pages.push_back(pageOf(schema));
            isStep = isStep || schema.group == SchemaGroup::Step;
            isNamed = isNamed || !schema.namedBy.empty();
        }
        if (const auto more = plugins.find(name); more != plugins.end())
            taken.insert(taken.end(), more->second.begin(), more->second.end());
        const std::string options = fmt::format("{}", fmt::join(taken, "|"));
        writer.addText(
            fmt::format("\n---@class {}: {}\n", madeName(name), isStep ? "greffe.Step" : "greffe.Entry"));
        // role "tenant" { many = true }
        if (isNamed)
            writer.addText(fmt::format("---@overload fun(options: {}): {}\n", options, madeName(name)));
        writer.addText(fmt::format("\n{}---@param options {}{}\n---@return {}\nfunction {}(options) end\n",
                                   fmt::format("{}", fmt::join(pages, "---\n")), options,
                                   isNamed ? "|string" : "", madeName(name), name));
    }
}

// What stands in the files of tests/.
void addSpecs(Writer& writer) {
    for (const Schema& schema : specSchemas()) {
        writer.add(schema);
        const bool isSpec = !schema.namedBy.empty();
        const std::string made = isSpec ? "greffe.Spec" : "greffe.SpecEntry";
        // spec "what it says" { … } is two calls; its entries stand among its options, without names.
        writer.addText(fmt::format(
            "\n{}---@param options {}\n---@return {}\nfunction {}(options) end\n", pageOf(schema),
            isSpec ? "string" : className(schema),
            isSpec ? fmt::format("fun(spec: {}|greffe.SpecEntry[]): greffe.Spec", className(schema)) : made,
            schema.name));
    }
}

constexpr std::string_view kBeginning = R"lua(---@meta greffe
-- What may stand in greffe.lua and in pipelines, for the Lua language server. Made from the schemas by
-- `greffe config annotations`; do not edit. `greffe config annotations --into FOLDER` puts it where an editor finds it.

---Something that a constructor made
---@class greffe.Entry

---A step of a pipeline
---@class greffe.Step: greffe.Entry

---What is tested; a file of tests/ returns a list of these
---@class greffe.Spec

---Something that happens in a spec, or that must be so
---@class greffe.SpecEntry

---A secret, known by its file only
---@class greffe.Secret

---What happens next: go on, end, or do steps
---@alias greffe.Outcome "continue"|greffe.Step|greffe.Step[]

---Brings in another file, or all that a pattern with * matches, in the order of their names; gives what they return.
---@param pattern string relative to this file, and inside the configuration's folder
---@return any
function include(pattern) end

---The value of an environment variable whose name begins with GREFFE_CONFIG_; nil when it is not set.
---@param name string
---@return string?
function env(name) end

---A secret by the path of its file; the value never enters the configuration, plans or logs.
---@param path string
---@return greffe.Secret
function secret_file(path) end
)lua";

}  // namespace

std::string luaAnnotations(std::span<const PluginFacts> plugins) {
    Writer writer;
    writer.addText(kBeginning);
    addDossier(writer);
    for (const Schema& schema : allSchemas())
        writer.add(schema);
    addConstructors(writer, addPlugins(writer, plugins));
    addSpecs(writer);
    addConfiguration(writer);
    writer.addText(libraryAnnotations());
    return writer.take();
}

std::string languageServerSettings(std::string_view library) {
    // Switched off are the server's own definitions: ours say what this sandbox has. "builtin" stays: it
    // declares the types of the language.
    Json builtin = Json::object();
    for (const char* part :
         {"basic", "bit", "bit32", "coroutine", "debug", "ffi", "io", "jit", "math", "os", "package",
          "string", "string.buffer", "table", "table.clear", "table.new", "utf8"})
        builtin[part] = "disable";
    return Json({{"runtime.version", "Lua 5.4"},
                 {"runtime.builtin", std::move(builtin)},
                 {"workspace.library", Json::array({library})}})
               .dump(2) +
           "\n";
}

}  // namespace greffe
