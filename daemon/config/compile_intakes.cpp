// SPDX-License-Identifier: Apache-2.0
#include "config/compiler.h"
#include "config/option_fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::uint32_t kWaitForRequiredManifestSeconds = 600;

std::string withSlash(std::string path) {
    if (path.empty() || path.back() != '/') path += '/';
    return path;
}

bool isInside(const std::string& inner, const std::string& outer) {
    return withSlash(inner).compare(0, withSlash(outer).size(), withSlash(outer)) == 0;
}

}  // namespace

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
            if (isInside(intake.path, plan.settings.spool) || isInside(plan.settings.spool, intake.path))
                check.report("intake_in_spool", *path,
                             fmt::format("{}: the spool \"{}\" and the drop folder must be apart", owner,
                                         plan.settings.spool));
            folders.emplace_back(intake.path, *path);
        }
        plan.intakes.push_back(std::move(intake));
    }
    checkIntakePaths(folders);
}

void Compiler::checkIntakePaths(const std::vector<std::pair<std::string, Node>>& folders) {
    for (std::size_t later = 0; later < folders.size(); ++later)
        for (std::size_t earlier = 0; earlier < folders.size(); ++earlier) {
            if (later == earlier) continue;
            const bool isSame = withSlash(folders[later].first) == withSlash(folders[earlier].first);
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
