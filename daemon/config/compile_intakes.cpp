// SPDX-License-Identifier: Apache-2.0
#include "base/bytes_text.h"
#include "base/json.h"
#include "config/compiler.h"
#include "config/option_fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::uint32_t kWaitForRequiredManifestSeconds = 600;

// One spelling of a path ends with '/' and has no empty and no "." parts; links are seen when it is opened
// (intake/folders_apart.h).
std::string plainPath(const std::string& path) {
    std::string plain;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t slash = std::min(path.find('/', at), path.size());
        const std::string part = path.substr(at, slash - at);
        at = slash + 1;
        if (!part.empty() && part != ".") plain += "/" + part;
    }
    return plain + "/";
}

bool isInside(const std::string& inner, const std::string& outer) {
    return plainPath(inner).compare(0, plainPath(outer).size(), plainPath(outer)) == 0;
}

bool overlap(const std::string& a, const std::string& b) {
    return isInside(a, b) || isInside(b, a);
}

}  // namespace

// What is kept would be taken for what is dropped: a folder that is looked into, or a container that is moved
// out of the archive.
void Compiler::checkApartFromHouse(const std::string& path, const Node& node, const std::string& owner) {
    if (overlap(path, plan.settings.spool))
        check.report("intake_in_spool", node,
                     fmt::format("{}: the spool \"{}\" and the drop folder must be apart", owner,
                                 plan.settings.spool));
    for (const InstancePlan& instance : plan.instances) {
        const std::string archive = textOf(storedJson(instance.optionsJson), "path");
        if (instance.role == "archive" && !archive.empty() && overlap(path, archive))
            check.report("intake_in_archive", node,
                         fmt::format("{}: the archive \"{}\" (\"{}\") and the drop folder must be apart",
                                     owner, instance.name, archive));
    }
}

// Every file of such an intake would be rejected.
void Compiler::checkFits(const IntakePlan& intake, const Node& self, const std::string& owner) {
    const PipelinePlan* const pipeline = plan.findPipeline(intake.pipeline);
    if (pipeline == nullptr) return;
    const std::vector<std::string> roles = pipeline->rolesOfManifest();
    if (!roles.empty() && intake.manifest == ManifestUse::None)
        check.report(
            "intake_manifest", self,
            fmt::format("{}: pipeline \"{}\" has the parties \"{}\", which only a manifest names, and "
                        "this intake reads none{}",
                        owner, pipeline->name, fmt::join(roles, "\", \""),
                        intake.kind == "folder" ? "; set manifest = \"required\"" : ""));
    std::vector<std::string> mandatory;
    for (const SlotPlan& slot : pipeline->documents)
        if (slot.isMandatory) mandatory.push_back(slot.name);
    if (mandatory.size() > 1 && !intake.hasArchivesAsDossiers && !intake.hasFoldersAsDossiers)
        check.report(
            "intake_documents", self,
            fmt::format("{}: pipeline \"{}\" needs the documents \"{}\", and a file alone is one{}", owner,
                        pipeline->name, fmt::join(mandatory, "\", \""),
                        intake.kind == "folder" ? "; set folders_as_dossiers or archives_as_dossiers" : ""));
}

void Compiler::compileIntakes() {
    std::vector<std::pair<ConfigRecord, std::string>> all;
    for (const ConfigRecord& record : section("intakes"))
        all.emplace_back(record, std::string());
    for (auto& inside : pipelineIntakes)
        all.push_back(std::move(inside));
    std::set<std::string> names;
    std::vector<std::pair<std::string, Node>> folders;
    for (const auto& [record, pipeline] : all) {
        const std::string name = identityOf(record);
        const std::string owner = name.empty() ? record.kind : fmt::format("{} \"{}\"", record.kind, name);
        const Json filled = check.check(record, *findSchema(SchemaGroup::Intake, record.kind), owner);
        for (const Reference& reference : check.takeReferences())
            if (resolve(reference) && reference.what == Refers::Provider)
                if (const ConfigRecord* provider = findRecord("providers", reference.name))
                    usePlugin(provider->textOf("plugin"), {"intake"}, reference.node, owner);
        IntakePlan intake;
        intake.kind = record.kind;
        intake.maxMebibytes = plan.settings.maxMebibytes;
        intake.language = plan.settings.language;
        fillFrom(filled, intake);
        if (intake.manifest == ManifestUse::Required && record.find("manifest_wait_seconds") == nullptr)
            intake.manifestWaitSeconds = kWaitForRequiredManifestSeconds;
        if (const Node* wait = record.find("manifest_wait_seconds");
            wait != nullptr && intake.manifest == ManifestUse::None)
            check.report("option_conflict", *wait,
                         fmt::format("{}: option \"manifest_wait_seconds\" without manifests", owner));
        if (const Node* asDossiers = record.find("folders_as_dossiers");
            intake.hasFoldersAsDossiers && intake.isRecursive)
            check.report(
                "option_conflict", *asDossiers,
                fmt::format("{}: a subfolder is either one dossier or, with \"recursive\", looked into",
                            owner));
        if (const Node* marker = record.find("ready_marker");
            marker != nullptr && intake.readyMarker.find_first_of(std::string("/\0", 2)) != std::string::npos)
            check.report("option_not_allowed", *marker,
                         fmt::format("{}: no file's name ends in \"{}\": a marker lies beside its file",
                                     owner, displayText(intake.readyMarker)));
        if (const Node* archives = record.find("archives_as_dossiers"); intake.hasArchivesAsDossiers)
            usePlugin("document-archive", {"transformer"}, *archives, owner);
        intake.name = name;
        keepOrigins("intakes." + name, record.options, filled);
        if (intake.pipeline.empty() && pipeline.empty()) {
            if (record.find("pipeline") == nullptr)
                check.report("intake_pipeline", record.self,
                             fmt::format("{}: option \"pipeline\" says where its dossiers go", owner));
        } else if (!intake.pipeline.empty() && !pipeline.empty() && intake.pipeline != pipeline) {
            check.report("option_conflict", *record.find("pipeline"),
                         fmt::format("{}: it stands in pipeline \"{}\" and names \"{}\"", owner, pipeline,
                                     intake.pipeline));
        } else if (intake.pipeline.empty()) {
            intake.pipeline = pipeline;
        }
        if (!name.empty() && !names.insert(name).second)
            check.report("intake_duplicate", record.self, fmt::format("two intakes are called \"{}\"", name));
        if (const Node* path = record.find("path"); path != nullptr && !intake.path.empty()) {
            checkApartFromHouse(intake.path, *path, owner);
            folders.emplace_back(intake.path, *path);
        }
        checkFits(intake, record.self, owner);
        plan.intakes.push_back(std::move(intake));
    }
    checkIntakePaths(folders);
}

void Compiler::checkIntakePaths(const std::vector<std::pair<std::string, Node>>& folders) {
    for (std::size_t later = 0; later < folders.size(); ++later)
        for (std::size_t earlier = 0; earlier < folders.size(); ++earlier) {
            if (later == earlier) continue;
            const bool isSame = plainPath(folders[later].first) == plainPath(folders[earlier].first);
            if (isSame && later > earlier)
                check.report(
                    "intake_path_duplicate", folders[later].second,
                    fmt::format("\"{}\" is watched by another intake already", folders[later].first));
            else if (!isSame && isInside(folders[later].first, folders[earlier].first))
                check.report("intake_path_nested", folders[later].second,
                             fmt::format("\"{}\" lies inside another intake's folder", folders[later].first));
        }
}

}  // namespace greffe
