// SPDX-License-Identifier: Apache-2.0
// What each step kind asks beyond its schema: options that need or exclude each other, and what it leaves
// behind.
#include "config/json_schema.h"
#include "config/pipeline_compiler.h"
#include "config/suggestion.h"
#include "config/text_forms.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr int kQueueAttempts = 1000;
constexpr int kMostMadeByOneStep = 120;  // an answer of a worker carries no more

bool holds(const Json& list, const std::string& text) {
    return list.is_array() && std::find(list.begin(), list.end(), Json(text)) != list.end();
}

std::vector<std::pair<std::string, Node>> entriesOf(const Node* map) {
    std::vector<std::pair<std::string, Node>> entries;
    if (map != nullptr && map->value->is_object() && map->isPlainTable())
        for (const auto& [name, value] : map->value->items())
            entries.emplace_back(name, map->below(name, value));
    return entries;
}

}  // namespace

void Compiler::compilePipelines() {
    for (const ConfigRecord& record : section("pipelines"))
        plan.pipelines.push_back(PipelineCompiler(*this, record).compile());
    if (plan.pipelines.empty() && !hasFailedFiles) {
        const std::string main = sections.empty() ? std::string() : sections.begin()->second[0].self.file;
        check.report("pipelines_missing", {nullptr, main, 1, {}, {}}, "there is no pipeline");
    }
}

void PipelineCompiler::chooseDocument(Work& work) {
    if (work.has("document")) return;
    if (plan_.documents.size() == 1) {
        work.filled["document"] = plan_.documents[0].name;
    } else {
        check_.report(
            "document_needed", work.record.self,
            fmt::format("{}: the pipeline has several documents; say which with \"document\"", work.owner));
    }
}

void PipelineCompiler::compileValidate(Work& work) {
    chooseDocument(work);
    const std::int64_t least = numberOf(work.filled, "min_pages");
    const std::int64_t most = numberOf(work.filled, "max_pages");
    if (memberOf(work.filled, "max_pages").is_number() && least > most)
        check_.report("pages_order", work.at("min_pages"),
                      fmt::format("{}: min_pages {} is more than max_pages {}", work.owner, least, most));
}

void PipelineCompiler::compileSeal(Work& work) {
    chooseDocument(work);
    const std::string document = work.text("document");
    const std::string level = work.text("level");
    const bool hasAuthorities = !memberOf(work.filled, "authorities").empty();
    if (level == "B-T" && !hasAuthorities) {
        const std::string only = compiler_.onlyName("timestamp_authorities");
        if (!only.empty()) {
            work.filled["authorities"] = Json::array({only});
        } else {
            check_.report("authorities_needed", work.at("level"),
                          fmt::format("{}: level B-T needs \"authorities\"", work.owner));
        }
    }
    // Eight attempts would be over in minutes: a queue waits until an authority is back, some three weeks at
    // the longest pause of an hour.
    if (level == "B-T" && work.text("on_no_timestamp") == "queue" && !work.has("retry"))
        work.filled["retry"]["attempts"] = kQueueAttempts;
    if (level == "B-B" && hasAuthorities)
        check_.report(
            "authorities_unused", work.at("authorities"),
            fmt::format(
                "{}: level B-B takes no time-stamp; write level = \"B-T\" or leave the authorities out",
                work.owner));
    if (const ConfigRecord* key = compiler_.findRecord("keys", work.text("key")))
        if (const Node* levels = key->find("levels");
            levels != nullptr && levels->isList() && !holds(*levels->value, level))
            check_.report("key_level", work.at("level"),
                          fmt::format("{}: the key \"{}\" may not be used for level {}", work.owner,
                                      work.text("key"), level));
    if (work.has("certify") && work.there.sealed.count(document) != 0)
        check_.report("certify_not_first", work.at("certify"),
                      fmt::format("{}: only the first seal of a document can certify it", work.owner));
    if (work.there.isArchived)
        check_.report("seal_after_archive", work.record.self,
                      fmt::format("{}: the dossier was archived before this seal", work.owner));
    const std::string page = textOf(memberOf(work.filled, "mark"), "page", "last");
    const bool isNumber = !page.empty() && page.size() < 7 && page[0] != '0' &&
                          std::all_of(page.begin(), page.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (page != "first" && page != "last" && !isNumber)
        check_.report(
            "mark_page", work.at("mark"),
            fmt::format("{}: the mark's page is first, last or a number, not \"{}\"", work.owner, page));
    work.there.sealed.insert(document);
}

// What a provider says of itself (capability/signature_provider.h): "signature" in its options schema.
void PipelineCompiler::checkSignatureAbilities(const Work& work) {
    const ConfigRecord* const provider = compiler_.findRecord("signature_providers", work.text("provider"));
    const PluginFacts* const plugin =
        provider != nullptr ? compiler_.catalog.find(provider->textOf("plugin")) : nullptr;
    if (plugin == nullptr) return;
    const Json schema = storedJson(plugin->optionsSchema);
    const Json& abilities = memberOf(schema, "signature");
    const auto refuse = [&](std::string_view option, const std::string& what) {
        check_.report("signature_ability", work.at(option),
                      fmt::format("{}: the provider \"{}\" (plugin {}) {}", work.owner, work.text("provider"),
                                  plugin->id, what));
    };
    for (const auto& [option, list] :
         {std::pair{"level", "levels"}, std::pair{"authentication", "authentication"}})
        if (!holds(memberOf(abilities, list), work.text(option)))
            refuse(option, fmt::format("offers no {} \"{}\"", option, work.text(option)));
    const auto need = [&](const char* option, bool isAsked, const char* ability) {
        if (isAsked && !boolOf(abilities, ability)) refuse(option, fmt::format("knows no {}", ability));
    };
    need("ordered", boolOf(work.filled, "ordered"), "order");
    need("fields", !memberOf(work.filled, "fields").empty(), "placement");
    need("proof", work.has("proof"), "proof");
    const auto limit = [&](const char* option, const char* ability) {
        const auto most = static_cast<std::size_t>(numberOf(abilities, ability));
        const Json& list = memberOf(work.filled, option);
        if (most != 0 && list.is_array() && list.size() > most)
            refuse(option, fmt::format("takes at most {} of them", most));
    };
    limit("signers", "max_signers");
    limit("documents", "max_documents");
}

void PipelineCompiler::compileSign(Work& work, int depth) {
    if (!work.has("provider")) {
        const std::string only = compiler_.onlyName("signature_providers");
        if (!only.empty()) {
            work.filled["provider"] = only;
        } else if (!compiler_.hasFailedFiles) {
            check_.report(
                "signature_provider_needed", work.record.self,
                fmt::format("{}: option \"provider\" says who; there is not exactly one", work.owner));
        }
    }
    if (!work.has("documents")) {
        if (plan_.documents.size() == 1) {
            work.filled["documents"] = Json::array({plan_.documents[0].name});
        } else {
            check_.report("document_needed", work.record.self,
                          fmt::format("{}: the pipeline has several documents; say which with \"documents\"",
                                      work.owner));
        }
    }
    std::vector<std::string> roles;
    for (const RolePlan& role : plan_.parties)
        roles.push_back(role.name);
    for (const Json& signer : memberOf(work.filled, "signers"))
        if (signer.is_string() &&
            std::find(roles.begin(), roles.end(), signer.get<std::string>()) == roles.end())
            check_.report(
                "signer_unknown", work.at("signers"),
                fmt::format("{}: \"{}\" is no role of this pipeline", work.owner, signer.get<std::string>()),
                closestName(signer.get<std::string>(), roles));
    checkSignatureAbilities(work);
    if (work.there.isArchived)
        check_.report("seal_after_archive", work.record.self,
                      fmt::format("{}: the dossier was archived before these signatures", work.owner));
    // Whether it may be sent again is known now, and must not change while a dossier waits.
    if (const ConfigRecord* provider = compiler_.findRecord("signature_providers", work.text("provider")))
        if (const PluginFacts* plugin = compiler_.catalog.find(provider->textOf("plugin"))) {
            const Json schema = storedJson(plugin->optionsSchema);
            work.filled["finds_requests"] = boolOf(memberOf(schema, "signature"), "finds_requests");
        }
    checkWaiting(work, true);
    if (const std::string proof = work.text("proof"); !proof.empty()) {
        checkNewDocument(proof, work.at("proof"), work.owner);
        work.there.always.insert(proof);
    }
    std::vector<Availability> ways{work.there};
    for (const Json& document : memberOf(work.filled, "documents"))
        if (document.is_string()) ways[0].sealed.insert(document.get<std::string>());
    for (const char* way : {"on_expired", "on_refused", "on_cancelled"})
        if (const Node* outcome = work.record.find(way)) {
            ways.push_back(work.there);
            ways.back().always.erase(work.text("proof"));
            addOutcome(work, way, *outcome, ways.back(), depth);
        }
    work.there.joinOneOf(ways);
}

void PipelineCompiler::compileArchive(Work& work) {
    if (!work.has("archive")) {
        const std::string only = compiler_.onlyName("archives");
        if (only.empty()) {
            if (!compiler_.hasFailedFiles)
                check_.report(
                    "archive_needed", work.record.self,
                    fmt::format("{}: option \"archive\" says which; there is not exactly one", work.owner));
        } else {
            work.filled["archive"] = only;
        }
    }
    if (!work.has("retention_years")) work.filled["retention_years"] = compiler_.plan.settings.retentionYears;
    work.there.isArchived = true;
}

void PipelineCompiler::compileNotify(Work& work) {
    if (!work.has("via")) {
        const std::string only = compiler_.onlyName("notifiers");
        if (!only.empty()) {
            work.filled["via"] = only;
        } else if (!compiler_.hasFailedFiles) {
            check_.report(
                "notifier_needed", work.record.self,
                fmt::format("{}: option \"via\" says how; there is not exactly one notifier", work.owner));
        }
    }
    const bool hasOwnText = work.has("subject") || work.has("text");
    if (work.has("template") && hasOwnText) {
        check_.report("option_conflict", work.at("template"),
                      fmt::format("{}: either a template or subject and text, not both", work.owner));
    } else if (!work.has("template") && !hasOwnText) {
        check_.report("message_missing", work.record.self,
                      fmt::format("{}: a template, or subject and text, is needed", work.owner));
    } else if (!work.has("template") && !(work.has("subject") && work.has("text"))) {
        check_.report("option_needs", work.record.self,
                      fmt::format("{}: subject and text go together", work.owner));
    }
}

void PipelineCompiler::checkWaiting(Work& work, bool waitsForSomebody) {
    if (!work.has("expires_days")) {
        if (work.has("on_expired")) {
            check_.report("option_needs", work.at("on_expired"),
                          fmt::format("{}: on_expired needs expires_days", work.owner));
        } else if (waitsForSomebody) {
            check_.report("wait_endless", work.record.self,
                          fmt::format("{}: it may wait for ever: it has no expires_days", work.owner));
        }
    } else if (!work.has("on_expired") && memberOf(work.filled, "expires_days").is_number()) {
        check_.report("wait_without_on_expired", work.record.self,
                      fmt::format("{} may wait {} days but has no on_expired", work.owner,
                                  numberOf(work.filled, "expires_days")));
    }
}

void PipelineCompiler::compileTask(Work& work, int depth) {
    checkWaiting(work, true);
    const Json& answers = memberOf(work.filled, "answers");
    std::vector<Availability> ways;
    std::size_t handled = 0;
    for (const auto& [answer, node] : entriesOf(work.record.find("on"))) {
        if (!holds(answers, answer))
            check_.report("answer_unknown", node,
                          fmt::format("{}: \"{}\" is not among the answers", work.owner, answer));
        else
            ++handled;
        ways.push_back(work.there);
        addOutcome(work, "on." + answer, node, ways.back(), depth);
    }
    if (const Node* expired = work.record.find("on_expired")) {
        ways.push_back(work.there);
        addOutcome(work, "on_expired", *expired, ways.back(), depth);
    }
    // An answer that is not handled goes on.
    if (handled < answers.size()) ways.push_back(work.there);
    work.there.joinOneOf(ways);
}

void PipelineCompiler::compileWait(Work& work, int depth) {
    const int ends = (work.has("for_event") ? 1 : 0) + (work.has("for_seconds") ? 1 : 0) +
                     (work.has("until_date") ? 1 : 0);
    if (ends != 1)
        check_.report(
            "wait_target", work.record.self,
            fmt::format("{}: exactly one of for_event, for_seconds and until_date says what it waits for",
                        work.owner));
    const std::string date = work.text("until_date");
    if (!date.empty() && !isDate(date))
        check_.report("date_invalid", work.at("until_date"),
                      fmt::format("{}: \"{}\" is not a date such as 2026-12-31", work.owner, date));
    if (ends == 1 && !work.has("for_event")) {
        for (const char* option : {"expires_days", "on_expired"})
            if (work.has(option))
                check_.report(
                    "option_conflict", work.at(option),
                    fmt::format("{}: it ends by itself; \"{}\" is for a wait for_event", work.owner, option));
    } else {
        checkWaiting(work, work.has("for_event"));
    }
    std::vector<Availability> ways{work.there};
    if (const Node* expired = work.record.find("on_expired")) {
        ways.push_back(work.there);
        addOutcome(work, "on_expired", *expired, ways.back(), depth);
    }
    work.there.joinOneOf(ways);
}

void PipelineCompiler::compileTransform(Work& work) {
    if (work.has("plugin") == work.has("run")) {
        check_.report("transform_target", work.record.self,
                      fmt::format("{}: either a plugin or a function \"run\"", work.owner));
        return;
    }
    const std::string into = work.text("into");
    if (work.has("run")) {
        for (const char* option : {"options", "documents", "into", "many"})
            if (work.has(option))
                check_.report("option_conflict", work.at(option),
                              fmt::format("{}: a function takes no \"{}\"", work.owner, option));
        return;
    }
    if (!work.has("documents")) {
        if (plan_.documents.size() == 1) {
            work.filled["documents"] = Json::array({plan_.documents[0].name});
        } else {
            check_.report("document_needed", work.record.self,
                          fmt::format("{}: the pipeline has several documents; say which with \"documents\"",
                                      work.owner));
        }
    }
    checkNewDocument(into, work.at("into"), work.owner);
    if (work.there.always.count(into) != 0 || findSlot(into) != nullptr)
        check_.report(
            "document_taken", work.at("into"),
            fmt::format("{}: \"{}\" is a document already, which later steps would go on seeing; give what "
                        "is made a name of its own",
                        work.owner, into));
    if (into.empty()) {
        if (!work.has("into"))
            check_.report("option_needs", work.record.self,
                          fmt::format("{}: a plugin needs \"into\", the name of what it makes", work.owner));
    } else if (boolOf(work.filled, "many")) {
        // How many there are is known when it runs.
        for (int number = 1; number <= kMostMadeByOneStep; ++number)
            work.there.always.insert(fmt::format("{}-{}", into, number));
    } else {
        work.there.always.insert(into);
    }
    // A plugin as it is, or one that a provider entry gives its options.
    const std::string named = work.text("plugin");
    const ConfigRecord* const configured = compiler_.findRecord("providers", named);
    if (configured != nullptr)
        compiler_.resolve({Refers::Provider, named, "plugin", work.owner, work.at("plugin")});
    const PluginFacts* const plugin =
        compiler_.usePlugin(configured != nullptr ? configured->textOf("plugin") : named, {"transformer"},
                            work.at("plugin"), work.owner);
    if (plugin == nullptr) return;
    if (plugin->sandbox == "converters") work.filled["pool"] = plugin->sandbox;
    if (configured == nullptr) checkNeedsNoOptions(work, *plugin);
    std::map<std::string, Node> options;
    for (const auto& [name, node] : entriesOf(work.record.find("options")))
        options.emplace(name, node);
    std::map<std::string, std::string> secrets;
    work.filled["options"] = compiler_.checkPluginOptions(
        *plugin, readStepSchema(plugin->optionsSchema), options, work.at("options"), work.owner, {}, secrets);
    for (const auto& [name, path] : secrets)
        check_.report("secret_not_allowed", options.at(name),
                      fmt::format("{}: a step's options hold no secrets", work.owner));
}

// Nobody gives options to a plugin that a step names as it is: its defaults must do.
void PipelineCompiler::checkNeedsNoOptions(const Work& work, const PluginFacts& plugin) {
    const auto schema = readJsonSchema(plugin.optionsSchema);
    if (!schema) return;  // said where the plugin is configured
    for (const Option& option : schema->options)
        if (option.isRequired && option.defaultJson.empty())
            check_.report(
                "plugin_not_configured", work.at("plugin"),
                fmt::format("{0}: the plugin \"{1}\" needs the option \"{2}\": providers = {{ provider "
                            "{{ name = \"mine\", plugin = \"{1}\", {2} = … }} }}, and plugin = \"mine\" here",
                            work.owner, plugin.id, option.name));
}

void PipelineCompiler::compileChoose(Work& work, int depth) {
    std::vector<Availability> ways;
    for (const auto& [name, list] : entriesOf(work.record.find("cases"))) {
        ways.push_back(work.there);
        addBranch(work, "cases." + name, list, ways.back(), depth);
    }
    if (const Node* otherwise = work.record.find("otherwise")) {
        ways.push_back(work.there);
        addBranch(work, "otherwise", *otherwise, ways.back(), depth);
    } else {
        check_.report(
            "choose_without_otherwise", work.record.self,
            fmt::format("{}: without \"otherwise\" a dossier that fits no case is held", work.owner));
    }
    work.there.joinOneOf(ways);
}

void PipelineCompiler::compileEach(Work& work, int depth) {
    const Node* const list = work.record.find("steps");
    if (list == nullptr) return;
    // Inside, the name would mean the item, and the document could not be reached.
    if (const std::string as = work.text("as");
        work.there.always.count(as) != 0 || work.there.sometimes.count(as) != 0)
        check_.report("each_name_taken", work.at("as"),
                      fmt::format("{}: \"{}\" is a document already; give the item another name with \"as\"",
                                  work.owner, as));
    Availability inside = work.there;
    if (work.text("over") == "documents") inside.always.insert(work.text("as"));
    addBranch(work, "steps", *list, inside, depth);
    // Items go their ways at once, each from the document as it was.
    for (const std::string& document : inside.sealed)
        if (work.there.sealed.count(document) == 0 && document != work.text("as"))
            check_.report(
                "document_forked", work.record.self,
                fmt::format("{}: every item would seal \"{}\" as it was before, and none of the files would "
                            "carry all seals; seal it after the each, or go over the documents",
                            work.owner, document));
    // There may have been nothing to go over.
    inside.always.erase(work.text("as"));
    work.there.joinOneOf({work.there, inside});
}

void PipelineCompiler::compileParallel(Work& work, int depth) {
    std::vector<Availability> ways;
    const auto branches = entriesOf(work.record.find("branches"));
    for (const auto& [name, list] : branches) {
        ways.push_back(work.there);
        addBranch(work, "branches." + name, list, ways.back(), depth);
    }
    if (branches.size() == 1)
        check_.report("parallel_single", work.at("branches"),
                      fmt::format("{}: a single branch is not parallel to anything", work.owner));
    refuseForks(work, ways);
    work.there.joinAll(ways);
}

// Branches go at once, each from the document as it was when they parted.
void PipelineCompiler::refuseForks(const Work& work, const std::vector<Availability>& ways) {
    const auto countNew = [&](std::set<std::string> Availability::*documents) {
        std::map<std::string, int> branches;
        for (const Availability& way : ways)
            for (const std::string& document : way.*documents)
                if ((work.there.*documents).count(document) == 0) ++branches[document];
        std::erase_if(branches, [](const auto& entry) { return entry.second < 2; });
        return branches;
    };
    for (const auto& [document, count] : countNew(&Availability::sealed))
        check_.report("document_forked", work.at("branches"),
                      fmt::format("{}: {} branches seal \"{}\", each as it was before, and none of the files "
                                  "would carry all seals; let one branch seal it, or seal after the parallel",
                                  work.owner, count, document));
    for (const auto& [document, count] : countNew(&Availability::always))
        check_.report("document_forked", work.at("branches"),
                      fmt::format("{}: {} branches make \"{}\"; which one later steps mean nobody could say: "
                                  "give them names of their own",
                                  work.owner, count, document));
}

}  // namespace greffe
